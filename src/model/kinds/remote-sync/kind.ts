import { fleetkitApiVersion } from '../group.ts'
import { clusterColumn, lastColumns, readyColumn, revisionColumn } from '../kind.ts'
import type { SyncStatus } from '../sync/types.generated.ts'
import { syncStatusSchema } from '../sync-status-schema.ts'
import type { TypedKind } from '../typed-kind.ts'
import { remoteSyncSpecSchema } from './schema.ts'
import type { RemoteSyncSpec } from './types.generated.ts'

/** The kind `RemoteSync`. */
export const remoteSyncKind: TypedKind<RemoteSyncSpec, SyncStatus> = {
  apiVersion: fleetkitApiVersion,
  kind: 'RemoteSync',
  scope: 'Namespaced',
  nameForm: 'label',
  plural: 'remotesyncs',
  singular: 'remotesync',
  shortNames: [],
  description: 'Applies the configuration of one source to another cluster, directly.',
  spec: remoteSyncSpecSchema,
  status: syncStatusSchema,
  columns: [clusterColumn, readyColumn, revisionColumn, ...lastColumns],
}
