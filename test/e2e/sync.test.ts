import { guardScenarios } from '../engine/sync/guard-scenarios.ts'
import { syncScenarios } from '../engine/sync/scenarios.ts'
import { describeWithServers } from '../servers/index.ts'
import { realCluster } from './real-cluster.ts'

describeWithServers('a Sync on a real API server', () => {
  syncScenarios(realCluster)
  guardScenarios(realCluster)
})
