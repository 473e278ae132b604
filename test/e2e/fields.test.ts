import { fieldScenarios } from '../engine/sync/field-scenarios.ts'
import { describeWithServers } from '../servers/index.ts'
import { realCluster } from './real-cluster.ts'

describeWithServers('rules for fields, on a real API server', () => {
  fieldScenarios(realCluster)
})
