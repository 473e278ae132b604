import { memoryCluster } from 'fleetkit/memory'
import { describe } from 'vitest'
import { renderScenarios } from './render-scenarios.ts'

describe('what a Sync makes of its source, in memory', () => {
  renderScenarios(async () => {
    const cluster = memoryCluster()
    let count = 0
    return {
      cluster,
      async namespace() {
        const name = `render-${++count}`
        await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
        return name
      },
      [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
    }
  })
})
