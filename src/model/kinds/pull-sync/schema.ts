import { maxNameLength } from '../../names.ts'
import { conditions } from '../../schema/conditions.ts'
import { count, flag, name, text, time } from '../../schema/fields.ts'
import type { Schema } from '../../schema/schema.ts'

/** The schema of the spec of a PullSync. */
export const pullSyncSpecSchema: Schema = {
  type: 'object',
  typeName: 'PullSyncSpec',
  required: ['upstream'],
  properties: {
    upstream: {
      type: 'object',
      typeName: 'PullUpstream',
      required: ['cluster', 'namespace'],
      properties: {
        cluster: {
          type: 'object',
          typeName: 'UpstreamCluster',
          required: ['name'],
          properties: { name: { ...name(), maxLength: maxNameLength } },
        },
        namespace: name(),
      },
    },
    suspend: flag(),
  },
}

/** The schema of the status of a PullSync. */
export const pullSyncStatusSchema: Schema = {
  type: 'object',
  typeName: 'PullSyncStatus',
  properties: {
    observedGeneration: count(),
    conditions: conditions(),
    lastContactAt: time(),
    upstream: {
      type: 'object',
      typeName: 'KnownUpstream',
      required: ['management', 'cluster', 'uid', 'counter'],
      properties: {
        management: text(),
        cluster: text(),
        uid: text(),
        counter: count(),
        restoredAt: time(),
      },
    },
  },
}
