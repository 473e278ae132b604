import { maxNameLength } from '../../names.ts'
import { duration, flag, name, text, time } from '../../schema/fields.ts'
import type { Schema } from '../../schema/schema.ts'

const gitSchema: Schema = {
  type: 'object',
  typeName: 'GitSource',
  description: 'An exact version of a git repository.',
  required: ['url'],
  exactlyOneOf: ['tag', 'commit'],
  properties: {
    url: {
      type: 'string',
      description: 'Where the repository is: https, http or ssh. Credentials do not belong into it; see secretRef.',
      minLength: 1,
      maxLength: 2048,
      pattern:
        '^(https?://[^@/\\x00-\\x20]+(/[^\\x00-\\x20]*)?|ssh://[^\\x00-\\x20]+|[A-Za-z0-9_.-]+@[A-Za-z0-9_.-]+:[^\\x00-\\x20]+|file:///[^\\x00-\\x20]+)$',
      accepts: 'an https://, http:// or ssh:// URL without user name and password, or user@host:path',
    },
    tag: {
      type: 'string',
      description: 'A tag. It is pinned to its commit when it is first admitted; if it moves later, that is reported and not followed.',
      minLength: 1,
      maxLength: 255,
      pattern: '^[^\\x00-\\x20\\x7f~^:?*\\[\\\\-][^\\x00-\\x20\\x7f~^:?*\\[\\\\]*$',
      accepts: 'the name of a tag, without refs/tags/',
    },
    commit: {
      type: 'string',
      description: 'The full object id of a commit.',
      pattern: '^([0-9a-f]{40}|[0-9a-f]{64})$',
      accepts: 'a full commit id of 40 (or 64) lower-case hexadecimal digits',
    },
    branch: { type: 'string', refused: 'a tag or a commit: a branch moves, so it does not say which version is meant' },
    semver: { type: 'string', refused: 'a tag or a commit: a range moves, so it does not say which version is meant' },
    secretRef: {
      type: 'object',
      typeName: 'LocalSecretRef',
      description:
        "A Secret in the Sync's namespace with the credentials: username and password, or bearerToken, or identity (a private key) and known_hosts.",
      required: ['name'],
      properties: { name: { ...text('Name of the Secret.'), minLength: 1, maxLength: 253 } },
    },
  },
}

const objectReference: Schema = {
  type: 'object',
  typeName: 'HealthCheck',
  description: 'Names one object of the cluster.',
  required: ['apiVersion', 'kind', 'name'],
  properties: {
    apiVersion: { ...text('API version, e.g. apps/v1.'), minLength: 1, maxLength: 253 },
    kind: { ...text('Kind, e.g. Deployment.'), minLength: 1, maxLength: 63 },
    name: { ...text('Name of the object.'), minLength: 1, maxLength: 253 },
    namespace: name(
      "Namespace of the object; the Sync's targetNamespace or own namespace when absent. Leave it out for a cluster-scoped object.",
    ),
  },
}

/** The schema of the spec of a Sync. Field names follow Flux's Kustomization where it has the concept. */
export const syncSpecSchema: Schema = {
  type: 'object',
  typeName: 'SyncSpec',
  description: 'What a Sync applies to this cluster, and how.',
  required: ['source', 'prune'],
  properties: {
    source: {
      type: 'object',
      typeName: 'SyncSource',
      description: 'Where the configuration comes from.',
      required: ['git'],
      properties: { git: gitSchema },
    },
    path: {
      type: 'string',
      description: 'The directory of the source to apply, from its root.',
      default: './',
      minLength: 1,
      maxLength: 1024,
    },
    interval: duration('How often the cluster is compared with the version and drift is corrected. 5 % of jitter is added.', {
      fallback: '10m',
      minimum: '1s',
    }),
    retryInterval: duration('How long to wait after a failure. The interval when absent.', { minimum: '1s' }),
    timeout: duration('How long one attempt may take, health checks included.', { fallback: '5m', minimum: '1s' }),
    prune: {
      type: 'boolean',
      description: 'Whether objects that left the version are deleted from the cluster. There is no default: say it.',
    },
    allowEmpty: flag('Whether a version without any object is applied, which prunes everything. Otherwise it is refused.'),
    wait: flag('Whether the Sync is ready only once every applied object is healthy.'),
    healthChecks: {
      type: 'array',
      description: 'Objects that must be healthy before the Sync is ready. Not needed beside wait.',
      maxItems: 100,
      items: objectReference,
    },
    force: flag('Whether an object is deleted and made anew when an immutable field has to change.'),
    forceConflicts: flag(
      'Whether fields are taken over from other managers that want other values. Otherwise that is refused, field by field.',
    ),
    suspend: flag('Whether nothing is done until this is false again.'),
    targetNamespace: name('Namespace that every namespaced object is put into, whatever its own metadata says.'),
    deletionPolicy: {
      type: 'string',
      description:
        'What happens to the applied objects when the Sync is deleted: pruned if prune is set (MirrorPrune), deleted (Delete), deleted and waited for (WaitForTermination), or left (Orphan).',
      enum: ['MirrorPrune', 'Delete', 'WaitForTermination', 'Orphan'],
      default: 'MirrorPrune',
    },
    dependsOn: {
      type: 'array',
      description: 'Syncs that must be ready, at their current generation, before this one is applied.',
      maxItems: 100,
      'x-kubernetes-list-type': 'atomic',
      items: {
        type: 'object',
        typeName: 'SyncDependency',
        description: 'Names a Sync.',
        required: ['name'],
        properties: {
          name: { ...name('Name of the Sync.'), maxLength: maxNameLength },
          namespace: name('Its namespace; the same when absent.'),
        },
      },
    },
  },
}

/** The schema of a condition. */
export const conditionSchema: Schema = {
  type: 'object',
  typeName: 'Condition',
  description: 'One condition of the object.',
  required: ['type', 'status', 'reason', 'message', 'lastTransitionTime'],
  properties: {
    type: text('Type of the condition.'),
    status: { type: 'string', enum: ['True', 'False', 'Unknown'], description: 'Whether it holds.' },
    reason: text('The cause, for programs.'),
    message: { ...text('The cause, for people.'), maxLength: 32_768 },
    observedGeneration: { type: 'integer', format: 'int64', description: 'The generation that the condition was computed from.' },
    lastTransitionTime: time('When the status changed last.'),
  },
}

/** The schema of the status of a Sync, in Flux's conventions. */
export const syncStatusSchema: Schema = {
  type: 'object',
  typeName: 'SyncStatus',
  description: 'What is known of a Sync.',
  properties: {
    observedGeneration: {
      type: 'integer',
      format: 'int64',
      description: 'The generation of the last outcome. Does not move while an attempt is under way.',
    },
    conditions: {
      type: 'array',
      description: 'Ready, Reconciling, Stalled, Healthy, TagMoved and SourceUnavailable, as far as they apply.',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['type'],
      items: conditionSchema,
    },
    lastAppliedRevision: text('The revision that was last applied completely, as tag@sha1:commit.'),
    lastAttemptedRevision: text('The revision of the last attempt.'),
    lastHandledReconcileAt: text('The value of the annotation reconcile.fleetkit.dev/requestedAt that was handled last.'),
    inventory: {
      type: 'object',
      typeName: 'Inventory',
      description: 'The objects that this Sync has applied, or was about to apply.',
      required: ['entries'],
      properties: {
        entries: {
          type: 'array',
          description: 'One entry an object, sorted by id.',
          'x-kubernetes-list-type': 'atomic',
          items: {
            type: 'object',
            typeName: 'InventoryEntry',
            description: 'One object of an inventory.',
            required: ['id', 'v'],
            properties: { id: text('<namespace>_<name>_<group>_<kind>.'), v: text('API version without its group, e.g. v1.') },
          },
        },
      },
    },
    admitted: {
      type: 'array',
      description: 'The commit of each tag when it was first admitted; the newest last, at most 50.',
      'x-kubernetes-list-type': 'atomic',
      items: {
        type: 'object',
        typeName: 'AdmittedTag',
        description: 'A tag and the commit that it stands for here.',
        required: ['url', 'tag', 'commit'],
        properties: { url: text('URL of the repository.'), tag: text('The tag.'), commit: text('Its commit when it was first admitted.') },
      },
    },
    history: {
      type: 'array',
      description: 'The last five revisions attempted, the newest first.',
      'x-kubernetes-list-type': 'atomic',
      items: {
        type: 'object',
        typeName: 'SyncHistoryEntry',
        description: 'What became of one revision.',
        required: [
          'revision',
          'firstReconciled',
          'lastReconciled',
          'lastReconciledDuration',
          'lastReconciledStatus',
          'totalReconciliations',
        ],
        properties: {
          revision: text('The revision.'),
          firstReconciled: time('When it was first attempted.'),
          lastReconciled: time('When it was last attempted.'),
          lastReconciledDuration: text('How long the last attempt took.'),
          lastReconciledStatus: text('Reason of the Ready condition after the last attempt.'),
          totalReconciliations: { type: 'integer', format: 'int64', description: 'Number of attempts.' },
        },
      },
    },
  },
}
