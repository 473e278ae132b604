/**
 * What would come of a rollout: the strategy looked through, and the planner run to the end against an assumed world. Pure functions.
 *
 * @module fleetkit/forecast
 * @packageDocumentation
 */

export type { Assumptions, Outage, Span } from './assumptions.ts'
export type { ForecastBar } from './bars.ts'
export { type Forecast, type ForecastStep, forecast, forecastRollback } from './forecast.ts'
export type { ForecastInput } from './input.ts'
export { type LintOptions, lintStrategy } from './lint.ts'
export type { Peak } from './peak.ts'
export type { ForecastCluster, ForecastModule } from './subject.ts'
