/**
 * Rolling a version out: strategies, the planner, windows and freezes, forecasts and their views. Pure functions.
 *
 * @packageDocumentation
 */

export { type Amount, type AmountRule, demandRule, limitRule, resolveAmount, toleranceRule } from './amount.ts'
export type { AssignedVersion, ClusterHold, ClusterView, ObservedVersion } from './cluster-view.ts'
export type { Assumptions, Outage, Span } from './forecast/assumptions.ts'
export type { ForecastBar } from './forecast/bars.ts'
export { type Forecast, type ForecastInput, type ForecastStep, forecast, forecastRollback } from './forecast/forecast.ts'
export { formatRolloutGantt, type RolloutGanttOptions } from './forecast/gantt.ts'
export { rolloutMermaid } from './forecast/mermaid.ts'
export type { Peak } from './forecast/peak.ts'
export type { ForecastCluster, ForecastModule } from './forecast/subject.ts'
export type { Freeze, Interval } from './interval.ts'
export { type LintContext, lintStrategy } from './lint.ts'
export { applyEvent, replay } from './log.ts'
export { planRollout } from './plan-rollout.ts'
export { planRollouts, type SharedRollouts } from './plan-rollouts.ts'
export type { Decision, RolloutEvent } from './rollout-event.ts'
export type { RolloutId } from './rollout-id.ts'
export type * from './rollout-input.ts'
export type * from './rollout-plan.ts'
export type * from './rollout-state.ts'
export { type FailureTolerance, restStage, type SortKey, type Stage } from './stage.ts'
export type { RemovalCause, StartCause } from './start-cause.ts'
export { AllAtOnce } from './strategies/all-at-once.ts'
export { Canary, type CanaryInit } from './strategies/canary.ts'
export { OneAtATime } from './strategies/one-at-a-time.ts'
export { parseStrategy } from './strategies/parse-strategy.ts'
export { Rolling } from './strategies/rolling.ts'
export type { RolloutStrategy } from './strategies/rollout-strategy.ts'
export { Staged } from './strategies/staged.ts'
export { StrategyValue } from './strategies/strategy-value.ts'
export type * from './strategy.ts'
export type {
  FreezeWindow,
  PlannerWindows,
  RolloutWindows,
  TimeWindow,
  WindowIntervals,
  WindowQuery,
} from './windows/rollout-windows.ts'
export { validateWindows } from './windows/validate-windows.ts'
export { isOpen, nextOpen, plannerWindows, windowIntervals } from './windows/window-intervals.ts'
