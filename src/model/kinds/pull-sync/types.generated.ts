// Made from the schema by `npm run generate`; do not edit.
import type { Condition } from '../../condition.ts'

/**
 * Which management it is. Another one under the same address is not taken for it.
 *
 * @category PullSync
 */
export interface KnownUpstream {
  /** The id of the management. */
  readonly management: string
  /** The name of the Cluster that is this cluster there. */
  readonly cluster: string
  /** The uid of that Cluster. */
  readonly uid: string
  /** How often this cluster has reported. A lower one in the management says that it was restored from a backup. */
  readonly counter: number
  /** When the management was found to have been restored last, until that is confirmed. */
  readonly restoredAt?: string | undefined
}

/**
 * What this cluster takes its Syncs from.
 *
 * @category PullSync
 */
export interface PullSyncSpec {
  /** The ProxySyncs of this cluster, in the management. */
  readonly upstream: PullUpstream
  /** Whether nothing is pulled and nothing reported until this is false again. The Syncs go on. */
  readonly suspend: boolean
}

/**
 * What this cluster takes its Syncs from. As written: what has a default may be left out.
 *
 * @category PullSync
 */
export interface PullSyncSpecInput {
  /** The ProxySyncs of this cluster, in the management. */
  readonly upstream: PullUpstream
  /** Whether nothing is pulled and nothing reported until this is false again. The Syncs go on. Default: `false`. */
  readonly suspend?: boolean | undefined
}

/**
 * What is known of a PullSync.
 *
 * @category PullSync
 */
export interface PullSyncStatus {
  /** The generation of the last outcome. */
  readonly observedGeneration?: number | undefined
  /** Ready, with the reason why not; and Stalled where only a change can repair it. */
  readonly conditions?: readonly Condition[] | undefined
  /** When the management answered last, by the clock of this cluster. */
  readonly lastContactAt?: string | undefined
  /** Which management it is. Another one under the same address is not taken for it. */
  readonly upstream?: KnownUpstream | undefined
}

/**
 * The ProxySyncs of this cluster, in the management.
 *
 * @category PullSync
 */
export interface PullUpstream {
  /** Says how the management is reached. */
  readonly cluster: UpstreamCluster
  /** Their namespace there, in which the Cluster of this cluster lies too. */
  readonly namespace: string
}

/**
 * Says how the management is reached.
 *
 * @category PullSync
 */
export interface UpstreamCluster {
  /** Name of a Cluster in the same namespace, with a kubeconfig. */
  readonly name: string
}
