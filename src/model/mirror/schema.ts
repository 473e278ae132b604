import { clusterReferenceSchema } from '../kinds/cluster-reference.ts'
import { dependenciesSchema } from '../kinds/dependency-schema.ts'
import { maxNameLength } from '../names.ts'
import { count, flag, name, text, time } from '../schema/fields.ts'
import type { Schema } from '../schema/schema.ts'

/**
 * The fields of a spec that keeps an object of another kind in another cluster.
 *
 * @param kind - the kind that keeps it
 * @param template - the kind of the object, and its spec
 */
export function mirrorFields(kind: string, template: { readonly kind: string; readonly spec: Schema }): Readonly<Record<string, Schema>> {
  return {
    cluster: clusterReferenceSchema,
    template: {
      type: 'object',
      typeName: `${template.kind}Template`,
      required: ['spec'],
      properties: {
        metadata: {
          type: 'object',
          typeName: 'CopyMetadata',
          default: {},
          properties: {
            name: { ...name(), maxLength: maxNameLength },
            namespace: { ...name(), default: 'default' },
          },
        },
        spec: template.spec,
      },
    },
    edits: { type: 'string', enum: ['Correct', 'Report'], default: 'Correct' },
    adopt: flag(),
    deletionPolicy: { type: 'string', enum: ['Delete', 'Orphan'], default: 'Delete' },
    suspend: flag(),
    dependsOn: dependenciesSchema(kind),
  }
}

/** The schema of what is remembered of the object in its cluster. */
export const mirroredCopySchema: Schema = {
  type: 'object',
  typeName: 'MirroredCopy',
  required: ['cluster', 'namespace', 'name', 'write'],
  properties: {
    cluster: text(),
    namespace: text(),
    name: text(),
    uid: text(),
    write: count(),
    restoredAt: time(),
  },
}
