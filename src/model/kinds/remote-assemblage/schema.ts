import { mirroredCopySchema, mirrorFields } from '../../mirror/schema.ts'
import { conditions } from '../../schema/conditions.ts'
import { count } from '../../schema/fields.ts'
import type { Schema } from '../../schema/schema.ts'
import { assemblageKind } from '../assemblage/kind.ts'
import { appliedDependenciesSchema } from '../sync-status-schema.ts'

/** The schema of the spec of a RemoteAssemblage. */
export const remoteAssemblageSpecSchema: Schema = {
  type: 'object',
  typeName: 'RemoteAssemblageSpec',
  required: ['cluster', 'template'],
  properties: mirrorFields('RemoteAssemblage', assemblageKind),
}

/** The schema of the status of a RemoteAssemblage. */
export const remoteAssemblageStatusSchema: Schema = {
  type: 'object',
  typeName: 'RemoteAssemblageStatus',
  properties: {
    observedGeneration: count(),
    conditions: conditions(),
    syncs: assemblageKind.status.properties?.syncs as Schema,
    dependencies: appliedDependenciesSchema,
    copy: mirroredCopySchema,
  },
}
