// Made from the schema by `npm run generate`; do not edit.
import type { Condition } from '../../condition.ts'
import type { LabelSelector } from '../../selector.ts'
import type { AllowWindow, FreezeWindow } from '../../windows/windows.ts'
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
 * Every cluster at once.
 *
 * @category Module
 */
export interface AllAtOnceSpec extends StageProgressSpec, RolloutPolicySpec {}

/**
 * How the others follow. What it says of the rollout as a whole holds where the canary says nothing. Absent: all at once.
 *
 * @category Module
 */
export interface CanaryNextSpec {
  /** Every cluster at once. */
  readonly allAtOnce?: AllAtOnceSpec | undefined
  /** One cluster after the other, and only while every other reachable one is ready. */
  readonly oneAtATime?: OneAtATimeSpec | undefined
  /** As many clusters at a time as may be unavailable. */
  readonly rolling?: RollingSpec | undefined
  /** One stage after the other. A cluster belongs to the first stage that takes it. */
  readonly staged?: StagedSpec | undefined
}

/**
 * A few clusters first, and then the others. Without selector, clusters and limit: one cluster first.
 *
 * @category Module
 */
export interface CanarySpec extends StageMembersSpec, StageLimitsSpec, RolloutPolicySpec {
  /** How many reachable members may be not ready at once; one that is down already costs nothing. Percentage of the members (with within, of the group): rounded down, at least 1. 0: only those that are down are started; all: any number. Default all. */
  readonly maxUnavailable?: number | `${number}%` | 'all' | undefined
  /** How the others follow. What it says of the rollout as a whole holds where the canary says nothing. Absent: all at once. */
  readonly next?: CanaryNextSpec | undefined
}

/**
 * A field of the Cluster.
 *
 * @category Module
 */
export interface ClusterFieldReference {
  /** JSON pointer (RFC 6901) to the field. */
  readonly pointer: string
  /** Of which type the field is. One of another type is a problem of that cluster. */
  readonly type: 'string' | 'integer' | 'number' | 'boolean'
}

/**
 * A field of the Cluster. As written: what has a default may be left out.
 *
 * @category Module
 */
export interface ClusterFieldReferenceInput {
  /** JSON pointer (RFC 6901) to the field. */
  readonly pointer: string
  /** Of which type the field is. One of another type is a problem of that cluster. Default: `"string"`. */
  readonly type?: 'string' | 'integer' | 'number' | 'boolean' | undefined
}

/**
 * The revision that was last rolled out to the end. Modules that are promoted from this one get it.
 *
 * @category Module
 */
export interface CompletedRevision {
  /** Name of the ModuleRevision. */
  readonly revision: string
  /** The repository. */
  readonly url: string
  /** The commit. */
  readonly commit: string
  /** The tag that the commit had. */
  readonly tag?: string | undefined
}

/**
 * When failures gather under one value of a label, only the clusters with that value are stopped.
 *
 * @category Module
 */
export interface CorrelateSpec {
  /** The labels to look at. */
  readonly labels: readonly string[]
  /** The share of failures among the finished clusters with the value, in percent, that must be exceeded, while the others do not exceed it. */
  readonly percent: number
  /** How many clusters with the value must have finished before anything is concluded. */
  readonly minSample: number
}

/**
 * Instead of maxFailures: a larger share of failures among the finished members halts the rollout.
 *
 * @category Module
 */
export interface FailureRate {
  /** The share that must be exceeded, in percent. */
  readonly percent: number
  /** How many members must have finished before the share counts. */
  readonly minSample: number
}

/**
 * Selects the clusters that get the configuration. All parts must hold. Absent: none. Empty: all.
 *
 * @category Module
 */
export interface ModuleClusters extends LabelSelector {
  /** Selects only Clusters of these names. An empty list: none. */
  readonly names?: readonly string[] | undefined
  /** Selects by a rule: an expression in CEL over the Cluster (cluster). */
  readonly expr?: string | undefined
}

/**
 * Names a Module.
 *
 * @category Module
 */
export interface ModuleDependency {
  /** Name of the Module. */
  readonly name: string
  /** Its namespace; the same when absent. */
  readonly namespace?: string | undefined
  /** The versions that will do, as a range of semantic versions: >=1.4 <2. Any when absent. A Module at a commit has none. */
  readonly version?: string | undefined
}

/**
 * An exact revision of a git repository, or the one that another Module has completed.
 *
 * @category Module
 */
export interface ModuleGitSource {
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
  /** The tag and commit that this Module has rolled out to the end. Its repository is the same. Until it has completed one, there is no version. */
  readonly promoteFrom?: ModuleReference | undefined
}

/**
 * A variable that is replaced in the rendered objects, with a value for each cluster.
 *
 * @category Module
 */
export interface ModuleParameter {
  /** The name of the variable. No other parameter has it, and no variable of postBuild.substitute. */
  readonly name: string
  /** The value. In it, $(name) stands for the value of another parameter, and $$ for a $. */
  readonly value?: string | undefined
  /** Where the value of each cluster comes from. */
  readonly valueFrom?: ParameterSource | undefined
}

/**
 * A variable that is replaced in the rendered objects, with a value for each cluster. As written: what has a default may be left out.
 *
 * @category Module
 */
export interface ModuleParameterInput {
  /** The name of the variable. No other parameter has it, and no variable of postBuild.substitute. */
  readonly name: string
  /** The value. In it, $(name) stands for the value of another parameter, and $$ for a $. */
  readonly value?: string | undefined
  /** Where the value of each cluster comes from. */
  readonly valueFrom?: ParameterSourceInput | undefined
}

/**
 * The tag and commit that this Module has rolled out to the end. Its repository is the same. Until it has completed one, there is no version.
 *
 * @category Module
 */
export interface ModuleReference {
  /** Its name. */
  readonly name: string
  /** Its namespace; the same when absent. */
  readonly namespace?: string | undefined
}

/**
 * Where the configuration comes from.
 *
 * @category Module
 */
export interface ModuleSource {
  /** An exact revision of a git repository, or the one that another Module has completed. */
  readonly git: ModuleGitSource
}

/**
 * An exact version of a configuration, the clusters that get it, and how it goes out to them.
 *
 * @category Module
 */
export interface ModuleSpec {
  /** Where the configuration comes from. */
  readonly source: ModuleSource
  /** The directory of the source to apply, from its root. */
  readonly path: string
  /** How often the cluster is compared with the source and drift is corrected. 5 % of jitter is added. */
  readonly interval: string
  /** How long to wait after a failure. The interval when absent. */
  readonly retryInterval?: string | undefined
  /** How long one attempt may take, health checks included. */
  readonly timeout: string
  /** Whether objects that are no longer in the source are deleted from the clusters, so that these hold exactly what it holds. */
  readonly prune: boolean
  /** Whether a source without any object is applied, which prunes everything. Otherwise it is refused. */
  readonly allowEmpty: boolean
  /** How many of the applied objects one attempt may prune: a number, or a percentage of them, rounded up. A source that has lost more is refused. No limit when absent. */
  readonly maxPrune?: number | `${number}%` | 'all' | undefined
  /** Whether objects are pruned only once exactly these are confirmed, by their digest. Until then they stay, and the Sync is not ready. */
  readonly confirmPrune: boolean
  /** What is done when some objects are refused: nothing (never), or the rest (continue), which is the default and fails all the same. */
  readonly partial?: 'never' | 'continue' | undefined
  /** Whether a cluster counts as ready only once every applied object is healthy there. Rollouts go by that. */
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
  /** Whether clusters are neither given the version nor rid of it until this is false again. */
  readonly suspend: boolean
  /** Namespace that every namespaced object is put into, whatever its own metadata says. */
  readonly targetNamespace?: string | undefined
  /** Variables that are replaced in the rendered objects, written as in Flux. See docs/substitution.md. */
  readonly postBuild?: PostBuild | undefined
  /** Modules that must be ready on a cluster before this one goes there. They are removed from it after this one. */
  readonly dependsOn?: readonly ModuleDependency[] | undefined
  /** Variables of the source with a value for each cluster. They join those of postBuild.substitute. */
  readonly parameters?: readonly ModuleParameter[] | undefined
  /** Selects the clusters that get the configuration. All parts must hold. Absent: none. Empty: all. */
  readonly clusters?: ModuleClusters | undefined
  /** How a version goes out to the clusters. */
  readonly rollout: RolloutSpec
  /** When clusters may be started. A cluster that windows with a selector select goes by those alone, every other one by those without. Absent, empty, or none for a cluster: at any time. */
  readonly windows?: readonly AllowWindow[] | undefined
  /** When no cluster is started, whatever the windows say. */
  readonly freezes?: readonly FreezeWindow[] | undefined
  /** Which Module goes first where several want of one budget: the one with the higher number. Default 0. */
  readonly priority: number
  /** What happens to the applied objects of a cluster when the module is removed there: pruned if prune is set (MirrorPrune), deleted (Delete), deleted and waited for (WaitForTermination), or left (Orphan). */
  readonly removalPolicy: 'MirrorPrune' | 'Delete' | 'WaitForTermination' | 'Orphan'
  /** What happens to the clusters when the Module is deleted: it is removed from each (Delete), left as it is (Orphan), or it is not deleted while a cluster has it (Refuse). */
  readonly deletionPolicy: 'Delete' | 'Orphan' | 'Refuse'
}

/**
 * An exact version of a configuration, the clusters that get it, and how it goes out to them. As written: what has a default may be left out.
 *
 * @category Module
 */
export interface ModuleSpecInput {
  /** Where the configuration comes from. */
  readonly source: ModuleSource
  /** The directory of the source to apply, from its root. Default: `"./"`. */
  readonly path?: string | undefined
  /** How often the cluster is compared with the source and drift is corrected. 5 % of jitter is added. Default: `"10m"`. */
  readonly interval?: string | undefined
  /** How long to wait after a failure. The interval when absent. */
  readonly retryInterval?: string | undefined
  /** How long one attempt may take, health checks included. Default: `"5m"`. */
  readonly timeout?: string | undefined
  /** Whether objects that are no longer in the source are deleted from the clusters, so that these hold exactly what it holds. Default: `true`. */
  readonly prune?: boolean | undefined
  /** Whether a source without any object is applied, which prunes everything. Otherwise it is refused. Default: `false`. */
  readonly allowEmpty?: boolean | undefined
  /** How many of the applied objects one attempt may prune: a number, or a percentage of them, rounded up. A source that has lost more is refused. No limit when absent. */
  readonly maxPrune?: number | `${number}%` | 'all' | undefined
  /** Whether objects are pruned only once exactly these are confirmed, by their digest. Until then they stay, and the Sync is not ready. Default: `false`. */
  readonly confirmPrune?: boolean | undefined
  /** What is done when some objects are refused: nothing (never), or the rest (continue), which is the default and fails all the same. */
  readonly partial?: 'never' | 'continue' | undefined
  /** Whether a cluster counts as ready only once every applied object is healthy there. Rollouts go by that. Default: `true`. */
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
  /** Whether clusters are neither given the version nor rid of it until this is false again. Default: `false`. */
  readonly suspend?: boolean | undefined
  /** Namespace that every namespaced object is put into, whatever its own metadata says. */
  readonly targetNamespace?: string | undefined
  /** Variables that are replaced in the rendered objects, written as in Flux. See docs/substitution.md. */
  readonly postBuild?: PostBuildInput | undefined
  /** Modules that must be ready on a cluster before this one goes there. They are removed from it after this one. */
  readonly dependsOn?: readonly ModuleDependency[] | undefined
  /** Variables of the source with a value for each cluster. They join those of postBuild.substitute. */
  readonly parameters?: readonly ModuleParameterInput[] | undefined
  /** Selects the clusters that get the configuration. All parts must hold. Absent: none. Empty: all. */
  readonly clusters?: ModuleClusters | undefined
  /** How a version goes out to the clusters. Default: `{"allAtOnce":{}}`. */
  readonly rollout?: RolloutSpec | undefined
  /** When clusters may be started. A cluster that windows with a selector select goes by those alone, every other one by those without. Absent, empty, or none for a cluster: at any time. */
  readonly windows?: readonly AllowWindow[] | undefined
  /** When no cluster is started, whatever the windows say. */
  readonly freezes?: readonly FreezeWindow[] | undefined
  /** Which Module goes first where several want of one budget: the one with the higher number. Default 0. Default: `0`. */
  readonly priority?: number | undefined
  /** What happens to the applied objects of a cluster when the module is removed there: pruned if prune is set (MirrorPrune), deleted (Delete), deleted and waited for (WaitForTermination), or left (Orphan). Default: `"MirrorPrune"`. */
  readonly removalPolicy?: 'MirrorPrune' | 'Delete' | 'WaitForTermination' | 'Orphan' | undefined
  /** What happens to the clusters when the Module is deleted: it is removed from each (Delete), left as it is (Orphan), or it is not deleted while a cluster has it (Refuse). Default: `"Delete"`. */
  readonly deletionPolicy?: 'Delete' | 'Orphan' | 'Refuse' | undefined
}

/**
 * What is known of a Module.
 *
 * @category Module
 */
export interface ModuleStatus {
  /** The generation of the last outcome. */
  readonly observedGeneration?: number | undefined
  /** Ready, Reconciling and Stalled, as far as they apply; Pinned: whether the revision is that of the present generation. */
  readonly conditions?: readonly Condition[] | undefined
  /** Name of the ModuleRevision that is wanted: the Module at an exact commit. */
  readonly revision?: string | undefined
  /** The version that was last rolled out to the end. */
  readonly version?: string | undefined
  /** The revision that was last rolled out to the end. Modules that are promoted from this one get it. */
  readonly completed?: CompletedRevision | undefined
  /** The phase of the rollout of the present version. */
  readonly phase?: string | undefined
  /** How many clusters are where. */
  readonly summary?: ModuleSummary | undefined
}

/**
 * How many clusters are where.
 *
 * @category Module
 */
export interface ModuleSummary {
  /** The clusters that are selected, or still have the module. */
  readonly clusters: number
  /** Have the version, and it is ready. */
  readonly done: number
  /** Are being updated. */
  readonly updating: number
  /** Are held, each for a reason. */
  readonly held: number
}

/**
 * A field of an object that is named.
 *
 * @category Module
 */
export interface ObjectFieldReference {
  /** API version, e.g. v1. */
  readonly apiVersion: string
  /** Kind, e.g. ConfigMap. */
  readonly kind: string
  /** Name of the object. In it, $(name) stands for the value of another parameter. */
  readonly name: string
  /** Its namespace, likewise; that of the Module when absent. */
  readonly namespace?: string | undefined
  /** JSON pointer (RFC 6901) to the field. */
  readonly pointer: string
  /** Of which type the field is. One of another type is a problem of that cluster. */
  readonly type: 'string' | 'integer' | 'number' | 'boolean'
  /** Where the object is read: by the management (Upstream), or in the cluster (Downstream). Downstream it is a ConfigMap or Secret in the namespace of the sync, whose key is named as the parameter; all its keys are variables then. */
  readonly evaluate: 'Upstream' | 'Downstream'
}

/**
 * A field of an object that is named. As written: what has a default may be left out.
 *
 * @category Module
 */
export interface ObjectFieldReferenceInput {
  /** API version, e.g. v1. */
  readonly apiVersion: string
  /** Kind, e.g. ConfigMap. */
  readonly kind: string
  /** Name of the object. In it, $(name) stands for the value of another parameter. */
  readonly name: string
  /** Its namespace, likewise; that of the Module when absent. */
  readonly namespace?: string | undefined
  /** JSON pointer (RFC 6901) to the field. */
  readonly pointer: string
  /** Of which type the field is. One of another type is a problem of that cluster. Default: `"string"`. */
  readonly type?: 'string' | 'integer' | 'number' | 'boolean' | undefined
  /** Where the object is read: by the management (Upstream), or in the cluster (Downstream). Downstream it is a ConfigMap or Secret in the namespace of the sync, whose key is named as the parameter; all its keys are variables then. Default: `"Upstream"`. */
  readonly evaluate?: 'Upstream' | 'Downstream' | undefined
}

/**
 * One cluster after the other, and only while every other reachable one is ready.
 *
 * @category Module
 */
export interface OneAtATimeSpec extends StageProgressSpec, RolloutPolicySpec {
  /** The order of the clusters. Those that are down already always go first; ties are broken by id. */
  readonly sortBy?: readonly SortKeySpec[] | undefined
}

/**
 * Where the value of each cluster comes from.
 *
 * @category Module
 */
export interface ParameterSource {
  /** A field of the Cluster. */
  readonly clusterFieldRef?: ClusterFieldReference | undefined
  /** A field of an object that is named. */
  readonly objectFieldRef?: ObjectFieldReference | undefined
  /** The value where there is no such object, or no such field in it. */
  readonly default?: string | undefined
  /** Whether there may be no value: the variable is not defined then. Otherwise the cluster is not assigned the revision. */
  readonly optional: boolean
}

/**
 * Where the value of each cluster comes from. As written: what has a default may be left out.
 *
 * @category Module
 */
export interface ParameterSourceInput {
  /** A field of the Cluster. */
  readonly clusterFieldRef?: ClusterFieldReferenceInput | undefined
  /** A field of an object that is named. */
  readonly objectFieldRef?: ObjectFieldReferenceInput | undefined
  /** The value where there is no such object, or no such field in it. */
  readonly default?: string | undefined
  /** Whether there may be no value: the variable is not defined then. Otherwise the cluster is not assigned the revision. Default: `false`. */
  readonly optional?: boolean | undefined
}

/**
 * A cluster that has failed is tried again, and has failed for good only after that. Until then its failure counts for nothing. Absent: never.
 *
 * @category Module
 */
export interface RetrySpec {
  /** How many times at most. */
  readonly limit: number
  /** How long after the first failure; twice as long after each further one. */
  readonly backoff: string
  /** The longest that it becomes. Absent: it grows without end. */
  readonly maxBackoff?: string | undefined
}

/**
 * As many clusters at a time as may be unavailable.
 *
 * @category Module
 */
export interface RollingSpec extends StageLimitsSpec, RolloutPolicySpec {
  /** How many reachable members may be not ready at once; one that is down already costs nothing. Percentage of the members (with within, of the group): rounded down, at least 1. 0: only those that are down are started; all: any number. */
  readonly maxUnavailable: number | `${number}%` | 'all'
}

/**
 * What holds for the rollout as a whole.
 *
 * @category Module
 */
export interface RolloutPolicySpec {
  /** What happens to the running version when a newer one is wanted. Absent: the newer one begins at once. */
  readonly supersede?: SupersedeSpec | undefined
  /** What a cluster without the module gets when it joins a stage before its turn: the last good version, nothing yet, or the new one at once. Default baseline. */
  readonly join?: 'baseline' | 'wait' | 'wanted' | undefined
  /** What a halt leads to: nothing, the failed clusters are rolled back, or all that have the new version are. Default hold. */
  readonly onHalt?: 'hold' | 'revertFailed' | 'revertAll' | undefined
  /** When failures gather under one value of a label, only the clusters with that value are stopped. */
  readonly correlate?: CorrelateSpec | undefined
  /** How many removals may go on at once. Percentage of the clusters that have the module, or are to have it: rounded down, at least 1. 0: none; all: any number. Default 10%. */
  readonly maxDeletions?: number | `${number}%` | 'all' | undefined
  /** Whether failures of clusters that are no longer selected stop counting. Default false. */
  readonly forgetDeselected?: boolean | undefined
  /** A label: for each of its values the stages go by themselves, side by side, with the same limits each; one that halts stops alone. The clusters without it are one too. Absent: all are one. */
  readonly tracks?: string | undefined
  /** Whether a rollback to a version that was good skips soak and approvals. Default true. */
  readonly fastRollback?: boolean | undefined
}

/**
 * How a version goes out to the clusters.
 *
 * @category Module
 */
export interface RolloutSpec {
  /** Every cluster at once. */
  readonly allAtOnce?: AllAtOnceSpec | undefined
  /** One cluster after the other, and only while every other reachable one is ready. */
  readonly oneAtATime?: OneAtATimeSpec | undefined
  /** As many clusters at a time as may be unavailable. */
  readonly rolling?: RollingSpec | undefined
  /** One stage after the other. A cluster belongs to the first stage that takes it. */
  readonly staged?: StagedSpec | undefined
  /** A few clusters first, and then the others. Without selector, clusters and limit: one cluster first. */
  readonly canary?: CanarySpec | undefined
}

/**
 * Orders clusters by a label.
 *
 * @category Module
 */
export interface SortKeySpec {
  /** The key of the label. */
  readonly label: string
  /** How its values compare: as text, by code points, or as numbers, with other values last. Default text. */
  readonly as?: 'text' | 'number' | undefined
  /** Default ascending. */
  readonly order?: 'ascending' | 'descending' | undefined
}

/**
 * A question at the end of a stage, which something outside answers with a verdict.
 *
 * @category Module
 */
export interface StageCheckSpec {
  /** Unique among the checks of the stage. */
  readonly name: string
  /** For how long after the soak no verdict, or pending, is waited for; then the check has failed. Absent: for ever. */
  readonly maxPending?: string | undefined
  /** What its failure leads to: a halt alone, or one after which the failed clusters are rolled back, or all that have the new version are. Default: what onHalt says. */
  readonly onFail?: 'halt' | 'revertFailed' | 'revertAll' | undefined
}

/**
 * How fast a stage proceeds.
 *
 * @category Module
 */
export interface StageLimitsSpec extends StageProgressSpec {
  /** How many reachable members may be not ready at once; one that is down already costs nothing. Percentage of the members (with within, of the group): rounded down, at least 1. 0: only those that are down are started; all: any number. */
  readonly maxUnavailable?: number | `${number}%` | 'all' | undefined
  /** How many members may be updating at once, to whatever version. Percentage of the members: rounded down, at least 1. 0: none is started. Default all. */
  readonly maxConcurrency?: number | `${number}%` | 'all' | undefined
  /** A label: maxUnavailable holds for each of its values by itself. The clusters without it are one group too. */
  readonly within?: string | undefined
  /** Start only so many that, if all of them fail, the tolerance is exceeded by at most one. Default false. */
  readonly strict?: boolean | undefined
  /** The order of the clusters. Those that are down already always go first; ties are broken by id. */
  readonly sortBy?: readonly SortKeySpec[] | undefined
}

/**
 * Which clusters a stage takes.
 *
 * @category Module
 */
export interface StageMembersSpec {
  /** Takes clusters by their labels. Absent: any. */
  readonly selector?: LabelSelector | undefined
  /** Takes only clusters with these ids. Absent: any. */
  readonly clusters?: readonly string[] | undefined
  /** Takes at most so many of them, the first in order when the stage begins; no other comes in later when one of them leaves. Percentage of the clusters that fit: rounded down, at least 1. 0: none. Default all. */
  readonly limit?: number | `${number}%` | 'all' | undefined
  /** A label: limit counts for each of its values by itself. The clusters without it are one group too. */
  readonly limitBy?: string | undefined
  /** Takes the clusters in waves, the first in order first, each as a stage of its own with all that this one says: fleet-1, fleet-2 and so on of fleet. These are their sizes; the last of the stages takes the rest. */
  readonly waves?: readonly (number | `${number}%` | 'all')[] | undefined
}

/**
 * How a stage proceeds: when a cluster is done or has failed, and when the stage is complete.
 *
 * @category Module
 */
export interface StageProgressSpec {
  /** More failures than this halt the rollout. 0, as when absent: the first failure does; all: none does. Percentage of the members: rounded down. */
  readonly maxFailures?: number | `${number}%` | 'all' | undefined
  /** Instead of maxFailures: a larger share of failures among the finished members halts the rollout. */
  readonly maxFailureRate?: FailureRate | undefined
  /** Whether limit, waves, maxConcurrency, maxUnavailable and maxStarts are sums of the weights of clusters instead of numbers of them. Percentages are of the total weight then. Default false. */
  readonly weighted?: boolean | undefined
  /** At most so many members are started within any time of a length, to whatever version. Of one that is started again within it, the last start counts. Removals count, and wait for none. Absent: any number. */
  readonly maxStarts?: StartLimitSpec | undefined
  /** How long a cluster must have been ready before it counts as done. Absent or 0s: it counts at once. */
  readonly minReady?: string | undefined
  /** How long the stage waits once it is complete. Absent or 0s: not at all. */
  readonly soak?: string | undefined
  /** How many people must approve before the stage begins. Absent or 0: no one. */
  readonly approvals?: number | undefined
  /** How long a cluster may take, from its last step forward, before it counts as failed. Absent: for ever. */
  readonly progressDeadline?: string | undefined
  /** How many members must be done for the stage to be complete. Percentage of the members that are not on hold: rounded up. 0: none; all: each. Default 1. */
  readonly minDone?: number | `${number}%` | 'all' | undefined
  /** How many members may be unreachable and left for later. Percentage of the members: rounded down. 0: none. Default all. */
  readonly maxDeferred?: number | `${number}%` | 'all' | undefined
  /** How many members may be lost: unreachable since they were started, until their deadline. More halt the rollout. Percentage of the members: rounded down. all: any number. Default 0. */
  readonly maxLost?: number | `${number}%` | 'all' | undefined
  /** What becomes of a cluster that has failed, while the others go on: it is left as it is, or rolled back under the limits of the stage. Its failure counts in either case. Default hold. */
  readonly onFailure?: 'hold' | 'revert' | undefined
  /** A cluster that has failed is tried again, and has failed for good only after that. Until then its failure counts for nothing. Absent: never. */
  readonly retry?: RetrySpec | undefined
  /** Whether every member but the excluded ones must be done, and one at least, for the stage to be complete: not one that failed, is unreachable, or on hold. Default false. */
  readonly requireSuccess?: boolean | undefined
  /** What has to pass before the stage is complete, once its members have finished. Default none. */
  readonly checks?: readonly StageCheckSpec[] | undefined
  /** Clusters are started only within these. Absent: at any time. An empty list: never. */
  readonly windows?: readonly StageWindow[] | undefined
}

/**
 * One stage: the clusters it takes, and how it proceeds.
 *
 * @category Module
 */
export interface StageSpec extends StageMembersSpec, StageLimitsSpec {
  /** Unique among the stages. Not rest: that is the stage of the clusters that no other takes. */
  readonly name: string
  /** How many reachable members may be not ready at once; one that is down already costs nothing. Percentage of the members (with within, of the group): rounded down, at least 1. 0: only those that are down are started; all: any number. Default all. */
  readonly maxUnavailable?: number | `${number}%` | 'all' | undefined
}

/**
 * An interval of time.
 *
 * @category Module
 */
export interface StageWindow {
  /** Its first instant, as RFC 3339. */
  readonly from: string
  /** The first instant after it, as RFC 3339. */
  readonly to: string
}

/**
 * One stage after the other. A cluster belongs to the first stage that takes it.
 *
 * @category Module
 */
export interface StagedSpec extends RolloutPolicySpec {
  /** The stages in their order. */
  readonly stages: readonly StageSpec[]
  /** Clusters that no stage takes: they get a last stage with the limits of the one before, or the rollout is refused. Default last. */
  readonly rest?: 'last' | 'reject' | undefined
  /** More failures than this, over all stages, halt the rollout. 0: the first does; all, as when absent: only the stages count. Percentage of the clusters: rounded down. */
  readonly maxFailures?: number | `${number}%` | 'all' | undefined
  /** Instead of maxFailures: the same as a share, over all stages. */
  readonly maxFailureRate?: FailureRate | undefined
}

/**
 * At most so many members are started within any time of a length, to whatever version. Of one that is started again within it, the last start counts. Removals count, and wait for none. Absent: any number.
 *
 * @category Module
 */
export interface StartLimitSpec {
  /** How many. Percentage of the members: rounded down, at least 1. 0: none is started; all: any number. */
  readonly limit: number | `${number}%` | 'all'
  /** The length of the time. */
  readonly per: string
}

/**
 * What happens to the running version when a newer one is wanted. Absent: the newer one begins at once.
 *
 * @category Module
 */
export interface SupersedeSpec {
  /** The newer one begins at once (supersede), after this one is finished (queue), or once the open stages have finished (finishStage). */
  readonly mode: 'supersede' | 'queue' | 'finishStage'
  /** After so many versions in a row that none finished, the running one may finish. Absent: no limit. */
  readonly maxSupersedes?: number | undefined
  /** How long a version runs before another may supersede it. Absent or 0s: no time. */
  readonly minRunTime?: string | undefined
}
