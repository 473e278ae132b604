import { randomBytes } from 'node:crypto'
import { kubernetesCluster } from 'fleetkit/kubernetes'
import { clusterConformance } from 'fleetkit/testing'
import { test } from 'vitest'
import { describeWithServers, sharedControlPlane } from '../../../servers/index.ts'

describeWithServers('kubernetesCluster', () => {
  clusterConformance({
    test: (name, body) => test(name, { timeout: 60_000 }, body),
    onSkip: (name, reason) => test.skip(`${name}: ${reason}`),
    make: async () => {
      // Namespaces end only with their controllers.
      const { kubeconfig } = await sharedControlPlane({ controllers: true })
      const cluster = await kubernetesCluster({ kubeconfig })
      const namespace = `conformance-${randomBytes(4).toString('hex')}`
      await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
      return { cluster, namespace, [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose]() }
    },
  })
})
