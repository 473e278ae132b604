import { fleetkitApiVersion } from '../group.ts'
import type { TypedKind } from '../typed-kind.ts'
import { rolloutLogSpecSchema } from './schema.ts'
import type { RolloutLogSpec, RolloutLogStatus } from './types.generated.ts'

/** The kind `RolloutLog`. */
export const rolloutLogKind: TypedKind<RolloutLogSpec, RolloutLogStatus> = {
  apiVersion: fleetkitApiVersion,
  kind: 'RolloutLog',
  scope: 'Namespaced',
  // The longest name of a Module has room for a number after it.
  nameForm: 'subdomain',
  plural: 'rolloutlogs',
  singular: 'rolloutlog',
  shortNames: [],
  description: 'A chunk of the log of a Module, or of the fleet: what has happened, in columns, in the order in which it did.',
  spec: rolloutLogSpecSchema,
  status: { type: 'object', typeName: 'RolloutLogStatus', properties: {} },
  columns: [
    { name: 'Module', type: 'string', jsonPath: '.spec.module' },
    { name: 'Seq', type: 'integer', jsonPath: '.spec.seq' },
    { name: 'Events', type: 'integer', jsonPath: '.spec.count' },
    { name: 'From', type: 'string', jsonPath: '.spec.from' },
    { name: 'To', type: 'string', jsonPath: '.spec.to' },
    { name: 'Sealed', type: 'boolean', jsonPath: '.spec.sealed' },
  ],
}
