import { fleetkitApiVersion } from '../group.ts'
import { ageColumn } from '../kind.ts'
import type { TypedKind } from '../typed-kind.ts'
import { moduleRevisionSpecSchema, moduleRevisionStatusSchema } from './schema.ts'
import type { ModuleRevisionSpec, ModuleRevisionStatus } from './types.generated.ts'

/** The kind `ModuleRevision`. */
export const moduleRevisionKind: TypedKind<ModuleRevisionSpec, ModuleRevisionStatus> = {
  apiVersion: fleetkitApiVersion,
  kind: 'ModuleRevision',
  scope: 'Namespaced',
  nameForm: 'label',
  plural: 'modulerevisions',
  singular: 'modulerevision',
  shortNames: [],
  description: 'One revision of a Module, which never changes: an exact commit, and what it is applied with.',
  spec: moduleRevisionSpecSchema,
  status: moduleRevisionStatusSchema,
  columns: [
    { name: 'Module', type: 'string', jsonPath: '.spec.module.name' },
    { name: 'Tag', type: 'string', jsonPath: '.spec.source.git.tag' },
    { name: 'Commit', type: 'string', jsonPath: '.spec.source.git.commit' },
    ageColumn,
  ],
}
