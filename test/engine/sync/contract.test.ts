import { describe } from 'vitest'
import { clusterInMemory } from './cluster-in-memory.ts'
import { contractScenarios } from './contract-scenarios.ts'

describe('a plan as a contract, in memory', () => {
  contractScenarios(clusterInMemory)
})
