import type { Diagnostic } from '../diagnostic.ts'
import type { PhaseCause, RolloutAction, RolloutPhase } from '../planner/plan.ts'
import type { RolloutEvent } from '../state/event.ts'
import type { RolloutState } from '../state/state.ts'
import type { Interval } from '../strategy/interval.ts'
import type { TargetView } from '../target-view.ts'
import type { ForecastBar } from './bars.ts'
import type { Peak } from './peak.ts'

/** One moment at which something was decided. */
export interface ForecastStep {
  /** Milliseconds from the beginning. */
  readonly at: number
  readonly actions: readonly RolloutAction[]
  readonly events: readonly RolloutEvent[]
  readonly phase: RolloutPhase
  readonly done: number
}

/** Clusters that are held at the end, and why; without clusters: a gate that stayed closed. */
export interface DeadEnd {
  readonly reason: string
  readonly message: string
  readonly clusters: readonly string[]
}

/** What would come of a rollout. */
export interface Forecast {
  readonly steps: readonly ForecastStep[]
  /** How it ends. `Running` when it was stopped at `maxSteps`, or waits for what is assumed never to come. */
  readonly phase: RolloutPhase
  readonly cause?: PhaseCause | undefined
  readonly peak: { readonly unavailable: Peak; readonly concurrency: Peak }
  /** Milliseconds from the first decision to the last. */
  readonly duration: number
  /** Why it does not complete. Empty when it is complete. */
  readonly deadEnds: readonly DeadEnd[]
  /** The windows in which something was started. */
  readonly windowsUsed: readonly Interval[]
  /** When each cluster was updating. */
  readonly bars: readonly ForecastBar[]
  /** What is wrong with the strategy, or looks wrong. */
  readonly diagnostics: readonly Diagnostic[]
  /** The state and the clusters at the end: what {@link forecastRollback} goes on from. */
  readonly end: { readonly at: number; readonly state: RolloutState | null; readonly clusters: readonly TargetView[] }
}
