import { conditionPath, hasCondition } from '../conditions.ts'
import { stringAt, valueAt } from '../fields.ts'
import type { Health } from '../health.ts'
import { current, failed, type HealthInput, type HealthRule, inProgress, unknown } from '../rule.ts'

/** How long after its creation a Pod may be unschedulable before that is a failure: an autoscaler may be bringing a node. */
const scheduleWindowMs = 15_000

/** `Pod`: its phase, and within `Running` its readiness. One that ran to its end is current however it ended. */
export const pod: HealthRule = (input) => {
  const { object } = input
  switch (stringAt(object, 'status.phase', '')) {
    case 'Succeeded':
      return current(object, 'pod/succeeded', 'The Pod has completed.', 'status.phase')
    case 'Failed':
      return current(object, 'pod/failed', 'The Pod has ended, but not successfully.', 'status.phase')
    case 'Running':
      return running(input)
    case 'Pending':
      return pending(input)
    case '':
      return inProgress(object, 'pod/no-phase', 'The Pod is not observed yet.', 'status.phase')
    default:
      return unknown(object, 'pod/unknown-phase', 'The Pod is in a phase that is not known.', 'status.phase')
  }
}

function running({ object, conditions }: HealthInput): Health {
  const ready = conditionPath('Ready')
  if (hasCondition(conditions, 'Ready', 'True')) return current(object, 'pod/ready', 'The Pod is ready.', ready)
  const looping = crashLooping(object)
  if (looping === undefined) return unknown(object, 'pod/malformed-status', 'The statuses of the containers are no list.', containers)
  if (looping.length === 0) return inProgress(object, 'pod/not-ready', 'The Pod is running but not ready.', ready)
  const paths = looping.map((name) => `status.containerStatuses[name="${name}"].state.waiting.reason`)
  return failed(object, 'pod/crash-loop', `Containers crash again and again: ${looping.join(', ')}.`, ...paths)
}

function pending({ object, conditions, now }: HealthInput): Health {
  const scheduled = conditionPath('PodScheduled')
  const condition = conditions.find(({ type, status }) => type === 'PodScheduled' && status === 'False')
  if (condition?.reason !== 'Unschedulable')
    return inProgress(object, 'pod/pending', 'The Pod has not started yet.', 'status.phase', scheduled)
  const paths = ['metadata.creationTimestamp', scheduled]
  const until = parseTime(stringAt(object, 'metadata.creationTimestamp', '')) + scheduleWindowMs
  return now < until
    ? { ...inProgress(object, 'pod/scheduling', 'The Pod waits for a node.', ...paths), nextCheckAt: until }
    : failed(object, 'pod/unschedulable', condition.message || 'No node can take the Pod.', ...paths)
}

const containers = 'status.containerStatuses'

/** The containers that crash again and again; `undefined` when that cannot be read. */
function crashLooping(object: unknown): readonly string[] | undefined {
  const statuses = valueAt(object, containers)
  if (statuses === undefined) return []
  if (!Array.isArray(statuses)) return undefined
  return statuses
    .filter((status) => valueAt(status, 'state.waiting.reason') === 'CrashLoopBackOff')
    .map((status) => stringAt(status, 'name', ''))
    .filter((name) => name !== '')
}

/** Milliseconds of an RFC 3339 time; long ago when it is not one, so that no window is ever open for it. */
function parseTime(text: string): number {
  const form = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/
  const time = form.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(time) ? Number.NEGATIVE_INFINITY : time
}
