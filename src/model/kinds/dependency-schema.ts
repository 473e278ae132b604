import { maxNameLength } from '../names.ts'
import { name, text } from '../schema/fields.ts'
import type { Schema } from '../schema/schema.ts'

/** What an object of a kind depends on: others of it, and of other kinds. */
export function dependenciesSchema(kind: string): Schema {
  return {
    type: 'array',
    description: `${kind}s, or objects of other kinds of this library, that must be ready, at their current generation, before this one is applied.`,
    maxItems: 100,
    'x-kubernetes-list-type': 'atomic',
    items: {
      type: 'object',
      typeName: `${kind}Dependency`,
      description: `Names a ${kind}, or an object of another kind of this library.`,
      required: ['name'],
      properties: {
        kind: {
          ...text(`Its kind; ${kind} when absent.`),
          maxLength: 63,
          pattern: '^[A-Z][A-Za-z0-9]*$',
          accepts: 'a kind of this library, such as RemoteSync or Cluster',
        },
        name: { ...name('Its name.'), maxLength: maxNameLength },
        namespace: name('Its namespace; the same when absent.'),
        readyExpr: {
          ...text(
            `Whether it is ready: an expression in CEL over this ${kind} (self) and that one (dep). It stands for the check of its generation and its Ready condition, as in Flux.`,
          ),
          maxLength: 4096,
        },
      },
    },
  }
}
