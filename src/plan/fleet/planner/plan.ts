import type { Diagnostic } from '../../../rollout/diagnostic.ts'
import type { Gate, HoldCode, PhaseCause, RolloutPhase, UpdatingTarget } from '../../../rollout/planner/plan.ts'
import type { StartCause } from '../../../rollout/state/cause.ts'
import type { AssignedVersion, ObservedVersion } from '../../../rollout/target-view.ts'
import type { HistoryEvent } from '../history/event.ts'
import type { AssembledModule, FleetChanges, RolloutRecord } from './input.ts'

/**
 * What a cluster is to have of a module from now on.
 *
 * @category Fleet
 */
export interface Assignment {
  readonly cluster: string
  readonly module: string
  /** The id of the revision. `null`: the module is to be removed. */
  readonly revision: string | null
  /** One more than that of the assignment before. */
  readonly generation: number
  readonly at: number
  readonly why: StartCause | 'deselected' | 'absent' | 'pinned'
  /** `null` for a cluster that is no longer selected. */
  readonly stage: string | null
  /** It goes there directly, from the management, and not by the assemblage of the cluster. */
  readonly direct?: boolean | undefined
}

/**
 * Where the rollout of a module stands.
 *
 * @category Fleet
 */
export interface ModuleProgress {
  readonly module: string
  readonly revision: string | null
  readonly phase: RolloutPhase
  readonly cause?: PhaseCause | undefined
  readonly gates: readonly Gate[]
  /** How many clusters there are that are selected, or have something of it. */
  readonly clusters: number
  readonly done: number
  readonly updating: number
  readonly held: number
}

/**
 * A stage of the strategy of a module.
 *
 * @category Fleet
 */
export interface StageOfModule {
  readonly stage: string
  /** Of a strategy with tracks: the track, as `tenant=a`. */
  readonly track?: string | undefined
}

/**
 * The clusters of a stage.
 *
 * @category Fleet
 */
export type StageMembers = Readonly<Record<'done' | 'updating' | 'held', readonly string[]>>

/**
 * What a plan decides, since the one before.
 *
 * @category Fleet
 */
export interface FleetDecisions {
  /** To be written. */
  readonly assignments: readonly Assignment[]
  /** States of rollouts, to be kept. */
  readonly rollouts: readonly RolloutRecord[]
  /** Of the modules of which something else is to be said. */
  readonly progress: readonly ModuleProgress[]
  /** What has happened and was decided, to be appended to the log. */
  readonly events: readonly HistoryEvent[]
}

/**
 * Why a cluster has what it has of a module.
 *
 * @category Fleet
 */
export interface Explanation {
  readonly cluster: string
  readonly module: string
  /** `unassigned`: it is not to have it, and has nothing of it. */
  readonly state: 'unassigned' | 'done' | 'updating' | 'held'
  readonly assigned: AssignedVersion | null
  readonly observed: ObservedVersion | null
  readonly stage?: string | null | undefined
  /** Of what is held, or updating to something that is not wanted any more. */
  readonly reason?: HoldCode | undefined
  /** A sentence for people. */
  readonly message: string
  /** The path to what holds it. */
  readonly by?: readonly string[] | undefined
  /** The earliest time at which that may change by itself. */
  readonly until?: number | undefined
}

/**
 * Everything that a plan says, as JSON: for people, and for comparing plans.
 *
 * @category Fleet
 */
export interface FleetPlanDocument {
  readonly assemblages: readonly { readonly cluster: string; readonly modules: readonly AssembledModule[] }[]
  readonly rollouts: readonly RolloutRecord[]
  readonly progress: readonly ModuleProgress[]
  readonly explanations: readonly Explanation[]
  readonly nextWakeAt: number | null
  readonly diagnostics: readonly Diagnostic[]
}

/**
 * What a fleet does now. It is a value, and the planner's memory goes with the newest one: once it has gone on to another plan, it still answers
 * `decisions`, `nextWakeAt` and `diagnostics`, and nothing else.
 *
 * @category Fleet
 */
export interface FleetPlan {
  readonly decisions: FleetDecisions
  /** The earliest later time at which something else is decided although nothing was changed. `null`: never. */
  readonly nextWakeAt: number | null
  readonly diagnostics: readonly Diagnostic[]
  /**
   * The plan after some changes. What this one assigns counts as assigned, whether or not it was seen since.
   *
   * @throws FleetkitError `model/invalid` when the changes are no changes; `plan/superseded` when another plan has followed this one.
   */
  with(changes: FleetChanges): FleetPlan
  /** What a cluster has of each module, in the order of their ids: what this plan assigns included. `plan/superseded` when another plan has followed. */
  assemblage(cluster: string): readonly AssembledModule[]
  /** Where the rollout of a module stands; `undefined` for one that there is not. `plan/superseded` when another plan has followed. */
  progress(module: string): ModuleProgress | undefined
  /** The clusters that are updating to something of a module, or being rid of it. `plan/superseded` when another plan has followed. */
  updating(module: string): readonly UpdatingTarget[]
  /** The clusters of a stage by where they are, each list in the order of their ids. `plan/superseded` when another plan has followed. */
  members(module: string, stage: StageOfModule): StageMembers
  /** Why a cluster has what it has of a module. `model/invalid` when there is no such cluster or module; `plan/superseded` when another plan has followed. */
  explain(cluster: string, module: string): Explanation
  /** All of it, in the order of ids. It asks for each pair, so that it takes a while in a large fleet. `plan/superseded` when another plan has followed. */
  toJSON(): FleetPlanDocument
}
