import { conditionPath, hasCondition } from '../conditions.ts'
import { integerAt } from '../fields.ts'
import { current, type HealthRule, inProgress } from '../rule.ts'

const counts = [
  ['fullyLabeledReplicas', 'replicaset/labelled-replicas', 'labelled'],
  ['availableReplicas', 'replicaset/available-replicas', 'available'],
  ['readyReplicas', 'replicaset/ready-replicas', 'ready'],
] as const

/** `apps/ReplicaSet`: as many replicas as asked for, labelled, available and ready. */
export const replicaSet: HealthRule = ({ object, conditions }) => {
  if (hasCondition(conditions, 'ReplicaFailure', 'True')) {
    const message = 'Pods could not be created or deleted.'
    return inProgress(object, 'replicaset/replica-failure', message, conditionPath('ReplicaFailure'))
  }
  const wanted = integerAt(object, 'spec.replicas', 1)
  for (const [field, rule, word] of counts) {
    const count = integerAt(object, `status.${field}`, 0)
    if (wanted > count) return inProgress(object, rule, `${count} of ${wanted} replicas are ${word}.`, 'spec.replicas', `status.${field}`)
  }
  const replicas = integerAt(object, 'status.replicas', 0)
  if (replicas > wanted) {
    const message = `${replicas - wanted} surplus replicas are still to terminate.`
    return inProgress(object, 'replicaset/pending-termination', message, 'spec.replicas', 'status.replicas')
  }
  return current(object, 'replicaset/complete', `All ${replicas} replicas are ready.`, 'spec.replicas', 'status.readyReplicas')
}
