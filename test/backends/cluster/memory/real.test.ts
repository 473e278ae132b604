import { randomBytes } from 'node:crypto'
import { kubernetesCluster } from 'fleetkit/kubernetes'
import { clusterConformance } from 'fleetkit/testing'
import { test } from 'vitest'
import { describeWithServers, sharedControlPlane } from '../../../servers/index.ts'

// The suite that the memory cluster passes holds for the original.
describeWithServers('kubernetesCluster', () => {
  clusterConformance({
    test: (name, body) => test(name, { timeout: 90_000 }, body),
    make: async () => {
      const { kubeconfig } = await sharedControlPlane({ controllers: true })
      const cluster = await kubernetesCluster({ kubeconfig })
      const namespace = `conformance-${randomBytes(4).toString('hex')}`
      await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
      return { cluster, namespace, patienceMs: 60_000, [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose]() }
    },
  })
})
