import { fleetkitApiVersion } from '../group.ts'
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
  columns: [
    { name: 'Cluster', type: 'string', jsonPath: '.spec.cluster.name' },
    { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
    { name: 'Revision', type: 'string', jsonPath: '.status.lastAppliedRevision' },
    { name: 'Status', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].message' },
    { name: 'Suspended', type: 'boolean', jsonPath: '.spec.suspend', priority: 1 },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
}
