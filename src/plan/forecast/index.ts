/**
 * What would come of rollouts: the strategy looked through, and the planner run to the end against an assumed world. Pure functions.
 *
 * @module fleetkit/forecast
 * @packageDocumentation
 */

export type { Assumptions, Outage, Span } from '../../rollout/forecast/assumptions.ts'
export type { ForecastBar } from '../../rollout/forecast/bars.ts'
export { forecast, forecastRollback } from '../../rollout/forecast/forecast.ts'
export type { ForecastInput } from '../../rollout/forecast/input.ts'
export { type LintOptions, lintStrategy } from '../../rollout/forecast/lint.ts'
export type { Peak, PeakMember, PeakMoment } from '../../rollout/forecast/peak.ts'
export type { DeadEnd, Forecast, ForecastStep } from '../../rollout/forecast/result.ts'
export type { ForecastCluster, ForecastModule } from '../../rollout/forecast/subject.ts'
export { forecastRollouts } from './forecast-rollouts.ts'
export type { DependentModule, ForecastedModule, ForecastRolloutsInput } from './input.ts'
export type { BudgetPeak, RolloutsForecast, RolloutsForecastStep } from './result.ts'
