import { conditionPath } from './conditions.ts'
import { integerAt, stringAt } from './fields.ts'
import { sentence } from './generic.ts'
import { current, failed, type HealthRule, inProgress } from './rule.ts'

/** `batch/Job`: current as soon as it runs; its first true condition says how it ended. */
export const job: HealthRule = ({ object, conditions }) => {
  const succeeded = integerAt(object, 'status.succeeded', 0)
  const active = integerAt(object, 'status.active', 0)
  const failures = integerAt(object, 'status.failed', 0)
  const end = conditions.find(({ type, status }) => status === 'True' && (type === 'Complete' || type === 'Failed' || type === 'Suspended'))
  switch (end?.type) {
    case 'Complete': {
      const wanted = integerAt(object, 'spec.completions', integerAt(object, 'spec.parallelism', 1))
      return current(object, 'job/complete', `The Job is complete: ${succeeded} of ${wanted} Pods succeeded.`, conditionPath('Complete'))
    }
    case 'Failed':
      return failed(object, 'job/failed', sentence(end, `The Job failed after ${failures} failed Pods.`), conditionPath('Failed'))
    case 'Suspended':
      return current(object, 'job/suspended', 'The Job is suspended.', conditionPath('Suspended'))
  }
  if (stringAt(object, 'status.startTime', '') === '') {
    return inProgress(object, 'job/not-started', 'The Job has not started yet.', 'status.startTime')
  }
  const message = `The Job is running: ${active} active, ${succeeded} succeeded, ${failures} failed.`
  return current(object, 'job/running', message, 'status.startTime', 'status.active')
}
