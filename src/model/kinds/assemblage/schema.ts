import { conditions } from '../../schema/conditions.ts'
import { count, flag, name, text, time } from '../../schema/fields.ts'
import type { Schema } from '../../schema/schema.ts'
import { exactSourceSchema, sourceFields } from '../source-fields.ts'

const { suspend: _suspend, ...syncFields } = sourceFields({
  prune: { type: 'boolean' },
  wait: flag(),
  suspend: flag(),
  dependsOn: {
    type: 'array',
    maxItems: 100,
    'x-kubernetes-list-type': 'atomic',
    items: {
      type: 'object',
      typeName: 'AssembledDependency',
      required: ['name'],
      properties: { name: name(), readyExpr: { ...text(), maxLength: 4096 } },
    },
  },
})

/** The schema of the spec of an Assemblage. */
export const assemblageSpecSchema: Schema = {
  type: 'object',
  typeName: 'AssemblageSpec',
  required: ['syncs'],
  properties: {
    driver: { ...name(), default: 'fleetkit' },
    syncs: {
      type: 'array',
      maxItems: 1000,
      // Two of one name are told by name, rather than refused by the server of a list map.
      'x-kubernetes-list-type': 'atomic',
      items: {
        type: 'object',
        typeName: 'AssembledSync',
        required: ['name', 'source', 'prune'],
        properties: { name: name(), ...syncFields, source: exactSourceSchema },
      },
    },
    edits: { type: 'string', enum: ['Correct', 'Report'], default: 'Correct' },
    deletionPolicy: { type: 'string', enum: ['Delete', 'Orphan'], default: 'Delete' },
    suspend: flag(),
  },
}

/** The schema of the status of an Assemblage. */
export const assemblageStatusSchema: Schema = {
  type: 'object',
  typeName: 'AssemblageStatus',
  properties: {
    observedGeneration: count(),
    conditions: conditions(),
    observed: text(),
    driver: text(),
    syncs: {
      type: 'array',
      'x-kubernetes-list-type': 'atomic',
      items: {
        type: 'object',
        typeName: 'AssembledSyncStatus',
        required: ['name', 'state', 'reason', 'message', 'since'],
        properties: {
          name: text(),
          state: { type: 'string', enum: ['Ready', 'Progressing', 'Waiting', 'Failed', 'Stalled', 'Unassigned'] },
          reason: text(),
          message: { ...text(), maxLength: 4096 },
          since: time(),
          revision: text(),
          lastAppliedRevision: text(),
          uid: text(),
          generation: count(),
        },
      },
    },
  },
}
