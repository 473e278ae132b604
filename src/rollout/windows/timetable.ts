import { parseDuration } from '../../model/duration.ts'
import type { Problem } from '../../model/errors/problem.ts'
import { parseTime } from '../../model/time.ts'
import { type Cron, parseCron } from '../../model/windows/cron.ts'
import type { TimeWindow } from '../../model/windows/windows.ts'
import { type ZoneOffset, zoneOffset } from '../../model/windows/zone-offset.ts'
import type { Interval } from '../strategy/interval.ts'
import { type Intervals, occurrences } from './occurrences.ts'
import { validateWindows } from './validate-windows.ts'
import type { RolloutWindows, WindowOptions } from './windows.ts'

const longestRange = 3660 * 86_400_000
const defaultLimit = 1000
// Short of the ends of what a Date can hold by more than the longest window and range.
const farthest = 7.9e15

/** Intervals that were found, and until when they say all there is to say. */
export interface Taken {
  readonly intervals: readonly Interval[]
  readonly until: number
}

/** When windows are open in one range of time. What is known of a time zone is found once. */
export class Timetable {
  readonly from: number
  readonly to: number
  readonly #limit: number
  readonly #zones: Map<string, ZoneOffset | undefined> = new Map()

  private constructor({ from, to, limit = defaultLimit }: WindowOptions) {
    this.from = from
    this.to = Math.min(to, from + longestRange)
    this.#limit = limit
  }

  /** The timetable of a range, or what is wrong with that or with the windows. */
  static of(windows: RolloutWindows, options: WindowOptions): Timetable | { readonly problems: readonly Problem[] } {
    const { from, to } = options
    const problems = [
      ...validateWindows(windows, 'windows'),
      ...Object.entries({ from, to })
        .filter(([, time]) => !Number.isFinite(time) || Math.abs(time) > farthest)
        .map(([path, time]) => ({ path, found: String(time), accepted: 'milliseconds since 1970, within 250,000 years of it' })),
    ]
    return problems.length > 0 ? { problems } : new Timetable(options)
  }

  /** The time zone that the value of a label names. */
  zoneOf(value: string | undefined): string | undefined {
    const name = value?.replaceAll('.', '/')
    return name !== undefined && this.#offsetOf(name) !== undefined ? name : undefined
  }

  /** When a window is open, with its schedule in a time zone. */
  intervalsOf({ schedule, duration, from, to }: TimeWindow, timeZone = 'UTC'): Intervals {
    if (schedule === undefined) return [{ from: parseTime(from as string) as number, to: parseTime(to as string) as number }]
    const offsetAt = this.#offsetOf(timeZone) as ZoneOffset
    const durationMs = parseDuration(duration as string) as number
    return occurrences({ cron: parseCron(schedule) as Cron, offsetAt, durationMs }, this.from, this.to)
  }

  /** What of it lies in the range, up to the limit. */
  take(all: Intervals): Taken {
    const intervals: Interval[] = []
    for (const interval of all) {
      if (interval.to <= this.from) continue
      if (interval.from >= this.to) break
      const last = intervals.at(-1)
      if (intervals.length >= this.#limit) return { intervals, until: last?.to ?? this.from }
      intervals.push({ from: Math.max(this.from, interval.from), to: Math.min(this.to, interval.to) })
    }
    return { intervals, until: this.to }
  }

  #offsetOf(name: string): ZoneOffset | undefined {
    if (!this.#zones.has(name)) this.#zones.set(name, zoneOffset(name))
    return this.#zones.get(name)
  }
}
