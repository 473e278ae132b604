import type { LabelSelector } from '../../../model/selector.ts'
import type { FreezeWindow } from '../../../model/windows/windows.ts'
import type { Approval, RolloutInput, SharedBudget, Verdict } from '../../../rollout/planner/input.ts'
import type { RolloutState } from '../../../rollout/state/state.ts'
import type { CanonicalStrategy } from '../../../rollout/strategy/canonical.ts'
import type { AssignedVersion, ObservedVersion, TargetHold, TargetView } from '../../../rollout/target-view.ts'
import type { RolloutWindows } from '../../../rollout/windows/windows.ts'
import type { ModuleNeed } from '../observed-module.ts'

/**
 * A module that is rolled out over the clusters of a fleet. What is an approval or a verdict names the attempt by its revision.
 *
 * @category Fleet
 */
export interface FleetModule extends Pick<RolloutInput, 'paused' | 'aborted' | 'emergency'> {
  /** Unique among the modules. */
  readonly id: string
  /** The revision that is wanted. `null`: the module is to be removed from every cluster. */
  readonly revision: string | null
  /** Another one tries the same revision again, failed clusters included. Default `''`. */
  readonly nonce?: string | undefined
  /** The clusters that get it, by their labels. Absent: none. Empty: all. */
  readonly selector?: LabelSelector | undefined
  /** Of the selected clusters only these, by id. */
  readonly names?: readonly string[] | undefined
  /** How it goes out. Default: to all clusters at once. */
  readonly rollout?: CanonicalStrategy | undefined
  /** Higher goes first where budgets are shared. Default 0. */
  readonly priority?: number | undefined
  /** When clusters may be started, as written. */
  readonly windows?: RolloutWindows | undefined
  readonly approvals?: readonly Approval[] | undefined
  readonly verdicts?: readonly Verdict[] | undefined
  /** It is applied to each cluster directly, from the management, and is no part of the assemblage of the cluster. */
  readonly direct?: boolean | undefined
  /**
   * By cluster: why this module is not touched there. Goes before the hold of the cluster. With `{ pin: 'v4' }` the cluster gets that revision and stays at it: at once
   * when it can be reached and is not busy, whatever budgets, windows and dependencies say; what it takes of budgets counts.
   */
  readonly holds?: Readonly<Record<string, TargetHold>> | undefined
}

/**
 * One exact revision of a module: what a version is to the rollout planner. One that is not listed is a version of its own name, and needs nothing.
 *
 * @category Fleet
 */
export interface FleetRevision {
  readonly module: string
  /** Unique among the revisions of the module. */
  readonly id: string
  /** What the ranges of other modules are compared with. Default: `id`. */
  readonly version?: string | undefined
  /** What it needs on the same cluster. */
  readonly needs?: readonly ModuleNeed[] | undefined
}

/**
 * A registered cluster.
 *
 * @category Fleet
 */
export interface FleetCluster extends Omit<TargetView, 'selected' | 'assigned' | 'observed'> {
  /** Which cluster it is. With another one under the same id, what is known of the assemblage of the one before counts no longer. */
  readonly uid?: string | undefined
}

/**
 * What one cluster was assigned of one module, and what was seen of it last. A version is the id of a revision.
 *
 * @category Fleet
 */
export interface AssembledModule {
  readonly module: string
  /** `null`: nothing, or the removal is over. */
  readonly assigned: AssignedVersion | null
  /** `null`: nothing is known. */
  readonly observed: ObservedVersion | null
  /** It is applied directly, and is no part of the assemblage of the cluster. */
  readonly direct?: boolean | undefined
}

/**
 * What one cluster was assigned, and what was seen there.
 *
 * @category Fleet
 */
export interface AssemblageView {
  readonly cluster: string
  /** The uid of the cluster that it is of. */
  readonly uid?: string | undefined
  readonly modules: readonly AssembledModule[]
}

/**
 * The state of the rollout of a module, as it was stored.
 *
 * @category Fleet
 */
export interface RolloutRecord {
  readonly module: string
  readonly state: RolloutState
}

/**
 * Who stopped the whole fleet, and why.
 *
 * @category Fleet
 */
export interface Handbrake {
  readonly by: string
  readonly reason: string
}

/**
 * What holds for all modules.
 *
 * @category Fleet
 */
export interface FleetPolicy {
  /** Budgets that all rollouts share: how many updates may be in progress at once, among the clusters that each covers. */
  readonly budgets?: readonly SharedBudget[] | undefined
  /** Milliseconds after which a module that shared budgets hold up goes before all others. Default one hour. */
  readonly patience?: number | undefined
  /** Nothing is started within these, of any module. */
  readonly freezes?: readonly FreezeWindow[] | undefined
  /** Nothing is started, reverted or removed anywhere. What is updating may finish. */
  readonly handbrake?: boolean | Handbrake | undefined
}

/**
 * Everything that a fleet is planned from: plain data. Lists are in any order, and their elements are immutable: what is the same object as before
 * is taken to be the same.
 *
 * @category Fleet
 */
export interface FleetInput {
  /** In milliseconds since the epoch. */
  readonly now: number
  readonly modules: readonly FleetModule[]
  /** Those that are wanted, or that clusters still have. */
  readonly revisions?: readonly FleetRevision[] | undefined
  readonly clusters: readonly FleetCluster[]
  /** At most one for each cluster. */
  readonly assemblages?: readonly AssemblageView[] | undefined
  /** At most one for each module. Where one is lost, the planner goes on from what it sees. */
  readonly rollouts?: readonly RolloutRecord[] | undefined
  readonly policy?: FleetPolicy | undefined
}

/**
 * What has changed since a plan. An object takes the place of the one that has the same id.
 *
 * @category Fleet
 */
export interface FleetChanges {
  readonly now: number
  readonly modules?: readonly FleetModule[] | undefined
  readonly removedModules?: readonly string[] | undefined
  readonly revisions?: readonly FleetRevision[] | undefined
  readonly clusters?: readonly FleetCluster[] | undefined
  readonly removedClusters?: readonly string[] | undefined
  readonly assemblages?: readonly AssemblageView[] | undefined
  /** What was seen of one module on one cluster. */
  readonly observed?: readonly (Omit<AssembledModule, 'assigned'> & { readonly cluster: string })[] | undefined
  readonly policy?: FleetPolicy | undefined
}
