import { maxNameLength } from '../../names.ts'
import { conditions } from '../../schema/conditions.ts'
import { count, flag, name, text, time } from '../../schema/fields.ts'
import type { Schema } from '../../schema/schema.ts'
import { sourceFields } from '../source-fields.ts'

/** The schema of the spec of a Sync. */
export const syncSpecSchema: Schema = {
  type: 'object',
  typeName: 'SyncSpec',
  description: 'What a Sync applies to this cluster, and how.',
  required: ['source', 'prune'],
  properties: sourceFields({
    prune: {
      type: 'boolean',
      description: 'Whether objects that are no longer in the source are deleted from the cluster. There is no default: say it.',
    },
    wait: flag('Whether the Sync is ready only once every applied object is healthy.'),
    suspend: flag('Whether nothing is done until this is false again.'),
    dependsOn: {
      type: 'array',
      description: 'Syncs that must be ready, at their current generation, before this one is applied.',
      maxItems: 100,
      'x-kubernetes-list-type': 'atomic',
      items: {
        type: 'object',
        typeName: 'SyncDependency',
        description: 'Names a Sync.',
        required: ['name'],
        properties: {
          name: { ...name('Name of the Sync.'), maxLength: maxNameLength },
          namespace: name('Its namespace; the same when absent.'),
        },
      },
    },
  }),
}

/** The schema of the status of a Sync, in Flux's conventions. */
export const syncStatusSchema: Schema = {
  type: 'object',
  typeName: 'SyncStatus',
  description: 'What is known of a Sync.',
  properties: {
    observedGeneration: count('The generation of the last outcome. Does not change while an attempt is in progress.'),
    conditions: conditions('Ready, Reconciling, Stalled, Healthy, TagMoved and SourceUnavailable, as far as they apply.'),
    lastAppliedRevision: text('The last revision that was applied completely and was healthy, as tag@sha1:commit.'),
    lastAttemptedRevision: text('The revision of the last attempt.'),
    lastAttemptAt: time('When the last attempt ended. The next one is due an interval later.'),
    lastHandledReconcileAt: text('The value of the annotation reconcile.fleetkit.dev/requestedAt that was handled last.'),
    inventory: {
      type: 'object',
      typeName: 'Inventory',
      description: 'The objects that this Sync has applied, or was about to apply.',
      required: ['entries'],
      properties: {
        entries: {
          type: 'array',
          description: 'One entry an object, sorted by id.',
          'x-kubernetes-list-type': 'atomic',
          items: {
            type: 'object',
            typeName: 'InventoryEntry',
            description: 'One object of an inventory.',
            required: ['id', 'v'],
            properties: { id: text('<namespace>_<name>_<group>_<kind>.'), v: text('API version without its group, e.g. v1.') },
          },
        },
      },
    },
    admitted: {
      type: 'array',
      description: 'The commit of each tag when it was first admitted; the newest last, at most 50.',
      'x-kubernetes-list-type': 'atomic',
      items: {
        type: 'object',
        typeName: 'AdmittedTag',
        description: 'A tag and the commit that it stands for here.',
        required: ['url', 'tag', 'commit'],
        properties: { url: text('URL of the repository.'), tag: text('The tag.'), commit: text('Its commit when it was first admitted.') },
      },
    },
    history: {
      type: 'array',
      description: 'The last five revisions attempted, the newest first.',
      'x-kubernetes-list-type': 'atomic',
      items: {
        type: 'object',
        typeName: 'SyncHistoryEntry',
        description: 'What became of one revision.',
        required: [
          'revision',
          'firstReconciled',
          'lastReconciled',
          'lastReconciledDuration',
          'lastReconciledStatus',
          'totalReconciliations',
        ],
        properties: {
          revision: text('The revision.'),
          firstReconciled: time('When it was first attempted.'),
          lastReconciled: time('When it was last attempted.'),
          lastReconciledDuration: text('How long the last attempt took.'),
          lastReconciledStatus: text('Reason of the Ready condition after the last attempt.'),
          totalReconciliations: count('Number of attempts.'),
        },
      },
    },
  },
}
