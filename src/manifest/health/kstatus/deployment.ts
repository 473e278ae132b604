import { conditionPath, hasCondition } from '../conditions.ts'
import { integerAt, valueAt } from '../fields.ts'
import { current, failed, type HealthRule, inProgress } from '../rule.ts'
import { sentence } from './generic.ts'

/** The controller takes this value of `progressDeadlineSeconds` for "no deadline", and then reports no progress. */
const noDeadline = 2 ** 31 - 1

/** `apps/Deployment`: every replica is updated and available, and the old ones are gone. */
export const deployment: HealthRule = ({ object, conditions }) => {
  const progress = conditionPath('Progressing')
  const exceeded = conditions.find(({ type, reason }) => type === 'Progressing' && reason === 'ProgressDeadlineExceeded')
  if (exceeded !== undefined) {
    return failed(object, 'deployment/progress-deadline', sentence(exceeded, 'The rollout made no progress within its deadline.'), progress)
  }

  const wanted = integerAt(object, 'spec.replicas', 1)
  const replicas = integerAt(object, 'status.replicas', 0)
  const updated = integerAt(object, 'status.updatedReplicas', 0)
  const available = integerAt(object, 'status.availableReplicas', 0)
  const ready = integerAt(object, 'status.readyReplicas', 0)
  if (wanted > replicas) {
    return inProgress(object, 'deployment/replicas', `${replicas} of ${wanted} replicas exist.`, 'spec.replicas', 'status.replicas')
  }
  if (wanted > updated) {
    const message = `${updated} of ${wanted} replicas are updated.`
    return inProgress(object, 'deployment/updated-replicas', message, 'spec.replicas', 'status.updatedReplicas')
  }
  if (replicas > wanted) {
    const message = `${replicas - wanted} surplus replicas are still to terminate.`
    return inProgress(object, 'deployment/pending-termination', message, 'spec.replicas', 'status.replicas')
  }
  if (updated > available) {
    const message = `${available} of ${updated} updated replicas are available.`
    return inProgress(object, 'deployment/available-replicas', message, 'status.updatedReplicas', 'status.availableReplicas')
  }
  if (wanted > ready) {
    return inProgress(
      object,
      'deployment/ready-replicas',
      `${ready} of ${wanted} replicas are ready.`,
      'spec.replicas',
      'status.readyReplicas',
    )
  }

  const hasDeadline = integerAt(object, 'spec.progressDeadlineSeconds', noDeadline) !== noDeadline
  const complete = conditions.some(
    ({ type, status, reason }) => type === 'Progressing' && status === 'True' && reason === 'NewReplicaSetAvailable',
  )
  if (hasDeadline && !complete) {
    const message = 'The new ReplicaSet is not reported available yet.'
    return inProgress(object, 'deployment/progressing', message, 'spec.progressDeadlineSeconds', progress)
  }
  if (!hasCondition(conditions, 'Available', 'True')) {
    return inProgress(object, 'deployment/available', 'The Deployment is not reported available yet.', conditionPath('Available'))
  }
  const reported = valueAt(object, 'spec.replicas') === undefined ? ['status.replicas'] : ['spec.replicas', 'status.replicas']
  return current(object, 'deployment/complete', `All ${replicas} replicas are updated and available.`, ...reported)
}
