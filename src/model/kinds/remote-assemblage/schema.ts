import { mirroredCopySchema, mirrorFields } from '../../mirror/schema.ts'
import { maxNameLength } from '../../names.ts'
import { maxValueLength } from '../../parameters/schema.ts'
import { conditions } from '../../schema/conditions.ts'
import { count, name, text, time } from '../../schema/fields.ts'
import type { Schema } from '../../schema/schema.ts'
import { assemblageKind } from '../assemblage/kind.ts'
import { appliedDependenciesSchema } from '../sync-status-schema.ts'

/** The schema of the spec of a RemoteAssemblage. */
export const remoteAssemblageSpecSchema: Schema = {
  type: 'object',
  typeName: 'RemoteAssemblageSpec',
  required: ['cluster', 'template'],
  properties: {
    ...mirrorFields('RemoteAssemblage', assemblageKind),
    modules: {
      type: 'array',
      maxItems: 1000,
      // Fields that are tracked by key would make a large object half as large again.
      'x-kubernetes-list-type': 'atomic',
      items: {
        type: 'object',
        typeName: 'AssignedModule',
        required: ['name', 'revision', 'generation', 'at', 'digest'],
        properties: {
          name: { ...name(), maxLength: maxNameLength },
          revision: name(),
          generation: { ...count(), minimum: 1 },
          at: time(),
          digest: { type: 'string', maxLength: 16, pattern: '^[0-9a-f]{16}$', accepts: '16 hexadecimal digits, in lower case' },
          values: { type: 'object', additionalProperties: { type: 'string', maxLength: maxValueLength } },
        },
      },
    },
  },
}

/** The schema of the status of a RemoteAssemblage. */
export const remoteAssemblageStatusSchema: Schema = {
  type: 'object',
  typeName: 'RemoteAssemblageStatus',
  properties: {
    observedGeneration: count(),
    conditions: conditions(),
    syncs: assemblageKind.status.properties?.syncs as Schema,
    modules: {
      type: 'array',
      'x-kubernetes-list-type': 'atomic',
      items: {
        type: 'object',
        typeName: 'AssignedModuleStatus',
        required: ['name', 'revision', 'generation', 'phase', 'since'],
        properties: {
          name: text(),
          revision: text(),
          generation: count(),
          phase: { type: 'string', enum: ['Ready', 'Failed', 'Removing'] },
          since: time(),
          message: { ...text(), maxLength: 4096 },
        },
      },
    },
    reportedGeneration: count(),
    dependencies: appliedDependenciesSchema,
    copy: mirroredCopySchema,
  },
}
