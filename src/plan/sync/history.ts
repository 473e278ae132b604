import { formatTime } from '../../model/condition.ts'
import { formatDuration } from '../../model/duration.ts'
import type { SyncHistoryEntry, SyncStatus } from '../../model/kinds/sync/types.generated.ts'
import { parseRevision } from '../../model/revision.ts'

/** How many revisions a history holds when nothing else is said, as in Flux. */
export const historyLimit = 5

/** The reasons of the Ready condition that are more than words for people. */
export const succeededReason = 'ReconciliationSucceeded'
export const abortedReason = 'Aborted'
export const unconfirmedReason = 'PruneNotConfirmed'
/** Every object of the source has been applied; what came after that has not succeeded. */
export const lateReasons = { prune: 'PruneFailed', health: 'HealthCheckFailed' } as const

/** One attempt, for the history. */
export interface RecordedAttempt {
  readonly revision: string
  readonly digest?: string | undefined
  readonly actor?: string | undefined
  /** The reason of the Ready condition. */
  readonly reason: string
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  readonly finishedAt: number
}

/**
 * The history after an attempt: one entry a revision, the newest first, at most `limit`. The last good one stays, however many failed after
 * it: it is the one to return to.
 *
 * @param self - the actor of attempts at each interval: it does not take the place of who brought the revision
 */
export function nextHistory(
  history: readonly SyncHistoryEntry[],
  { revision, digest, actor, reason, startedAt, finishedAt }: RecordedAttempt,
  {
    limit = historyLimit,
    lastGood,
    self,
  }: { readonly limit?: number | undefined; readonly lastGood?: string | undefined; readonly self: string },
): readonly SyncHistoryEntry[] {
  const before = history.find((entry) => entry.revision === revision)
  const stays = history[0] === before && before?.actor !== undefined && (actor ?? self) === self
  const by = stays ? before.actor : actor
  const known = digest ?? before?.digest
  const finished = formatTime(finishedAt)
  const entry: SyncHistoryEntry = {
    revision,
    ...(known === undefined ? {} : { digest: known }),
    ...(by === undefined ? {} : { actor: by }),
    firstReconciled: before?.firstReconciled ?? finished,
    lastReconciled: finished,
    lastReconciledDuration: formatDuration(finishedAt - startedAt),
    lastReconciledStatus: reason,
    totalReconciliations: (before?.totalReconciliations ?? 0) + 1,
  }
  const all = [entry, ...history.filter((other) => other !== before)]
  const good = all.find((each, index) => each.revision === lastGood && index >= limit)
  return good === undefined ? all.slice(0, limit) : [...all.slice(0, Math.max(1, limit - 1)), good]
}

/**
 * The entry of a revision that was applied before: by its whole revision, its tag or its commit. The newest counts.
 *
 * @example
 * ```ts
 * import { findRevision, type SyncStatus } from 'fleetkit'
 *
 * export function whoBrought(status: SyncStatus, tag: string): string | undefined {
 *   return findRevision(status, tag)?.actor
 * }
 * ```
 *
 * @category Sync
 */
export function findRevision({ history = [] }: SyncStatus, revision: string): SyncHistoryEntry | undefined {
  const named = (entry: SyncHistoryEntry): boolean => {
    const { tag, commit } = parseRevision(entry.revision) ?? {}
    return tag === revision || commit === revision
  }
  return history.find((entry) => entry.revision === revision) ?? history.find(named)
}

/**
 * The revision that the objects in the cluster were last applied from, healthy or not; `undefined` when an attempt at
 * another one has stopped half-way. A difference from it is drift.
 */
export function revisionInCluster({ lastAppliedRevision, lastAttemptedRevision, history }: SyncStatus): string | undefined {
  const last = history?.[0]
  const wholly: readonly string[] = [...Object.values(lateReasons), unconfirmedReason]
  const applied = last?.revision === lastAttemptedRevision && wholly.includes(last?.lastReconciledStatus ?? '')
  return applied || lastAttemptedRevision === lastAppliedRevision ? lastAttemptedRevision : undefined
}

/**
 * The last good revision: the one whose last attempt succeeded most recently, health included. One that has failed since is
 * not good; an attempt that was aborted says nothing. It is what to return to.
 *
 * @example
 * ```ts
 * import { formatPlan, lastGood, type Sync, type SyncRunner } from 'fleetkit'
 *
 * export async function rollback(runner: SyncRunner, sync: Sync): Promise<void> {
 *   const revision = lastGood(await runner.status(sync))
 *   if (revision === undefined) return
 *   console.log(formatPlan(await runner.plan(sync, { revision })))
 *   await runner.run(sync, { revision })
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
