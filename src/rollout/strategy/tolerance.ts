import { resolveAmount, toleranceRule } from './amount.ts'
import type { FailureTolerance } from './stage.ts'

/** Whether `failed` of `finished` targets, of `members` in all, are more than is tolerated. */
export function exceeds(tolerance: FailureTolerance, failed: number, finished: number, members: number): boolean {
  if (typeof tolerance !== 'object') return failed > tolerated(tolerance, members)
  return finished >= tolerance.minSample && failed * 100 > tolerance.percent * finished
}

/**
 * How many failures are tolerated at most, whatever happens. A whole number is taken as it is, for failures of deselected targets
 * count too; a share of what has finished is taken of all members.
 */
export function tolerated(tolerance: FailureTolerance, members: number): number {
  if (typeof tolerance === 'object') return Math.max(Math.floor((members * tolerance.percent) / 100), tolerance.minSample - 1)
  if (typeof tolerance === 'number') return tolerance
  return tolerance === 'all' ? Number.POSITIVE_INFINITY : (resolveAmount(tolerance, members, toleranceRule) ?? 0)
}

/** A tolerance for people. */
export function formatTolerance(tolerance: FailureTolerance): string {
  return typeof tolerance === 'object' ? `${tolerance.percent}% of at least ${tolerance.minSample}` : String(tolerance)
}
