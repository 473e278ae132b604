import { fleetkitApiVersion } from '../group.ts'
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
    { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
    { name: 'Version', type: 'string', jsonPath: '.status.kubernetesVersion' },
    { name: 'Reachable', type: 'date', jsonPath: '.status.reachableSince' },
    { name: 'Status', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].message' },
    { name: 'Suspended', type: 'boolean', jsonPath: '.spec.suspend', priority: 1 },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
}
