import { fleetkitApiVersion } from '../group.ts'
import { clusterColumn, lastColumns, readyColumn, revisionColumn } from '../kind.ts'
import type { TypedKind } from '../typed-kind.ts'
import { proxySyncSpecSchema, proxySyncStatusSchema } from './schema.ts'
import type { ProxySyncSpec, ProxySyncStatus } from './types.generated.ts'

/** The kind `ProxySync`. */
export const proxySyncKind: TypedKind<ProxySyncSpec, ProxySyncStatus> = {
  apiVersion: fleetkitApiVersion,
  kind: 'ProxySync',
  scope: 'Namespaced',
  nameForm: 'label',
  plural: 'proxysyncs',
  singular: 'proxysync',
  shortNames: [],
  description: 'Keeps a Sync in another cluster, which goes on without this one, and shows what it reports.',
  spec: proxySyncSpecSchema,
  status: proxySyncStatusSchema,
  columns: [clusterColumn, readyColumn, revisionColumn, ...lastColumns],
}
