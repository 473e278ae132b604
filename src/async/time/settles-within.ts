import type { Clock } from '../../ports/clock.ts'
import { untilAborted } from '../until-aborted.ts'
import { timeLimit } from './time-limit.ts'

/** Whether `work` settles, either way, within `ms` milliseconds. An abort of `signal` ends the waiting early, as if time were up. */
export async function settlesWithin(work: Promise<unknown>, ms: number, clock: Clock, signal?: AbortSignal): Promise<boolean> {
  using limit = timeLimit(signal, ms, clock, 'the work did not settle in time')
  const settled = work.then(
    () => true,
    () => true,
  )
  return await untilAborted(settled, limit.signal).catch(() => false)
}
