import { describe } from 'vitest'
import { clusterInMemory } from './cluster-in-memory.ts'
import { recordScenarios } from './record-scenarios.ts'

describe('the record of a Sync, in memory', () => {
  recordScenarios(clusterInMemory, 10_000)
})
