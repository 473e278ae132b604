import { randomBytes } from 'node:crypto'
import { kubernetesCluster } from 'fleetkit/kubernetes'
import type { Subject } from '../engine/sync/cluster-in-memory.ts'
import { sharedControlPlane } from '../servers/index.ts'

/** The API server that all suites share, for the scenarios of a Sync. */
export async function realCluster(): Promise<Subject> {
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
