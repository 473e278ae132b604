import { retryOnConflict } from '../../../async/retry-on-conflict.ts'
import { withinTime } from '../../../async/time/within-time.ts'
import { jsonEqual } from '../../../model/json/json-equal.ts'
import { jsonCopy } from '../../../model/json/parse-json.ts'
import { pullSyncStatusOf } from '../../../model/kinds/pull-sync/status.ts'
import type { PullSyncStatus } from '../../../model/kinds/pull-sync/types.generated.ts'
import type { JsonObject, KubeObject } from '../../../model/object.ts'
import { refOf } from '../../../model/reference.ts'
import type { ReconcileContext } from '../../runtime/context.ts'
import { isSameSpec } from '../../runtime/same-spec.ts'

/** How long the store may take. */
const saveAtMostMs = 30_000

/** Changes the status of a PullSync as it is stored now, unless its specification has changed: then it comes again. */
export async function savePullStatus(
  object: KubeObject,
  change: (status: PullSyncStatus) => PullSyncStatus,
  context: ReconcileContext,
): Promise<void> {
  const { store } = context
  await withinTime(saveAtMostMs, 'the store did not answer in time', context, (signal) =>
    retryOnConflict(async () => {
      const current = await store.get(refOf(object), { signal })
      if (!isSameSpec(current, object)) return
      const previous = pullSyncStatusOf(current as KubeObject)
      const next = jsonCopy(change(previous))
      if (jsonEqual(next, previous)) return
      await store.update({ ...(current as KubeObject), status: next as unknown as JsonObject }, { subresource: 'status', signal })
    }),
  )
}
