import { fleetkitApiVersion } from '../group.ts'
import type { TypedKind } from '../typed-kind.ts'
import { assemblageSpecSchema, assemblageStatusSchema } from './schema.ts'
import type { AssemblageSpec, AssemblageStatus } from './types.generated.ts'

/** The kind `Assemblage`. */
export const assemblageKind: TypedKind<AssemblageSpec, AssemblageStatus> = {
  apiVersion: fleetkitApiVersion,
  kind: 'Assemblage',
  scope: 'Namespaced',
  nameForm: 'label',
  plural: 'assemblages',
  singular: 'assemblage',
  shortNames: [],
  description: 'The exact constellation of the syncs of one cluster, made of Syncs or of the objects of another engine.',
  spec: assemblageSpecSchema,
  status: assemblageStatusSchema,
  columns: [
    { name: 'Driver', type: 'string', jsonPath: '.spec.driver' },
    { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
    { name: 'Status', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].message' },
    { name: 'Suspended', type: 'boolean', jsonPath: '.spec.suspend', priority: 1 },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
}
