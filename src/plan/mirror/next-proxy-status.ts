import { type Condition, type ConditionUpdate, getCondition, removeConditions, setCondition } from '../../model/condition.ts'
import type { MirroredCopy, ProxySyncStatus } from '../../model/kinds/proxy-sync/types.generated.ts'
import { syncStatusOf } from '../../model/kinds/sync/status.ts'
import type { AppliedDependency, SyncStatus } from '../../model/kinds/sync/types.generated.ts'
import type { KubeObject } from '../../model/object.ts'

/** What came of looking after a copy. */
export type MirrorOutcome =
  /** It is as it is to be; `write` names the write that it is of. */
  | { readonly copy: KubeObject; readonly write: string }
  /** It is not, or that is not known. */
  | {
      readonly status: 'Unknown' | 'False'
      readonly reason: string
      readonly message: string
      /** Whether only a change of the ProxySync, or of the copy, can repair it. */
      readonly stalled?: boolean | undefined
    }

/** What is known beside the outcome. */
export interface MirrorFacts {
  readonly generation: number
  /** `null` when there is none any more. */
  readonly copy?: MirroredCopy | null | undefined
  readonly dependencies?: readonly AppliedDependency[] | undefined
}

/** What of a Sync's conditions is shown. */
const shown: readonly string[] = ['Ready', 'Reconciling', 'Stalled']

/**
 * The status of a ProxySync. What its Sync has reported is shown as the present only if the report is the echo of the last write, and of the Sync as it
 * is; otherwise whether it is ready is unknown, and what was known before stays.
 *
 * @param now - milliseconds since the epoch
 */
export function nextProxyStatus(previous: ProxySyncStatus, facts: MirrorFacts, outcome: MirrorOutcome, now: number): ProxySyncStatus {
  const { copy = previous.copy, dependencies = previous.dependencies } = facts
  const known = { ...previous, copy: copy ?? undefined, dependencies: dependencies?.length === 0 ? undefined : dependencies }
  if (!('copy' in outcome)) return { ...known, conditions: ownConditions(previous, facts.generation, outcome, now) }
  const reported = syncStatusOf(outcome.copy)
  const waits = notReported(outcome, reported)
  if (waits !== undefined) return { ...known, conditions: ownConditions(previous, facts.generation, waits, now) }
  const { lastAppliedRevision, lastAttemptedRevision, lastAttemptAt, lastHandledReconcileAt, pendingPrune } = reported
  const revisions = { lastAppliedRevision, lastAttemptedRevision, lastAttemptAt, lastHandledReconcileAt, pendingPrune }
  const isFinal = reported.observedGeneration === outcome.copy.metadata.generation
  return {
    ...known,
    ...revisions,
    ...(isFinal ? { observedGeneration: facts.generation } : {}),
    conditions: mirroredConditions(previous, facts.generation, reported, now),
  }
}

/** Why what a Sync says is not taken for an outcome of the last write. */
function notReported(
  { copy, write }: Extract<MirrorOutcome, { copy: KubeObject }>,
  { observed, conditions }: SyncStatus,
): Exclude<MirrorOutcome, { copy: KubeObject }> | undefined {
  const ready = getCondition(conditions, 'Ready')
  // Another manager may have edited it, and taken that back before it was seen.
  if (observed === write && ready?.observedGeneration === copy.metadata.generation) return undefined
  const { suspend } = copy.spec as { readonly suspend?: unknown }
  if (suspend === true)
    return { status: 'Unknown', reason: 'Suspended', message: 'the Sync is suspended, and has not reported on this version' }
  const held = getCondition(conditions, 'Handbrake')
  if (held?.status === 'True') return { status: 'Unknown', reason: 'Handbrake', message: held.message }
  const isAttempted = ready !== undefined && ready.observedGeneration === copy.metadata.generation && ready.status === 'Unknown'
  return {
    status: 'Unknown',
    reason: 'Progressing',
    message: isAttempted ? ready.message : 'the Sync has not reported on this version yet',
  }
}

function mirroredConditions(previous: ProxySyncStatus, generation: number, reported: SyncStatus, now: number): readonly Condition[] {
  const found = (reported.conditions ?? []).filter(({ type }) => shown.includes(type))
  const before = getCondition(previous.conditions, 'Ready')
  // What is being looked at again is still ready.
  const isStillReady =
    before?.status === 'True' &&
    before.observedGeneration === generation &&
    reported.lastAttemptedRevision === previous.lastAppliedRevision &&
    getCondition(found, 'Ready')?.status === 'Unknown'
  const updates = found
    .filter(({ type }) => !(isStillReady && type === 'Ready'))
    .map(({ type, status, reason, message }) => ({ type, status, reason, message, observedGeneration: generation }))
  const set = updates.reduce((conditions, update) => setCondition(conditions, update, now), previous.conditions ?? [])
  return removeConditions(set, ...shown.filter((type) => !found.some((condition) => condition.type === type)))
}

function ownConditions(
  { conditions = [] }: ProxySyncStatus,
  generation: number,
  { status, reason, message, stalled = false }: Exclude<MirrorOutcome, { copy: KubeObject }>,
  now: number,
): readonly Condition[] {
  const ready: ConditionUpdate = { type: 'Ready', status, reason, message, observedGeneration: generation }
  const set = setCondition(conditions, ready, now)
  if (stalled) return removeConditions(setCondition(set, { ...ready, type: 'Stalled', status: 'True' }, now), 'Reconciling')
  return removeConditions(set, 'Reconciling', 'Stalled')
}
