import type { ClusterApi } from 'fleetkit'
import { memoryCluster } from 'fleetkit/memory'

/** What the scenarios of a Sync work with. */
export interface Subject extends AsyncDisposable {
  readonly cluster: ClusterApi
  /** A fresh namespace that exists. */
  namespace(): Promise<string>
}

/** A cluster of its own in memory. */
export async function clusterInMemory(): Promise<Subject> {
  const cluster = memoryCluster()
  let count = 0
  return {
    cluster,
    async namespace() {
      const name = `sync-${++count}`
      await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
      return name
    },
    [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
  }
}
