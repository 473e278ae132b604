import { memoryCluster } from 'fleetkit/memory'
import { describe } from 'vitest'
import { syncScenarios } from './scenarios.ts'

describe('a Sync in memory', () => {
  syncScenarios(async () => {
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
  })
})
