import { randomBytes } from 'node:crypto'
import { kubernetesCluster } from 'fleetkit/kubernetes'
import { contractScenarios } from '../engine/sync/contract-scenarios.ts'
import { describeWithServers, sharedControlPlane } from '../servers/index.ts'

describeWithServers('a plan as a contract, on a real API server', () => {
  contractScenarios(
    async () => {
      const { kubeconfig } = await sharedControlPlane()
      const cluster = await kubernetesCluster({ kubeconfig })
      return {
        cluster,
        async namespace() {
          const name = `contract-${randomBytes(4).toString('hex')}`
          await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
          return name
        },
        [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
      }
    },
    { takesOver: true },
  )
})
