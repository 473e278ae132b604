import { conditions } from '../schema/conditions.ts'
import { count, text, time } from '../schema/fields.ts'
import type { Schema } from '../schema/schema.ts'

/** The schema of the status of a Sync, and of every kind that applies by itself: in Flux's conventions. */
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
    dependencies: {
      type: 'array',
      description: 'What it depended on when it was applied last. When they are deleted together, it is deleted before them.',
      maxItems: 100,
      'x-kubernetes-list-type': 'atomic',
      items: {
        type: 'object',
        typeName: 'AppliedDependency',
        description: 'Names an object that was depended on.',
        required: ['kind', 'name'],
        properties: { kind: text('Its kind.'), namespace: text('Its namespace.'), name: text('Its name.') },
      },
    },
    clusterRestoredAt: time(
      'The last restore of the cluster from a backup, by its Cluster, since which objects of a RemoteSync were looked for by their labels.',
    ),
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
