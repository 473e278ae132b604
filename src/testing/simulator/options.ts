import type { Module, ModuleInput } from '../../model/kinds/module/module.ts'
import type { LabelSelector } from '../../model/selector.ts'
import type { FleetPolicy } from '../../plan/fleet/planner/input.ts'
import type { Outage, Span } from '../../rollout/forecast/assumptions.ts'
import type { FaultPlan } from '../faults.ts'
import type { FleetView } from './judge/fleet-view.ts'
import type { FleetRule } from './judge/referee.ts'
import type { FailingPair, SimulatedCluster, SimulatedFleet } from './scenario.ts'

/** What happens to a fleet by itself. Numbers are drawn by the seed. */
export interface SimulatedWorld {
  /** How long a cluster takes from its assignment until it is ready; of two times: anything between them. Default `1m`. */
  readonly readyAfter?: Span | readonly [least: Span, most: Span] | ((cluster: string) => Span) | undefined
  /** The clusters where versions fail, but for those that the modules begin with: by id, by their labels, or by a rule. Default none. */
  readonly failing?:
    | readonly string[]
    | LabelSelector
    | ((pair: FailingPair & { readonly labels: Readonly<Record<string, string>> }) => boolean)
    | undefined
  /** How long a failing cluster takes to report it. Default: `readyAfter`. */
  readonly failsAfter?: Span | undefined
  /** How many times a failing cluster fails before it succeeds. Default: each time. */
  readonly failsTimes?: number | undefined
  /** Clusters that cannot be reached for a while; or how many times a cluster is lost, for up to 10 minutes each. */
  readonly outages?: readonly Outage[] | number | undefined
  /** How the calls of managers fail, to the store and to git: shares as of `withFaults`. Default not at all. */
  readonly faults?: Omit<FaultPlan, 'seed' | 'clock' | 'error'> | undefined
  /** How many managers there are. They compete for one lease. Default 1. */
  readonly managers?: number | undefined
  /** How many times a manager dies, before whichever call comes then: between any two writes. It is started again within 10 seconds. Default 0. */
  readonly crashes?: number | undefined
  /** How many times a manager is cut off for up to 5 minutes; what it has sent may arrive later. Default 0. */
  readonly partitions?: number | undefined
  /** How many times the clock of a manager jumps, by up to 8 hours in either direction. Default 0. */
  readonly clockJumps?: number | undefined
}

/**
 * What has to hold at every moment: `true` where it does, or what is wrong. It is asked after each write.
 */
export type FleetInvariant = (fleet: FleetView) => true | string

/** What to simulate. */
export interface SimulateFleetOptions {
  /** All that is random goes by it: the same seed gives the same, line by line. A whole number. Default 1. */
  readonly seed?: number | undefined
  readonly clusters: readonly SimulatedCluster[]
  /** As they are when it begins. All are of one namespace. */
  readonly modules: readonly (Module | ModuleInput)[]
  /** Whether the clusters have the modules when it begins. Otherwise these are rolled out from then on. Default `true`. */
  readonly installed?: boolean | undefined
  /** Budgets that the modules share, freezes, the handbrake. */
  readonly policy?: FleetPolicy | undefined
  /** For how long the world is as `world` says, at least: until the scenario ends too. Then everything heals. Default `1h`. */
  readonly during?: Span | undefined
  /** How long the modules may take to come to an end once everything has healed. Default `24h`. */
  readonly endsWithin?: Span | undefined
  readonly world?: SimulatedWorld | undefined
  /** What people do, in order. */
  readonly scenario?: ((fleet: SimulatedFleet) => Promise<void> | void) | undefined
  /** What has to hold besides, by name. */
  readonly invariants?: Readonly<Record<string, FleetInvariant>> | undefined
  /** Which of the rules of every fleet are checked. Default all. */
  readonly rules?: readonly FleetRule[] | undefined
  /** When it begins, in milliseconds since 1970. Default 2026-01-01T00:00:00Z. */
  readonly start?: number | undefined
  /** How many lines the trace keeps, the newest. Default 10,000. */
  readonly traceLines?: number | undefined
  /** Whether the trace has everything that managers report too. Default `false`. */
  readonly verbose?: boolean | undefined
}
