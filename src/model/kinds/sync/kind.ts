import { fleetkitApiVersion } from '../group.ts'
import { lastColumns, readyColumn, revisionColumn } from '../kind.ts'
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
  columns: [readyColumn, revisionColumn, ...lastColumns],
}
