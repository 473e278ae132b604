import { count, text } from '../schema/fields.ts'
import type { Schema } from '../schema/schema.ts'

/** What people do to a Sync, with their names and reasons. */
export function controlFields(): Readonly<Record<string, Schema>> {
  const reason = { ...text(), minLength: 1, maxLength: 1024 }
  const by = { ...text(), minLength: 1, maxLength: 253 }
  return {
    pin: {
      type: 'object',
      typeName: 'SyncPin',
      required: ['revision', 'reason', 'by'],
      properties: {
        revision: {
          ...text(),
          maxLength: 330,
          pattern: '^([^\\x00-\\x20\\x7f~^:?*\\[\\\\-][^\\x00-\\x20\\x7f~^:?*\\[\\\\]*@)?(sha1:[0-9a-f]{40}|sha256:[0-9a-f]{64})$',
          accepts: 'a revision such as 6.9.2@sha1:4ab… with the full commit id',
        },
        reason,
        by: by,
      },
    },
    handbrake: {
      type: 'object',
      typeName: 'SyncHandbrake',
      required: ['reason', 'by'],
      properties: { reason, by: by },
    },
    revisionHistoryLimit: {
      ...count(),
      default: 5,
      minimum: 1,
      maximum: 100,
    },
  }
}
