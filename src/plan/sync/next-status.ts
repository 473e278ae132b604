import { type Condition, type ConditionUpdate, formatTime, removeConditions, setCondition } from '../../model/condition.ts'
import { formatDuration } from '../../model/duration.ts'
import type { ErrorCode } from '../../model/errors/error-codes.ts'
import type { AdmittedTag, Inventory, SyncHistoryEntry, SyncStatus } from '../../model/kinds/sync/types.generated.ts'

/** How many revisions the history of a Sync holds, as in Flux. */
const historyLength = 5
/** A message is for people: longer ones are cut, well below the 32,768 characters that API servers take. */
const maxMessageLength = 4096

/** What is known while an attempt is under way, and after it. */
export interface AttemptFacts {
  /** The generation that was attempted. */
  readonly generation: number
  /** The revision, once it is known. */
  readonly revision?: string | undefined
  readonly inventory?: Inventory | undefined
  readonly admitted?: readonly AdmittedTag[] | undefined
  /** The tag points to another commit now; a sentence for people. */
  readonly tagMoved?: string | undefined
  /** The git server failed, and the admitted commit was used; a sentence for people. */
  readonly sourceUnavailable?: string | undefined
}

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
 * that it is one to roll back to; the history holds the last five revisions.
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
  ])
  return {
    ...previous,
    ...known(previous, facts),
    conditions,
    ...(outcome.succeeded || stalled ? { observedGeneration: facts.generation } : {}),
    ...(outcome.succeeded && facts.revision !== undefined ? { lastAppliedRevision: facts.revision } : {}),
    ...(outcome.requestedAt === undefined ? {} : { lastHandledReconcileAt: outcome.requestedAt }),
    ...(facts.revision === undefined ? {} : { history: nextHistory(previous.history ?? [], facts.revision, reason, outcome) }),
  }
}

function known(previous: SyncStatus, { revision, inventory, admitted }: AttemptFacts): SyncStatus {
  return {
    lastAttemptedRevision: revision ?? previous.lastAttemptedRevision,
    inventory: inventory ?? previous.inventory,
    admitted: admitted ?? previous.admitted,
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
    ...when(facts.tagMoved !== undefined, { type: 'TagMoved', status: 'True', reason: 'TagMoved', message: facts.tagMoved ?? '' }),
    ...when(facts.sourceUnavailable !== undefined, {
      type: 'SourceUnavailable',
      status: 'True',
      reason: 'SourceUnavailable',
      message: facts.sourceUnavailable ?? '',
    }),
  ]
  const all = [...updates, ...warnings].map((update) => ({
    ...update,
    message: shortened(update.message),
    observedGeneration: facts.generation,
  }))
  const set = all.reduce((conditions, update) => setCondition(conditions, update, now), previous.conditions ?? [])
  // An attempt that did not reach the source keeps the warnings about it.
  const decided = facts.revision === undefined ? decidedTypes : [...decidedTypes, ...warningTypes]
  return removeConditions(set, ...decided.filter((type) => !all.some((update) => update.type === type)))
}

const decidedTypes: readonly string[] = ['Ready', 'Reconciling', 'Stalled', 'Healthy']
const warningTypes: readonly string[] = ['TagMoved', 'SourceUnavailable']

function shortened(message: string): string {
  return message.length <= maxMessageLength ? message : `${message.slice(0, maxMessageLength - 1).toWellFormed()}…`
}

function when(holds: boolean, update: ConditionUpdate): readonly ConditionUpdate[] {
  return holds ? [update] : []
}

function nextHistory(
  history: readonly SyncHistoryEntry[],
  revision: string,
  reason: string,
  outcome: AttemptOutcome,
): readonly SyncHistoryEntry[] {
  const before = history.find((entry) => entry.revision === revision)
  const finished = formatTime(outcome.finishedAt)
  const entry: SyncHistoryEntry = {
    revision,
    firstReconciled: before?.firstReconciled ?? finished,
    lastReconciled: finished,
    lastReconciledDuration: formatDuration(outcome.finishedAt - outcome.startedAt),
    lastReconciledStatus: reason,
    totalReconciliations: (before?.totalReconciliations ?? 0) + 1,
  }
  return [entry, ...history.filter((other) => other !== before)].slice(0, historyLength)
}

const succeededReason = 'ReconciliationSucceeded'
const abortedReason = 'Aborted'
const lateReasons: Readonly<Record<LatePhase, string>> = { prune: 'PruneFailed', health: 'HealthCheckFailed' }

/**
 * The revision that the objects in the cluster were last applied from, healthy or not; `undefined` when an attempt at
 * another one has stopped half-way. A difference from it is drift.
 */
export function revisionInCluster({ lastAppliedRevision, lastAttemptedRevision, history }: SyncStatus): string | undefined {
  const last = history?.[0]
  const applied = last?.revision === lastAttemptedRevision && Object.values(lateReasons).includes(last?.lastReconciledStatus ?? '')
  return applied || lastAttemptedRevision === lastAppliedRevision ? lastAttemptedRevision : undefined
}

/**
 * The last good revision: the one whose last attempt succeeded most recently, health included. One that has failed since is
 * not good; an attempt that was aborted says nothing. It is what to return to; `parseRevision` gives its commit.
 *
 * @example
 * ```ts
 * import { lastGood, parseRevision, type Sync, type SyncRunner } from 'fleetkit'
 *
 * export async function rollback(runner: SyncRunner, sync: Sync): Promise<void> {
 *   const good = parseRevision(lastGood(await runner.status(sync)) ?? '')
 *   if (good === undefined) return
 *   await runner.run(sync.with(({ spec }) => {
 *     spec.source.git.commit = good.commit
 *     delete spec.source.git.tag
 *   }))
 * }
 * ```
 *
 * @category Sync
 */
export function lastGood({ lastAppliedRevision, history = [] }: SyncStatus): string | undefined {
  const good = history.find(
    ({ revision, lastReconciledStatus }) =>
      lastReconciledStatus === succeededReason || (lastReconciledStatus === abortedReason && revision === lastAppliedRevision),
  )
  const known = history.some(({ revision }) => revision === lastAppliedRevision)
  return good?.revision ?? (known ? undefined : lastAppliedRevision)
}

/** The reason of the Ready condition, in Flux's words. */
function reasonOf(outcome: AttemptOutcome): string {
  if (outcome.succeeded) return succeededReason
  const { code, phase } = outcome
  if (code === 'aborted') return abortedReason
  if (phase !== undefined) return lateReasons[phase]
  if (code === 'sync/dependency') return 'DependencyNotReady'
  if (code === 'sync/dependency-cycle') return 'DependencyCycle'
  const [area] = code.split('/')
  if (area === 'git') return 'ArtifactFailed'
  return area === 'source' || area === 'render' || area === 'model' ? 'BuildFailed' : 'ReconciliationFailed'
}
