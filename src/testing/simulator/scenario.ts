import type { Module, ModuleDraft } from '../../model/kinds/module/module.ts'
import type { ObjectRef } from '../../model/reference.ts'
import type { FleetPolicy } from '../../plan/fleet/planner/input.ts'
import type { Explanation } from '../../plan/fleet/planner/plan.ts'
import type { Store } from '../../ports/store.ts'
import type { Span } from '../../rollout/forecast/assumptions.ts'
import type { RolloutPhase } from '../../rollout/planner/plan.ts'
import type { FleetView } from './judge/fleet-view.ts'

/** A cluster that is there when it begins, or joins. */
export interface SimulatedCluster {
  readonly id: string
  readonly labels?: Readonly<Record<string, string>> | undefined
}

/** A version of a Module on a cluster: its tag. */
export interface FailingPair {
  readonly cluster: string
  readonly module: string
  readonly version: string
}

/** Anything that can be seen of a fleet, to be waited for. */
export type FleetCondition = (fleet: FleetView) => boolean

/**
 * A fleet as a scenario has it: what people do to it, and the time that passes meanwhile. What is done is done in order, and need not be awaited; time passes only in
 * {@link SimulatedFleet.after} and {@link SimulatedFleet.until}. What is not there is refused with `model/invalid`.
 */
export interface SimulatedFleet extends FleetView {
  /** Uniform in [0, 1), by the seed. */
  readonly random: () => number
  /** Where the objects are, for what has no method here. What is written through it is the work of people. */
  readonly store: Store
  /** One of several, by the seed. */
  pick<T>(items: readonly T[]): T
  /** The reference of an object of this fleet. */
  refOf(kind: string, name: string): ObjectRef
  /** Time passes. */
  after(time: Span): Promise<void>
  /**
   * Time passes until the rollout of what a module is now is in a phase. One that is not in time is a violation of `convergence`, which says which cluster waits for what.
   *
   * @param within - how long it may take; `24h` by default
   */
  until(module: string, phase: RolloutPhase, within?: Span): Promise<void>
  /** Time passes until something can be seen. */
  until(condition: FleetCondition, within?: Span): Promise<void>
  /** A module is to have another version: a tag. */
  release(module: string, tag: string): Promise<void>
  /** A module is changed, as by `Module.with`. */
  change(module: string, recipe: (draft: ModuleDraft) => void): Promise<void>
  /** A module is there from now on. */
  add(module: Module): Promise<void>
  /** A module is deleted. */
  remove(module: string): Promise<void>
  /** A module tries its revision again, failed clusters included. */
  retry(module: string): Promise<void>
  /** The rollout of what a module is now is aborted. */
  abort(module: string): Promise<void>
  /** A module is left as it is, or goes on. */
  suspend(module: string, isSuspended?: boolean): Promise<void>
  /** What holds for all modules from now on. */
  govern(policy: FleetPolicy): Promise<void>
  /** The handbrake is pulled, or released. */
  handbrake(isPulled?: boolean): Promise<void>
  /** A cluster is there from now on. */
  join(cluster: SimulatedCluster): Promise<void>
  /** A cluster is deleted. */
  leave(cluster: string): Promise<void>
  /** A cluster has other labels. */
  relabel(cluster: string, labels: Readonly<Record<string, string>>): Promise<void>
  /** A cluster cannot be reached, until it is found. */
  lose(cluster: string): Promise<void>
  /** A cluster can be reached again. */
  find(cluster: string): Promise<void>
  /** A version fails on a cluster from now on, or does no longer. */
  fail(pair: FailingPair, isFailing?: boolean): Promise<void>
  /** A manager dies, before one of its next calls. */
  crash(): Promise<void>
  /** A manager is cut off, or connected again. */
  cutOff(): Promise<void>
  /** The clock of a manager jumps. */
  skew(): Promise<void>
  /** Everything heals: nothing more fails by itself, and every cluster can be reached. */
  heal(): Promise<void>
  /** Why a cluster has what it has of a module, by the manager that leads; `undefined` while none does. */
  explain(cluster: string, module: string): Explanation | undefined
}
