import { maxNameLength } from '../names.ts'
import { name, text } from '../schema/fields.ts'
import type { Schema } from '../schema/schema.ts'

/** What an object of a kind depends on: others of it, and of other kinds. */
export function dependenciesSchema(kind: string): Schema {
  return {
    type: 'array',
    maxItems: 100,
    'x-kubernetes-list-type': 'atomic',
    items: {
      type: 'object',
      typeName: `${kind}Dependency`,
      required: ['name'],
      properties: {
        kind: {
          ...text(),
          maxLength: 63,
          pattern: '^[A-Z][A-Za-z0-9]*$',
          accepts: 'a kind of this library, such as RemoteSync or Cluster',
        },
        name: { ...name(), maxLength: maxNameLength },
        namespace: name(),
        readyExpr: {
          ...text(),
          maxLength: 4096,
        },
      },
    },
  }
}
