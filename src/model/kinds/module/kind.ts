import { fleetkitApiVersion } from '../group.ts'
import { lastColumns, readyColumn } from '../kind.ts'
import type { TypedKind } from '../typed-kind.ts'
import { moduleSpecSchema, moduleStatusSchema } from './schema.ts'
import type { ModuleSpec, ModuleStatus } from './types.generated.ts'

/** The kind `Module`. */
export const moduleKind: TypedKind<ModuleSpec, ModuleStatus> = {
  apiVersion: fleetkitApiVersion,
  kind: 'Module',
  scope: 'Namespaced',
  nameForm: 'label',
  plural: 'modules',
  singular: 'module',
  shortNames: [],
  description: 'An exactly versioned configuration, the clusters that get it, and how it goes out to them.',
  spec: moduleSpecSchema,
  status: moduleStatusSchema,
  columns: [
    readyColumn,
    { name: 'Version', type: 'string', jsonPath: '.status.version' },
    { name: 'Phase', type: 'string', jsonPath: '.status.phase' },
    { name: 'Clusters', type: 'integer', jsonPath: '.status.summary.clusters' },
    { name: 'Done', type: 'integer', jsonPath: '.status.summary.done' },
    ...lastColumns,
  ],
}
