/**
 * What would come of a rollout: the planner, run to the end against an assumed world. Pure functions.
 *
 * @module fleetkit/forecast
 * @packageDocumentation
 */

export type { Assumptions, Outage, Span } from './assumptions.ts'
export type { ForecastBar } from './bars.ts'
export { type Forecast, type ForecastInput, type ForecastStep, forecast, forecastRollback } from './forecast.ts'
export type { Peak } from './peak.ts'
export type { ForecastCluster, ForecastModule } from './subject.ts'
