import { conditions } from '../schema/conditions.ts'
import { count, text, time } from '../schema/fields.ts'
import type { Schema } from '../schema/schema.ts'

/** The schema of what an object was applied with. */
export const appliedDependenciesSchema: Schema = {
  type: 'array',
  maxItems: 100,
  'x-kubernetes-list-type': 'atomic',
  items: {
    type: 'object',
    typeName: 'AppliedDependency',
    required: ['kind', 'name'],
    properties: { kind: text(), namespace: text(), name: text() },
  },
}

/** The schema of the deletions that wait to be confirmed. */
export const pendingPruneSchema: Schema = {
  type: 'object',
  typeName: 'PendingPrune',
  required: ['digest', 'objects'],
  properties: { digest: text(), objects: count() },
}

/** The schema of the status of a Sync, and of every kind that applies by itself: in Flux's conventions. */
export const syncStatusSchema: Schema = {
  type: 'object',
  typeName: 'SyncStatus',
  properties: {
    observedGeneration: count(),
    conditions: conditions(),
    lastAppliedRevision: text(),
    lastAttemptedRevision: text(),
    lastAttemptAt: time(),
    lastHandledReconcileAt: text(),
    observed: text(),
    dependencies: appliedDependenciesSchema,
    clusterRestoredAt: time(),
    inventory: {
      type: 'object',
      typeName: 'Inventory',
      required: ['entries'],
      properties: {
        entries: {
          type: 'array',
          'x-kubernetes-list-type': 'atomic',
          items: {
            type: 'object',
            typeName: 'InventoryEntry',
            required: ['id', 'v'],
            properties: { id: text(), v: text() },
          },
        },
        shards: {
          type: 'array',
          'x-kubernetes-list-type': 'atomic',
          items: {
            type: 'object',
            typeName: 'InventoryShard',
            required: ['name', 'digest', 'objects'],
            properties: {
              name: text(),
              digest: text(),
              objects: count(),
            },
          },
        },
      },
    },
    admitted: {
      type: 'array',
      'x-kubernetes-list-type': 'atomic',
      items: {
        type: 'object',
        typeName: 'AdmittedTag',
        required: ['url', 'tag', 'commit'],
        properties: { url: text(), tag: text(), commit: text() },
      },
    },
    pendingPrune: pendingPruneSchema,
    history: {
      type: 'array',
      'x-kubernetes-list-type': 'atomic',
      items: {
        type: 'object',
        typeName: 'SyncHistoryEntry',
        required: [
          'revision',
          'firstReconciled',
          'lastReconciled',
          'lastReconciledDuration',
          'lastReconciledStatus',
          'totalReconciliations',
        ],
        properties: {
          revision: text(),
          digest: text(),
          actor: text(),
          firstReconciled: time(),
          lastReconciled: time(),
          lastReconciledDuration: text(),
          lastReconciledStatus: text(),
          totalReconciliations: count(),
        },
      },
    },
  },
}
