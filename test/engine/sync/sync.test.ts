import { memoryCluster } from 'fleetkit/memory'
import { describe } from 'vitest'
import { guardScenarios } from './guard-scenarios.ts'
import { syncScenarios } from './scenarios.ts'

async function clusterInMemory() {
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

describe('a Sync in memory', () => {
  syncScenarios(clusterInMemory)
  guardScenarios(clusterInMemory)
})
