// Made from the schema by `npm run generate`; do not edit.
import type {
  ConflictRule,
  HealthCheck,
  HealthCheckExpressions,
  IgnoreRule,
  PostBuild,
  PostBuildInput,
  SyncHandbrake,
  SyncPin,
  SyncSource,
} from '../sync/types.generated.ts'

/**
 * The cluster to apply to.
 *
 * @category RemoteSync
 */
export interface ClusterReference {
  /** Name of a Cluster in the same namespace. */
  readonly name: string
}

/**
 * The Sync of the cluster that owns what is applied there, in the place of this RemoteSync: with its labels and its field manager, so that each can go on where the other has stopped. Objects that name no namespace go to its own.
 *
 * @category RemoteSync
 */
export interface OwningSync {
  /** Name of the Sync. */
  readonly name: string
  /** Its namespace in the cluster. */
  readonly namespace: string
}

/**
 * Names a RemoteSync, or an object of another kind of this library.
 *
 * @category RemoteSync
 */
export interface RemoteSyncDependency {
  /** Its kind; RemoteSync when absent. */
  readonly kind?: string | undefined
  /** Its name. */
  readonly name: string
  /** Its namespace; the same when absent. */
  readonly namespace?: string | undefined
  /** Whether it is ready: an expression in CEL over this RemoteSync (self) and that one (dep). It stands for the check of its generation and its Ready condition, as in Flux. */
  readonly readyExpr?: string | undefined
}

/**
 * What a RemoteSync applies to another cluster, and how.
 *
 * @category RemoteSync
 */
export interface RemoteSyncSpec {
  /** The cluster to apply to. */
  readonly cluster: ClusterReference
  /** The ServiceAccount of the cluster as which everything is done there, by impersonation. Absent: as whom the connection is. */
  readonly serviceAccount?: ServiceAccountReference | undefined
  /** The Sync of the cluster that owns what is applied there, in the place of this RemoteSync: with its labels and its field manager, so that each can go on where the other has stopped. Objects that name no namespace go to its own. */
  readonly owner?: OwningSync | undefined
  /** Where the configuration comes from. */
  readonly source: SyncSource
  /** The directory of the source to apply, from its root. */
  readonly path: string
  /** How often the cluster is compared with the source and drift is corrected. 5 % of jitter is added. */
  readonly interval: string
  /** How long to wait after a failure. The interval when absent. */
  readonly retryInterval?: string | undefined
  /** How long one attempt may take, health checks included. */
  readonly timeout: string
  /** Whether objects that are no longer in the source are deleted from the cluster. There is no default: say it. */
  readonly prune: boolean
  /** Whether a source without any object is applied, which prunes everything. Otherwise it is refused. */
  readonly allowEmpty: boolean
  /** How many of the applied objects one attempt may prune: a number, or a percentage of them, rounded up. A source that has lost more is refused. No limit when absent. */
  readonly maxPrune?: number | `${number}%` | 'all' | undefined
  /** Whether objects are pruned only once exactly these are confirmed, by their digest. Until then they stay, and the Sync is not ready. */
  readonly confirmPrune: boolean
  /** What is done when some objects are refused: nothing (never), or the rest (continue), which is the default and fails all the same. */
  readonly partial?: 'never' | 'continue' | undefined
  /** Whether the RemoteSync is ready only once every applied object is healthy. */
  readonly wait: boolean
  /** Objects that must be healthy before the Sync is ready. Not needed beside wait. */
  readonly healthChecks?: readonly HealthCheck[] | undefined
  /** How the health of kinds is judged. The first entry of a kind counts. */
  readonly healthCheckExprs?: readonly HealthCheckExpressions[] | undefined
  /** Whose rules judge health: those of kstatus by default. */
  readonly healthProfile?: 'kstatus' | 'flux' | 'argo' | undefined
  /** Whether an object is deleted and recreated when an immutable field has to change. */
  readonly force: boolean
  /** Whether fields are taken over from other managers that want other values. Otherwise that is refused, field by field. */
  readonly forceConflicts: boolean
  /** Fields that are left as they are in the cluster, as in Flux: no drift, and never written over. */
  readonly ignore?: readonly IgnoreRule[] | undefined
  /** Who wins where another manager owns a field. The first rule that fits counts; forceConflicts otherwise. */
  readonly conflicts?: readonly ConflictRule[] | undefined
  /** Whether nothing more is begun until this is false again. */
  readonly suspend: boolean
  /** Namespace that every namespaced object is put into, whatever its own metadata says. */
  readonly targetNamespace?: string | undefined
  /** Variables that are replaced in the rendered objects, written as in Flux. See docs/substitution.md. */
  readonly postBuild?: PostBuild | undefined
  /** What happens to the applied objects when the Sync is deleted: pruned if prune is set (MirrorPrune), deleted (Delete), deleted and waited for (WaitForTermination), or left (Orphan). */
  readonly deletionPolicy: 'MirrorPrune' | 'Delete' | 'WaitForTermination' | 'Orphan'
  /** RemoteSyncs, or objects of other kinds of this library, that must be ready, at their current generation, before this one is applied. */
  readonly dependsOn?: readonly RemoteSyncDependency[] | undefined
  /** Keeps the Sync at an exact revision of its repository, whatever tag or commit the source names. */
  readonly pin?: SyncPin | undefined
  /** Stops everything: an attempt under way before its next write, and a deletion too. Nothing is written until it is taken out. */
  readonly handbrake?: SyncHandbrake | undefined
  /** How many revisions status.history holds. The last good one is always among them. */
  readonly revisionHistoryLimit: number
}

/**
 * What a RemoteSync applies to another cluster, and how. As written: what has a default may be left out.
 *
 * @category RemoteSync
 */
export interface RemoteSyncSpecInput {
  /** The cluster to apply to. */
  readonly cluster: ClusterReference
  /** The ServiceAccount of the cluster as which everything is done there, by impersonation. Absent: as whom the connection is. */
  readonly serviceAccount?: ServiceAccountReference | undefined
  /** The Sync of the cluster that owns what is applied there, in the place of this RemoteSync: with its labels and its field manager, so that each can go on where the other has stopped. Objects that name no namespace go to its own. */
  readonly owner?: OwningSync | undefined
  /** Where the configuration comes from. */
  readonly source: SyncSource
  /** The directory of the source to apply, from its root. Default: `"./"`. */
  readonly path?: string | undefined
  /** How often the cluster is compared with the source and drift is corrected. 5 % of jitter is added. Default: `"10m"`. */
  readonly interval?: string | undefined
  /** How long to wait after a failure. The interval when absent. */
  readonly retryInterval?: string | undefined
  /** How long one attempt may take, health checks included. Default: `"5m"`. */
  readonly timeout?: string | undefined
  /** Whether objects that are no longer in the source are deleted from the cluster. There is no default: say it. */
  readonly prune: boolean
  /** Whether a source without any object is applied, which prunes everything. Otherwise it is refused. Default: `false`. */
  readonly allowEmpty?: boolean | undefined
  /** How many of the applied objects one attempt may prune: a number, or a percentage of them, rounded up. A source that has lost more is refused. No limit when absent. */
  readonly maxPrune?: number | `${number}%` | 'all' | undefined
  /** Whether objects are pruned only once exactly these are confirmed, by their digest. Until then they stay, and the Sync is not ready. Default: `false`. */
  readonly confirmPrune?: boolean | undefined
  /** What is done when some objects are refused: nothing (never), or the rest (continue), which is the default and fails all the same. */
  readonly partial?: 'never' | 'continue' | undefined
  /** Whether the RemoteSync is ready only once every applied object is healthy. Default: `false`. */
  readonly wait?: boolean | undefined
  /** Objects that must be healthy before the Sync is ready. Not needed beside wait. */
  readonly healthChecks?: readonly HealthCheck[] | undefined
  /** How the health of kinds is judged. The first entry of a kind counts. */
  readonly healthCheckExprs?: readonly HealthCheckExpressions[] | undefined
  /** Whose rules judge health: those of kstatus by default. */
  readonly healthProfile?: 'kstatus' | 'flux' | 'argo' | undefined
  /** Whether an object is deleted and recreated when an immutable field has to change. Default: `false`. */
  readonly force?: boolean | undefined
  /** Whether fields are taken over from other managers that want other values. Otherwise that is refused, field by field. Default: `false`. */
  readonly forceConflicts?: boolean | undefined
  /** Fields that are left as they are in the cluster, as in Flux: no drift, and never written over. */
  readonly ignore?: readonly IgnoreRule[] | undefined
  /** Who wins where another manager owns a field. The first rule that fits counts; forceConflicts otherwise. */
  readonly conflicts?: readonly ConflictRule[] | undefined
  /** Whether nothing more is begun until this is false again. Default: `false`. */
  readonly suspend?: boolean | undefined
  /** Namespace that every namespaced object is put into, whatever its own metadata says. */
  readonly targetNamespace?: string | undefined
  /** Variables that are replaced in the rendered objects, written as in Flux. See docs/substitution.md. */
  readonly postBuild?: PostBuildInput | undefined
  /** What happens to the applied objects when the Sync is deleted: pruned if prune is set (MirrorPrune), deleted (Delete), deleted and waited for (WaitForTermination), or left (Orphan). Default: `"MirrorPrune"`. */
  readonly deletionPolicy?: 'MirrorPrune' | 'Delete' | 'WaitForTermination' | 'Orphan' | undefined
  /** RemoteSyncs, or objects of other kinds of this library, that must be ready, at their current generation, before this one is applied. */
  readonly dependsOn?: readonly RemoteSyncDependency[] | undefined
  /** Keeps the Sync at an exact revision of its repository, whatever tag or commit the source names. */
  readonly pin?: SyncPin | undefined
  /** Stops everything: an attempt under way before its next write, and a deletion too. Nothing is written until it is taken out. */
  readonly handbrake?: SyncHandbrake | undefined
  /** How many revisions status.history holds. The last good one is always among them. Default: `5`. */
  readonly revisionHistoryLimit?: number | undefined
}

/**
 * The ServiceAccount of the cluster as which everything is done there, by impersonation. Absent: as whom the connection is.
 *
 * @category RemoteSync
 */
export interface ServiceAccountReference {
  /** Name of the ServiceAccount. */
  readonly name: string
  /** Its namespace in the cluster. */
  readonly namespace: string
}
