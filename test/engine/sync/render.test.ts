import { describe } from 'vitest'
import { clusterInMemory } from './cluster-in-memory.ts'
import { renderScenarios } from './render-scenarios.ts'

describe('what a Sync makes of its source, in memory', () => {
  renderScenarios(clusterInMemory)
})
