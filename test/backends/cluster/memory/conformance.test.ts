import { memoryCluster } from 'fleetkit/memory'
import { clusterConformance, storeConformance, VirtualClock } from 'fleetkit/testing'
import { describe, test } from 'vitest'

const thing = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'things.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'things', kind: 'Thing' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
}

describe('memory cluster', () => {
  clusterConformance({
    test,
    make: async () => {
      const cluster = memoryCluster()
      return { cluster, namespace: 'default', [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose]() }
    },
  })
  storeConformance({
    test,
    make: async () => {
      const clock = new VirtualClock()
      const cluster = memoryCluster({ clock })
      await cluster.apply([thing, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'other' } }], { fieldManager: 'test' })
      return {
        store: cluster,
        namespaces: ['default', 'other'],
        sample: (name, variant = 0) => ({
          apiVersion: 'example.com/v1',
          kind: 'Thing',
          metadata: { name, namespace: 'default' },
          spec: { variant },
        }),
        compact: async () => cluster.compact(),
        sleep: (ms) => clock.advance(ms),
        [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
      }
    },
  })
})
