import { maxNameLength } from '../names.ts'
import { name } from '../schema/fields.ts'
import type { Schema } from '../schema/schema.ts'

/** The schema of what names the cluster that something is applied to. */
export const clusterReferenceSchema: Schema = {
  type: 'object',
  typeName: 'ClusterReference',
  required: ['name'],
  properties: { name: { ...name(), maxLength: maxNameLength } },
}
