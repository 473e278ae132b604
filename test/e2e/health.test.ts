import { healthScenarios } from '../engine/sync/health-scenarios.ts'
import { describeWithServers } from '../servers/index.ts'
import { realCluster } from './real-cluster.ts'

describeWithServers('the health of what a Sync applies, on a real API server', () => {
  healthScenarios(realCluster)
})
