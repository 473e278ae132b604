import { memoryCluster } from 'fleetkit/memory'
import { describe } from 'vitest'
import { healthScenarios } from './health-scenarios.ts'

describe('the health of what a Sync applies, in memory', () => {
  healthScenarios(async () => {
    const cluster = memoryCluster()
    let count = 0
    return {
      cluster,
      async namespace() {
        const name = `health-${++count}`
        await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
        return name
      },
      [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
    }
  })
})
