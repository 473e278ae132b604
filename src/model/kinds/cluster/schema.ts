import { conditions } from '../../schema/conditions.ts'
import { count, duration, flag, text, time } from '../../schema/fields.ts'
import type { Schema } from '../../schema/schema.ts'

/** The schema of the spec of a Cluster. */
export const clusterSpecSchema: Schema = {
  type: 'object',
  typeName: 'ClusterSpec',
  description: 'How a cluster is reached, and how it is looked after.',
  required: ['access'],
  properties: {
    access: {
      type: 'object',
      typeName: 'ClusterAccess',
      description: 'Who connects to whom.',
      exactlyOneOf: ['kubeConfig', 'inbound'],
      properties: {
        kubeConfig: {
          type: 'object',
          typeName: 'KubeConfigReference',
          description: 'The management connects to the cluster.',
          required: ['secretRef'],
          properties: {
            secretRef: {
              type: 'object',
              typeName: 'SecretKeyReference',
              description: "A Secret in the Cluster's namespace.",
              required: ['name'],
              properties: {
                name: { ...text('Name of the Secret.'), minLength: 1, maxLength: 253 },
                key: {
                  ...text('The key of the kubeconfig. The first of value and value.yaml that is there when absent, as in Flux.'),
                  minLength: 1,
                  maxLength: 253,
                },
              },
            },
          },
        },
        inbound: {
          type: 'object',
          typeName: 'InboundAccess',
          description: 'The cluster connects to the management.',
          properties: {},
        },
      },
    },
    interval: duration('How often the cluster is looked at.', { fallback: '1m', minimum: '1s' }),
    suspend: flag('Whether nothing is asked of the cluster until this is false again.'),
  },
}

/** The schema of the status of a Cluster. */
export const clusterStatusSchema: Schema = {
  type: 'object',
  typeName: 'ClusterStatus',
  description: 'What is known of a Cluster.',
  properties: {
    observedGeneration: count('The generation of the last outcome.'),
    conditions: conditions(
      'Ready, with the reason why not: unreachable, another cluster, claimed, or lists that are out of date; and Busy and Restored, as far as they apply.',
    ),
    reachableSince: time('Since when it has answered each time that it was asked. Absent while it does not.'),
    lastContactAt: time('When it answered last, within five minutes.'),
    kubernetesVersion: text('The version of its API server, e.g. v1.36.3.'),
    identity: {
      type: 'object',
      typeName: 'ClusterIdentity',
      description: 'Which cluster it is. Another one under the same address is not taken for it.',
      required: ['uid'],
      properties: {
        uid: text('The uid of its namespace kube-system.'),
        counter: count(
          'How often the mark of this Cluster was written there. A lower one in the cluster says that it was restored from a backup. Absent where it may not be written.',
        ),
        raisedAt: time('When the counter was raised last.'),
        restoredAt: time('When it was found to have been restored last.'),
      },
    },
    busy: {
      type: 'object',
      typeName: 'ClusterBusy',
      description: 'What the cluster itself says against changes now.',
      required: ['reason', 'until'],
      properties: {
        reason: text('Why, in its words.'),
        until: time('When that ends, unless it is said again.'),
      },
    },
    engines: {
      type: 'array',
      description: 'What can carry out syncs there by itself.',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
      items: {
        type: 'object',
        typeName: 'ClusterEngine',
        description: 'An engine whose kinds the cluster serves.',
        required: ['name', 'apiVersions'],
        properties: {
          name: { type: 'string', enum: ['fleetkit', 'flux'], description: 'Which one.' },
          apiVersions: {
            type: 'array',
            description: 'In which API versions its kinds are served, the one that the cluster prefers first.',
            'x-kubernetes-list-type': 'atomic',
            items: text('An API version.'),
          },
        },
      },
    },
  },
}
