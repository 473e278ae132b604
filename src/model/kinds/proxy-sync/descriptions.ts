import type { Descriptions } from '../../schema/describe.ts'
import { dependencyDescriptions, dependsOnDescription } from '../source-descriptions.ts'

/** What the fields of a ProxySync mean. */
export const proxySyncDescriptions: Descriptions = {
  ProxySyncSpec: {
    '': 'The Sync that is kept in another cluster, and how it is kept.',
    edits: 'What is done when others edit the Sync in its cluster, or delete it: it is set right (Correct), or only told (Report).',
    adopt: 'Whether a Sync of that name is taken over that is there already and that no management keeps. Otherwise that is refused.',
    deletionPolicy:
      'What happens to the Sync when the ProxySync is deleted: it is deleted (Delete), and does with its objects what its own policy says; or it is left as it is (Orphan).',
    suspend: 'Whether the Sync is left as it is until this is false again. What it reports is shown all the same.',
    dependsOn: dependsOnDescription('ProxySync'),
  },
  ProxySyncDependency: dependencyDescriptions('ProxySync'),
  SyncTemplate: {
    '': 'The Sync.',
  },
  ProxySyncStatus: {
    '': 'What is known of a ProxySync, and of the Sync that it keeps.',
    observedGeneration: 'The generation of which the Sync has reported an outcome that stands.',
    conditions: 'Ready, Reconciling and Stalled of the Sync, once they are of this ProxySync as it is now.',
    lastAppliedRevision: 'The last revision that the Sync applied completely, as it reported.',
    lastAttemptedRevision: 'The revision of the last attempt of the Sync, as it reported.',
    lastAttemptAt: 'When the last attempt of the Sync ended, by the clock of its cluster.',
    lastHandledReconcileAt: 'The value of the annotation reconcile.fleetkit.dev/requestedAt that the Sync handled last.',
    dependencies: 'What it depended on when it was applied last. When they are deleted together, it is deleted before them.',
  },
}
