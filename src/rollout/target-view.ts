/** What was last told to a cluster. `version: null` means that it was told to remove the module. */
export interface AssignedVersion {
  readonly version: string | null
  /** Grows with each change of what the cluster is told. */
  readonly generation: number
  /** When it was told, in milliseconds. */
  readonly at: number
}

/** What a cluster was last seen to have. */
export interface ObservedVersion {
  readonly version: string | null
  /** The generation of the assignment that this is the outcome of. */
  readonly generation: number
  readonly phase: 'applying' | 'ready' | 'failed' | 'absent'
  /** When this phase began, in milliseconds. */
  readonly since: number
}

/** Why a cluster is left alone: `paused` for a while, `excluded` for good, or pinned to a version. */
export type ClusterHold = 'paused' | 'excluded' | { readonly pin: string }

/** One cluster as the planner sees it. Treat it as immutable: what is derived from it is remembered by identity. */
export interface ClusterView {
  /** Unique among the clusters. */
  readonly id: string
  readonly labels?: Readonly<Record<string, string>> | undefined
  /** Orders the clusters of a stage, before their ids do. A cluster without comes last. */
  readonly sortKey?: number | undefined
  /** `false`: the module no longer selects the cluster, and is removed from it. Default `true`. */
  readonly selected?: boolean | undefined
  /** Whether the cluster can be reached, and since when that is so. */
  readonly reach: { readonly ok: boolean; readonly since: number }
  /** `null`: nothing was ever told, or the removal is over. */
  readonly assigned: AssignedVersion | null
  /** `null`: nothing is known. */
  readonly observed: ObservedVersion | null
  readonly hold?: ClusterHold | undefined
}
