import type { HealthRule } from '../rule.ts'
import { customResourceDefinition } from './customresourcedefinition.ts'
import { daemonSet } from './daemonset.ts'
import { deployment } from './deployment.ts'
import { job } from './job.ts'
import { persistentVolumeClaim } from './persistentvolumeclaim.ts'
import { pod } from './pod.ts'
import { podDisruptionBudget } from './poddisruptionbudget.ts'
import { replicaSet } from './replicaset.ts'
import { service } from './service.ts'
import { statefulSet } from './statefulset.ts'
import { stored } from './stored.ts'

/** The rule of each kind, by `group/Kind`; the API version does not matter. Kinds that are not here go by their `Ready` condition. */
export const healthRules: ReadonlyMap<string, HealthRule> = new Map([
  ['/ConfigMap', stored],
  ['/PersistentVolumeClaim', persistentVolumeClaim],
  ['/Pod', pod],
  ['/Secret', stored],
  ['/Service', service],
  ['apiextensions.k8s.io/CustomResourceDefinition', customResourceDefinition],
  ['apps/DaemonSet', daemonSet],
  ['apps/Deployment', deployment],
  ['apps/ReplicaSet', replicaSet],
  ['apps/StatefulSet', statefulSet],
  ['batch/CronJob', stored],
  ['batch/Job', job],
  ['extensions/DaemonSet', daemonSet],
  ['extensions/Deployment', deployment],
  ['extensions/ReplicaSet', replicaSet],
  ['policy/PodDisruptionBudget', podDisruptionBudget],
])
