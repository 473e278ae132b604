import type { Clock } from '../../ports/clock.ts'

/** A time to measure how long something lasts by: in milliseconds, at the pace of time, whatever is done to the clock of the machine. */
export function monotonic(clock: Clock): number {
  return clock.monotonic?.() ?? performance.now()
}
