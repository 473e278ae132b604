import { describe } from 'vitest'
import { clusterInMemory } from './cluster-in-memory.ts'
import { guardScenarios } from './guard-scenarios.ts'
import { syncScenarios } from './scenarios.ts'

describe('a Sync in memory', () => {
  syncScenarios(clusterInMemory)
  guardScenarios(clusterInMemory)
})
