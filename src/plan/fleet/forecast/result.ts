import type { Assumptions } from '../../../rollout/forecast/assumptions.ts'
import type { Peak } from '../../../rollout/forecast/peak.ts'
import type { DeadEnd } from '../../../rollout/forecast/result.ts'
import type { HistoryEvent } from '../history/event.ts'
import type { FleetInput } from '../planner/input.ts'
import type { Assignment, ModuleProgress } from '../planner/plan.ts'

/**
 * What is taken for granted about the world of a fleet. It begins at `now` of the input.
 *
 * @category Fleet
 */
export interface FleetAssumptions extends Omit<Assumptions, 'start' | 'installed'> {
  /** By module, instead of what is assumed for all. */
  readonly modules?: Readonly<Record<string, Omit<Assumptions, 'start' | 'installed' | 'outages'>>> | undefined
  /** It stops after so many steps. Default 100 000. */
  readonly maxSteps?: number | undefined
}

/**
 * One moment at which something was decided.
 *
 * @category Fleet
 */
export interface FleetForecastStep {
  /** Milliseconds from the beginning. */
  readonly at: number
  readonly assignments: readonly Assignment[]
  /** Of the modules of which something else is to be said than before. */
  readonly progress: readonly ModuleProgress[]
}

/**
 * What would come of a fleet.
 *
 * @category Fleet
 */
export interface FleetForecast {
  readonly steps: readonly FleetForecastStep[]
  /** By module, where its rollout stands in the end. `Running` when it waits for what is assumed never to come, or the forecast was stopped. */
  readonly modules: Readonly<Record<string, ModuleProgress>>
  /** The most updates that were in progress at once. A cluster counts once for each module. */
  readonly peak: { readonly updating: Peak }
  /** Milliseconds from the beginning to the last decision. */
  readonly duration: number
  /** Why modules do not complete. Empty when all are complete. */
  readonly deadEnds: readonly (DeadEnd & { readonly module: string })[]
  /** What would happen and be decided, by the time of the input: for a `FleetHistory`, or a page. */
  readonly events: readonly HistoryEvent[]
  /** The fleet as it would be in the end: what another forecast goes on from. */
  readonly end: FleetInput
}
