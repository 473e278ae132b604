import { conditionPath, readConditions } from '../conditions.ts'
import { integerAt, stringAt, valueAt } from '../fields.ts'
import type { Health } from '../health.ts'
import { sentence } from '../kstatus/generic.ts'
import { current, failed, type HealthInput, type HealthRule, inProgress, unknown } from '../rule.ts'

/** `batch/Job` as Flux sees it: current only once it is complete, so that what depends on it can rely on its work, or while it is suspended. */
export const job: HealthRule = Object.assign(assess, { alone: true })

function assess({ object }: HealthInput): Health {
  if (valueAt(object, 'spec.suspend') === true) return current(object, 'job/suspended', 'The Job is suspended.', 'spec.suspend')
  const conditions = readConditions(object)
  if (conditions === undefined) {
    return unknown(object, 'generic/malformed-status', 'The status or its conditions are not of the usual form.', 'status')
  }
  const end = conditions.find(({ type, status }) => status === 'True' && (type === 'Complete' || type === 'Failed'))
  if (end === undefined) {
    const [rule, message] =
      stringAt(object, 'status.startTime', '') === ''
        ? ['job/not-started', 'The Job has not started yet.']
        : ['job/not-complete', 'The Job is not complete yet.']
    return inProgress(object, rule, message, 'status.startTime', conditionPath('Complete'), conditionPath('Failed'))
  }
  if (end.type === 'Failed') return failed(object, 'job/failed', sentence(end, 'The Job failed.'), conditionPath('Failed'))
  const succeeded = integerAt(object, 'status.succeeded', 0)
  const wanted = integerAt(object, 'spec.completions', integerAt(object, 'spec.parallelism', 1))
  return current(object, 'job/complete', `The Job is complete: ${succeeded} of ${wanted} Pods succeeded.`, conditionPath('Complete'))
}
