import { randomBytes } from 'node:crypto'
import { kubernetesCluster } from 'fleetkit/kubernetes'
import { healthScenarios } from '../engine/sync/health-scenarios.ts'
import { describeWithServers, sharedControlPlane } from '../servers/index.ts'

describeWithServers('the health of what a Sync applies, on a real API server', () => {
  healthScenarios(async () => {
    const { kubeconfig } = await sharedControlPlane()
    const cluster = await kubernetesCluster({ kubeconfig })
    return {
      cluster,
      async namespace() {
        const name = `health-${randomBytes(4).toString('hex')}`
        await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
        return name
      },
      [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
    }
  })
})
