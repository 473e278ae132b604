import { maxNameLength } from '../../names.ts'
import { name } from '../../schema/fields.ts'
import type { Schema } from '../../schema/schema.ts'

/** The schema of the spec of a Rollout. The state is the planner's: it reads whatever it finds, and says what is wrong with it. */
export const rolloutSpecSchema: Schema = {
  type: 'object',
  typeName: 'StoredRolloutSpec',
  required: ['module', 'state'],
  properties: {
    module: { ...name(), maxLength: maxNameLength },
    state: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  },
}

/** A Rollout has no status: how far it has come is in that of its Module. */
export const rolloutStatusSchema: Schema = { type: 'object', typeName: 'StoredRolloutStatus', properties: {} }
