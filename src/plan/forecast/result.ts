import type { Peak, PeakMoment } from '../../rollout/forecast/peak.ts'
import type { DeadEnd, Forecast, ForecastStep } from '../../rollout/forecast/result.ts'

/** One moment at which something was decided for a module. */
export interface RolloutsForecastStep extends ForecastStep {
  readonly module: string
}

/** When most of a shared budget was used: the first time, and by whom. */
export interface BudgetPeak extends PeakMoment {
  readonly budget: string
  /** The value of the label that the budget is `by`, which has it for itself. Absent where it is `by` none. */
  readonly value?: string | undefined
  /** How much there is of it; infinite where its limit is `all`. */
  readonly limit: number
}

/** What would come of several rollouts. */
export interface RolloutsForecast {
  /** In the order of time, then of the modules. */
  readonly steps: readonly RolloutsForecastStep[]
  /** By module, what comes of it. */
  readonly modules: Readonly<Record<string, Forecast>>
  readonly peak: {
    /** A cluster counts once for each module that is not ready there. */
    readonly unavailable: Peak
    /** A cluster counts once for each module that is updating there. */
    readonly concurrency: Peak
    /** A peak for each part of each budget that covers a cluster. */
    readonly budgets: readonly BudgetPeak[]
  }
  /** Milliseconds from the first decision to the last. */
  readonly duration: number
  /** Why modules do not complete. Empty when all are complete. */
  readonly deadEnds: readonly (DeadEnd & { readonly module: string })[]
}
