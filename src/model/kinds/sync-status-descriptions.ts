import type { Descriptions } from '../schema/describe.ts'

/** What the fields of the status of what applies by itself mean. */
export const syncStatusDescriptions: Descriptions = {
  SyncStatus: {
    '': 'What is known of a Sync.',
    observedGeneration: 'The generation of the last outcome. Does not change while an attempt is in progress.',
    conditions:
      'Ready, Reconciling, Stalled, Healthy, Pinned, Handbrake, PruneConfirmed, TagMoved, SourceUnavailable and Contention, as far as they apply.',
    lastAppliedRevision: 'The last revision that was applied completely and was healthy, as tag@sha1:commit.',
    lastAttemptedRevision: 'The revision of the last attempt.',
    lastAttemptAt: 'When the last attempt ended. The next one is due an interval later.',
    lastHandledReconcileAt: 'The value of the annotation reconcile.fleetkit.dev/requestedAt that was handled last.',
    observed:
      'The value of the annotation mirror.fleetkit.dev/write that the last outcome is of: it tells the one who wrote the object from elsewhere that this is what became of it.',
    dependencies: 'What it depended on when it was applied last. When they are deleted together, it is deleted before them.',
    clusterRestoredAt:
      'The last restore of the cluster from a backup, by its Cluster, since which objects of a RemoteSync were looked for by their labels.',
    admitted: 'The commit of each tag when it was first admitted; the newest last, at most 50.',
    history: 'The last revisions attempted, the newest first; see spec.revisionHistoryLimit.',
  },
  AppliedDependency: {
    '': 'Names an object that was depended on.',
    kind: 'Its kind.',
    namespace: 'Its namespace.',
    name: 'Its name.',
  },
  Inventory: {
    '': 'The objects that this Sync has applied, or was about to apply.',
    entries: 'One entry an object, sorted by id.',
    shards: 'Where the entries are when they are too many for a status: ConfigMaps beside the Sync. There are no entries here then.',
  },
  InventoryEntry: {
    '': 'One object of an inventory.',
    id: '<namespace>_<name>_<group>_<kind>.',
    v: 'API version without its group, e.g. v1.',
  },
  InventoryShard: {
    '': 'One part of an inventory.',
    name: 'Name of the ConfigMap.',
    digest: 'Digest of its text, as sha256:hex.',
    objects: 'How many objects it names.',
  },
  AdmittedTag: {
    '': 'A tag and the commit that it stands for here.',
    url: 'URL of the repository.',
    tag: 'The tag.',
    commit: 'Its commit when it was first admitted.',
  },
  PendingPrune: {
    '': 'The deletions that wait to be confirmed, see spec.confirmPrune.',
    digest: 'What confirms exactly these.',
    objects: 'How many objects would be deleted.',
  },
  SyncHistoryEntry: {
    '': 'What became of one revision.',
    revision: 'The revision.',
    digest: 'Digest of the objects that it declares, as sha256:hex. Values of Secrets do not count.',
    actor: 'Who asked for it: a name, reconcile for the controller itself, runner for a script.',
    firstReconciled: 'When it was first attempted.',
    lastReconciled: 'When it was last attempted.',
    lastReconciledDuration: 'How long the last attempt took.',
    lastReconciledStatus: 'Reason of the Ready condition after the last attempt.',
    totalReconciliations: 'Number of attempts.',
  },
}
