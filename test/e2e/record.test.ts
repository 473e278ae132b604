import { recordScenarios } from '../engine/sync/record-scenarios.ts'
import { describeWithServers } from '../servers/index.ts'
import { realCluster } from './real-cluster.ts'

describeWithServers('the record of a Sync on a real API server', () => {
  recordScenarios(realCluster, 2000)
})
