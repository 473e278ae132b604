import { count, text, time } from './fields.ts'
import type { Schema } from './schema.ts'

/** One condition of a status. */
const conditionSchema: Schema = {
  type: 'object',
  typeName: 'Condition',
  description: 'One condition of the object.',
  required: ['type', 'status', 'reason', 'message', 'lastTransitionTime'],
  properties: {
    type: text('Type of the condition.'),
    status: { type: 'string', enum: ['True', 'False', 'Unknown'], description: 'Whether it holds.' },
    reason: text('The cause, for programs.'),
    message: { ...text('The cause, for people.'), maxLength: 32_768 },
    observedGeneration: count('The generation that the condition was computed from.'),
    lastTransitionTime: time('When the status changed last.'),
  },
}

/** The conditions of a status: one of each type. */
export function conditions(description?: string): Schema {
  return {
    type: 'array',
    ...(description === undefined ? {} : { description }),
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['type'],
    items: conditionSchema,
  }
}
