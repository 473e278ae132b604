import { describe } from 'vitest'
import { badInputScenarios } from './bad-input-scenarios.ts'
import { clusterInMemory } from './cluster-in-memory.ts'

describe('bad input of a Sync in memory', () => badInputScenarios(clusterInMemory))
