import { fleetkitApiVersion } from '../group.ts'
import { lastColumns, readyColumn } from '../kind.ts'
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
  columns: [{ name: 'Driver', type: 'string', jsonPath: '.spec.driver' }, readyColumn, ...lastColumns],
}
