import { maxNameLength } from '../../names.ts'
import { count, name, text, time } from '../../schema/fields.ts'
import type { Schema } from '../../schema/schema.ts'

/** How many names a dictionary of a chunk can have. */
export const maxLogNames = 32_768

const digest: Schema = { type: 'string', maxLength: 71, pattern: '^sha256:[0-9a-f]{64}$', accepts: 'sha256: and 64 hexadecimal digits' }
const column: Schema = { type: 'string', maxLength: 2 ** 18, pattern: '^[0-9 ]*$', accepts: 'whole numbers with a space in between' }
const seq: Schema = { ...count(), minimum: 1 }

const names = (maxLength: number): Schema => ({
  type: 'array',
  maxItems: maxLogNames,
  'x-kubernetes-list-type': 'atomic',
  items: { ...text(), minLength: 1, maxLength },
})

const columns = { at: column, type: column, cluster: column, revision: column, why: column }
const events: Schema = { type: 'object', typeName: 'RolloutLogEvents', required: Object.keys(columns), properties: columns }

const moduleOf = (self: string): string => `(has(${self}.module) ? ${self}.module : '')`

/** The schema of the spec of a RolloutLog. */
export const rolloutLogSpecSchema: Schema = {
  type: 'object',
  typeName: 'RolloutLogSpec',
  required: ['seq', 'sealed', 'from', 'to', 'count', 'digest', 'names', 'events'],
  properties: {
    module: { ...name(), maxLength: maxNameLength },
    seq,
    sealed: { type: 'boolean' },
    from: time(),
    to: time(),
    count: seq,
    previous: digest,
    digest,
    replaces: { type: 'array', minItems: 1, maxItems: 8, 'x-kubernetes-list-type': 'atomic', items: digest },
    names: {
      type: 'object',
      typeName: 'RolloutLogNames',
      required: ['type', 'cluster', 'revision', 'why'],
      properties: { type: names(64), cluster: names(253), revision: names(330), why: names(4096) },
    },
    events,
    snapshot: {
      type: 'object',
      typeName: 'RolloutLogSnapshot',
      extends: [events],
      required: [...Object.keys(columns), 'assigned', 'running'],
      properties: { ...columns, assigned: column, running: column, unreachable: column },
    },
  },
  transitionRules: [
    {
      rule: `self.seq == oldSelf.seq && self.from == oldSelf.from && ${moduleOf('self')} == ${moduleOf('oldSelf')}`,
      message: 'module, seq and from do not change',
    },
    {
      rule: '!oldSelf.sealed || self == oldSelf || (has(self.replaces) && !has(oldSelf.replaces))',
      message: 'a sealed chunk is only ever replaced by one that is merged',
    },
  ],
}
