import type { Halt } from '../state/state.ts'
import type { HoldCode } from './plan.ts'

/** Why a target is not moved, without the target: many share one. */
export interface Hold {
  readonly reason: HoldCode
  readonly message: string
  readonly by: readonly string[]
  readonly until?: number | undefined
}

/** A hold whose `until` is left out when there is none. */
export function hold(reason: HoldCode, message: string, by: readonly string[] = [], until?: number): Hold {
  return until === undefined || !Number.isFinite(until) ? { reason, message, by } : { reason, message, by, until }
}

/** A halt for people. */
export function describeHalt({ code, stage }: Halt): string {
  const what = code === 'lost' ? 'more targets were lost' : 'more targets failed'
  return `${what} ${stage === '*' ? 'in all stages' : `in ${stage}`} than is tolerated`
}
