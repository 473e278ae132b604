import type { Descriptions } from '../schema/describe.ts'

/** What the fields mean that every spec has which says what is applied to a cluster, and how. */
export const sourceFieldDescriptions: Descriptions[string] = {
  path: 'The directory of the source to apply, from its root.',
  interval: 'How often the cluster is compared with the source and drift is corrected. 5 % of jitter is added.',
  retryInterval: 'How long to wait after a failure. The interval when absent.',
  timeout: 'How long one attempt may take, health checks included.',
  allowEmpty: 'Whether a source without any object is applied, which prunes everything. Otherwise it is refused.',
  maxPrune:
    'How many of the applied objects one attempt may prune: a number, or a percentage of them, rounded up. A source that has lost more is refused. No limit when absent.',
  confirmPrune:
    'Whether objects are pruned only once exactly these are confirmed, by their digest. Until then they stay, and the Sync is not ready.',
  partial:
    'What is done when some objects are refused: nothing (never), or the rest (continue), which is the default and fails all the same.',
  healthChecks: 'Objects that must be healthy before the Sync is ready. Not needed beside wait.',
  healthCheckExprs: 'How the health of kinds is judged. The first entry of a kind counts.',
  healthProfile: 'Whose rules judge health: those of kstatus by default.',
  force: 'Whether an object is deleted and recreated when an immutable field has to change.',
  forceConflicts: 'Whether fields are taken over from other managers that want other values. Otherwise that is refused, field by field.',
  ignore: 'Fields that are left as they are in the cluster, as in Flux: no drift, and never written over.',
  conflicts: 'Who wins where another manager owns a field. The first rule that fits counts; forceConflicts otherwise.',
  targetNamespace: 'Namespace that every namespaced object is put into, whatever its own metadata says.',
  deletionPolicy:
    'What happens to the applied objects when the Sync is deleted: pruned if prune is set (MirrorPrune), deleted (Delete), deleted and waited for (WaitForTermination), or left (Orphan).',
}

/** What `dependsOn` of a kind means. */
export const dependsOnDescription = (kind: string): string =>
  `${kind}s, or objects of other kinds of this library, that must be ready, at their current generation, before this one is applied.`

/** What the fields of a dependency of a kind mean. */
export const dependencyDescriptions = (kind: string): Descriptions[string] => ({
  '': `Names a ${kind}, or an object of another kind of this library.`,
  kind: `Its kind; ${kind} when absent.`,
  name: 'Its name.',
  namespace: 'Its namespace; the same when absent.',
  readyExpr: `Whether it is ready: an expression in CEL over this ${kind} (self) and that one (dep). It stands for the check of its generation and its Ready condition, as in Flux.`,
})

/** What the fields of sources mean, of rules for fields, of pin and handbrake, and of dependencies. */
export const sourceDescriptions: Descriptions = {
  SyncSpec: {
    ...sourceFieldDescriptions,
    revisionHistoryLimit: 'How many revisions status.history holds. The last good one is always among them.',
    '': 'What a Sync applies to this cluster, and how.',
    prune: 'Whether objects that are no longer in the source are deleted from the cluster. There is no default: say it.',
    wait: 'Whether the Sync is ready only once every applied object is healthy.',
    suspend: 'Whether nothing more is begun until this is false again.',
    dependsOn: dependsOnDescription('Sync'),
  },
  RemoteSyncSpec: {
    ...sourceFieldDescriptions,
    revisionHistoryLimit: 'How many revisions status.history holds. The last good one is always among them.',
    '': 'What a RemoteSync applies to another cluster, and how.',
    prune: 'Whether objects that are no longer in the source are deleted from the cluster. There is no default: say it.',
    wait: 'Whether the RemoteSync is ready only once every applied object is healthy.',
    suspend: 'Whether nothing more is begun until this is false again.',
    dependsOn: dependsOnDescription('RemoteSync'),
    owner:
      'The Sync of the cluster that owns what is applied there, in the place of this RemoteSync: with its labels and its field manager, so that each can go on where the other has stopped. Objects that name no namespace go to its own.',
  },
  SyncSource: {
    '': 'Where the configuration comes from.',
  },
  GitSource: {
    '': 'An exact revision of a git repository.',
    url: 'Where the repository is: https, http or ssh. Credentials do not belong into it; see secretRef.',
    tag: 'A tag. It is pinned to its commit when it is first admitted; if it moves later, that is reported and not followed.',
    commit: 'The full object id of a commit.',
  },
  LocalSecretRef: {
    '': "A Secret in the Sync's namespace with the credentials: username and password, or bearerToken, or identity (a private key) and known_hosts.",
    name: 'Name of the Secret.',
  },
  HealthCheck: {
    '': 'Names one object of the cluster.',
    apiVersion: 'API version, e.g. apps/v1.',
    kind: 'Kind, e.g. Deployment.',
    name: 'Name of the object.',
    namespace:
      "Namespace of the object; the Sync's targetNamespace or own namespace when absent. Leave it out for a cluster-scoped object.",
  },
  HealthCheckExpressions: {
    '': 'How the health of a kind is judged: expressions in CEL, as in Flux. None is true: in progress.',
    apiVersion: 'API version, e.g. apps/v1.',
    kind: 'Kind, e.g. Deployment.',
    inProgress: 'Whether it is in progress. The first to count.',
    failed: 'Whether it has failed. The second to count.',
    current: 'Whether it is current.',
  },
  IgnoreRule: {
    '': 'Fields that are left as they are in the cluster, once the object exists.',
    paths: 'JSON pointers (RFC 6901) to the fields and all below them. Positions in lists are those in the source.',
  },
  FieldRuleTarget: {
    '': 'The objects of the source that a rule is about, as in Flux. All parts must hold; all objects when there is none.',
    group: 'API group: a regular expression of the whole text.',
    version: 'API version without the group: a regular expression of the whole text.',
    kind: 'Kind: a regular expression of the whole text.',
    name: 'Name: a regular expression of the whole text.',
    namespace: 'Namespace: a regular expression of the whole text.',
    labelSelector: 'Selects by labels, as kubectl takes it: app=web,tier in (a,b).',
    annotationSelector: 'Selects by annotations, as kubectl takes it: app=web,tier in (a,b).',
  },
  ConflictRule: {
    '': 'Who wins where another manager owns a field and has another value for it.',
    action:
      'The value of the source is forced (Force), the live value is taken into what is applied (Adopt), the field is left out of what is applied (Strip), or the object is refused (Refuse).',
    managers: 'Names of the other managers: regular expressions of the whole name. All when absent.',
    paths: 'JSON pointers (RFC 6901) to the fields and all below them. Positions in lists are those in the source.',
  },
  PostBuild: {
    '': 'Variables that are replaced in the rendered objects, written as in Flux. See docs/substitution.md.',
    substituteStrategy:
      'Whether expressions are left as they are when no variable is defined at all (WithVariables), or replaced (Always).',
    substitute: 'Values by the names of variables. They count more than those of substituteFrom.',
    substituteFrom: "ConfigMaps and Secrets of the Sync's namespace whose keys are names of variables. Later ones count more.",
    strict: 'Whether a variable without a value and without a default is an error. It is empty otherwise, as in Flux.',
  },
  SubstituteReference: {
    '': 'Names a ConfigMap or a Secret.',
    kind: 'Which of the two it is.',
    name: 'Name of the object.',
    optional: 'Whether it may be missing, as if it held no variable.',
  },
  SyncPin: {
    '': 'Keeps the Sync at an exact revision of its repository, whatever tag or commit the source names.',
    revision: 'The revision, as statuses have it: tag@sha1:commit, or sha1:commit.',
    reason: 'Why; for those who come later.',
    by: 'Who pinned it.',
  },
  SyncHandbrake: {
    '': 'Stops everything: an attempt under way before its next write, and a deletion too. Nothing is written until it is taken out.',
    reason: 'Why; for those who come later.',
    by: 'Who pulled it.',
  },
  ClusterReference: {
    '': 'The cluster to apply to.',
    name: 'Name of a Cluster in the same namespace.',
  },
  ServiceAccountReference: {
    '': 'The ServiceAccount of the cluster as which everything is done there, by impersonation. Absent: as whom the connection is.',
    name: 'Name of the ServiceAccount.',
    namespace: 'Its namespace in the cluster.',
  },
  OwningSync: { '': 'A Sync of the cluster.', name: 'Name of the Sync.', namespace: 'Its namespace in the cluster.' },
  SyncDependency: dependencyDescriptions('Sync'),
  RemoteSyncDependency: dependencyDescriptions('RemoteSync'),
}
