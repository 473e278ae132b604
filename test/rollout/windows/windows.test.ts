import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { type Interval, planRollout, type TargetView } from 'fleetkit/rollout'
import {
  type FreezeWindow,
  isOpen,
  nextOpen,
  plannerWindows,
  type RolloutWindows,
  type TimeWindow,
  validateWindows,
  windowIntervals,
} from 'fleetkit/windows'
import { describe, expect, test } from 'vitest'
import { runs } from '../../random-tests.ts'
import { naiveOpen, naiveOpenFor } from './naive-windows.ts'

interface Vectors {
  readonly open: readonly {
    readonly name: string
    readonly windows: RolloutWindows
    readonly labels?: Record<string, string>
    readonly from: string
    readonly to: string
    readonly open: readonly { readonly from: string; readonly to: string }[]
  }[]
  readonly invalid: readonly { readonly name: string; readonly windows: RolloutWindows; readonly problems: readonly string[] }[]
}

const vectors = JSON.parse(readFileSync(new URL('../../vectors/windows.json', import.meta.url), 'utf8')) as Vectors
const readable = ({ from, to }: Interval) => ({ from: iso(from), to: iso(to) })
const iso = (ms: number): string => new Date(ms).toISOString().replace('.000Z', 'Z')
const minuteMs = 60_000
const dayMs = 86_400_000

describe('vectors', () => {
  test.each(vectors.open)('$name', ({ windows, labels, from, to, open }) => {
    const answer = windowIntervals(windows, { from: Date.parse(from), to: Date.parse(to), labels })
    expect(answer.problems).toEqual([])
    expect(answer.intervals.map(readable)).toEqual(open)
    expect(iso(answer.until)).toBe(to)
  })

  test.each(vectors.invalid)('refused: $name', ({ windows, problems }) => {
    const answer = windowIntervals(windows, { from: 0, to: dayMs })
    expect(answer.problems.map(({ path }) => path).sort()).toEqual([...problems].sort())
    expect(answer.intervals).toEqual([])
    expect(isOpen(windows, 0)).toBe(false)
    expect(nextOpen(windows, 0)).toBe(null)
  })
})

test('of a whole year each window is by the clocks of its day', () => {
  const windows: RolloutWindows = { allow: [{ schedule: '0 9 * * *', timeZone: 'Europe/Berlin', duration: '1h' }] }
  const { intervals } = windowIntervals(windows, { from: Date.UTC(2026, 0, 1), to: Date.UTC(2027, 0, 1) })
  // Summer time is from 29 March to 25 October.
  const [begun, ended] = [Date.UTC(2026, 2, 29), Date.UTC(2026, 9, 25)]
  const expected = Array.from({ length: 365 }, (_, day) => {
    const at = Date.UTC(2026, 0, 1 + day)
    return at + (at >= begun && at < ended ? 7 : 8) * 60 * minuteMs
  })
  expect(intervals).toEqual(expected.map((from) => ({ from, to: from + 60 * minuteMs })))
})

test('a problem says what was found and what is accepted', () => {
  expect(validateWindows({ allow: [{ schedule: '0 25 * * *', timeZone: 'Mars/Olympus', duration: '1d' }] }, 'spec.windows')).toEqual([
    {
      path: 'spec.windows.allow[0].schedule',
      found: 'string "0 25 * * *"',
      accepted: 'for the hour (field 2) *, numbers from 0 to 23, ranges that run upwards, lists, and steps of at least 1',
    },
    {
      path: 'spec.windows.allow[0].timeZone',
      found: 'string "Mars/Olympus"',
      accepted: 'the IANA name of a time zone, e.g. Europe/Berlin',
    },
    { path: 'spec.windows.allow[0].duration', found: 'string "1d"', accepted: 'a duration from 1m to 8784h, such as 90m or 8h30m' },
  ])
})

test('a range that is none is a problem too, and never endless', () => {
  const never: RolloutWindows = { freezes: [{ name: 'always', schedule: '* * * * *', duration: '1m' }] }
  expect(windowIntervals(never, { from: Number.NaN, to: 5 }).problems[0]?.path).toBe('from')
  expect(windowIntervals(never, { from: 0, to: Number.POSITIVE_INFINITY }).problems[0]?.path).toBe('to')
  expect(windowIntervals({}, { from: 8e15, to: 8.1e15 }).problems.map(({ path }) => path)).toEqual(['from', 'to'])
  expect(windowIntervals(never, { from: 0, to: 7e15 }).until).toBe(3660 * dayMs)
  expect(windowIntervals({}, { from: 10, to: 10 }).intervals).toEqual([])
  expect(windowIntervals({}, { from: 10, to: 5 }).intervals).toEqual([])
})

test('what ends as the range begins, or begins as it ends, is not in it, and a limit of none leaves none', () => {
  const minutes = (from: number, to: number) => ({ from: `1970-01-01T00:0${from}:00Z`, to: `1970-01-01T00:0${to}:00Z` })
  const around = { allow: [minutes(0, 1), minutes(2, 3)] }
  expect(windowIntervals(around, { from: minuteMs, to: 2 * minuteMs }).intervals).toEqual([])
  expect(windowIntervals({}, { from: 5, to: 10, limit: 0 })).toEqual({ intervals: [], until: 5, problems: [] })
})

test('a text of any kind is never more than a problem', () => {
  fc.assert(
    fc.property(fc.anything(), fc.string(), fc.string(), (anything, schedule, timeZone) => {
      for (const windows of [anything, { allow: [anything] }, { allow: [{ schedule, timeZone, duration: '1h' }] }]) {
        windowIntervals(windows as RolloutWindows, { from: 0, to: dayMs, limit: 10 })
      }
    }),
  )
})

describe('nextOpen', () => {
  const nine: RolloutWindows = { allow: [{ schedule: '0 9 * * *', duration: '1h' }] }

  test('is now when it is open, otherwise when the next window begins', () => {
    expect(nextOpen(nine, Date.UTC(2026, 0, 1, 9, 30))).toBe(Date.UTC(2026, 0, 1, 9, 30))
    expect(nextOpen(nine, Date.UTC(2026, 0, 1, 10))).toBe(Date.UTC(2026, 0, 2, 9))
  })

  test('waits for the end of a freeze', () => {
    const frozen = { ...nine, freezes: [{ name: 'x', from: '2026-01-01T00:00:00Z', to: '2026-02-01T09:15:00Z' }] }
    expect(nextOpen(frozen, Date.UTC(2026, 0, 1))).toBe(Date.UTC(2026, 1, 1, 9, 15))
    expect(nextOpen(frozen, Date.UTC(2026, 0, 1), { horizonMs: 30 * dayMs })).toBe(null)
  })

  test('is never where every window is frozen', () => {
    const never = { ...nine, freezes: [{ name: 'x', schedule: '0 0 * * *', duration: '24h' }] }
    expect(nextOpen(never, 0)).toBe(null)
  })
})

describe('the planner gets', () => {
  test('windows and freezes apart, with names and selectors', () => {
    const selector = { matchLabels: { region: 'eu' } }
    const answer = plannerWindows(
      {
        allow: [{ schedule: '0 9 * * *', duration: '2h' }],
        freezes: [{ name: 'stand-up', schedule: '0 10 * * *', duration: '15m', selector }],
      },
      { from: 0, to: dayMs },
    )
    const hours = (from: number, to: number): Interval => ({ from: from * 60 * minuteMs, to: to * 60 * minuteMs })
    expect(answer).toEqual({
      windows: [hours(9, 11)],
      targetWindows: [],
      freezes: [{ ...hours(10, 10.25), name: 'stand-up', selector }],
      until: dayMs,
      problems: [],
    })
  })

  test('nothing of a selector where there is none', () => {
    const { freezes } = plannerWindows({ freezes: [{ name: 'noon', schedule: '0 12 * * *', duration: '1m' }] }, { from: 0, to: dayMs })
    expect(freezes).toStrictEqual([{ name: 'noon', from: dayMs / 2, to: dayMs / 2 + minuteMs }])
  })

  test('no windows where there are none, and closed ones where they are not valid', () => {
    expect(plannerWindows({}, { from: 0, to: dayMs }).windows).toBe(undefined)
    const invalid = plannerWindows({ allow: [{ schedule: 'often', duration: '1h' }] }, { from: 0, to: dayMs })
    expect([invalid.windows, invalid.problems.length]).toEqual([[], 1])
  })

  test('one list for each time zone that the targets have, and one for those without', () => {
    const night = { schedule: '0 0 * * *', duration: '2h', timeZoneLabel: 'tz', selector: { matchLabels: { tier: 'prod' } } }
    const targets = ['Asia/Tokyo', 'Asia.Tokyo', 'UTC', 'Mars', undefined].map((tz) => ({ labels: tz === undefined ? {} : { tz } }))
    const answer = (more: Partial<TimeWindow>) => plannerWindows({ allow: [{ ...night, ...more }] }, { from: 0, to: dayMs, targets })
    const hours = (from: number, to: number): Interval => ({ from: from * 60 * minuteMs, to: to * 60 * minuteMs })
    const { selector } = night
    const zone = (...values: string[]) => ({ selector, zone: { label: 'tz', in: values } })
    const others = { selector, zone: { label: 'tz', notIn: ['Asia.Tokyo', 'Asia/Tokyo', 'UTC'] } }
    expect(answer({})).toMatchObject({ windows: undefined, freezes: [], problems: [] })
    expect(answer({}).targetWindows).toEqual([
      { ...zone('Asia.Tokyo', 'Asia/Tokyo'), intervals: [hours(15, 17)] },
      { ...zone('UTC'), intervals: [hours(0, 2)] },
      { ...others, note: 'its label tz names no time zone', intervals: [] },
    ])
    expect(answer({ timeZone: 'Asia/Kolkata' }).targetWindows[2]).toEqual({ ...others, intervals: [hours(18.5, 20.5)] })
  })

  test('a freeze of all time where no one knows the time zone', () => {
    const freezes = [{ name: 'night', schedule: '0 0 * * *', duration: '2h', timeZoneLabel: 'tz' }]
    const { freezes: found } = plannerWindows({ freezes }, { from: 0, to: dayMs, targets: [{ labels: { tz: 'UTC' } }] })
    expect(found.map(({ from, to, zone, note }) => [from, to, zone?.in ?? 'others', note])).toEqual([
      [0, 120 * minuteMs, ['UTC'], undefined],
      [0, dayMs, 'others', 'its label tz names no time zone'],
    ])
  })

  test('nothing where the targets are needed and not given', () => {
    const windows = { allow: [{ schedule: '0 0 * * *', duration: '2h', timeZoneLabel: 'tz' }] }
    const { windows: open, problems } = plannerWindows(windows, { from: 0, to: dayMs })
    expect([open, problems.map(({ path, found }) => `${path}: ${found}`)]).toEqual([[], ['targets: no list']])
  })

  test('the earliest end of what fitted into the limit', () => {
    const answer = plannerWindows(
      { allow: [{ schedule: '0 * * * *', duration: '30m' }], freezes: [{ name: 'x', schedule: '45 * * * *', duration: '5m' }] },
      { from: 0, to: dayMs, limit: 3 },
    )
    expect(answer.until).toBe((2 * 60 + 30) * minuteMs)
  })
})

const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata', 'America/Sao_Paulo', 'Africa/Casablanca']
/** Days near which one of the zones changes its clocks, and some near which none does. */
const days = ['2026-03-08', '2026-03-29', '2026-04-05', '2026-10-04', '2026-10-25', '2026-11-01', '2026-07-01', '2018-11-04', '2024-03-10']

const field = (min: number, max: number): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constant('*') },
    { weight: 3, arbitrary: fc.integer({ min, max }).map(String) },
    fc.integer({ min: 2, max: 20 }).map((step) => `*/${step}`),
    fc.tuple(fc.integer({ min, max }), fc.integer({ min, max })).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
    fc.tuple(fc.integer({ min, max }), fc.integer({ min, max })).map(([a, b]) => `${a},${b}`),
  )
const schedule = fc.tuple(field(0, 59), field(0, 4), field(1, 28), fc.constant('*'), field(0, 7)).map((parts) => parts.join(' '))
const duration = fc.oneof(fc.integer({ min: 1, max: 90 }), fc.integer({ min: 1, max: 3000 })).map((minutes) => `${minutes}m`)
const window: fc.Arbitrary<TimeWindow> = fc.record({ schedule, timeZone: fc.constantFrom(...zones), duration })
const freeze: fc.Arbitrary<FreezeWindow> = fc
  .tuple(window, fc.string({ minLength: 1, maxLength: 3 }))
  .map(([timing, name]) => ({ ...timing, name }))
const windowsAndDay: fc.Arbitrary<readonly [RolloutWindows, number]> = fc.tuple(
  fc.record({ allow: fc.array(window, { maxLength: 3 }), freezes: fc.array(freeze, { maxLength: 2 }) }),
  fc.constantFrom(...days).map((day) => Date.parse(`${day}T00:00:00Z`) - dayMs),
)

/** The value of a label that is to name a time zone. */
const zoneValue = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...zones) },
  fc.constantFrom(...zones).map((zone) => zone.replaceAll('/', '.')),
  fc.constantFrom('Mars', 'Europe_Berlin', ''),
)
/** Adds who a window is for, and by whose clocks. */
const own = <Window extends TimeWindow>(of: fc.Arbitrary<Window>) =>
  fc
    .tuple(
      of,
      fc.record({ selector: fc.constantFrom({ matchLabels: { tier: 'a' } }, { matchLabels: { tier: 'b' } }) }, { requiredKeys: [] }),
      fc.nat(3),
    )
    .map(([{ timeZone, ...timing }, scope, by]) => ({
      ...timing,
      ...(by < 3 && { timeZone }),
      ...(by > 1 && { timeZoneLabel: 'tz' }),
      ...scope,
    })) as fc.Arbitrary<Window>
const ownWindowsAndDay: fc.Arbitrary<readonly [RolloutWindows, number]> = fc.tuple(
  fc.record({ allow: fc.array(own(window), { maxLength: 3 }), freezes: fc.array(own(freeze), { maxLength: 1 }) }),
  fc.constantFrom(...days).map((day) => Date.parse(`${day}T00:00:00Z`) - dayMs),
)
const minute = fc.nat({ max: 3 * 1440 - 1 })
const target = (id: string, labels: Readonly<Record<string, string>>): TargetView => ({
  id,
  labels,
  reach: { ok: true, since: 0 },
  assigned: null,
  observed: null,
})

describe('properties', () => {
  test('the intervals are in order, apart, not empty and within what was asked', () => {
    fc.assert(
      fc.property(
        windowsAndDay,
        fc.integer({ min: 1, max: 4 * 1440 }),
        fc.integer({ min: 1, max: 40 }),
        ([windows, day], minutes, limit) => {
          const to = day + minutes * minuteMs
          const { intervals, until } = windowIntervals(windows, { from: day, to, limit })
          let last = Number.NEGATIVE_INFINITY
          for (const interval of intervals) {
            expect(interval.from).toBeGreaterThan(last)
            expect(interval.to).toBeGreaterThan(interval.from)
            last = interval.to
          }
          expect(intervals.length).toBeLessThanOrEqual(limit)
          if (intervals.length > 0) {
            expect(intervals[0]?.from).toBeGreaterThanOrEqual(day)
            expect(last).toBeLessThanOrEqual(until)
          }
          expect(until).toBeLessThanOrEqual(to)
        },
      ),
    )
  })

  test('minute by minute they say the same as a local clock', () => {
    fc.assert(
      fc.property(windowsAndDay, ([windows, day]) => {
        const to = day + 3 * dayMs
        const { intervals } = windowIntervals(windows, { from: day, to, limit: 1e6 })
        const open = naiveOpen(windows, day, to)
        const found = open.map((_, minute) => {
          const at = day + minute * minuteMs
          return intervals.some(({ from, to }) => from <= at && at < to)
        })
        expect(found).toEqual(open)
      }),
      { numRuns: runs(40) },
    )
  }, 60_000)

  test('for each target by its labels and its own time zone, and the planner starts it then and only then', () => {
    const label = fc.record({ tier: fc.constantFrom('a', 'b', 'c'), tz: zoneValue }, { requiredKeys: [] })
    fc.assert(
      fc.property(
        ownWindowsAndDay,
        fc.array(label, { minLength: 1, maxLength: 4 }),
        fc.array(minute, { minLength: 1, maxLength: 6 }),
        (...of) => {
          const [[windows, day], labels, minutes] = of
          const to = day + 3 * dayMs
          const targets = labels.map((each, index): TargetView => target(`t${index}`, each as Readonly<Record<string, string>>))
          const { problems, ...found } = plannerWindows(windows, { from: day, to, limit: 1e6, targets })
          expect(problems).toEqual([])
          const open = targets.map((view) => naiveOpenFor(windows, view.labels ?? {}, zones, day, to))
          for (const [index, view] of targets.entries()) {
            const { intervals } = windowIntervals(windows, { from: day, to, limit: 1e6, labels: view.labels })
            const minuteByMinute = (open[index] as readonly boolean[]).map((_, at) =>
              intervals.some((interval) => interval.from <= day + at * minuteMs && day + at * minuteMs < interval.to),
            )
            expect(minuteByMinute).toEqual(open[index])
          }
          for (const at of minutes) {
            const now = day + at * minuteMs
            const { actions, held, nextWakeAt } = planRollout(
              { now, module: { id: 'm', version: 'v2' }, strategy: { stages: [{ name: 'all' }] }, targets, ...found },
              null,
            )
            expect(actions.map(({ target: id }) => id)).toEqual(targets.map(({ id }) => id).filter((_, index) => open[index]?.[at]))
            // It wakes no later than any of those that are held opens.
            const opens = held.flatMap(({ target: id }) => {
              const next = open[targets.findIndex((view) => view.id === id)]?.indexOf(true, at) ?? -1
              return next < 0 ? [] : [day + next * minuteMs]
            })
            for (const next of opens) expect(nextWakeAt ?? Number.POSITIVE_INFINITY).toBeLessThanOrEqual(next)
          }
        },
      ),
      { numRuns: runs(40) },
    )
  }, 60_000)

  test('isOpen and nextOpen agree with the intervals', () => {
    fc.assert(
      fc.property(windowsAndDay, fc.integer({ min: 0, max: 3 * dayMs }), ([windows, day], later) => {
        const at = day + later
        const { intervals } = windowIntervals(windows, { from: day, to: day + 6 * dayMs, limit: 1e6 })
        const within = intervals.find(({ from, to }) => from <= at && at < to)
        expect(isOpen(windows, at)).toBe(within !== undefined)
        const next = within === undefined ? intervals.find(({ from }) => from > at)?.from : at
        expect(nextOpen(windows, at, { horizonMs: day + 6 * dayMs - at })).toBe(next ?? null)
      }),
    )
  })

  test('what is asked in parts is what is asked at once', () => {
    fc.assert(
      fc.property(windowsAndDay, fc.integer({ min: 1, max: 3 * 1440 }), fc.integer({ min: 1, max: 20 }), ([windows, day], cut, limit) => {
        const to = day + 4 * dayMs
        const whole = windowIntervals(windows, { from: day, to, limit: 1e6 }).intervals
        const middle = day + cut * minuteMs
        const parts = [
          ...windowIntervals(windows, { from: day, to: middle, limit: 1e6 }).intervals,
          ...windowIntervals(windows, { from: middle, to, limit: 1e6 }).intervals,
        ]
        const joined: Interval[] = []
        for (const part of parts) {
          const last = joined.at(-1)
          if (last?.to === part.from) joined[joined.length - 1] = { from: last.from, to: part.to }
          else joined.push(part)
        }
        expect(joined).toEqual(whole)
        expect(windowIntervals(windows, { from: day, to, limit }).intervals).toEqual(whole.slice(0, limit))
      }),
    )
  })
})

test('hostile schedules cost bounded CPU time', () => {
  const year = { from: Date.UTC(2026, 0, 1), to: Date.UTC(2027, 0, 1) }
  const began = process.cpuUsage()
  expect(windowIntervals({ allow: [{ schedule: '* * * * *', duration: '1m' }] }, year).intervals).toEqual([year])
  const everyOther = { schedule: '*/2 * * * *', timeZone: 'Europe/Berlin', duration: '1m' }
  const limited = windowIntervals({ allow: [everyOther] }, year)
  expect([limited.intervals.length, limited.until]).toEqual([1000, year.from + 1999 * minuteMs])
  // Nothing is ever open, so that no limit on what is found helps.
  const many = Array.from({ length: 16 }, (_, index) => (index % 2 === 0 ? everyOther : { ...everyOther, schedule: '*/3 * * * *' }))
  const freezes = [{ name: 'always', schedule: '* * * * *', duration: '1m' }]
  expect(nextOpen({ allow: many, freezes }, year.from)).toBe(null)
  // CPU time, not wall time: other processes do not count.
  const { user, system } = process.cpuUsage(began)
  expect((user + system) / 1000).toBeLessThan(10_000)
})

test('a hole in a list of windows is named, as anything that is no window', () => {
  const holes = new Array(1)
  const { windows, problems } = plannerWindows({ allow: holes }, { from: 0, to: 1 })
  expect([windows, problems.map(({ path, found }) => `${path}: ${found}`)]).toEqual([[], ['windows.allow[0]: nothing']])
})
