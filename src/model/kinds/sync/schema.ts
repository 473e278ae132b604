import { flag } from '../../schema/fields.ts'
import type { Schema } from '../../schema/schema.ts'
import { controlFields } from '../control-fields.ts'
import { dependenciesSchema } from '../dependency-schema.ts'
import { sourceFields } from '../source-fields.ts'

/** The schema of the spec of a Sync. */
export const syncSpecSchema: Schema = {
  type: 'object',
  typeName: 'SyncSpec',
  required: ['source', 'prune'],
  properties: {
    ...sourceFields({
      prune: {
        type: 'boolean',
      },
      wait: flag(),
      suspend: flag(),
      dependsOn: dependenciesSchema('Sync'),
    }),
    ...controlFields(),
  },
}
