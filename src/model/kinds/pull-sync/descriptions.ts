import type { Descriptions } from '../../schema/describe.ts'

/** What the fields of a PullSync mean. */
export const pullSyncDescriptions: Descriptions = {
  PullSyncSpec: {
    '': 'What this cluster takes its Syncs from.',
    suspend: 'Whether nothing is pulled and nothing reported until this is false again. The Syncs go on.',
  },
  PullUpstream: {
    '': 'The ProxySyncs of this cluster, in the management.',
    namespace: 'Their namespace there, in which the Cluster of this cluster lies too.',
  },
  UpstreamCluster: {
    '': 'Says how the management is reached.',
    name: 'Name of a Cluster in the same namespace, with a kubeconfig.',
  },
  PullSyncStatus: {
    '': 'What is known of a PullSync.',
    observedGeneration: 'The generation of the last outcome.',
    conditions: 'Ready, with the reason why not; and Stalled where only a change can repair it.',
    lastContactAt: 'When the management answered last, by the clock of this cluster.',
  },
  KnownUpstream: {
    '': 'Which management it is. Another one under the same address is not taken for it.',
    management: 'The id of the management.',
    cluster: 'The name of the Cluster that is this cluster there.',
    uid: 'The uid of that Cluster.',
    counter: 'How often this cluster has reported. A lower one in the management says that it was restored from a backup.',
    restoredAt: 'When the management was found to have been restored last, until that is confirmed.',
  },
}
