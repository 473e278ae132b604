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
  description: 'What a RemoteSync applies to another cluster, and how.',
  required: ['cluster', 'source', 'prune'],
  properties: {
    cluster: clusterReferenceSchema,
    serviceAccount: {
      type: 'object',
      typeName: 'ServiceAccountReference',
      description:
        'The ServiceAccount of the cluster as which everything is done there, by impersonation. Absent: as whom the connection is.',
      required: ['name', 'namespace'],
      properties: {
        name: { ...text('Name of the ServiceAccount.'), minLength: 1, maxLength: 253 },
        namespace: name('Its namespace in the cluster.'),
      },
    },
    ...sourceFields({
      prune: {
        type: 'boolean',
        description: 'Whether objects that are no longer in the source are deleted from the cluster. There is no default: say it.',
      },
      wait: flag('Whether the RemoteSync is ready only once every applied object is healthy.'),
      suspend: flag('Whether nothing more is begun until this is false again.'),
      dependsOn: dependenciesSchema('RemoteSync'),
    }),
    ...controlFields(),
  },
}
