import { type Condition, type ConditionUpdate, formatTime, getCondition, removeConditions, setCondition } from '../../model/condition.ts'
import type { ErrorCode } from '../../model/errors/error-codes.ts'
import { shortened } from '../../model/errors/shortened.ts'
import { jsonEqual } from '../../model/json/json-equal.ts'
import type {
  AdmittedTag,
  AppliedDependency,
  Inventory,
  PendingPrune,
  SyncHandbrake,
  SyncStatus,
} from '../../model/kinds/sync/types.generated.ts'
import { nextHistory } from './history.ts'
import { abortedReason, lateReasons, succeededReason, unconfirmedReason } from './reasons.ts'

/** A message is for people: longer ones are cut, well below the 32,768 characters that API servers take. */
const maxMessageLength = 4096

/** What is known while an attempt is under way, and after it. */
export interface AttemptFacts {
  /** The generation that was attempted. */
  readonly generation: number
  /** The write of the owner's mirror that was attempted. */
  readonly observed?: string | undefined
  /** The revision, once it is known. */
  readonly revision?: string | undefined
  /** Digest of the objects of the revision. */
  readonly digest?: string | undefined
  readonly inventory?: Inventory | undefined
  /** The restore of the cluster since which the inventory holds all that came back. */
  readonly restoredAt?: string | undefined
  readonly admitted?: readonly AdmittedTag[] | undefined
  /** What it depends on, as soon as it is applied with that. */
  readonly dependencies?: readonly AppliedDependency[] | undefined
  /** The tag points to another commit now; a sentence for people. */
  readonly tagMoved?: string | undefined
  /** The git server failed, and the admitted commit was used; a sentence for people. */
  readonly sourceUnavailable?: string | undefined
  /** The revision is pinned; a sentence for people. */
  readonly pinned?: string | undefined
  /** Deletions that wait to be confirmed, and a sentence about them. */
  readonly unconfirmed?: { readonly prune: PendingPrune; readonly message: string } | undefined
  /** How many revisions the history holds. */
  readonly historyLimit?: number | undefined
  /** Other managers write fields again each time they are corrected: a sentence for people, empty when none does, absent when that is not known. */
  readonly contention?: string | undefined
}

/** The actor of an attempt that is made because its time has come. */
export const reconcileActor = 'reconcile'

/** What comes once every object of the source has been applied. */
export type LatePhase = 'prune' | 'health'

/** How an attempt ended. */
export type AttemptOutcome = {
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  readonly finishedAt: number
  readonly message: string
  /** Whether health was judged, and how it was. */
  readonly healthy?: boolean | undefined
  /** The value of the annotation that requested the attempt. */
  readonly requestedAt?: string | undefined
  /** Who asked for the attempt. */
  readonly actor?: string | undefined
} & (
  | { readonly succeeded: true }
  | { readonly succeeded: false; readonly code: ErrorCode; readonly retryable: boolean; readonly phase?: LatePhase | undefined }
)

/** The status of a Sync while an attempt is writing: `observedGeneration` does not move yet. */
export function progressingStatus(previous: SyncStatus, facts: AttemptFacts, now: number): SyncStatus {
  const message = `Applying ${facts.revision}`
  const conditions = replaceConditions(previous, facts, now, [
    { type: 'Reconciling', status: 'True', reason: 'Progressing', message },
    { type: 'Ready', status: 'Unknown', reason: 'Progressing', message },
  ])
  return { ...previous, ...known(previous, facts), conditions }
}

/**
 * The status of a Sync after an attempt, in Flux's conventions: `observedGeneration` moves on success and on a failure
 * that only a change can repair (`Stalled`), not on one that is tried again; `lastAppliedRevision` moves on success only, so
 * that it is one to roll back to; the history holds the last revisions.
 */
export function nextStatus(previous: SyncStatus, facts: AttemptFacts, outcome: AttemptOutcome): SyncStatus {
  const reason = reasonOf(outcome)
  const { message } = outcome
  const stalled = !outcome.succeeded && !outcome.retryable
  const conditions = replaceConditions(previous, facts, outcome.finishedAt, [
    { type: 'Ready', status: outcome.succeeded ? 'True' : 'False', reason, message },
    ...when(stalled, { type: 'Stalled', status: 'True', reason, message }),
    ...when(!outcome.succeeded && !stalled, { type: 'Reconciling', status: 'True', reason: 'ProgressingWithRetry', message }),
    ...when(outcome.healthy !== undefined, { type: 'Healthy', status: outcome.healthy ? 'True' : 'False', reason, message }),
    ...when(facts.unconfirmed !== undefined, {
      type: 'PruneConfirmed',
      status: 'False',
      reason: unconfirmedReason,
      message: facts.unconfirmed?.message ?? '',
    }),
  ])
  const { pendingPrune, ...rest } = previous
  const pending = facts.revision === undefined ? pendingPrune : facts.unconfirmed?.prune
  return {
    ...rest,
    ...known(previous, facts),
    conditions,
    lastAttemptAt: formatTime(outcome.finishedAt),
    observed: facts.observed,
    ...(outcome.succeeded || stalled ? { observedGeneration: facts.generation } : {}),
    ...(outcome.succeeded && facts.revision !== undefined ? { lastAppliedRevision: facts.revision } : {}),
    ...(outcome.requestedAt === undefined ? {} : { lastHandledReconcileAt: outcome.requestedAt }),
    ...(pending === undefined ? {} : { pendingPrune: pending }),
    ...(facts.revision === undefined ? {} : { history: historyAfter(previous, facts, reason, outcome) }),
  }
}

function historyAfter(previous: SyncStatus, facts: AttemptFacts, reason: string, outcome: AttemptOutcome): SyncStatus['history'] {
  const { revision = '', digest, historyLimit } = facts
  const { startedAt, finishedAt, actor } = outcome
  const attempt = { revision, digest, actor, reason, startedAt, finishedAt }
  const lastGood = outcome.succeeded ? revision : previous.lastAppliedRevision
  return nextHistory(previous.history ?? [], attempt, { limit: historyLimit, lastGood, self: reconcileActor })
}

/**
 * The status of a Sync with a handbrake: nothing is attempted, and what is known stays. An attempt that was interrupted is no longer in
 * progress. The same value when the status says so already.
 */
export function heldStatus(previous: SyncStatus, handbrake: SyncHandbrake, generation: number, now: number): SyncStatus {
  const message = shortened(handbrakeMessage(handbrake), maxMessageLength)
  const common = { status: 'True', reason: 'Handbrake', message, observedGeneration: generation } as const
  const held = setCondition(previous.conditions ?? [], { type: 'Handbrake', ...common }, now)
  const conditions = removeConditions(held, 'Reconciling')
  const interrupted = getCondition(conditions, 'Ready')?.status === 'Unknown'
  const next = interrupted ? setCondition(conditions, { type: 'Ready', ...common, status: 'False' }, now) : conditions
  return jsonEqual(next, previous.conditions ?? []) ? previous : { ...previous, conditions: next }
}

/**
 * The status of a Sync whose cluster cannot be worked on: whether it is ready is not known any more, and what is known stays. The same value when
 * the status says so already.
 */
export function unknownStatus(
  previous: SyncStatus,
  { reason, message }: { readonly reason: string; readonly message: string },
  now: number,
): SyncStatus {
  const observedGeneration = getCondition(previous.conditions, 'Ready')?.observedGeneration
  const known = observedGeneration === undefined ? {} : { observedGeneration }
  const update = { type: 'Ready', status: 'Unknown', reason, message: shortened(message, maxMessageLength), ...known } as const
  const conditions = removeConditions(setCondition(previous.conditions ?? [], update, now), 'Reconciling', 'Healthy')
  return jsonEqual(conditions, previous.conditions ?? []) ? previous : { ...previous, conditions }
}

/** Who has pulled a handbrake, and why. */
export function handbrakeMessage({ by, reason }: SyncHandbrake): string {
  return `the handbrake was pulled by ${by}: ${reason}`
}

function known(previous: SyncStatus, { revision, inventory, restoredAt, admitted, dependencies }: AttemptFacts): SyncStatus {
  return {
    lastAttemptedRevision: revision ?? previous.lastAttemptedRevision,
    inventory: inventory ?? previous.inventory,
    ...(restoredAt === undefined ? {} : { clusterRestoredAt: restoredAt }),
    admitted: admitted ?? previous.admitted,
    dependencies: dependencies?.length === 0 ? undefined : (dependencies ?? previous.dependencies),
  }
}

/** Sets `updates` and the warnings of the facts, and removes every other condition that an attempt decides. */
function replaceConditions(
  previous: SyncStatus,
  facts: AttemptFacts,
  now: number,
  updates: readonly ConditionUpdate[],
): readonly Condition[] {
  const warnings: readonly ConditionUpdate[] = [
    ...when(facts.pinned !== undefined, { type: 'Pinned', status: 'True', reason: 'Pinned', message: facts.pinned ?? '' }),
    ...when(facts.tagMoved !== undefined, { type: 'TagMoved', status: 'True', reason: 'TagMoved', message: facts.tagMoved ?? '' }),
    ...when(facts.sourceUnavailable !== undefined, {
      type: 'SourceUnavailable',
      status: 'True',
      reason: 'SourceUnavailable',
      message: facts.sourceUnavailable ?? '',
    }),
    ...when((facts.contention ?? '') !== '', {
      type: 'Contention',
      status: 'True',
      reason: 'FieldContention',
      message: facts.contention ?? '',
    }),
  ]
  const all = [...updates, ...warnings].map((update) => ({
    ...update,
    message: shortened(update.message, maxMessageLength),
    observedGeneration: facts.generation,
  }))
  const set = all.reduce((conditions, update) => setCondition(conditions, update, now), previous.conditions ?? [])
  // An attempt that did not reach the source keeps what was said about it.
  const decided = [
    ...decidedTypes,
    ...(facts.revision === undefined ? [] : warningTypes),
    ...(facts.contention === undefined ? [] : ['Contention']),
  ]
  return removeConditions(set, ...decided.filter((type) => !all.some((update) => update.type === type)))
}

const decidedTypes: readonly string[] = ['Ready', 'Reconciling', 'Stalled', 'Healthy', 'Pinned', 'Handbrake']
const warningTypes: readonly string[] = ['TagMoved', 'SourceUnavailable', 'PruneConfirmed']

function when(holds: boolean, update: ConditionUpdate): readonly ConditionUpdate[] {
  return holds ? [update] : []
}

/** The reason of the Ready condition, in Flux's words. */
function reasonOf(outcome: AttemptOutcome): string {
  if (outcome.succeeded) return succeededReason
  const { code, phase } = outcome
  if (code === 'aborted') return abortedReason
  if (code === 'sync/handbrake') return 'Handbrake'
  if (code === 'sync/prune-unconfirmed') return unconfirmedReason
  if (phase !== undefined) return lateReasons[phase]
  if (code === 'sync/dependants') return 'DependantsRemain'
  if (code === 'sync/dependency') return 'DependencyNotReady'
  if (code === 'sync/dependency-cycle') return 'DependencyCycle'
  if (code === 'sync/dependency-expression') return 'InvalidCELExpression'
  const [area] = code.split('/')
  if (area === 'git') return 'ArtifactFailed'
  return area === 'source' || area === 'render' || area === 'model' ? 'BuildFailed' : 'ReconciliationFailed'
}
