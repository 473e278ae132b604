// Made from the schema by `npm run generate`; do not edit.
import type { Condition } from '../../condition.ts'
import type {
  ConflictRule,
  HealthCheck,
  HealthCheckExpressions,
  IgnoreRule,
  LocalSecretRef,
  PostBuild,
  PostBuildInput,
} from '../sync/types.generated.ts'

/**
 * The exact constellation of the syncs of this cluster.
 *
 * @category Assemblage
 */
export interface AssemblageSpec {
  /** What the syncs are made of: Syncs of this library (fleetkit), or objects of Flux (flux), or those of a driver of one’s own. */
  readonly driver: string
  /** The syncs, each with a name of its own. One that is taken out is deleted, and does with its objects what its own policy says. */
  readonly syncs: readonly AssembledSync[]
  /** What is done when others edit the objects that the syncs are made of: they are set right (Correct), or that is only told (Report). */
  readonly edits: 'Correct' | 'Report'
  /** What happens to the syncs when the Assemblage is deleted: they are deleted in reverse order (Delete), or left as they are (Orphan). */
  readonly deletionPolicy: 'Delete' | 'Orphan'
  /** Whether nothing is written until this is false again. How the syncs are is shown all the same. */
  readonly suspend: boolean
}

/**
 * The exact constellation of the syncs of this cluster. As written: what has a default may be left out.
 *
 * @category Assemblage
 */
export interface AssemblageSpecInput {
  /** What the syncs are made of: Syncs of this library (fleetkit), or objects of Flux (flux), or those of a driver of one’s own. Default: `"fleetkit"`. */
  readonly driver?: string | undefined
  /** The syncs, each with a name of its own. One that is taken out is deleted, and does with its objects what its own policy says. */
  readonly syncs: readonly AssembledSyncInput[]
  /** What is done when others edit the objects that the syncs are made of: they are set right (Correct), or that is only told (Report). Default: `"Correct"`. */
  readonly edits?: 'Correct' | 'Report' | undefined
  /** What happens to the syncs when the Assemblage is deleted: they are deleted in reverse order (Delete), or left as they are (Orphan). Default: `"Delete"`. */
  readonly deletionPolicy?: 'Delete' | 'Orphan' | undefined
  /** Whether nothing is written until this is false again. How the syncs are is shown all the same. Default: `false`. */
  readonly suspend?: boolean | undefined
}

/**
 * What is known of an Assemblage.
 *
 * @category Assemblage
 */
export interface AssemblageStatus {
  /** The generation of which an outcome stands: all its syncs are ready, or it failed for good. */
  readonly observedGeneration?: number | undefined
  /** Ready, and Stalled where only a change can repair it. */
  readonly conditions?: readonly Condition[] | undefined
  /** The value of the annotation mirror.fleetkit.dev/write that the conditions are of. */
  readonly observed?: string | undefined
  /** The driver that the syncs are made with. It cannot change while there are any. */
  readonly driver?: string | undefined
  /** The syncs, as they are, in the order of the specification; after them those that are being deleted. */
  readonly syncs?: readonly AssembledSyncStatus[] | undefined
}

/**
 * Names another sync of the Assemblage.
 *
 * @category Assemblage
 */
export interface AssembledDependency {
  /** Its name. */
  readonly name: string
  /** Whether it is ready: an expression in CEL over the object that this sync is made of (self), and that of the other (dep). */
  readonly readyExpr?: string | undefined
}

/**
 * An exact commit of a git repository.
 *
 * @category Assemblage
 */
export interface AssembledGitSource {
  /** Where the repository is: https, http or ssh. Credentials do not belong into it; see secretRef. */
  readonly url: string
  /** The full object id of a commit. */
  readonly commit: string
  /** The tag that the commit had, for people. It is not looked up. */
  readonly tag?: string | undefined
  /** A Secret in the Sync's namespace with the credentials: username and password, or bearerToken, or identity (a private key) and known_hosts. */
  readonly secretRef?: LocalSecretRef | undefined
}

/**
 * Where the configuration comes from.
 *
 * @category Assemblage
 */
export interface AssembledSource {
  /** An exact commit of a git repository. */
  readonly git: AssembledGitSource
}

/**
 * One sync.
 *
 * @category Assemblage
 */
export interface AssembledSync {
  /** Its name. The objects that it is made of are named by it, so another name is another sync. */
  readonly name: string
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
  /** Whether the sync is ready only once every applied object is healthy. */
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
  /** Other syncs of the Assemblage that must be ready before this one is applied. */
  readonly dependsOn?: readonly AssembledDependency[] | undefined
}

/**
 * One sync. As written: what has a default may be left out.
 *
 * @category Assemblage
 */
export interface AssembledSyncInput {
  /** Its name. The objects that it is made of are named by it, so another name is another sync. */
  readonly name: string
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
  /** Whether the sync is ready only once every applied object is healthy. Default: `false`. */
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
  /** Other syncs of the Assemblage that must be ready before this one is applied. */
  readonly dependsOn?: readonly AssembledDependency[] | undefined
}

/**
 * How one sync is.
 *
 * @category Assemblage
 */
export interface AssembledSyncStatus {
  /** Its name. */
  readonly name: string
  /** Ready: exactly as specified, at exactly this revision. Waiting: for what it depends on. Failed: this revision failed, and is tried again. Stalled: only a change can repair it. Unassigned: what it is made of is not there, or is not as it was written. */
  readonly state: 'Ready' | 'Progressing' | 'Waiting' | 'Failed' | 'Stalled' | 'Unassigned'
  /** The cause, for programs. */
  readonly reason: string
  /** The cause, for people. */
  readonly message: string
  /** Since when it is in this state, at this revision. */
  readonly since: string
  /** The revision that it is to be at. */
  readonly revision?: string | undefined
  /** The last revision that was applied completely, as the engine reports. */
  readonly lastAppliedRevision?: string | undefined
  /** The uid of the object that it is made of. */
  readonly uid?: string | undefined
  /** The generation of that object as it was written last. */
  readonly generation?: number | undefined
}
