import type { CanonicalStrategy } from '../../rollout/strategy/canonical.ts'
import type { RetryPolicy } from '../../rollout/strategy/stage.ts'
import type { TargetView } from '../../rollout/target-view.ts'

/** No limit is longer: about a thousand years, in milliseconds. */
const longest = 2 ** 45

/**
 * How long ago something can matter: no more than all time limits one after the other, which is at most the sum of the numbers in a strategy that
 * are neither instants nor counts, and of the times for which targets may be busy.
 */
export function horizonOf(strategy: CanonicalStrategy, targets: readonly TargetView[]): number {
  const busy = targets.reduce((sum, { busy }) => sum + (busy?.maxAge ?? 0), 0)
  return Math.min(longest, sumOfTimes(strategy, '') + busy)
}

/** Numbers by these names are counts, or shares. */
const counts = /^(?:max(?!Pending$|Backoff$)|min(?:Done|Sample)$|limit$|percent$|approvals$|waves$)/

function sumOfTimes(value: unknown, name: string): number {
  if (name === 'windows') return 0
  if (typeof value === 'number') return counts.test(name) || !Number.isFinite(value) ? 0 : value
  if (typeof value !== 'object' || value === null) return 0
  if (name === 'retry') return sumOfBackoffs(value as RetryPolicy)
  const fields = Array.isArray(value) ? value.map((each) => [name, each] as const) : Object.entries(value)
  return fields.reduce((sum, [field, each]) => sum + sumOfTimes(each, field), 0)
}

function sumOfBackoffs({ limit, backoff, maxBackoff = longest }: RetryPolicy): number {
  let [sum, next] = [0, backoff]
  for (let count = 0; count < limit && sum < longest; count += 1) {
    sum += Math.min(next, maxBackoff)
    next *= 2
  }
  return sum
}
