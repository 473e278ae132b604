import { describe } from 'vitest'
import { clusterInMemory } from './cluster-in-memory.ts'
import { healthScenarios } from './health-scenarios.ts'

describe('the health of what a Sync applies, in memory', () => {
  healthScenarios(clusterInMemory)
})
