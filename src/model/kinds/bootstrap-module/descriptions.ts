import type { Descriptions } from '../../schema/describe.ts'

/** What the fields of a BootstrapModule mean that a Module does not have. */
export const bootstrapModuleDescriptions: Descriptions = {
  BootstrapModuleSpec: {
    '': 'An exact version of a configuration that is applied to clusters directly, the clusters that get it, and how it goes out to them.',
    handOver: 'The cluster takes over what was applied, and keeps it itself. Absent: it stays applied directly.',
  },
  HandOver: {
    '': 'The cluster takes over what was applied, and keeps it itself.',
    sync: 'The Sync in the cluster that takes over. It is part of the configuration, and applies it. It cannot be changed.',
    timeout:
      'How long it may take, once the configuration is applied, until the Sync has taken over. After that the cluster counts as failed.',
    takeBackAfter:
      'After how long a Sync that is gone, not ready, or silent is no longer relied on: the configuration is applied directly again.',
  },
  SyncInCluster: { '': 'Names a Sync in the cluster.', name: 'Its name.', namespace: 'Its namespace in the cluster.' },
}
