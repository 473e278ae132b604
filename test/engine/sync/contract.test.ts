import { memoryCluster } from 'fleetkit/memory'
import { describe } from 'vitest'
import { contractScenarios } from './contract-scenarios.ts'

describe('a plan as a contract, in memory', () => {
  contractScenarios(
    async () => {
      const cluster = memoryCluster()
      let count = 0
      return {
        cluster,
        async namespace() {
          const name = `contract-${++count}`
          await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
          return name
        },
        [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
      }
    },
    { takesOver: false },
  )
})
