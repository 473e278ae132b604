import { withinTime } from '../../async/time/within-time.ts'
import { getCondition } from '../../model/condition.ts'
import { hasCode } from '../../model/errors/error.ts'
import { jsonEqual } from '../../model/json/json-equal.ts'
import { jsonCopy } from '../../model/json/parse-json.ts'
import { copyOf } from '../../model/mirror/status.ts'
import type { JsonObject, KubeObject } from '../../model/object.ts'
import { refOf } from '../../model/reference.ts'
import type { MirrorFacts, MirrorOutcome } from '../../plan/mirror/next-mirror-status.ts'
import type { ReconcileContext } from '../runtime/context.ts'
import { isSameSpec } from '../runtime/same-spec.ts'
import { mirrorKindOf } from './mirror-kind.ts'

/** How long the store may take. */
const saveAtMostMs = 30_000

/**
 * Saves what came of looking after a copy, if it is news: written whole, with the resourceVersion that was read, so that it is never the status of another
 * object. An object of the cache may be older than its own last status, and is read again then.
 *
 * @returns the object as it is stored then
 */
export async function saveMirrorStatus(
  object: KubeObject,
  facts: Partial<MirrorFacts>,
  outcome: MirrorOutcome,
  context: ReconcileContext,
): Promise<KubeObject> {
  return withinTime(saveAtMostMs, 'the store did not answer in time', context, async (signal) => {
    try {
      return await save(object, facts, outcome, { ...context, signal })
    } catch (error) {
      if (!hasCode(error, 'store/conflict')) throw error
      const current = await context.store.get(refOf(object), { signal })
      if (!isSameSpec(current, object)) throw error
      // What was decided by an older number says nothing.
      if (!jsonEqual(copyOf(current as KubeObject), copyOf(object))) throw error
      return save(current as KubeObject, facts, outcome, { ...context, signal })
    }
  })
}

async function save(
  object: KubeObject,
  facts: Partial<MirrorFacts>,
  outcome: MirrorOutcome,
  { store, clock, events, signal }: ReconcileContext,
): Promise<KubeObject> {
  const { statusOf, nextStatus } = mirrorKindOf(object)
  const previous = statusOf(object)
  const status = jsonCopy(nextStatus(object, { generation: object.metadata.generation ?? 0, ...facts }, outcome, clock.now()))
  if (jsonEqual(status, previous)) return object
  const saved = await store.update({ ...object, status: status as unknown as JsonObject }, { subresource: 'status', signal })
  const next = statusOf(saved)
  const [ready, before] = [next, previous].map(({ conditions }) => getCondition(conditions, 'Ready'))
  if (
    ready !== undefined &&
    (ready.status !== before?.status || ready.reason !== before.reason || next.lastAppliedRevision !== previous.lastAppliedRevision)
  )
    events.emit('mirror.reported', {
      source: refOf(object),
      ready: ready.status,
      reason: ready.reason,
      revision: next.lastAppliedRevision,
    })
  return saved
}
