/**
 * Sync primitives for fleets of Kubernetes clusters. This entry point holds the model, the planners and the engine; the
 * backends are entry points of their own, and none is loaded by importing this one.
 *
 * @module fleetkit
 * @packageDocumentation
 */
import './engine/attempt/error-codes.ts'
import './engine/runtime/error-codes.ts'
import './manifest/error-codes.ts'
import './manifest/health/error-codes.ts'
import './manifest/substitute/error-codes.ts'
import './plan/apply/error-codes.ts'
import './ports/error-codes.ts'
import './plan/fleet/error-codes.ts'

export type { BackoffOptions } from './async/time/backoff.ts'
export { type AssemblageControllerOptions, assemblageController } from './engine/assemblage/controller.ts'
export type { KindRules } from './engine/attempt/kind-rules.ts'
export type { InventoryOptions } from './engine/attempt/record/inventory-options.ts'
export { defaultRenderers } from './engine/attempt/source/default-renderers.ts'
export { confirmIdentityAnnotation } from './engine/cluster/confirm-identity.ts'
export { clusterController } from './engine/cluster/controller.ts'
export { fleetControllers } from './engine/fleet-controllers.ts'
export { proxySyncController, remoteAssemblageController } from './engine/mirror/controller.ts'
export { pullSyncController } from './engine/mirror/pull/controller.ts'
export { moduleController } from './engine/module/controller.ts'
export type { GateAnswer, GateContext, GateQuestion, RolloutGate } from './engine/module/gates/rollout-gate.ts'
export { type RolloutController, rolloutController } from './engine/module/rollout-controller.ts'
export type { AssemblageTemplateOptions, ModuleOnCluster, RolloutControllerOptions } from './engine/module/rollout-options.ts'
export { type ChangeHandler, Informer, type InformerOptions } from './engine/runtime/cache/informer.ts'
export type { ObjectIdentity } from './engine/runtime/cache/kept.ts'
export type { CacheListOptions, Change } from './engine/runtime/cache/object-cache.ts'
export type { IndexFunction } from './engine/runtime/cache/object-index.ts'
export type { CacheReader, KeepOpen, ManagerContext, Ports, ReconcileContext, RunContext } from './engine/runtime/context.ts'
export {
  type Controller,
  type ControllerOptions,
  controller,
  generationChanged,
  type IndexRequest,
  type ObjectOf,
  type Predicate,
  type Reconcile,
  type ReconcileRequest,
  type WatchSource,
} from './engine/runtime/controller.ts'
export type { FleetKind } from './engine/runtime/fleet-kind.ts'
export type { LeaderElection } from './engine/runtime/leader-election.ts'
export type { ClusterCache, ClusterWatch } from './engine/runtime/lines/cluster-watch.ts'
export { Manager } from './engine/runtime/manager.ts'
export type { CacheSelector, ManagerOptions } from './engine/runtime/manager-options.ts'
export type { WorkCounts, WorkOutcome, WorkQueueOptions, WorkResult, WorkRetry, WorkRun } from './engine/runtime/queue/work.ts'
export { WorkQueue } from './engine/runtime/queue/work-queue.ts'
export type { ManagerPhase, ManagerReadiness } from './engine/runtime/readiness.ts'
export type { Runnable } from './engine/runtime/runnable.ts'
export { terminal } from './engine/runtime/terminal.ts'
export { syncController } from './engine/sync/controller.ts'
export type { SyncControllerOptions } from './engine/sync/controller-options.ts'
export { remoteSyncController } from './engine/sync/remote-controller.ts'
export { SyncRunner } from './engine/sync/runner.ts'
export type {
  AppliedInput,
  ObjectsRemoteSync,
  ObjectsSync,
  PlanOptions,
  RunOptions,
  SyncRunnerOptions,
} from './engine/sync/runner-options.ts'
export type { FieldChange } from './manifest/fields/field-change.ts'
export { type Condition, type ConditionUpdate, formatTime, getCondition, removeConditions, setCondition } from './model/condition.ts'
export { formatDuration, parseDuration } from './model/duration.ts'
export { declareErrorCodes } from './model/errors/declare-error-codes.ts'
export { FleetkitError, type FleetkitErrorOptions, hasCode } from './model/errors/error.ts'
export { type ErrorCode, type ErrorCodeInfo, type ErrorCodes, errorCodes } from './model/errors/error-codes.ts'
export type { FieldConflict } from './model/errors/field-conflict.ts'
export { formatProblem, type Problem } from './model/errors/problem.ts'
export type { FieldAuthor } from './model/field-author.ts'
export { type ExactInteger, exactInteger, isExactInteger } from './model/json/exact-integer.ts'
export { Assemblage, type AssemblageInput } from './model/kinds/assemblage/assemblage.ts'
export type { DriverChange, DriverInput, Observation, SyncVerdict } from './model/kinds/assemblage/driver-input.ts'
export { assemblageLabel, assembledDigestAnnotation, assembledSyncLabel } from './model/kinds/assemblage/marks.ts'
export type * from './model/kinds/assemblage/types.generated.ts'
export { Cluster, type ClusterInput } from './model/kinds/cluster/cluster.ts'
export type * from './model/kinds/cluster/types.generated.ts'
export { fleetkitApiVersion, fleetkitGroup } from './model/kinds/group.ts'
export type { FleetKinds } from './model/kinds/kinds.ts'
export type { NamespacedMeta } from './model/kinds/metadata.ts'
export { Module, type ModuleDraft, type ModuleInput, type RolloutValue } from './model/kinds/module/module.ts'
export type * from './model/kinds/module/types.generated.ts'
export {
  fieldManagerOf,
  managementLabel,
  type Owner,
  ownerKindLabel,
  ownerLabels,
  ownerOf,
  ownerSelector,
  syncFinalizer,
  syncInventoryLabel,
  syncNameLabel,
  syncNamespaceLabel,
} from './model/kinds/owner.ts'
export { ProxySync, type ProxySyncInput } from './model/kinds/proxy-sync/proxy-sync.ts'
export type * from './model/kinds/proxy-sync/types.generated.ts'
export { PullSync, type PullSyncInput } from './model/kinds/pull-sync/pull-sync.ts'
export type * from './model/kinds/pull-sync/types.generated.ts'
export { type Readiness, readinessOf } from './model/kinds/readiness.ts'
export { RemoteAssemblage, type RemoteAssemblageInput } from './model/kinds/remote-assemblage/remote-assemblage.ts'
export type * from './model/kinds/remote-assemblage/types.generated.ts'
export { RemoteSync, type RemoteSyncInput } from './model/kinds/remote-sync/remote-sync.ts'
export type * from './model/kinds/remote-sync/types.generated.ts'
export { type Draft, Resource, type ResourceInput } from './model/kinds/resource.ts'
export {
  applyPolicyAnnotation,
  confirmPruneAnnotation,
  forceAnnotation,
  pruneAnnotation,
  reconcileAnnotation,
  requestedAtAnnotation,
  requestedByAnnotation,
  substituteAnnotation,
} from './model/kinds/sync/annotations.ts'
export type { ApplyPolicy } from './model/kinds/sync/object-policy.ts'
export { Sync, type SyncInput } from './model/kinds/sync/sync.ts'
export type * from './model/kinds/sync/types.generated.ts'
export type { TypedKind, TypedObject } from './model/kinds/typed-kind.ts'
export {
  confirmOlderAnnotation,
  confirmRestoreAnnotation,
  mirrorDeletionAnnotation,
  mirrorManagementLabel,
  mirrorOwnerAnnotation,
  mirrorWriteAnnotation,
} from './model/mirror/annotations.ts'
export type { Json, JsonObject, KubeObject, ManagedFieldsEntry, ObjectMeta, OwnerReference } from './model/object.ts'
export {
  formatRef,
  type GroupKind,
  groupKindOf,
  groupOf,
  type ObjectRef,
  refKey,
  refOf,
  type TypeRef,
  typeKey,
  versionOf,
} from './model/reference.ts'
export type { RenderedObject } from './model/rendered-object.ts'
export { formatRevision, isCommit, parseRevision, type Revision } from './model/revision.ts'
export { formatSelector, type LabelExpression, type LabelSelector, matchesSelector } from './model/selector.ts'
export { parseTime } from './model/time.ts'
export type { AllowWindow, FreezeWindow, TimeWindow } from './model/windows/windows.ts'
export { formatYaml, parseYaml, type YamlDocument, type YamlLimits, type YamlOptions } from './model/yaml/yaml.ts'
export { type ConsoleLoggerOptions, consoleLogger, type LogLevel } from './observe/console-logger.ts'
export {
  EventBus,
  type EventBusOptions,
  type EventListener,
  type EventSink,
  eventChannel,
  type StreamOptions,
} from './observe/event-bus.ts'
export type { EventStream } from './observe/event-stream.ts'
export type { DriftAuthor, FleetEvent, FleetEventFields, FleetEventType } from './observe/events.ts'
export type { Action, ActionReason, ActionType, ReasonCode } from './plan/apply/action.ts'
export { outcomeOf, type PlanOutcome } from './plan/apply/outcome.ts'
export {
  type ApplyPlan,
  actionsOf,
  countActions,
  hasChanges,
  type PartialPolicy,
  type PlanWarning,
  type Refusal,
} from './plan/apply/plan.ts'
export { digestOf } from './plan/contract/digest.ts'
export { parsePlan } from './plan/contract/parse-plan.ts'
export type { PlanCost, SyncPlan } from './plan/contract/sync-plan.ts'
export type { FieldDecision } from './plan/fields/field-decision.ts'
export { findRevision, lastGood } from './plan/sync/find-revision.ts'
export { pruneDigestOf } from './plan/sync/prune-digest.ts'
export { type Clock, systemClock } from './ports/clock.ts'
export type {
  ApplyOptions,
  ApplyResult,
  ClusterApi,
  ClusterUser,
  IssuedToken,
  ResourceType,
  TokenOptions,
  WriteOptions,
} from './ports/cluster.ts'
export type { Connect, ConnectOptions, ConnectRequest } from './ports/connect.ts'
export type { Driver, DriverOptions } from './ports/driver.ts'
export type { Git, GitCredentials, GitOptions, GitRef, GitTree, TreeEntry } from './ports/git.ts'
export { type LogFields, type Logger, silentLogger } from './ports/logger.ts'
export type { Renderer, RenderOptions, SourceTree } from './ports/renderer.ts'
export type {
  BookmarkEvent,
  CallOptions,
  ChangeEvent,
  DeleteOptions,
  Lease,
  LeaseOptions,
  ListOptions,
  ObjectList,
  SelectOptions,
  Store,
  UpdateOptions,
  WatchEvent,
  WatchOptions,
} from './ports/store.ts'
export { type FormatPlanOptions, formatPlan } from './views/plan-text.ts'
