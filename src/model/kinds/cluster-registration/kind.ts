import { fleetkitApiVersion } from '../group.ts'
import { lastColumns, readyColumn } from '../kind.ts'
import type { TypedKind } from '../typed-kind.ts'
import { clusterRegistrationSpecSchema, clusterRegistrationStatusSchema } from './schema.ts'
import type { ClusterRegistrationSpec, ClusterRegistrationStatus } from './types.generated.ts'

/** The kind `ClusterRegistration`. */
export const clusterRegistrationKind: TypedKind<ClusterRegistrationSpec, ClusterRegistrationStatus> = {
  apiVersion: fleetkitApiVersion,
  kind: 'ClusterRegistration',
  scope: 'Namespaced',
  nameForm: 'subdomain',
  plural: 'clusterregistrations',
  singular: 'clusterregistration',
  shortNames: [],
  description: 'Sent by a cluster that asks to be registered; a person approves or denies it.',
  spec: clusterRegistrationSpecSchema,
  status: clusterRegistrationStatusSchema,
  columns: [
    { name: 'Proposed', type: 'string', jsonPath: '.spec.proposedName' },
    { name: 'Decision', type: 'string', jsonPath: '.status.decision.verdict' },
    { name: 'Cluster', type: 'string', jsonPath: '.status.decision.name' },
    readyColumn,
    ...lastColumns,
  ],
}
