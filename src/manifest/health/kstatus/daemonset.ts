import { integerAt, valueAt } from '../fields.ts'
import { current, type HealthRule, inProgress } from '../rule.ts'

const counts = [
  ['currentNumberScheduled', 'daemonset/current-number', 'scheduled'],
  ['updatedNumberScheduled', 'daemonset/updated-number', 'updated'],
  ['numberAvailable', 'daemonset/available-number', 'available'],
  ['numberReady', 'daemonset/ready-number', 'ready'],
] as const

/** `apps/DaemonSet`: a Pod on every node that should have one, updated, available and ready. */
export const daemonSet: HealthRule = ({ object }) => {
  // Its controller always reports a generation, so without one the object has not been observed yet.
  if (valueAt(object, 'metadata.generation') === undefined) {
    return inProgress(object, 'daemonset/no-generation', 'The DaemonSet has no generation yet.', 'metadata.generation')
  }
  if (valueAt(object, 'status.observedGeneration') === undefined) {
    return inProgress(object, 'daemonset/no-observed-generation', 'The DaemonSet is not observed yet.', 'status.observedGeneration')
  }
  const desiredPath = 'status.desiredNumberScheduled'
  const desired = integerAt(object, desiredPath, -1)
  if (desired === -1) {
    return inProgress(object, 'daemonset/no-desired-number', 'It is not known yet how many nodes need a Pod.', desiredPath)
  }
  for (const [field, rule, word] of counts) {
    const count = integerAt(object, `status.${field}`, 0)
    if (desired > count) return inProgress(object, rule, `${count} of ${desired} Pods are ${word}.`, desiredPath, `status.${field}`)
  }
  return current(object, 'daemonset/complete', `All ${desired} Pods are updated and ready.`, desiredPath, 'status.numberReady')
}
