import type { RolloutPhase } from '../../rollout/planner/plan.ts'
import type { FleetView } from './judge/fleet-view.ts'
import type { FleetPeak } from './judge/peak-counter.ts'
import type { FleetViolation } from './judge/referee.ts'

/** What came of a simulation. */
export interface FleetSimulation {
  readonly seed: number
  /** What did not hold: the simulation ended with the first moment of it. */
  readonly violations: readonly FleetViolation[]
  /** What happened, a line each, for people. */
  readonly trace: string
  /** How far the rollout of a module came. */
  phase(module: string): RolloutPhase | undefined
  /** The fleet in the end. */
  readonly end: FleetView
  /** The most updates that were in progress at once, as the clusters see it. A cluster counts once for each module. */
  readonly peak: { readonly updating: FleetPeak }
  /** Milliseconds of virtual time, from the beginning to the end. */
  readonly duration: number
  /** How many times something was assigned to a cluster. */
  readonly assignments: number
  /** How many faults were injected into calls of managers that have ended. */
  readonly faults: number
  /** One line for people. */
  readonly summary: string
}
