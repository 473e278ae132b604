import { conditions } from '../../schema/conditions.ts'
import { count, duration, flag, text, time } from '../../schema/fields.ts'
import type { Schema } from '../../schema/schema.ts'

/** The schema of the spec of a Cluster. */
export const clusterSpecSchema: Schema = {
  type: 'object',
  typeName: 'ClusterSpec',
  required: ['access'],
  properties: {
    access: {
      type: 'object',
      typeName: 'ClusterAccess',
      exactlyOneOf: ['kubeConfig', 'inbound'],
      properties: {
        kubeConfig: {
          type: 'object',
          typeName: 'KubeConfigReference',
          required: ['secretRef'],
          properties: {
            secretRef: {
              type: 'object',
              typeName: 'SecretKeyReference',
              required: ['name'],
              properties: {
                name: { ...text(), minLength: 1, maxLength: 253 },
                key: {
                  ...text(),
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
          properties: {},
        },
      },
    },
    interval: duration(undefined, { fallback: '1m', minimum: '1s' }),
    suspend: flag(),
  },
}

/** The schema of the status of a Cluster. */
export const clusterStatusSchema: Schema = {
  type: 'object',
  typeName: 'ClusterStatus',
  properties: {
    observedGeneration: count(),
    conditions: conditions(),
    reachableSince: time(),
    lastContactAt: time(),
    kubernetesVersion: text(),
    management: text(),
    identity: {
      type: 'object',
      typeName: 'ClusterIdentity',
      required: ['uid'],
      properties: {
        uid: text(),
        counter: count(),
        raisedAt: time(),
        restoredAt: time(),
        reporter: text(),
      },
    },
    busy: {
      type: 'object',
      typeName: 'ClusterBusy',
      required: ['reason', 'until'],
      properties: {
        reason: text(),
        until: time(),
      },
    },
    engines: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
      items: {
        type: 'object',
        typeName: 'ClusterEngine',
        required: ['name', 'apiVersions'],
        properties: {
          name: { type: 'string', enum: ['fleetkit', 'flux'] },
          apiVersions: {
            type: 'array',
            'x-kubernetes-list-type': 'atomic',
            items: text(),
          },
        },
      },
    },
  },
}
