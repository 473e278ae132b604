import type { Descriptions } from '../../schema/describe.ts'

/** What the fields of a Cluster mean. */
export const clusterDescriptions: Descriptions = {
  ClusterSpec: {
    '': 'How a cluster is reached, and how it is looked after.',
    interval: 'How often the cluster is looked at.',
    suspend: 'Whether nothing is asked of the cluster until this is false again.',
  },
  ClusterAccess: {
    '': 'Who connects to whom.',
  },
  KubeConfigReference: {
    '': 'The management connects to the cluster.',
  },
  SecretKeyReference: {
    '': "A Secret in the Cluster's namespace.",
    name: 'Name of the Secret.',
    key: 'The key of the kubeconfig. The first of value and value.yaml that is there when absent, as in Flux.',
  },
  InboundAccess: {
    '': 'The cluster connects to the management.',
  },
  ClusterStatus: {
    '': 'What is known of a Cluster.',
    observedGeneration: 'The generation of the last outcome.',
    conditions:
      'Ready, with the reason why not: unreachable, another cluster, claimed, or lists that are out of date; and Busy and Restored, as far as they apply.',
    reachableSince: 'Since when it has answered each time that it was asked. Absent while it does not.',
    lastContactAt: 'When it answered last, within five minutes; when it reported last, by its own clock, if it connects to the management.',
    kubernetesVersion: 'The version of its API server, e.g. v1.36.3.',
    management: 'The id of this management, for a cluster that connects to it.',
    engines: 'What can carry out syncs there by itself.',
  },
  ClusterIdentity: {
    '': 'Which cluster it is. Another one under the same address is not taken for it.',
    uid: 'The uid of its namespace kube-system.',
    counter:
      'How often the mark of this Cluster was written there, or how often the cluster has reported. A lower one in the cluster says that it was restored from a backup. Absent where the mark may not be written.',
    raisedAt: 'When the counter was raised last.',
    restoredAt: 'When it was found to have been restored last.',
    reporter: 'Who has reported last, of a cluster that connects to the management: a random id.',
  },
  ClusterBusy: {
    '': 'What the cluster itself says against changes now.',
    reason: 'Why, in its words.',
    until: 'When that ends, unless it is said again.',
  },
  ClusterEngine: {
    '': 'An engine whose kinds the cluster serves.',
    name: 'Which one.',
    apiVersions: 'In which API versions its kinds are served, the one that the cluster prefers first.',
    'apiVersions[]': 'An API version.',
  },
}
