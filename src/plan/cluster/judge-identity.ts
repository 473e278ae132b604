import type { ClusterIdentity } from '../../model/kinds/cluster/types.generated.ts'

/** What is found in a cluster that tells which one it is. */
export interface FoundIdentity {
  /** The uid of its namespace `kube-system`: no one can delete that. */
  readonly uid: string
  /** The mark that this management has left there. */
  readonly mark?: ClusterMark | undefined
}

/** What a management writes into a cluster: of which of its Clusters it is, and how often that was written. */
export interface ClusterMark {
  /** The uid of the Cluster. */
  readonly owner: string
  readonly counter: number
}

/** What is known of the one who asks. */
export interface KnownIdentity {
  /** The uid of the Cluster. */
  readonly owner: string
  readonly remembered: ClusterIdentity | undefined
  /** The uid of a cluster that is this one, whatever is remembered of it and has marked it. */
  readonly confirmed?: string | undefined
}

/**
 * Which cluster it is:
 *
 * - `new`: none was known before, or it was confirmed to be this one.
 * - `same`: it is the one that it was.
 * - `restored`: it is, as it was before: from a backup.
 * - `another`: it is not.
 * - `claimed`: another Cluster has marked it: a copy of that cluster, or the same one registered twice.
 */
export type IdentityVerdict = 'new' | 'same' | 'restored' | 'another' | 'claimed'

/**
 * Judges which cluster it is. A uid alone tells neither a restored cluster nor a copy; a mark does, whose counter only grows: a lower one is
 * from a backup.
 */
export function judgeIdentity({ owner, remembered, confirmed }: KnownIdentity, { uid, mark }: FoundIdentity): IdentityVerdict {
  const isOther = remembered !== undefined && remembered.uid !== uid
  const isClaimed = mark !== undefined && mark.owner !== owner
  if (confirmed !== uid && isOther) return 'another'
  if (confirmed !== uid && isClaimed) return 'claimed'
  if (remembered === undefined || isOther || isClaimed) return 'new'
  const { counter } = remembered
  if (counter === undefined) return 'same'
  return mark === undefined || mark.counter < counter ? 'restored' : 'same'
}
