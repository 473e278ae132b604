import type { Cron } from '../../model/windows/cron.ts'
import type { ZoneOffset } from '../../model/windows/zone-offset.ts'
import type { Interval } from '../strategy/interval.ts'
import { stretches } from './time-zone.ts'

const minuteMs = 60_000
const dayMs = 86_400_000

/** Intervals in order, each after the end of the one before. */
export type Intervals = Iterable<Interval>

/** A recurring window, read. */
export interface Recurrence {
  readonly cron: Cron
  readonly offsetAt: ZoneOffset
  readonly durationMs: number
}

/**
 * When a recurring window is open between two instants. It opens each time the local clocks come to a matching minute: where an
 * hour is repeated, each of the two times; where an hour is skipped, at the first instant after it, so that no window is lost.
 */
export function* occurrences({ cron, offsetAt, durationMs }: Recurrence, from: number, to: number): Generator<Interval> {
  let open: { from: number; to: number } | undefined
  for (const stretch of stretches(offsetAt, from - durationMs - dayMs, to)) {
    const localTo = stretch.to + stretch.offset
    const localFrom = stretch.from + stretch.offset - Math.max(0, stretch.jump)
    for (let day = Math.floor(localFrom / dayMs); day * dayMs < localTo; day++) {
      if (!cron.onDay(day)) continue
      for (const minute of cron.minutes) {
        const local = day * dayMs + minute * minuteMs
        if (local < localFrom || local >= localTo) continue
        const start = Math.max(stretch.from, local - stretch.offset)
        if (open !== undefined && start <= open.to) {
          open.to = start + durationMs
          continue
        }
        if (open !== undefined) yield open
        open = { from: start, to: start + durationMs }
      }
    }
  }
  if (open !== undefined) yield open
}

/** The times in any of them that are known. */
export function union(all: readonly (Intervals | undefined)[]): Intervals {
  if (all.length < 2) return all[0] ?? []
  // By halves, so that each interval is compared with the logarithm of their number.
  const middle = all.length >> 1
  return either(union(all.slice(0, middle)), union(all.slice(middle)))
}

function* either(first: Intervals, second: Intervals): Generator<Interval> {
  const [a, b] = [first[Symbol.iterator](), second[Symbol.iterator]()]
  let [left, right] = [a.next(), b.next()]
  let open: { from: number; to: number } | undefined
  while (!left.done || !right.done) {
    let next: Interval
    if (!left.done && (right.done || left.value.from <= right.value.from)) {
      next = left.value
      left = a.next()
    } else {
      next = (right as IteratorYieldResult<Interval>).value
      right = b.next()
    }
    if (open !== undefined && next.from <= open.to) {
      open.to = Math.max(open.to, next.to)
      continue
    }
    if (open !== undefined) yield open
    open = { from: next.from, to: next.to }
  }
  if (open !== undefined) yield open
}

/** The windows without what lies in the blackouts. */
export function* without(windows: Intervals, blackouts: Intervals): Generator<Interval> {
  const source = blackouts[Symbol.iterator]()
  let blackout = source.next()
  for (const { from, to } of windows) {
    let start = from
    while (start < to) {
      while (!blackout.done && blackout.value.to <= start) blackout = source.next()
      if (blackout.done || blackout.value.from >= to) break
      if (blackout.value.from > start) yield { from: start, to: blackout.value.from }
      start = blackout.value.to
    }
    if (start < to) yield { from: start, to }
  }
}
