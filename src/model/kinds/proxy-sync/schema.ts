import { maxNameLength } from '../../names.ts'
import { conditions } from '../../schema/conditions.ts'
import { count, flag, name, text, time } from '../../schema/fields.ts'
import type { Schema } from '../../schema/schema.ts'
import { clusterReferenceSchema } from '../cluster-reference.ts'
import { dependenciesSchema } from '../dependency-schema.ts'
import { syncKind } from '../sync/kind.ts'
import { appliedDependenciesSchema, pendingPruneSchema } from '../sync-status-schema.ts'

/** The schema of the spec of a ProxySync. */
export const proxySyncSpecSchema: Schema = {
  type: 'object',
  typeName: 'ProxySyncSpec',
  required: ['cluster', 'template'],
  properties: {
    cluster: clusterReferenceSchema,
    template: {
      type: 'object',
      typeName: 'SyncTemplate',
      required: ['spec'],
      properties: {
        metadata: {
          type: 'object',
          typeName: 'SyncTemplateMetadata',
          default: {},
          properties: {
            name: { ...name(), maxLength: maxNameLength },
            namespace: { ...name(), default: 'default' },
          },
        },
        spec: syncKind.spec,
      },
    },
    edits: {
      type: 'string',
      enum: ['Correct', 'Report'],
      default: 'Correct',
    },
    adopt: flag(),
    deletionPolicy: {
      type: 'string',
      enum: ['Delete', 'Orphan'],
      default: 'Delete',
    },
    suspend: flag(),
    dependsOn: dependenciesSchema('ProxySync'),
  },
}

/** The schema of the status of a ProxySync. */
export const proxySyncStatusSchema: Schema = {
  type: 'object',
  typeName: 'ProxySyncStatus',
  properties: {
    observedGeneration: count(),
    conditions: conditions(),
    lastAppliedRevision: text(),
    lastAttemptedRevision: text(),
    lastAttemptAt: time(),
    lastHandledReconcileAt: text(),
    pendingPrune: pendingPruneSchema,
    dependencies: appliedDependenciesSchema,
    copy: {
      type: 'object',
      typeName: 'MirroredCopy',
      required: ['cluster', 'namespace', 'name', 'write'],
      properties: {
        cluster: text(),
        namespace: text(),
        name: text(),
        uid: text(),
        write: count(),
        restoredAt: time(),
      },
    },
  },
}
