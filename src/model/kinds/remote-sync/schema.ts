import { flag, name, text } from '../../schema/fields.ts'
import type { Schema } from '../../schema/schema.ts'
import { clusterReferenceSchema } from '../cluster-reference.ts'
import { controlFields } from '../control-fields.ts'
import { dependenciesSchema } from '../dependency-schema.ts'
import { sourceFields } from '../source-fields.ts'

/** The schema of the spec of a RemoteSync: that of a Sync, and the cluster. */
export const remoteSyncSpecSchema: Schema = {
  type: 'object',
  typeName: 'RemoteSyncSpec',
  required: ['cluster', 'source', 'prune'],
  properties: {
    cluster: clusterReferenceSchema,
    serviceAccount: {
      type: 'object',
      typeName: 'ServiceAccountReference',
      required: ['name', 'namespace'],
      properties: {
        name: { ...text(), minLength: 1, maxLength: 253 },
        namespace: name(),
      },
    },
    ...sourceFields({
      prune: {
        type: 'boolean',
      },
      wait: flag(),
      suspend: flag(),
      dependsOn: dependenciesSchema('RemoteSync'),
    }),
    ...controlFields(),
  },
}
