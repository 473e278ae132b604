import { formatTime } from '../../model/condition.ts'
import { formatDuration } from '../../model/duration.ts'
import type { SyncHistoryEntry, SyncStatus } from '../../model/kinds/sync/types.generated.ts'
import { lateReasons, unconfirmedReason } from './reasons.ts'

/** How many revisions a history holds when nothing else is said, as in Flux. */
export const historyLimit = 5

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
 * The revision that the objects in the cluster were last applied from, healthy or not; `undefined` when an attempt at
 * another one has stopped half-way. A difference from it is drift.
 */
export function revisionInCluster({ lastAppliedRevision, lastAttemptedRevision, history }: SyncStatus): string | undefined {
  const last = history?.[0]
  const wholly: readonly string[] = [...Object.values(lateReasons), unconfirmedReason]
  const applied = last?.revision === lastAttemptedRevision && wholly.includes(last?.lastReconciledStatus ?? '')
  return applied || lastAttemptedRevision === lastAppliedRevision ? lastAttemptedRevision : undefined
}
