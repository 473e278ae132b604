import { integerAt, stringAt } from '../fields.ts'
import { current, type HealthRule, inProgress } from '../rule.ts'

/**
 * `apps/StatefulSet`: counts and revisions alone decide, because its controller sets no conditions. One that is updated by
 * deleting Pods (`OnDelete`) is in its users' hands, so it is current at once.
 */
export const statefulSet: HealthRule = ({ object }) => {
  if (stringAt(object, 'spec.updateStrategy.type', '') === 'OnDelete') {
    return current(object, 'statefulset/on-delete', 'Its Pods are updated by deleting them.', 'spec.updateStrategy.type')
  }

  const wanted = integerAt(object, 'spec.replicas', 1)
  const replicas = integerAt(object, 'status.replicas', 0)
  const ready = integerAt(object, 'status.readyReplicas', 0)
  if (wanted > replicas) {
    return inProgress(object, 'statefulset/replicas', `${replicas} of ${wanted} replicas exist.`, 'spec.replicas', 'status.replicas')
  }
  if (wanted > ready) {
    return inProgress(
      object,
      'statefulset/ready-replicas',
      `${ready} of ${wanted} replicas are ready.`,
      'spec.replicas',
      'status.readyReplicas',
    )
  }
  if (replicas > wanted) {
    const message = `${replicas - wanted} surplus replicas are still to terminate.`
    return inProgress(object, 'statefulset/pending-termination', message, 'spec.replicas', 'status.replicas')
  }

  // With a partition only the ordinals from it on are to be updated, and the revisions never become equal.
  const partitionPath = 'spec.updateStrategy.rollingUpdate.partition'
  const partition = integerAt(object, partitionPath, -1)
  if (partition !== -1) {
    const updated = integerAt(object, 'status.updatedReplicas', 0)
    const paths = ['spec.replicas', partitionPath, 'status.updatedReplicas']
    return updated < wanted - partition
      ? inProgress(
          object,
          'statefulset/partition',
          `${updated} of ${wanted - partition} replicas above the partition are updated.`,
          ...paths,
        )
      : current(object, 'statefulset/partition-complete', 'All replicas above the partition are updated.', ...paths)
  }

  const ofCurrent = integerAt(object, 'status.currentReplicas', 0)
  if (wanted > ofCurrent) {
    const message = `${ofCurrent} of ${wanted} replicas are of the current revision.`
    return inProgress(object, 'statefulset/current-replicas', message, 'spec.replicas', 'status.currentReplicas')
  }
  if (stringAt(object, 'status.currentRevision', '') !== stringAt(object, 'status.updateRevision', '')) {
    const message = 'The updated revision is not the current one yet.'
    return inProgress(object, 'statefulset/revision', message, 'status.currentRevision', 'status.updateRevision')
  }
  return current(object, 'statefulset/complete', `All ${replicas} replicas are updated and ready.`, 'spec.replicas', 'status.readyReplicas')
}
