import { contractScenarios } from '../engine/sync/contract-scenarios.ts'
import { describeWithServers } from '../servers/index.ts'
import { realCluster } from './real-cluster.ts'

describeWithServers('a plan as a contract, on a real API server', () => {
  contractScenarios(realCluster)
})
