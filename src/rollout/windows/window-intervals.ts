import { describeValue, type Problem } from '../../model/errors/problem.ts'
import { matchesSelector } from '../../model/selector.ts'
import type { TimeWindow } from '../../model/windows/windows.ts'
import { labelOf } from '../target-view.ts'
import { type Intervals, union, without } from './occurrences.ts'
import { Timetable } from './timetable.ts'
import type { RolloutWindows, WindowIntervals, WindowOptions } from './windows.ts'

const dayMs = 86_400_000

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
  const timetable = Timetable.of(windows, options)
  if ('problems' in timetable) return { intervals: [], until: options.to, problems: timetable.problems }
  const { labels } = options
  const problems: Problem[] = []
  const selects = ({ selector }: { readonly selector?: Parameters<typeof matchesSelector>[0] }): boolean =>
    selector !== undefined && labels !== undefined && matchesSelector(selector, labels)
  // A window is closed where its time zone is not known, and a freeze frozen.
  const intervalsOf = (window: TimeWindow): Intervals | undefined => {
    const { timeZoneLabel: label, timeZone } = window
    const value = labelOf(labels, label)
    const zone = timetable.zoneOf(value) ?? timeZone
    if (label === undefined || zone !== undefined) return timetable.intervalsOf(window, zone)
    problems.push({ path: `labels[${label}]`, found: describeValue(value), accepted: 'the IANA name of a time zone, e.g. Europe/Berlin' })
    return undefined
  }
  const { allow = [], freezes = [] } = windows
  const own = allow.filter(selects)
  const allowing = own.length > 0 ? own : allow.filter(({ selector }) => selector === undefined)
  const freezing = freezes.filter((freeze) => freeze.selector === undefined || selects(freeze))
  const allowed = allowing.length === 0 ? [timetable] : union(allowing.map(intervalsOf))
  const frozen = union(freezing.map((freeze) => intervalsOf(freeze) ?? [timetable]))
  return { ...timetable.take(without(allowed, frozen)), problems }
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
