/**
 * Planning many modules on many clusters. Pure functions.
 *
 * @module fleetkit/fleet
 * @packageDocumentation
 */
import './error-codes.ts'

export type { AnyModule } from '../../model/kinds/bootstrap-module/read-module.ts'
export { type ClusterExpression, type SelectableCluster, selectsCluster } from '../../model/kinds/module/selects-cluster.ts'
export { ModuleRevision, type ModuleRevisionInput } from '../../model/kinds/module-revision/module-revision.ts'
export { moduleRevisionNameOf } from '../../model/kinds/module-revision/name.ts'
export type * from '../../model/kinds/module-revision/types.generated.ts'
export { allModules, Rollout, type RolloutResourceInput } from '../../model/kinds/rollout/rollout.ts'
export type * from '../../model/kinds/rollout/types.generated.ts'
export { type RolloutLogId, rolloutLogNameOf } from '../../model/kinds/rollout-log/name.ts'
export { RolloutLog, type RolloutLogInput } from '../../model/kinds/rollout-log/rollout-log.ts'
export type * from '../../model/kinds/rollout-log/types.generated.ts'
export { compileClusterExpression } from './cluster-expression.ts'
export { type DependencyVerdicts, dependencyVerdicts } from './dependency-verdicts.ts'
export { explainWaiting, formatWaiting, type Waiting, type WaitingChain } from './explain-waiting.ts'
export { forecastFleet } from './forecast/forecast-fleet.ts'
export type { FleetAssumptions, FleetForecast, FleetForecastStep } from './forecast/result.ts'
export { awaitedApprovals } from './gates/awaited-approvals.ts'
export { type HistoryEvent, type HistoryEventType, type HistoryState, historyEventTypes, type PairState } from './history/event.ts'
export { FleetHistory, type HistoryOptions } from './history/fleet-history.ts'
export { appendToLog, type LogAppend } from './log/append.ts'
export { compactLog, compactLogSteps, type RetentionOptions } from './log/compact.ts'
export type { FleetLog, LogChunk, LogFinding } from './log/fleet-log.ts'
export { historyOfLogs, historyOfLogsSteps } from './log/history-of-logs.ts'
export type { LogChange, LogEnd } from './log/log-end.ts'
export { type FleetLogs, readLogs, readLogsSteps } from './log/read-logs.ts'
export { assemblageViewOf, clusterUidAnnotation } from './objects/assemblage-view.ts'
export { fleetClusterOf } from './objects/cluster-view.ts'
export { abortAnnotation, fleetModuleOf, type ModuleClustersKnown, retryAnnotation } from './objects/module-view.ts'
export { fleetRevisionOf } from './objects/revision-view.ts'
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
  Handbrake,
  RolloutRecord,
} from './planner/input.ts'
export type {
  Assignment,
  Explanation,
  FleetDecisions,
  FleetPlan,
  FleetPlanDocument,
  ModuleProgress,
  StageMembers,
  StageOfModule,
} from './planner/plan.ts'
export { planFleet } from './planner/plan-fleet.ts'
export { moduleRevisionOf } from './revision/module-revision-of.ts'
export { moduleSpecOf } from './revision/module-spec-of.ts'
export { promotedRevision } from './revision/promoted-revision.ts'
export { type Specialised, type SpecialiseInput, specialise, type Unresolved } from './specialise/specialise.ts'
export { digestOfSync, specialisedSync } from './specialise/specialised-sync.ts'
export { versionWithValues } from './version-with-values.ts'
