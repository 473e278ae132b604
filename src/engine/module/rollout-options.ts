import type { FleetPolicy } from '../../plan/fleet/planner/input.ts'
import type { RolloutGate } from './gates/rollout-gate.ts'

/**
 * How the Assemblages are kept in their clusters.
 *
 * @category Module
 */
export interface AssemblageTemplateOptions {
  /** The driver that makes the syncs. Default `fleetkit`. */
  readonly driver?: string | undefined
  /** The namespace of the Assemblage in its cluster. Default `default`. */
  readonly namespace?: string | undefined
}

/**
 * Options of {@link rolloutController}.
 *
 * @category Module
 */
export interface RolloutControllerOptions {
  /** The namespaces whose Modules it rolls out; all of them when absent. The Modules and Clusters of one namespace are one fleet. */
  readonly namespaces?: readonly string[] | undefined
  /** What holds for all Modules of a fleet: budgets, freezes, the handbrake. It is asked for before each plan. */
  readonly policy?: ((namespace: string) => FleetPolicy) | undefined
  /** What answers the checks of stages. A check that none is named as waits. */
  readonly gates?: readonly RolloutGate[] | undefined
  /** How the Assemblages are kept in their clusters. */
  readonly assemblages?: AssemblageTemplateOptions | undefined
}

/**
 * The pair that a question is about.
 *
 * @category Module
 */
export interface ModuleOnCluster {
  readonly namespace: string
  readonly cluster: string
  readonly module: string
}
