/** What was last told to a target. `version: null` means that it was told to remove the module. */
export interface AssignedVersion {
  readonly version: string | null
  /** Grows with each change of what the target is told. */
  readonly generation: number
  /** When it was told, in milliseconds. */
  readonly at: number
}

/** What a target was last seen to have. */
export interface ObservedVersion {
  readonly version: string | null
  /** The generation of the assignment that this is the outcome of. */
  readonly generation: number
  readonly phase: 'applying' | 'ready' | 'failed' | 'absent'
  /** When this phase began, in milliseconds. */
  readonly since: number
}

/** Why a target is left alone: `paused` for a while, `excluded` for good, or pinned to a version. */
export type TargetHold = 'paused' | 'excluded' | { readonly pin: string }

/** One target as the planner sees it. Treat it as immutable: what is derived from it is remembered by identity. */
export interface TargetView {
  /** Unique among the targets. */
  readonly id: string
  readonly labels?: Readonly<Record<string, string>> | undefined
  /** Orders the targets of a stage, before their ids do. A target without comes last. */
  readonly sortKey?: number | undefined
  /** `false`: the module no longer selects the target, and is removed from it. Default `true`. */
  readonly selected?: boolean | undefined
  /** Whether the target can be reached, and since when that is so. */
  readonly reach: { readonly ok: boolean; readonly since: number }
  /** `null`: nothing was ever told, or the removal is over. */
  readonly assigned: AssignedVersion | null
  /** `null`: nothing is known. */
  readonly observed: ObservedVersion | null
  readonly hold?: TargetHold | undefined
}
