import { randomBytes } from 'node:crypto'
import { kubernetesCluster } from 'fleetkit/kubernetes'
import { renderScenarios } from '../engine/sync/render-scenarios.ts'
import { describeWithServers, sharedControlPlane } from '../servers/index.ts'

describeWithServers('what a Sync makes of its source, on a real API server', () => {
  renderScenarios(async () => {
    const { kubeconfig } = await sharedControlPlane()
    const cluster = await kubernetesCluster({ kubeconfig })
    return {
      cluster,
      async namespace() {
        const name = `render-${randomBytes(4).toString('hex')}`
        await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
        return name
      },
      [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
    }
  })
})
