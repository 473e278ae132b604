import { maxNameLength } from '../../names.ts'
import { flag, name } from '../../schema/fields.ts'
import type { Schema } from '../../schema/schema.ts'
import { moduleFields } from '../module-fields.ts'
import { exactSourceSchema, sourceFields } from '../source-fields.ts'

const { suspend: _suspend, ...syncFields } = sourceFields({
  prune: { type: 'boolean' },
  wait: flag(),
  suspend: flag(),
  dependsOn: moduleFields.dependsOn,
})

/** The schema of the spec of a ModuleRevision. */
export const moduleRevisionSpecSchema: Schema = {
  type: 'object',
  typeName: 'ModuleRevisionSpec',
  transitionRules: [{ rule: 'self == oldSelf', message: 'field is immutable' }],
  required: ['module', 'source', 'prune'],
  properties: {
    module: {
      type: 'object',
      typeName: 'OwnModule',
      required: ['name'],
      properties: { name: { ...name(), maxLength: maxNameLength } },
    },
    ...syncFields,
    source: exactSourceSchema,
    parameters: moduleFields.parameters,
  },
}

/** A ModuleRevision has no status: nothing becomes of it. */
export const moduleRevisionStatusSchema: Schema = { type: 'object', typeName: 'ModuleRevisionStatus', properties: {} }
