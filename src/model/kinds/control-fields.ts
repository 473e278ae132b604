import { count, text } from '../schema/fields.ts'
import type { Schema } from '../schema/schema.ts'

/** What people do to a Sync, with their names and reasons. */
export function controlFields(): Readonly<Record<string, Schema>> {
  const reason = { ...text('Why; for those who come later.'), minLength: 1, maxLength: 1024 }
  const by = (what: string): Schema => ({ ...text(`Who ${what}.`), minLength: 1, maxLength: 253 })
  return {
    pin: {
      type: 'object',
      typeName: 'SyncPin',
      description: 'Keeps the Sync at an exact revision of its repository, whatever tag or commit the source names.',
      required: ['revision', 'reason', 'by'],
      properties: {
        revision: {
          ...text('The revision, as statuses have it: tag@sha1:commit, or sha1:commit.'),
          maxLength: 330,
          pattern: '^([^\\x00-\\x20\\x7f~^:?*\\[\\\\-][^\\x00-\\x20\\x7f~^:?*\\[\\\\]*@)?(sha1:[0-9a-f]{40}|sha256:[0-9a-f]{64})$',
          accepts: 'a revision such as 6.9.2@sha1:4ab… with the full commit id',
        },
        reason,
        by: by('pinned it'),
      },
    },
    handbrake: {
      type: 'object',
      typeName: 'SyncHandbrake',
      description:
        'Stops everything: an attempt under way before its next write, and a deletion too. Nothing is written until it is taken out.',
      required: ['reason', 'by'],
      properties: { reason, by: by('pulled it') },
    },
    revisionHistoryLimit: {
      ...count('How many revisions status.history holds. The last good one is always among them.'),
      default: 5,
      minimum: 1,
      maximum: 100,
    },
  }
}
