import type { KnownUpstream } from '../../model/kinds/pull-sync/types.generated.ts'

/**
 * Which management it is that a cluster takes its Syncs from:
 *
 * - `new`: none was known before, or it was confirmed to be this one.
 * - `same`: it is the one that it was.
 * - `restored`: it is, as it was before: from a backup. What it has now may not be all that it had.
 * - `another`: it is not.
 */
export type UpstreamVerdict = 'new' | 'same' | 'restored' | 'another'

/**
 * Judges which management it is. Both sides count the reports of the cluster: fewer in the management than were sent say that it was restored from a backup. Of a
 * Cluster that was created again the same is assumed.
 *
 * @param confirmed - the id of a management that is this one, whatever is remembered
 * @param found - what the management says; its counter is 0 when there was no report
 */
export function judgeUpstream(
  remembered: KnownUpstream | undefined,
  confirmed: string | undefined,
  found: Pick<KnownUpstream, 'management' | 'uid' | 'counter'>,
): UpstreamVerdict {
  if (remembered === undefined) return 'new'
  if (remembered.management !== found.management) return confirmed === found.management ? 'new' : 'another'
  if (remembered.uid !== found.uid) return 'restored'
  // The last report may not have arrived.
  return found.counter < remembered.counter - 1 ? 'restored' : 'same'
}
