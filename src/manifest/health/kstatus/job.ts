import { conditionPath, hasCondition } from '../conditions.ts'
import { integerAt, stringAt, valueAt } from '../fields.ts'
import { current, failed, type HealthRule, inProgress } from '../rule.ts'
import { sentence } from './generic.ts'

/**
 * `batch/Job`: current as soon as it runs; its first true condition of its end says how it ended. One that is suspended has not started, and
 * one that is going to fail still runs: release 0.37.2 knows neither condition (its successor calls a suspended Job current).
 */
export const job: HealthRule = ({ object, conditions }) => {
  const succeeded = integerAt(object, 'status.succeeded', 0)
  const active = integerAt(object, 'status.active', 0)
  const failures = integerAt(object, 'status.failed', 0)
  const end = conditions.find(({ type, status }) => status === 'True' && (type === 'Complete' || type === 'Failed'))
  switch (end?.type) {
    case 'Complete': {
      const wanted = integerAt(object, 'spec.completions', integerAt(object, 'spec.parallelism', 1))
      return current(object, 'job/complete', `The Job is complete: ${succeeded} of ${wanted} Pods succeeded.`, conditionPath('Complete'))
    }
    case 'Failed':
      return failed(object, 'job/failed', sentence(end, `The Job failed after ${failures} failed Pods.`), conditionPath('Failed'))
  }
  if (stringAt(object, 'status.startTime', '') === '') {
    const [rule, message] =
      valueAt(object, 'spec.suspend') === true
        ? ['job/suspended', 'The Job is suspended.']
        : ['job/not-started', 'The Job has not started yet.']
    return inProgress(object, rule, message, 'status.startTime', 'spec.suspend')
  }
  const counts = `${active} active, ${succeeded} succeeded, ${failures} failed`
  if (hasCondition(conditions, 'FailureTarget', 'True')) {
    return current(object, 'job/failing', `The Job is running, but it is going to fail: ${counts}.`, conditionPath('FailureTarget'))
  }
  return current(object, 'job/running', `The Job is running: ${counts}.`, 'status.startTime', 'status.active')
}
