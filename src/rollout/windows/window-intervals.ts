import { parseDuration } from '../../model/duration.ts'
import type { Problem } from '../../model/errors/problem.ts'
import { matchesSelector } from '../../model/selector.ts'
import { parseTime } from '../../model/time.ts'
import type { Freeze, Interval } from '../strategy/interval.ts'
import { type Cron, parseCron } from './cron.ts'
import { type Openings, occurrences, union, without } from './occurrences.ts'
import { type ZoneOffset, zoneOffset } from './time-zone.ts'
import { validateWindows } from './validate-windows.ts'
import type { PlannerWindows, RolloutWindows, TimeWindow, WindowIntervals, WindowQuery } from './windows.ts'

const dayMs = 86_400_000
const longestRange = 3660 * dayMs
const defaultLimit = 1000

/**
 * When starts are allowed between two instants. Freezes win over windows, and windows that are all closed close it; without any window
 * it is open. Only starts are bound: what is on its way when a window closes goes on.
 *
 * Each window opens when the clocks of its time zone show the time: in an hour that is repeated, both times; in an hour that is skipped,
 * right after it. How long it then is open does not depend on the clocks. Windows that are not valid are closed, and say why.
 *
 * @example
 * ```ts
 * import { windowIntervals } from 'fleetkit/rollout'
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
export function windowIntervals(windows: RolloutWindows, query: WindowQuery): WindowIntervals {
  const range = rangeOf(windows, query)
  if ('problems' in range) return { intervals: [], until: query.to, problems: range.problems }
  const { from, to } = range
  const zones = new Map<string, ZoneOffset>()
  const openings = (window: TimeWindow): Openings => openingsOf(window, from, to, zones)
  const { allow = [], freezes = [] } = windows
  const freezing = freezes.filter(
    ({ selector }) => selector === undefined || (query.labels !== undefined && matchesSelector(selector, query.labels)),
  )
  const allowed = allow.length === 0 ? [{ from, to }] : union(allow.map(openings))
  return { ...take(without(allowed, union(freezing.map(openings))), from, to, query.limit), problems: [] }
}

/**
 * Windows and freezes between two instants in the form that `planRollout` takes. The `limit` holds for each of them; `labels` do not
 * count, for the planner knows the clusters.
 */
export function plannerWindows(windows: RolloutWindows, query: Omit<WindowQuery, 'labels'>): PlannerWindows {
  const range = rangeOf(windows, query)
  if ('problems' in range) return { windows: [], freezes: [], until: query.to, problems: range.problems }
  const { from, to } = range
  const zones = new Map<string, ZoneOffset>()
  const { allow = [], freezes = [] } = windows
  const taken = (openings: Openings): Taken => take(openings, from, to, query.limit)
  const allowed = allow.length === 0 ? undefined : taken(union(allow.map((window) => openingsOf(window, from, to, zones))))
  const frozen = freezes.map((freeze) => ({ freeze, ...taken(openingsOf(freeze, from, to, zones)) }))
  return {
    windows: allowed?.intervals,
    freezes: frozen.flatMap(({ freeze: { name, selector }, intervals }) =>
      intervals.map((interval): Freeze => (selector === undefined ? { ...interval, name } : { ...interval, name, selector })),
    ),
    until: Math.min(to, ...(allowed === undefined ? [] : [allowed.until]), ...frozen.map(({ until }) => until)),
    problems: [],
  }
}

/** Whether starts are allowed at an instant. Windows that are not valid are closed. */
export function isOpen(windows: RolloutWindows, at: number, options: Pick<WindowQuery, 'labels'> = {}): boolean {
  return windowIntervals(windows, { ...options, from: at, to: at + 1 }).intervals.length > 0
}

/**
 * The first instant from `at` on at which starts are allowed, `null` when there is none within `horizonMs`, a year and a day when absent.
 */
export function nextOpen(
  windows: RolloutWindows,
  at: number,
  options: Pick<WindowQuery, 'labels'> & { readonly horizonMs?: number | undefined } = {},
): number | null {
  const { horizonMs = 367 * dayMs, labels } = options
  return windowIntervals(windows, { labels, from: at, to: at + horizonMs, limit: 1 }).intervals[0]?.from ?? null
}

interface Taken {
  readonly intervals: readonly Interval[]
  readonly until: number
}

function take(openings: Openings, from: number, to: number, limit: number = defaultLimit): Taken {
  const intervals: Interval[] = []
  for (const opening of openings) {
    if (opening.to <= from) continue
    if (opening.from >= to) break
    const last = intervals.at(-1)
    if (intervals.length >= limit) return { intervals, until: last?.to ?? from }
    intervals.push({ from: Math.max(from, opening.from), to: Math.min(to, opening.to) })
  }
  return { intervals, until: to }
}

function openingsOf(window: TimeWindow, from: number, to: number, zones: Map<string, ZoneOffset>): Openings {
  const { schedule, timeZone = 'UTC', duration } = window
  if (schedule === undefined) return [{ from: parseTime(window.from as string) as number, to: parseTime(window.to as string) as number }]
  const offsetAt = zones.get(timeZone) ?? (zoneOffset(timeZone) as ZoneOffset)
  zones.set(timeZone, offsetAt)
  return occurrences({ cron: parseCron(schedule) as Cron, offsetAt, durationMs: parseDuration(duration as string) as number }, from, to)
}

/** The range that is looked at, or why nothing is. */
function rangeOf(windows: RolloutWindows, { from, to }: WindowQuery): Interval | { readonly problems: readonly Problem[] } {
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
