import type { TargetView } from '../target-view.ts'
import { type Amount, limitRule, resolveAmount } from './amount.ts'

/** What a target counts for where amounts are of weight. */
export function weightOf({ weight = 1 }: TargetView): number {
  return weight
}

/**
 * How much may go on at once of what has `total`: a number of targets or, where it is of weight, a weight. A share of a weight is not rounded,
 * and a weight is not cut to what there is.
 */
export function capacityOf(limit: Amount, total: number, weighted: boolean): number {
  if (!weighted) return resolveAmount(limit, total, limitRule) ?? 0
  if (limit === 'all') return Number.POSITIVE_INFINITY
  if (typeof limit === 'number') return limit
  const percent = Number(limit.slice(0, -1))
  // A share of nothing is not none: what weighs nothing can go.
  return percent === 0 ? 0 : Math.max((percent * total) / 100, Number.MIN_VALUE)
}

/**
 * Whether one more fits into a capacity. What weighs nothing always does, and one that is heavier than all of it goes alone; into none goes
 * nothing.
 */
export function fits(cost: number, used: number, capacity: number): boolean {
  return capacity > 0 && (cost === 0 || used === 0 || used + cost <= capacity)
}
