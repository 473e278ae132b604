/**
 * Planning many modules on many clusters. Pure functions.
 *
 * @module fleetkit/fleet
 * @packageDocumentation
 */
import './error-codes.ts'

export { type DependencyVerdicts, dependencyVerdicts } from './dependency-verdicts.ts'
export { explainWaiting, formatWaiting, type Waiting, type WaitingChain } from './explain-waiting.ts'
export { type HistoryEvent, type HistoryEventType, historyEventTypes, type PairState } from './history/event.ts'
export { FleetHistory, type HistoryOptions } from './history/fleet-history.ts'
export type { ModuleNeed, ObservedModule } from './observed-module.ts'
export { type DependencyPlan, formatDependencyProblems, planDependencies } from './plan-dependencies.ts'
export type {
  AssemblageView,
  AssembledModule,
  FleetChanges,
  FleetCluster,
  FleetInput,
  FleetModule,
  FleetPolicy,
  FleetRevision,
  RolloutRecord,
} from './planner/input.ts'
export type { Assignment, Explanation, FleetDecisions, FleetPlan, FleetPlanDocument, ModuleStatus } from './planner/plan.ts'
export { planFleet } from './planner/plan-fleet.ts'
export { versionWithValues } from './version-with-values.ts'
