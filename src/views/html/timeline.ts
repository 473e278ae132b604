/**
 * The states that a cluster can have in a {@link FleetTimeline}.
 *
 * @category Pages
 */
export const clusterStates = ['absent', 'pending', 'updating', 'ready', 'failed', 'unreachable'] as const

/**
 * How a module is on a cluster.
 *
 * - `absent`: it is not there, and is not to be.
 * - `pending`: it is to have another revision, which was not assigned yet.
 * - `updating`: a revision was assigned, and the cluster has not reported its outcome.
 * - `ready`, `failed`: what the cluster has reported last.
 * - `unreachable`: the cluster cannot be reached.
 *
 * @category Pages
 */
export type ClusterState = (typeof clusterStates)[number]

/**
 * One cluster of a {@link FleetTimeline}.
 *
 * @category Pages
 */
export interface TimelineCluster {
  /** Unique among the clusters. */
  readonly id: string
  /** Stages are shown in the order in which they first come. */
  readonly stage: string
  /** What else clusters can be grouped by, such as their region. */
  readonly labels?: Readonly<Record<string, string>> | undefined
}

/**
 * A cluster has another state from then on.
 *
 * @category Pages
 */
export interface TimelineChange {
  /** Milliseconds: since the epoch, or from the beginning where the timeline is `elapsed`. */
  readonly at: number
  readonly cluster: string
  readonly state: ClusterState
  /** The revision that it has, or that was assigned to it. */
  readonly revision?: string | undefined
  /** Why, for people. */
  readonly why?: string | undefined
}

/**
 * The states of the clusters of a fleet over time, as plain data: what {@link fleetPage} shows.
 *
 * @category Pages
 */
export interface FleetTimeline {
  readonly title: string
  readonly clusters: readonly TimelineCluster[]
  /** In any order; of several of one cluster at one time the last one counts. What is before `from` says how it begins. Until then a cluster is `absent`. */
  readonly changes: readonly TimelineChange[]
  /** The first moment, in milliseconds. */
  readonly from: number
  /** The last one. */
  readonly to: number
  /** Whether times count from the beginning, as in a forecast of no date. By default they are milliseconds since the epoch, and are shown in UTC. */
  readonly elapsed?: boolean | undefined
}
