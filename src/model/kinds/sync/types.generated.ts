// Made from the schema by `npm run generate`; do not edit.
import type { Condition } from '../../condition.ts'

/**
 * A tag and the commit that it stands for here.
 *
 * @category Sync
 */
export interface AdmittedTag {
  /** URL of the repository. */
  readonly url: string
  /** The tag. */
  readonly tag: string
  /** Its commit when it was first admitted. */
  readonly commit: string
}

/**
 * Names an object that was depended on.
 *
 * @category Sync
 */
export interface AppliedDependency {
  /** Its kind. */
  readonly kind: string
  /** Its namespace. */
  readonly namespace?: string | undefined
  /** Its name. */
  readonly name: string
}

/**
 * Who wins where another manager owns a field and has another value for it.
 *
 * @category Sync
 */
export interface ConflictRule {
  /** The value of the source is forced (Force), the live value is taken into what is applied (Adopt), the field is left out of what is applied (Strip), or the object is refused (Refuse). */
  readonly action: 'Force' | 'Adopt' | 'Strip' | 'Refuse'
  /** Names of the other managers: regular expressions of the whole name. All when absent. */
  readonly managers?: readonly string[] | undefined
  /** JSON pointers (RFC 6901) to the fields and all below them. Positions in lists are those in the source. */
  readonly paths?: readonly string[] | undefined
  /** The objects of the source that a rule is about, as in Flux. All parts must hold; all objects when there is none. */
  readonly target?: FieldRuleTarget | undefined
}

/**
 * The objects of the source that a rule is about, as in Flux. All parts must hold; all objects when there is none.
 *
 * @category Sync
 */
export interface FieldRuleTarget {
  /** API group: a regular expression of the whole text. */
  readonly group?: string | undefined
  /** API version without the group: a regular expression of the whole text. */
  readonly version?: string | undefined
  /** Kind: a regular expression of the whole text. */
  readonly kind?: string | undefined
  /** Name: a regular expression of the whole text. */
  readonly name?: string | undefined
  /** Namespace: a regular expression of the whole text. */
  readonly namespace?: string | undefined
  /** Selects by labels, as kubectl takes it: app=web,tier in (a,b). */
  readonly labelSelector?: string | undefined
  /** Selects by annotations, as kubectl takes it: app=web,tier in (a,b). */
  readonly annotationSelector?: string | undefined
}

/**
 * An exact revision of a git repository.
 *
 * @category Sync
 */
export interface GitSource {
  /** Where the repository is: https, http or ssh. Credentials do not belong into it; see secretRef. */
  readonly url: string
  /** A tag. It is pinned to its commit when it is first admitted; if it moves later, that is reported and not followed. */
  readonly tag?: string | undefined
  /** The full object id of a commit. */
  readonly commit?: string | undefined
  /** Not accepted: use a tag or a commit: a branch moves, so it does not say which revision is meant. */
  readonly branch?: never
  /** Not accepted: use a tag or a commit: a range moves, so it does not say which revision is meant. */
  readonly semver?: never
  /** A Secret in the Sync's namespace with the credentials: username and password, or bearerToken, or identity (a private key) and known_hosts. */
  readonly secretRef?: LocalSecretRef | undefined
}

/**
 * Names one object of the cluster.
 *
 * @category Sync
 */
export interface HealthCheck {
  /** API version, e.g. apps/v1. */
  readonly apiVersion: string
  /** Kind, e.g. Deployment. */
  readonly kind: string
  /** Name of the object. */
  readonly name: string
  /** Namespace of the object; the Sync's targetNamespace or own namespace when absent. Leave it out for a cluster-scoped object. */
  readonly namespace?: string | undefined
}

/**
 * How the health of a kind is judged: expressions in CEL, as in Flux. None is true: in progress.
 *
 * @category Sync
 */
export interface HealthCheckExpressions {
  /** API version, e.g. apps/v1. */
  readonly apiVersion: string
  /** Kind, e.g. Deployment. */
  readonly kind: string
  /** Whether it is in progress. The first to count. */
  readonly inProgress?: string | undefined
  /** Whether it has failed. The second to count. */
  readonly failed?: string | undefined
  /** Whether it is current. */
  readonly current: string
}

/**
 * Fields that are left as they are in the cluster, once the object exists.
 *
 * @category Sync
 */
export interface IgnoreRule {
  /** JSON pointers (RFC 6901) to the fields and all below them. Positions in lists are those in the source. */
  readonly paths: readonly string[]
  /** The objects of the source that a rule is about, as in Flux. All parts must hold; all objects when there is none. */
  readonly target?: FieldRuleTarget | undefined
}

/**
 * The objects that this Sync has applied, or was about to apply.
 *
 * @category Sync
 */
export interface Inventory {
  /** One entry an object, sorted by id. */
  readonly entries: readonly InventoryEntry[]
  /** Where the entries are when they are too many for a status: ConfigMaps beside the Sync. There are no entries here then. */
  readonly shards?: readonly InventoryShard[] | undefined
}

/**
 * One object of an inventory.
 *
 * @category Sync
 */
export interface InventoryEntry {
  /** <namespace>_<name>_<group>_<kind>. */
  readonly id: string
  /** API version without its group, e.g. v1. */
  readonly v: string
}

/**
 * One part of an inventory.
 *
 * @category Sync
 */
export interface InventoryShard {
  /** Name of the ConfigMap. */
  readonly name: string
  /** Digest of its text, as sha256:hex. */
  readonly digest: string
  /** How many objects it names. */
  readonly objects: number
}

/**
 * A Secret in the Sync's namespace with the credentials: username and password, or bearerToken, or identity (a private key) and known_hosts.
 *
 * @category Sync
 */
export interface LocalSecretRef {
  /** Name of the Secret. */
  readonly name: string
}

/**
 * The deletions that wait to be confirmed, see spec.confirmPrune.
 *
 * @category Sync
 */
export interface PendingPrune {
  /** What confirms exactly these. */
  readonly digest: string
  /** How many objects would be deleted. */
  readonly objects: number
}

/**
 * Variables that are replaced in the rendered objects, written as in Flux. See docs/substitution.md.
 *
 * @category Sync
 */
export interface PostBuild {
  /** Whether expressions are left as they are when no variable is defined at all (WithVariables), or replaced (Always). */
  readonly substituteStrategy: 'WithVariables' | 'Always'
  /** Values by the names of variables. They count more than those of substituteFrom. */
  readonly substitute?: Readonly<Record<string, string>> | undefined
  /** ConfigMaps and Secrets of the Sync's namespace whose keys are names of variables. Later ones count more. */
  readonly substituteFrom?: readonly SubstituteReference[] | undefined
  /** Whether a variable without a value and without a default is an error. It is empty otherwise, as in Flux. */
  readonly strict: boolean
}

/**
 * Variables that are replaced in the rendered objects, written as in Flux. See docs/substitution.md. As written: what has a default may be left out.
 *
 * @category Sync
 */
export interface PostBuildInput {
  /** Whether expressions are left as they are when no variable is defined at all (WithVariables), or replaced (Always). Default: `"WithVariables"`. */
  readonly substituteStrategy?: 'WithVariables' | 'Always' | undefined
  /** Values by the names of variables. They count more than those of substituteFrom. */
  readonly substitute?: Readonly<Record<string, string>> | undefined
  /** ConfigMaps and Secrets of the Sync's namespace whose keys are names of variables. Later ones count more. */
  readonly substituteFrom?: readonly SubstituteReferenceInput[] | undefined
  /** Whether a variable without a value and without a default is an error. It is empty otherwise, as in Flux. Default: `false`. */
  readonly strict?: boolean | undefined
}

/**
 * Names a ConfigMap or a Secret.
 *
 * @category Sync
 */
export interface SubstituteReference {
  /** Which of the two it is. */
  readonly kind: 'ConfigMap' | 'Secret'
  /** Name of the object. */
  readonly name: string
  /** Whether it may be missing, as if it held no variable. */
  readonly optional: boolean
}

/**
 * Names a ConfigMap or a Secret. As written: what has a default may be left out.
 *
 * @category Sync
 */
export interface SubstituteReferenceInput {
  /** Which of the two it is. */
  readonly kind: 'ConfigMap' | 'Secret'
  /** Name of the object. */
  readonly name: string
  /** Whether it may be missing, as if it held no variable. Default: `false`. */
  readonly optional?: boolean | undefined
}

/**
 * Names a Sync, or an object of another kind of this library.
 *
 * @category Sync
 */
export interface SyncDependency {
  /** Its kind; Sync when absent. */
  readonly kind?: string | undefined
  /** Its name. */
  readonly name: string
  /** Its namespace; the same when absent. */
  readonly namespace?: string | undefined
  /** Whether it is ready: an expression in CEL over this Sync (self) and that one (dep). It stands for the check of its generation and its Ready condition, as in Flux. */
  readonly readyExpr?: string | undefined
}

/**
 * Stops everything: an attempt under way before its next write, and a deletion too. Nothing is written until it is taken out.
 *
 * @category Sync
 */
export interface SyncHandbrake {
  /** Why; for those who come later. */
  readonly reason: string
  /** Who pulled it. */
  readonly by: string
}

/**
 * What became of one revision.
 *
 * @category Sync
 */
export interface SyncHistoryEntry {
  /** The revision. */
  readonly revision: string
  /** Digest of the objects that it declares, as sha256:hex. Values of Secrets do not count. */
  readonly digest?: string | undefined
  /** Who asked for it: a name, reconcile for the controller itself, runner for a script. */
  readonly actor?: string | undefined
  /** When it was first attempted. */
  readonly firstReconciled: string
  /** When it was last attempted. */
  readonly lastReconciled: string
  /** How long the last attempt took. */
  readonly lastReconciledDuration: string
  /** Reason of the Ready condition after the last attempt. */
  readonly lastReconciledStatus: string
  /** Number of attempts. */
  readonly totalReconciliations: number
}

/**
 * Keeps the Sync at an exact revision of its repository, whatever tag or commit the source names.
 *
 * @category Sync
 */
export interface SyncPin {
  /** The revision, as statuses have it: tag@sha1:commit, or sha1:commit. */
  readonly revision: string
  /** Why; for those who come later. */
  readonly reason: string
  /** Who pinned it. */
  readonly by: string
}

/**
 * Where the configuration comes from.
 *
 * @category Sync
 */
export interface SyncSource {
  /** An exact revision of a git repository. */
  readonly git: GitSource
}

/**
 * What a Sync applies to this cluster, and how.
 *
 * @category Sync
 */
export interface SyncSpec {
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
  /** Whether the Sync is ready only once every applied object is healthy. */
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
  /** Syncs, or objects of other kinds of this library, that must be ready, at their current generation, before this one is applied. */
  readonly dependsOn?: readonly SyncDependency[] | undefined
  /** Keeps the Sync at an exact revision of its repository, whatever tag or commit the source names. */
  readonly pin?: SyncPin | undefined
  /** Stops everything: an attempt under way before its next write, and a deletion too. Nothing is written until it is taken out. */
  readonly handbrake?: SyncHandbrake | undefined
  /** How many revisions status.history holds. The last good one is always among them. */
  readonly revisionHistoryLimit: number
}

/**
 * What a Sync applies to this cluster, and how. As written: what has a default may be left out.
 *
 * @category Sync
 */
export interface SyncSpecInput {
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
  /** Whether the Sync is ready only once every applied object is healthy. Default: `false`. */
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
  /** Syncs, or objects of other kinds of this library, that must be ready, at their current generation, before this one is applied. */
  readonly dependsOn?: readonly SyncDependency[] | undefined
  /** Keeps the Sync at an exact revision of its repository, whatever tag or commit the source names. */
  readonly pin?: SyncPin | undefined
  /** Stops everything: an attempt under way before its next write, and a deletion too. Nothing is written until it is taken out. */
  readonly handbrake?: SyncHandbrake | undefined
  /** How many revisions status.history holds. The last good one is always among them. Default: `5`. */
  readonly revisionHistoryLimit?: number | undefined
}

/**
 * What is known of a Sync.
 *
 * @category Sync
 */
export interface SyncStatus {
  /** The generation of the last outcome. Does not change while an attempt is in progress. */
  readonly observedGeneration?: number | undefined
  /** Ready, Reconciling, Stalled, Healthy, Pinned, Handbrake, PruneConfirmed, TagMoved, SourceUnavailable and Contention, as far as they apply. */
  readonly conditions?: readonly Condition[] | undefined
  /** The last revision that was applied completely and was healthy, as tag@sha1:commit. */
  readonly lastAppliedRevision?: string | undefined
  /** The revision of the last attempt. */
  readonly lastAttemptedRevision?: string | undefined
  /** When the last attempt ended. The next one is due an interval later. */
  readonly lastAttemptAt?: string | undefined
  /** The value of the annotation reconcile.fleetkit.dev/requestedAt that was handled last. */
  readonly lastHandledReconcileAt?: string | undefined
  /** The value of the annotation mirror.fleetkit.dev/write that the last outcome is of: it tells the one who wrote the object from elsewhere that this is what became of it. */
  readonly observed?: string | undefined
  /** What it depended on when it was applied last. When they are deleted together, it is deleted before them. */
  readonly dependencies?: readonly AppliedDependency[] | undefined
  /** The last restore of the cluster from a backup, by its Cluster, since which objects of a RemoteSync were looked for by their labels. */
  readonly clusterRestoredAt?: string | undefined
  /** The objects that this Sync has applied, or was about to apply. */
  readonly inventory?: Inventory | undefined
  /** The commit of each tag when it was first admitted; the newest last, at most 50. */
  readonly admitted?: readonly AdmittedTag[] | undefined
  /** The deletions that wait to be confirmed, see spec.confirmPrune. */
  readonly pendingPrune?: PendingPrune | undefined
  /** The last revisions attempted, the newest first; see spec.revisionHistoryLimit. */
  readonly history?: readonly SyncHistoryEntry[] | undefined
}
