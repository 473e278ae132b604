import { fleetkitApiVersion } from '../../model/kinds/group.ts'
import type { TypeRef } from '../../model/reference.ts'

export const moduleType: TypeRef = { apiVersion: fleetkitApiVersion, kind: 'Module' }
export const clusterType: TypeRef = { apiVersion: fleetkitApiVersion, kind: 'Cluster' }
export const rolloutType: TypeRef = { apiVersion: fleetkitApiVersion, kind: 'Rollout' }
export const rolloutLogType: TypeRef = { apiVersion: fleetkitApiVersion, kind: 'RolloutLog' }
export const assemblageType: TypeRef = { apiVersion: fleetkitApiVersion, kind: 'RemoteAssemblage' }
