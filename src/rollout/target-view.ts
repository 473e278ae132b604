/** What was last assigned to a target. `version: null`: the removal of the module. */
export interface AssignedVersion {
  readonly version: string | null
  /** Grows with each assignment. */
  readonly generation: number
  /** When it was assigned, in milliseconds. */
  readonly at: number
}

/** What was last observed of a target. */
export interface ObservedVersion {
  readonly version: string | null
  /** The generation of the assignment that this is the outcome of. */
  readonly generation: number
  readonly phase: 'applying' | 'ready' | 'failed' | 'absent'
  /** When this phase began, in milliseconds. */
  readonly since: number
}

/** Why a target is not touched: `paused` for a while, `excluded` for good, or pinned to a version. */
export type TargetHold = 'paused' | 'excluded' | { readonly pin: string }

/** The veto of a target itself: it is neither started nor is the module removed from it meanwhile. */
export interface TargetBusy {
  /** What it does, for people. */
  readonly reason: string
  /** Since when, in milliseconds. */
  readonly since: number
  /** Milliseconds after which it is not believed any more. Absent: as long as it says so. */
  readonly maxAge?: number | undefined
}

/**
 * What a rollout goes to, as the planner sees it: a cluster, or anything else that can be assigned a version. Treat it as immutable: what
 * is derived from it is remembered by identity.
 */
export interface TargetView {
  /** Unique among the targets. */
  readonly id: string
  readonly labels?: Readonly<Record<string, string>> | undefined
  /** Orders the targets of a stage, before their ids do. A target without one comes last. */
  readonly sortKey?: number | undefined
  /** What it counts for where a stage or a budget is `weighted`: its users, its cost. From 0; default 1. */
  readonly weight?: number | undefined
  /** `false`: the module no longer selects the target, and is removed from it. Default `true`. */
  readonly selected?: boolean | undefined
  /** Whether the target can be reached, and since when that is so. */
  readonly reach: { readonly ok: boolean; readonly since: number }
  /** `null`: nothing was ever assigned, or the removal is over. */
  readonly assigned: AssignedVersion | null
  /** `null`: nothing is known. */
  readonly observed: ObservedVersion | null
  readonly hold?: TargetHold | undefined
  readonly busy?: TargetBusy | undefined
}

/** The value of a label; `undefined` where there is none. Names of labels come from outside: one may be that of a property of all objects. */
export function labelOf(labels: TargetView['labels'], label: string | undefined): string | undefined {
  return labels !== undefined && label !== undefined && Object.hasOwn(labels, label) ? labels[label] : undefined
}
