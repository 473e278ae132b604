// Made from the schema by `npm run generate`; do not edit.
import type { AssembledSource } from '../assemblage/types.generated.ts'
import type { ModuleDependency, ModuleParameter, ModuleParameterInput } from '../module/types.generated.ts'
import type { ConflictRule, HealthCheck, HealthCheckExpressions, IgnoreRule, PostBuild, PostBuildInput } from '../sync/types.generated.ts'

/**
 * What the sync of each cluster says that is assigned the revision.
 *
 * @category ModuleRevision
 */
export interface ModuleRevisionSpec {
  /** The Module, in the same namespace. */
  readonly module: OwnModule
  /** Where the configuration comes from. */
  readonly source: AssembledSource
  /** The directory of the source to apply, from its root. */
  readonly path: string
  /** How often the cluster is compared with the source and drift is corrected. 5 % of jitter is added. */
  readonly interval: string
  /** How long to wait after a failure. The interval when absent. */
  readonly retryInterval?: string | undefined
  /** How long one attempt may take, health checks included. */
  readonly timeout: string
  /** Whether objects that are no longer in the source are deleted from the clusters. */
  readonly prune: boolean
  /** Whether a source without any object is applied, which prunes everything. Otherwise it is refused. */
  readonly allowEmpty: boolean
  /** How many of the applied objects one attempt may prune: a number, or a percentage of them, rounded up. A source that has lost more is refused. No limit when absent. */
  readonly maxPrune?: number | `${number}%` | 'all' | undefined
  /** Whether objects are pruned only once exactly these are confirmed, by their digest. Until then they stay, and the Sync is not ready. */
  readonly confirmPrune: boolean
  /** What is done when some objects are refused: nothing (never), or the rest (continue), which is the default and fails all the same. */
  readonly partial?: 'never' | 'continue' | undefined
  /** Whether a cluster counts as ready only once every applied object is healthy there. */
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
  /** Namespace that every namespaced object is put into, whatever its own metadata says. */
  readonly targetNamespace?: string | undefined
  /** Variables that are replaced in the rendered objects, written as in Flux. See docs/substitution.md. */
  readonly postBuild?: PostBuild | undefined
  /** What happens to the applied objects when the Sync is deleted: pruned if prune is set (MirrorPrune), deleted (Delete), deleted and waited for (WaitForTermination), or left (Orphan). */
  readonly deletionPolicy: 'MirrorPrune' | 'Delete' | 'WaitForTermination' | 'Orphan'
  /** Modules that the revision needs on the same cluster. */
  readonly dependsOn?: readonly ModuleDependency[] | undefined
  /** Variables of the source with a value for each cluster. */
  readonly parameters?: readonly ModuleParameter[] | undefined
}

/**
 * What the sync of each cluster says that is assigned the revision. As written: what has a default may be left out.
 *
 * @category ModuleRevision
 */
export interface ModuleRevisionSpecInput {
  /** The Module, in the same namespace. */
  readonly module: OwnModule
  /** Where the configuration comes from. */
  readonly source: AssembledSource
  /** The directory of the source to apply, from its root. Default: `"./"`. */
  readonly path?: string | undefined
  /** How often the cluster is compared with the source and drift is corrected. 5 % of jitter is added. Default: `"10m"`. */
  readonly interval?: string | undefined
  /** How long to wait after a failure. The interval when absent. */
  readonly retryInterval?: string | undefined
  /** How long one attempt may take, health checks included. Default: `"5m"`. */
  readonly timeout?: string | undefined
  /** Whether objects that are no longer in the source are deleted from the clusters. */
  readonly prune: boolean
  /** Whether a source without any object is applied, which prunes everything. Otherwise it is refused. Default: `false`. */
  readonly allowEmpty?: boolean | undefined
  /** How many of the applied objects one attempt may prune: a number, or a percentage of them, rounded up. A source that has lost more is refused. No limit when absent. */
  readonly maxPrune?: number | `${number}%` | 'all' | undefined
  /** Whether objects are pruned only once exactly these are confirmed, by their digest. Until then they stay, and the Sync is not ready. Default: `false`. */
  readonly confirmPrune?: boolean | undefined
  /** What is done when some objects are refused: nothing (never), or the rest (continue), which is the default and fails all the same. */
  readonly partial?: 'never' | 'continue' | undefined
  /** Whether a cluster counts as ready only once every applied object is healthy there. Default: `false`. */
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
  /** Namespace that every namespaced object is put into, whatever its own metadata says. */
  readonly targetNamespace?: string | undefined
  /** Variables that are replaced in the rendered objects, written as in Flux. See docs/substitution.md. */
  readonly postBuild?: PostBuildInput | undefined
  /** What happens to the applied objects when the Sync is deleted: pruned if prune is set (MirrorPrune), deleted (Delete), deleted and waited for (WaitForTermination), or left (Orphan). Default: `"MirrorPrune"`. */
  readonly deletionPolicy?: 'MirrorPrune' | 'Delete' | 'WaitForTermination' | 'Orphan' | undefined
  /** Modules that the revision needs on the same cluster. */
  readonly dependsOn?: readonly ModuleDependency[] | undefined
  /** Variables of the source with a value for each cluster. */
  readonly parameters?: readonly ModuleParameterInput[] | undefined
}

/**
 * Nothing: what becomes of a revision is in the statuses of its Module and of the clusters.
 *
 * @category ModuleRevision
 */
export type ModuleRevisionStatus = Readonly<Record<string, never>>

/**
 * The Module, in the same namespace.
 *
 * @category ModuleRevision
 */
export interface OwnModule {
  /** Its name. */
  readonly name: string
}
