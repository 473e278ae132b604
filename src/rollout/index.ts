/**
 * Rolling a version out: strategies and the planner. Pure functions.
 *
 * @module fleetkit/rollout
 * @packageDocumentation
 */

export type { Diagnostic } from './diagnostic.ts'
export type * from './planner/input.ts'
export type * from './planner/plan.ts'
export { planRollout } from './planner/plan-rollout.ts'
export { planRollouts } from './planner/plan-rollouts.ts'
export type { RemovalCause, StartCause } from './state/cause.ts'
export type { Decision, RolloutEvent } from './state/event.ts'
export type { RolloutId } from './state/id.ts'
export { applyEvent, replay } from './state/replay.ts'
export type * from './state/state.ts'
export { AllAtOnce } from './strategy/all-at-once.ts'
export { type Amount, type AmountRule, demandRule, limitRule, resolveAmount, toleranceRule } from './strategy/amount.ts'
export { Canary, type CanaryOptions } from './strategy/canary.ts'
export type * from './strategy/canonical.ts'
export type { Freeze, Interval, TargetWindows, WindowScope, ZoneSelector } from './strategy/interval.ts'
export { OneAtATime } from './strategy/one-at-a-time.ts'
export { parseStrategy } from './strategy/parse-strategy.ts'
export { Rolling } from './strategy/rolling.ts'
export type { RolloutStrategy } from './strategy/rollout-strategy.ts'
export {
  type FailureTolerance,
  type RetryPolicy,
  restStage,
  type SortKey,
  type Stage,
  type StageCheck,
  type StartLimit,
} from './strategy/stage.ts'
export { Staged } from './strategy/staged.ts'
export { StrategyValue } from './strategy/strategy-value.ts'
export type { AssignedVersion, ObservedVersion, TargetBusy, TargetHold, TargetView } from './target-view.ts'
export { assignVersion, carryOut, observePhase, type ViewOptions, view } from './view.ts'
