import { describe } from 'vitest'
import { clusterInMemory } from './cluster-in-memory.ts'
import { fieldScenarios } from './field-scenarios.ts'

describe('rules for fields, in memory', () => {
  fieldScenarios(clusterInMemory)
})
