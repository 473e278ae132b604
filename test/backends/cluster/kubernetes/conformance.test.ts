import { randomBytes } from 'node:crypto'
import { test } from 'vitest'
import { kubernetesCluster } from '../../../../src/backends/cluster/kubernetes/index.ts'
import { clusterConformance } from '../../../../src/testing/cluster-conformance.ts'
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
