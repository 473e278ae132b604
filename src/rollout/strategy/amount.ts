/**
 * How many targets: a whole number, a percentage of a total, or `'all'` of them. `0` means exactly none, everywhere; without a limit is
 * `'all'`, never `0`. Which total it is of, and how a percentage is rounded, is said at each field that holds one.
 */
export type Amount = number | `${number}%` | 'all'

/** How a percentage becomes a whole number. A percentage above 0 % is never less than `atLeast` (0 when absent). */
export interface AmountRule {
  readonly round: 'floor' | 'ceil'
  readonly atLeast?: number | undefined
}

/** Of what may go on at once: down, and at least 1 for more than 0 %. */
export const limitRule: AmountRule = { round: 'floor', atLeast: 1 }
/** Of what is tolerated: down, and nothing more. Stricter is safer. */
export const toleranceRule: AmountRule = { round: 'floor' }
/** Of what is demanded: up. */
export const demandRule: AmountRule = { round: 'ceil' }

const percentage: RegExp = /^(\d{1,3}(?:\.\d{1,6})?)%$/

/**
 * The number of targets that `amount` means among `total`, never above `total`. `undefined` when it is no amount: negative, not
 * whole, above 100 %, or a text such as `"50"`.
 *
 * @example
 * ```ts
 * import { limitRule, resolveAmount } from 'fleetkit/rollout'
 *
 * resolveAmount('25%', 7, limitRule) // 1
 * resolveAmount(15, 10, limitRule) // 10
 * resolveAmount(0, 10, limitRule) // 0: none at all
 * ```
 */
export function resolveAmount(amount: Amount, total: number, rule: AmountRule): number | undefined {
  if (amount === 'all') return total
  if (typeof amount === 'number') return Number.isInteger(amount) && amount >= 0 ? Math.min(amount, total) : undefined
  const percent = typeof amount === 'string' ? percentage.exec(amount)?.[1] : undefined
  if (percent === undefined || Number(percent) > 100) return undefined
  if (Number(percent) === 0) return 0
  // In millionths of a percent: 29 % of 100 is 29, which a product of fractions misses by a hair.
  const share = (Math.round(Number(percent) * 1e6) * total) / 1e8
  return Math.min(total, Math.max(rule.atLeast ?? 0, rule.round === 'floor' ? Math.floor(share) : Math.ceil(share)))
}
