import type { ZoneOffset } from '../../model/windows/zone-offset.ts'

/** A stretch of time in which the clocks of a time zone run evenly. */
export interface Stretch {
  readonly from: number
  readonly to: number
  readonly offset: number
  /** By how much the clocks were put forward at its beginning; backward when negative. */
  readonly jump: number
}

const dayMs = 86_400_000

/** The time from `from` until `to`, cut where the clocks change, and into days. No zone changes its clocks there and back within a day. */
export function* stretches(offsetAt: ZoneOffset, from: number, to: number): Generator<Stretch> {
  let jump = 0
  let start = from
  let offset = offsetAt(start)
  while (start < to) {
    const end = Math.min(start + dayMs, to)
    const next = offsetAt(end)
    const change = next === offset ? end : firstOther(offsetAt, start, end)
    yield { from: start, to: change, offset, jump }
    jump = next - offset
    start = change
    offset = next
  }
}

/** The first instant after `from` at which the offset is no longer the one of `from`, as it is at `to`. */
function firstOther(offsetAt: ZoneOffset, from: number, to: number): number {
  const offset = offsetAt(from)
  let before = from
  let after = to
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2)
    if (offsetAt(middle) === offset) before = middle
    else after = middle
  }
  return after
}
