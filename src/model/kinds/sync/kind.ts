import { fleetkitApiVersion } from '../group.ts'
import { syncStatusSchema } from '../sync-status-schema.ts'
import type { TypedKind } from '../typed-kind.ts'
import { syncSpecSchema } from './schema.ts'
import type { SyncSpec, SyncStatus } from './types.generated.ts'

/** The kind `Sync`. */
export const syncKind: TypedKind<SyncSpec, SyncStatus> = {
  apiVersion: fleetkitApiVersion,
  kind: 'Sync',
  scope: 'Namespaced',
  nameForm: 'label',
  plural: 'syncs',
  singular: 'sync',
  shortNames: [],
  description: 'Applies the configuration of one source to this cluster.',
  spec: syncSpecSchema,
  status: syncStatusSchema,
  columns: [
    { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
    { name: 'Revision', type: 'string', jsonPath: '.status.lastAppliedRevision' },
    { name: 'Status', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].message' },
    { name: 'Suspended', type: 'boolean', jsonPath: '.spec.suspend', priority: 1 },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
}
