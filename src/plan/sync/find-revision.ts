import type { SyncHistoryEntry, SyncStatus } from '../../model/kinds/sync/types.generated.ts'
import { parseRevision } from '../../model/revision.ts'
import { abortedReason, succeededReason } from './reasons.ts'

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
