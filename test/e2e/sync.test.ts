import { randomBytes } from 'node:crypto'
import { kubernetesCluster } from 'fleetkit/kubernetes'
import { guardScenarios } from '../engine/sync/guard-scenarios.ts'
import { syncScenarios } from '../engine/sync/scenarios.ts'
import { describeWithServers, sharedControlPlane } from '../servers/index.ts'

async function realCluster() {
  const { kubeconfig } = await sharedControlPlane()
  const cluster = await kubernetesCluster({ kubeconfig })
  return {
    cluster,
    async namespace() {
      const name = `sync-${randomBytes(4).toString('hex')}`
      await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
      return name
    },
    [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
  }
}

describeWithServers('a Sync on a real API server', () => {
  syncScenarios(realCluster)
  guardScenarios(realCluster)
})
