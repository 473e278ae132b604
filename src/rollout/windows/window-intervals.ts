import { parseDuration } from '../../model/duration.ts'
import type { Problem } from '../../model/errors/problem.ts'
import { matchesSelector } from '../../model/selector.ts'
import { parseTime } from '../../model/time.ts'
import type { Freeze, Interval } from '../strategy/interval.ts'
import { type Cron, parseCron } from './cron.ts'
import { type Intervals, occurrences, union, without } from './occurrences.ts'
import { type ZoneOffset, zoneOffset } from './time-zone.ts'
import { validateWindows } from './validate-windows.ts'
import type { PlannerWindows, RolloutWindows, TimeWindow, WindowIntervals, WindowOptions } from './windows.ts'

const dayMs = 86_400_000
const longestRange = 3660 * dayMs
const defaultLimit = 1000

/**
 * When starts are allowed between two instants. Freezes win over windows, and windows that are all closed close it; without any window
 * it is open. Only starts are bound: what is updating when a window closes goes on.
 *
 * Each window opens when the clocks of its time zone show the time: in an hour that is repeated, both times; in an hour that is skipped,
 * right after it. How long it then is open does not depend on the clocks. Windows that are not valid are closed, and say why.
 *
 * @example
 * ```ts
 * import { windowIntervals } from 'fleetkit/windows'
 *
 * const { intervals } = windowIntervals(
 *   {
 *     allow: [{ schedule: '0 9 * * MON-FRI', timeZone: 'Europe/Berlin', duration: '8h' }],
 *     freezes: [{ name: 'year end', from: '2026-12-18T00:00:00Z', to: '2027-01-04T00:00:00Z' }],
 *   },
 *   { from: Date.UTC(2026, 11, 16), to: Date.UTC(2027, 0, 5) },
 * )
 * console.log(intervals.map(({ from }) => new Date(from).toISOString())) // the 16th, the 17th and the 4th, each at 08:00:00.000Z
 * ```
 */
export function windowIntervals(windows: RolloutWindows, options: WindowOptions): WindowIntervals {
  const range = rangeOf(windows, options)
  if ('problems' in range) return { intervals: [], until: options.to, problems: range.problems }
  const { from, to } = range
  const zones = new Map<string, ZoneOffset>()
  const intervalsOf = (window: TimeWindow): Intervals => occurrencesOf(window, from, to, zones)
  const { allow = [], freezes = [] } = windows
  const freezing = freezes.filter(
    ({ selector }) => selector === undefined || (options.labels !== undefined && matchesSelector(selector, options.labels)),
  )
  const allowed = allow.length === 0 ? [{ from, to }] : union(allow.map(intervalsOf))
  return { ...take(without(allowed, union(freezing.map(intervalsOf))), from, to, options.limit), problems: [] }
}

/**
 * Windows and freezes between two instants in the form that `planRollout` takes. The `limit` holds for each of them. There are no `labels`:
 * the planner knows the targets.
 */
export function plannerWindows(windows: RolloutWindows, options: Omit<WindowOptions, 'labels'>): PlannerWindows {
  const range = rangeOf(windows, options)
  if ('problems' in range) return { windows: [], freezes: [], until: options.to, problems: range.problems }
  const { from, to } = range
  const zones = new Map<string, ZoneOffset>()
  const { allow = [], freezes = [] } = windows
  const taken = (all: Intervals): Taken => take(all, from, to, options.limit)
  const allowed = allow.length === 0 ? undefined : taken(union(allow.map((window) => occurrencesOf(window, from, to, zones))))
  const frozen = freezes.map((freeze) => ({ freeze, ...taken(occurrencesOf(freeze, from, to, zones)) }))
  return {
    windows: allowed?.intervals,
    freezes: frozen.flatMap(({ freeze: { name, selector }, intervals }) =>
      intervals.map((interval): Freeze => (selector === undefined ? { ...interval, name } : { ...interval, name, selector })),
    ),
    until: frozen.reduce((first, { until }) => Math.min(first, until), Math.min(to, allowed?.until ?? to)),
    problems: [],
  }
}

/** Whether starts are allowed at an instant. Windows that are not valid are closed. */
export function isOpen(windows: RolloutWindows, at: number, options: Pick<WindowOptions, 'labels'> = {}): boolean {
  return windowIntervals(windows, { ...options, from: at, to: at + 1 }).intervals.length > 0
}

/**
 * The first instant from `at` on at which starts are allowed, `null` when there is none within `horizonMs`, a year and a day when absent.
 */
export function nextOpen(
  windows: RolloutWindows,
  at: number,
  options: Pick<WindowOptions, 'labels'> & { readonly horizonMs?: number | undefined } = {},
): number | null {
  const { horizonMs = 367 * dayMs, labels } = options
  return windowIntervals(windows, { labels, from: at, to: at + horizonMs, limit: 1 }).intervals[0]?.from ?? null
}

interface Taken {
  readonly intervals: readonly Interval[]
  readonly until: number
}

function take(all: Intervals, from: number, to: number, limit: number = defaultLimit): Taken {
  const intervals: Interval[] = []
  for (const interval of all) {
    if (interval.to <= from) continue
    if (interval.from >= to) break
    const last = intervals.at(-1)
    if (intervals.length >= limit) return { intervals, until: last?.to ?? from }
    intervals.push({ from: Math.max(from, interval.from), to: Math.min(to, interval.to) })
  }
  return { intervals, until: to }
}

function occurrencesOf(window: TimeWindow, from: number, to: number, zones: Map<string, ZoneOffset>): Intervals {
  const { schedule, timeZone = 'UTC', duration } = window
  if (schedule === undefined) return [{ from: parseTime(window.from as string) as number, to: parseTime(window.to as string) as number }]
  const offsetAt = zones.get(timeZone) ?? (zoneOffset(timeZone) as ZoneOffset)
  zones.set(timeZone, offsetAt)
  return occurrences({ cron: parseCron(schedule) as Cron, offsetAt, durationMs: parseDuration(duration as string) as number }, from, to)
}

/** The range to look at, or what is wrong. */
function rangeOf(windows: RolloutWindows, { from, to }: WindowOptions): Interval | { readonly problems: readonly Problem[] } {
  const problems = [
    ...validateWindows(windows, 'windows'),
    ...Object.entries({ from, to })
      .filter(([, time]) => !Number.isFinite(time) || Math.abs(time) > farthest)
      .map(([path, time]) => ({ path, found: String(time), accepted: 'milliseconds since 1970, within 250,000 years of it' })),
  ]
  return problems.length > 0 ? { problems } : { from, to: Math.min(to, from + longestRange) }
}

// Short of the ends of what a Date can hold by more than the longest window and range.
const farthest = 7.9e15
