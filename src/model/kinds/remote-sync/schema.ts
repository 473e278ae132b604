import { flag, name, text } from '../../schema/fields.ts'
import type { Schema } from '../../schema/schema.ts'
import { clusterReferenceSchema } from '../cluster-reference.ts'
import { controlFields } from '../control-fields.ts'
import { dependenciesSchema } from '../dependency-schema.ts'
import { sourceFields } from '../source-fields.ts'

/** Names an object of the cluster. */
function named(typeName: string): Schema {
  const properties = { name: { ...text(), minLength: 1, maxLength: 253 }, namespace: name() }
  return { type: 'object', typeName, required: ['name', 'namespace'], properties }
}

/** The schema of the spec of a RemoteSync: that of a Sync, and the cluster. */
export const remoteSyncSpecSchema: Schema = {
  type: 'object',
  typeName: 'RemoteSyncSpec',
  required: ['cluster', 'source', 'prune'],
  properties: {
    cluster: clusterReferenceSchema,
    serviceAccount: named('ServiceAccountReference'),
    owner: named('OwningSync'),
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
