/**
 * Planning many modules on many clusters. Pure functions.
 *
 * @module fleetkit/fleet
 * @packageDocumentation
 */
export { type DependencyVerdicts, dependencyVerdicts } from './dependency-verdicts.ts'
export { explainWaiting, formatWaiting, type Waiting, type WaitingChain } from './explain-waiting.ts'
export { type HistoryEvent, type HistoryEventType, historyEventTypes, type PairState } from './history/event.ts'
export { FleetHistory, type HistoryOptions } from './history/fleet-history.ts'
export type { ModuleNeed, ObservedModule } from './observed-module.ts'
export { type DependencyPlan, formatDependencyProblems, planDependencies } from './plan-dependencies.ts'
export { versionWithValues } from './version-with-values.ts'
