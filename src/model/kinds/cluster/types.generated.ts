// Made from the schema by `npm run generate`; do not edit.
import type { Condition } from '../../condition.ts'

/**
 * Who connects to whom.
 *
 * @category Cluster
 */
export interface ClusterAccess {
  /** The management connects to the cluster. */
  readonly kubeConfig?: KubeConfigReference | undefined
  /** The cluster connects to the management. */
  readonly inbound?: InboundAccess | undefined
}

/**
 * What the cluster itself says against changes now.
 *
 * @category Cluster
 */
export interface ClusterBusy {
  /** Why, in its words. */
  readonly reason: string
  /** When that ends, unless it is said again. */
  readonly until: string
}

/**
 * An engine whose kinds the cluster serves.
 *
 * @category Cluster
 */
export interface ClusterEngine {
  /** Which one. */
  readonly name: 'fleetkit' | 'flux'
  /** In which API versions its kinds are served, the one that the cluster prefers first. */
  readonly apiVersions: readonly string[]
}

/**
 * Which cluster it is. Another one under the same address is not taken for it.
 *
 * @category Cluster
 */
export interface ClusterIdentity {
  /** The uid of its namespace kube-system. */
  readonly uid: string
  /** How often the mark of this Cluster was written there, or how often the cluster has reported. A lower one in the cluster says that it was restored from a backup. Absent where the mark may not be written. */
  readonly counter?: number | undefined
  /** When the counter was raised last. */
  readonly raisedAt?: string | undefined
  /** When it was found to have been restored last. */
  readonly restoredAt?: string | undefined
  /** Who has reported last, of a cluster that connects to the management: a random id. */
  readonly reporter?: string | undefined
}

/**
 * How a cluster is reached, and how it is looked after.
 *
 * @category Cluster
 */
export interface ClusterSpec {
  /** Who connects to whom. */
  readonly access: ClusterAccess
  /** How often the cluster is looked at. */
  readonly interval: string
  /** Whether nothing is asked of the cluster until this is false again. */
  readonly suspend: boolean
}

/**
 * How a cluster is reached, and how it is looked after. As written: what has a default may be left out.
 *
 * @category Cluster
 */
export interface ClusterSpecInput {
  /** Who connects to whom. */
  readonly access: ClusterAccess
  /** How often the cluster is looked at. Default: `"1m"`. */
  readonly interval?: string | undefined
  /** Whether nothing is asked of the cluster until this is false again. Default: `false`. */
  readonly suspend?: boolean | undefined
}

/**
 * What is known of a Cluster.
 *
 * @category Cluster
 */
export interface ClusterStatus {
  /** The generation of the last outcome. */
  readonly observedGeneration?: number | undefined
  /** Ready, with the reason why not: unreachable, another cluster, claimed, or lists that are out of date; and Busy and Restored, as far as they apply. */
  readonly conditions?: readonly Condition[] | undefined
  /** Since when it has answered each time that it was asked. Absent while it does not. */
  readonly reachableSince?: string | undefined
  /** When it answered last, within five minutes; when it reported last, by its own clock, if it connects to the management. */
  readonly lastContactAt?: string | undefined
  /** The version of its API server, e.g. v1.36.3. */
  readonly kubernetesVersion?: string | undefined
  /** The id of this management, for a cluster that connects to it. */
  readonly management?: string | undefined
  /** Which cluster it is. Another one under the same address is not taken for it. */
  readonly identity?: ClusterIdentity | undefined
  /** What the cluster itself says against changes now. */
  readonly busy?: ClusterBusy | undefined
  /** What can carry out syncs there by itself. */
  readonly engines?: readonly ClusterEngine[] | undefined
}

/**
 * The cluster connects to the management.
 *
 * @category Cluster
 */
export type InboundAccess = Readonly<Record<string, never>>

/**
 * The management connects to the cluster.
 *
 * @category Cluster
 */
export interface KubeConfigReference {
  /** A Secret in the Cluster's namespace. */
  readonly secretRef: SecretKeyReference
}

/**
 * A Secret in the Cluster's namespace.
 *
 * @category Cluster
 */
export interface SecretKeyReference {
  /** Name of the Secret. */
  readonly name: string
  /** The key of the kubeconfig. The first of value and value.yaml that is there when absent, as in Flux. */
  readonly key?: string | undefined
}
