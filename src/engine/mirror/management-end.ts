import { retryOnConflict } from '../../async/retry-on-conflict.ts'
import { withinTime } from '../../async/time/within-time.ts'
import { hasFinalizer, withFinalizer, withoutFinalizer } from '../../model/finalizers.ts'
import { isInbound } from '../../model/kinds/cluster/is-inbound.ts'
import { copyOf } from '../../model/mirror/status.ts'
import type { KubeObject } from '../../model/object.ts'
import { refOf } from '../../model/reference.ts'
import type { ReconcileContext } from '../runtime/context.ts'
import type { MirrorEnd } from './end.ts'
import { saveMirrorStatus } from './save-status.ts'

/** Keeps a ProxySync in its store until its Sync is gone, or left. */
const finalizer = 'fleetkit.dev/mirror'

/** How long the store may take. */
const holdAtMostMs = 30_000
const noAnswer = 'the store did not answer in time'

/**
 * The management. A cluster that connects to it keeps its copies itself and says what becomes of them, but may write no more than a status: so the finalizers are
 * the management's, and while nothing comes from the cluster it is the management that says so.
 */
export const managementEnd: MirrorEnd = {
  keeps: (cluster) => !isInbound(cluster),
  async leave(object, hold, context) {
    const held = asHeld(object) === object ? object : await holdLatest(object, context)
    // One that was changed here reports on that in a moment.
    if (hold !== undefined && hold.reason !== 'ClusterNotReady' && held !== undefined)
      await saveMirrorStatus(held, {}, { status: 'Unknown', ...hold }, context)
  },
  async hold(object, context) {
    const held = withFinalizer(object, finalizer)
    if (held === object) return object
    return withinTime(holdAtMostMs, noAnswer, context, (signal) => context.store.update(held, { signal }))
  },
  holds: (object) => hasFinalizer(object, finalizer),
  async release(object, { store, signal }) {
    await store.update(withoutFinalizer(object, finalizer), { signal })
  },
}

/** A ProxySync of an inbound cluster with the finalizer, or without it once the cluster has said that there is no copy. */
function asHeld(object: KubeObject): KubeObject {
  if (object.metadata.deletionTimestamp === undefined) return withFinalizer(object, finalizer)
  return copyOf(object) === undefined ? withoutFinalizer(object, finalizer) : object
}

/** What is stored may be newer than what is known: the cluster writes its status. Resolves to `undefined` for what goes. */
async function holdLatest(known: KubeObject, context: ReconcileContext): Promise<KubeObject | undefined> {
  const { store } = context
  return withinTime(holdAtMostMs, noAnswer, context, (signal) =>
    retryOnConflict(async () => {
      const object = await store.get(refOf(known), { signal })
      if (object?.metadata.uid !== known.metadata.uid) return undefined
      const held = asHeld(object as KubeObject)
      const kept = held === object ? held : await store.update(held, { signal })
      return managementEnd.holds(kept) ? kept : undefined
    }),
  )
}
