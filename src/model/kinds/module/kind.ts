import { fleetkitApiVersion } from '../group.ts'
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
    { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
    { name: 'Version', type: 'string', jsonPath: '.status.version' },
    { name: 'Phase', type: 'string', jsonPath: '.status.phase' },
    { name: 'Clusters', type: 'integer', jsonPath: '.status.summary.clusters' },
    { name: 'Done', type: 'integer', jsonPath: '.status.summary.done' },
    { name: 'Status', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].message' },
    { name: 'Suspended', type: 'boolean', jsonPath: '.spec.suspend', priority: 1 },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
}
