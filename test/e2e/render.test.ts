import { renderScenarios } from '../engine/sync/render-scenarios.ts'
import { describeWithServers } from '../servers/index.ts'
import { realCluster } from './real-cluster.ts'

describeWithServers('what a Sync makes of its source, on a real API server', () => {
  renderScenarios(realCluster)
})
