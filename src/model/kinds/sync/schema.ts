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
  properties: {
    ...sourceFields({
      prune: {
        type: 'boolean',
        description: 'Whether objects that are no longer in the source are deleted from the cluster. There is no default: say it.',
      },
      wait: flag('Whether the Sync is ready only once every applied object is healthy.'),
      suspend: flag('Whether nothing more is begun until this is false again.'),
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
            readyExpr: {
              ...text(
                'Whether it is ready: an expression in CEL over this Sync (self) and that one (dep). It stands for the check of its generation and its Ready condition, as in Flux.',
              ),
              maxLength: 4096,
            },
          },
        },
      },
    }),
    ...controls(),
  },
}

/** What people do to a Sync, with their names and reasons. */
function controls(): Readonly<Record<string, Schema>> {
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

/** The schema of the status of a Sync, in Flux's conventions. */
export const syncStatusSchema: Schema = {
  type: 'object',
  typeName: 'SyncStatus',
  description: 'What is known of a Sync.',
  properties: {
    observedGeneration: count('The generation of the last outcome. Does not change while an attempt is in progress.'),
    conditions: conditions(
      'Ready, Reconciling, Stalled, Healthy, Pinned, Handbrake, PruneConfirmed, TagMoved, SourceUnavailable and Contention, as far as they apply.',
    ),
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
        shards: {
          type: 'array',
          description:
            'Where the entries are when they are too many for a status: ConfigMaps beside the Sync. There are no entries here then.',
          'x-kubernetes-list-type': 'atomic',
          items: {
            type: 'object',
            typeName: 'InventoryShard',
            description: 'One part of an inventory.',
            required: ['name', 'digest', 'objects'],
            properties: {
              name: text('Name of the ConfigMap.'),
              digest: text('Digest of its text, as sha256:hex.'),
              objects: count('How many objects it names.'),
            },
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
    pendingPrune: {
      type: 'object',
      typeName: 'PendingPrune',
      description: 'The deletions that wait to be confirmed, see spec.confirmPrune.',
      required: ['digest', 'objects'],
      properties: { digest: text('What confirms exactly these.'), objects: count('How many objects would be deleted.') },
    },
    history: {
      type: 'array',
      description: 'The last revisions attempted, the newest first; see spec.revisionHistoryLimit.',
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
          digest: text('Digest of the objects that it declares, as sha256:hex. Values of Secrets do not count.'),
          actor: text('Who asked for it: a name, reconcile for the controller itself, runner for a script.'),
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
