import { maxNameLength } from '../names.ts'
import { parametersSchema } from '../parameters/schema.ts'
import { name, text } from '../schema/fields.ts'
import type { Schema } from '../schema/schema.ts'

/** What a Module and its revisions have alike: what a version needs, and the values that it is applied with. */
export const moduleFields: { readonly dependsOn: Schema; readonly parameters: Schema } = {
  dependsOn: {
    type: 'array',
    maxItems: 100,
    'x-kubernetes-list-type': 'atomic',
    items: {
      type: 'object',
      typeName: 'ModuleDependency',
      required: ['name'],
      properties: {
        name: { ...name(), maxLength: maxNameLength },
        namespace: name(),
        version: { ...text(), minLength: 1, maxLength: 128 },
      },
    },
  },
  parameters: parametersSchema,
}
