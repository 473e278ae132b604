import { duration, flag, name, text } from '../schema/fields.ts'
import type { Schema } from '../schema/schema.ts'
import { fieldRules } from './field-rules-schema.ts'

const gitSchema: Schema = {
  type: 'object',
  typeName: 'GitSource',
  description: 'An exact revision of a git repository.',
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
    branch: { type: 'string', refused: 'a tag or a commit: a branch moves, so it does not say which revision is meant' },
    semver: { type: 'string', refused: 'a tag or a commit: a range moves, so it does not say which revision is meant' },
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

const postBuildSchema: Schema = {
  type: 'object',
  typeName: 'PostBuild',
  description: 'Variables that are replaced in the rendered objects, written as in Flux. See docs/substitution.md.',
  properties: {
    substituteStrategy: {
      type: 'string',
      description: 'Whether expressions are left as they are when no variable is defined at all (WithVariables), or replaced (Always).',
      enum: ['WithVariables', 'Always'],
      default: 'WithVariables',
    },
    substitute: {
      type: 'object',
      description: 'Values by the names of variables. They count more than those of substituteFrom.',
      additionalProperties: { type: 'string' },
    },
    substituteFrom: {
      type: 'array',
      description: "ConfigMaps and Secrets of the Sync's namespace whose keys are names of variables. Later ones count more.",
      maxItems: 100,
      'x-kubernetes-list-type': 'atomic',
      items: {
        type: 'object',
        typeName: 'SubstituteReference',
        description: 'Names a ConfigMap or a Secret.',
        required: ['kind', 'name'],
        properties: {
          kind: { type: 'string', description: 'Which of the two it is.', enum: ['ConfigMap', 'Secret'] },
          name: { ...text('Name of the object.'), minLength: 1, maxLength: 253 },
          optional: flag('Whether it may be missing, as if it held no variable.'),
        },
      },
    },
    strict: flag('Whether a variable without a value and without a default is an error. It is empty otherwise, as in Flux.'),
  },
}

const expression = (description: string): Schema => ({ ...text(description), maxLength: 4096 })

const healthExpressions: Schema = {
  type: 'object',
  typeName: 'HealthCheckExpressions',
  description: 'How the health of a kind is judged: expressions in CEL, as in Flux. None is true: in progress.',
  required: ['apiVersion', 'kind', 'current'],
  properties: {
    apiVersion: objectReference.properties?.apiVersion as Schema,
    kind: objectReference.properties?.kind as Schema,
    inProgress: expression('Whether it is in progress. The first to count.'),
    failed: expression('Whether it has failed. The second to count.'),
    current: { ...expression('Whether it is current.'), minLength: 1 },
  },
}

/** What must be healthy, and who says so. */
const healthFields: Readonly<Record<string, Schema>> = {
  healthChecks: {
    type: 'array',
    description: 'Objects that must be healthy before the Sync is ready. Not needed beside wait.',
    maxItems: 100,
    items: objectReference,
  },
  healthCheckExprs: {
    type: 'array',
    description: 'How the health of kinds is judged. The first entry of a kind counts.',
    maxItems: 100,
    items: healthExpressions,
  },
  healthProfile: {
    type: 'string',
    description: 'Whose rules judge health: those of kstatus by default.',
    enum: ['kstatus', 'flux', 'argo'],
  },
}

/** What keeps a source that lost objects, or most of them, from deleting as many. */
const guardFields: Readonly<Record<string, Schema>> = {
  allowEmpty: flag('Whether a source without any object is applied, which prunes everything. Otherwise it is refused.'),
  maxPrune: {
    type: 'int-or-string',
    description:
      'How many of the applied objects one attempt may prune: a number, or a percentage of them, rounded up. A source that has lost more is refused. No limit when absent.',
    minimum: 0,
    maximum: 1_000_000,
    maxLength: 16,
    pattern: '^(100|[0-9]{1,2})%$',
    accepts: 'a whole number from 0, or a percentage from 0% to 100%',
  },
  confirmPrune: flag(
    'Whether objects are pruned only once exactly these are confirmed, by their digest. Until then they stay, and the Sync is not ready.',
  ),
}

/** What each kind says in its own way: a default, or of what else it depends on. */
interface OwnFields {
  readonly prune: Schema
  readonly wait: Schema
  readonly suspend: Schema
  readonly dependsOn: Schema
}

/**
 * The fields of a spec that says what is applied to a cluster, and how: those of every kind that applies the configuration of a
 * source, or has it applied. Their names follow Flux's Kustomization where it has the concept.
 */
export function sourceFields(own: OwnFields): Readonly<Record<string, Schema>> {
  return {
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
    interval: duration('How often the cluster is compared with the source and drift is corrected. 5 % of jitter is added.', {
      fallback: '10m',
      minimum: '1s',
    }),
    retryInterval: duration('How long to wait after a failure. The interval when absent.', { minimum: '1s' }),
    timeout: duration('How long one attempt may take, health checks included.', { fallback: '5m', minimum: '1s' }),
    prune: own.prune,
    ...guardFields,
    partial: {
      type: 'string',
      description:
        'What is done when some objects are refused: nothing (never), or the rest (continue), which is the default and fails all the same.',
      enum: ['never', 'continue'],
    },
    wait: own.wait,
    ...healthFields,
    force: flag('Whether an object is deleted and recreated when an immutable field has to change.'),
    forceConflicts: flag(
      'Whether fields are taken over from other managers that want other values. Otherwise that is refused, field by field.',
    ),
    ...fieldRules,
    suspend: own.suspend,
    targetNamespace: name('Namespace that every namespaced object is put into, whatever its own metadata says.'),
    postBuild: postBuildSchema,
    deletionPolicy: {
      type: 'string',
      description:
        'What happens to the applied objects when the Sync is deleted: pruned if prune is set (MirrorPrune), deleted (Delete), deleted and waited for (WaitForTermination), or left (Orphan).',
      enum: ['MirrorPrune', 'Delete', 'WaitForTermination', 'Orphan'],
      default: 'MirrorPrune',
    },
    dependsOn: own.dependsOn,
  }
}
