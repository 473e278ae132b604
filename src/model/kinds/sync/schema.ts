import { flag } from '../../schema/fields.ts'
import type { Schema } from '../../schema/schema.ts'
import { controlFields } from '../control-fields.ts'
import { dependenciesSchema } from '../dependency-schema.ts'
import { sourceFields } from '../source-fields.ts'

/** The schema of the spec of a Sync. */
export const syncSpecSchema: Schema = {
  type: 'object',
  typeName: 'SyncSpec',
  description: 'What a Sync applies to this cluster, and how.',
  required: ['source', 'prune'],
  properties: {
    ...sourceFields({
      prune: {
        type: 'boolean',
        description: 'Whether objects that are no longer in the source are deleted from the cluster. There is no default: say it.',
      },
      wait: flag('Whether the Sync is ready only once every applied object is healthy.'),
      suspend: flag('Whether nothing more is begun until this is false again.'),
      dependsOn: dependenciesSchema('Sync'),
    }),
    ...controlFields(),
  },
}
