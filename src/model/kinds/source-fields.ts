import { fieldRules } from '../field-rules/schema.ts'
import { duration, flag, name, text } from '../schema/fields.ts'
import type { Schema } from '../schema/schema.ts'

/** Where the configuration of a git repository is. */
export const gitSchema: Schema = {
  type: 'object',
  typeName: 'GitSource',
  required: ['url'],
  exactlyOneOf: ['tag', 'commit'],
  properties: {
    url: {
      type: 'string',
      minLength: 1,
      maxLength: 2048,
      pattern:
        '^(https?://[^@/\\x00-\\x20]+(/[^\\x00-\\x20]*)?|ssh://[^\\x00-\\x20]+|[A-Za-z0-9_.-]+@[A-Za-z0-9_.-]+:[^\\x00-\\x20]+|file:///[^\\x00-\\x20]+)$',
      accepts: 'an https://, http:// or ssh:// URL without user name and password, or user@host:path',
    },
    tag: {
      type: 'string',
      minLength: 1,
      maxLength: 255,
      pattern: '^[^\\x00-\\x20\\x7f~^:?*\\[\\\\-][^\\x00-\\x20\\x7f~^:?*\\[\\\\]*$',
      accepts: 'the name of a tag, without refs/tags/',
    },
    commit: {
      type: 'string',
      pattern: '^([0-9a-f]{40}|[0-9a-f]{64})$',
      accepts: 'a full commit id of 40 (or 64) lower-case hexadecimal digits',
    },
    branch: { type: 'string', refused: 'a tag or a commit: a branch moves, so it does not say which revision is meant' },
    semver: { type: 'string', refused: 'a tag or a commit: a range moves, so it does not say which revision is meant' },
    secretRef: {
      type: 'object',
      typeName: 'LocalSecretRef',
      required: ['name'],
      properties: { name: { ...text(), minLength: 1, maxLength: 253 } },
    },
  },
}

const { url, commit, tag, secretRef } = gitSchema.properties as Readonly<Record<string, Schema>>

/** An exact commit. A tag beside it is for people: it is not looked up. */
export const exactSourceSchema: Schema = {
  type: 'object',
  typeName: 'AssembledSource',
  required: ['git'],
  properties: {
    git: {
      type: 'object',
      typeName: 'AssembledGitSource',
      required: ['url', 'commit'],
      properties: { url: url as Schema, commit: commit as Schema, tag: tag as Schema, secretRef: secretRef as Schema },
    },
  },
}

const objectReference: Schema = {
  type: 'object',
  typeName: 'HealthCheck',
  required: ['apiVersion', 'kind', 'name'],
  properties: {
    apiVersion: { ...text(), minLength: 1, maxLength: 253 },
    kind: { ...text(), minLength: 1, maxLength: 63 },
    name: { ...text(), minLength: 1, maxLength: 253 },
    namespace: name(),
  },
}

const postBuildSchema: Schema = {
  type: 'object',
  typeName: 'PostBuild',
  properties: {
    substituteStrategy: {
      type: 'string',
      enum: ['WithVariables', 'Always'],
      default: 'WithVariables',
    },
    substitute: {
      type: 'object',
      additionalProperties: { type: 'string' },
    },
    substituteFrom: {
      type: 'array',
      maxItems: 100,
      'x-kubernetes-list-type': 'atomic',
      items: {
        type: 'object',
        typeName: 'SubstituteReference',
        required: ['kind', 'name'],
        properties: {
          kind: { type: 'string', enum: ['ConfigMap', 'Secret'] },
          name: { ...text(), minLength: 1, maxLength: 253 },
          optional: flag(),
        },
      },
    },
    strict: flag(),
  },
}

const expression: Schema = { ...text(), maxLength: 4096 }

const healthExpressions: Schema = {
  type: 'object',
  typeName: 'HealthCheckExpressions',
  required: ['apiVersion', 'kind', 'current'],
  properties: {
    apiVersion: objectReference.properties?.apiVersion as Schema,
    kind: objectReference.properties?.kind as Schema,
    inProgress: expression,
    failed: expression,
    current: { ...expression, minLength: 1 },
  },
}

/** What must be healthy, and who says so. */
const healthFields: Readonly<Record<string, Schema>> = {
  healthChecks: {
    type: 'array',
    maxItems: 100,
    items: objectReference,
  },
  healthCheckExprs: {
    type: 'array',
    maxItems: 100,
    items: healthExpressions,
  },
  healthProfile: {
    type: 'string',
    enum: ['kstatus', 'flux', 'argo'],
  },
}

/** What keeps a source that lost objects, or most of them, from deleting as many. */
const guardFields: Readonly<Record<string, Schema>> = {
  allowEmpty: flag(),
  maxPrune: {
    type: 'int-or-string',
    minimum: 0,
    maximum: 1_000_000,
    maxLength: 16,
    pattern: '^(100|[0-9]{1,2})%$',
    accepts: 'a whole number from 0, or a percentage from 0% to 100%',
  },
  confirmPrune: flag(),
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
      required: ['git'],
      properties: { git: gitSchema },
    },
    path: {
      type: 'string',
      default: './',
      minLength: 1,
      maxLength: 1024,
    },
    interval: duration(undefined, {
      fallback: '10m',
      minimum: '1s',
    }),
    retryInterval: duration(undefined, { minimum: '1s' }),
    timeout: duration(undefined, { fallback: '5m', minimum: '1s' }),
    prune: own.prune,
    ...guardFields,
    partial: {
      type: 'string',
      enum: ['never', 'continue'],
    },
    wait: own.wait,
    ...healthFields,
    force: flag(),
    forceConflicts: flag(),
    ...fieldRules,
    suspend: own.suspend,
    targetNamespace: name(),
    postBuild: postBuildSchema,
    deletionPolicy: {
      type: 'string',
      enum: ['MirrorPrune', 'Delete', 'WaitForTermination', 'Orphan'],
      default: 'MirrorPrune',
    },
    dependsOn: own.dependsOn,
  }
}
