import { fleetkitApiVersion } from '../group.ts'
import { lastColumns, readyColumn } from '../kind.ts'
import type { TypedKind } from '../typed-kind.ts'
import { clusterSpecSchema, clusterStatusSchema } from './schema.ts'
import type { ClusterSpec, ClusterStatus } from './types.generated.ts'

/** The kind `Cluster`. */
export const clusterKind: TypedKind<ClusterSpec, ClusterStatus> = {
  apiVersion: fleetkitApiVersion,
  kind: 'Cluster',
  scope: 'Namespaced',
  nameForm: 'label',
  plural: 'clusters',
  singular: 'cluster',
  shortNames: [],
  description: 'A registered cluster: its labels, how it is reached, and what is known of it.',
  spec: clusterSpecSchema,
  status: clusterStatusSchema,
  columns: [
    readyColumn,
    { name: 'Version', type: 'string', jsonPath: '.status.kubernetesVersion' },
    { name: 'Reachable', type: 'date', jsonPath: '.status.reachableSince' },
    ...lastColumns,
  ],
}
