import type { AllowWindow, FreezeWindow, RolloutWindows, TimeWindow } from 'fleetkit/windows'

const minuteMs = 60_000

/**
 * Whether it is open at each whole minute, found by looking at a local clock: slow and by other means than the library. The windows
 * are recurring ones without names of days and months.
 */
export function naiveOpen({ allow = [], freezes = [] }: RolloutWindows, from: number, to: number): readonly boolean[] {
  const allowed = allow.map((window) => openMinutes(window, from, to))
  const frozen = freezes.map((window) => openMinutes(window, from, to))
  return Array.from({ length: (to - from) / minuteMs }, (_, index) => {
    const open = allowed.length === 0 || allowed.some((minutes) => minutes[index])
    return open && !frozen.some((minutes) => minutes[index])
  })
}

/** The same for one target. The selectors are of labels that have one value, and what a label names is a time zone of `zones` or none. */
export function naiveOpenFor(
  { allow = [], freezes = [] }: RolloutWindows,
  labels: Readonly<Record<string, string>>,
  zones: readonly string[],
  from: number,
  to: number,
): readonly boolean[] {
  const isChosen = ({ selector }: AllowWindow): boolean =>
    Object.entries(selector?.matchLabels ?? {}).every(([label, value]) => labels[label] === value)
  const chosen = allow.filter((window) => window.selector !== undefined && isChosen(window))
  const used = chosen.length > 0 ? chosen : allow.filter(({ selector }) => selector === undefined)
  const zoneOf = ({ timeZone, timeZoneLabel }: TimeWindow): string | undefined => {
    if (timeZoneLabel === undefined) return timeZone ?? 'UTC'
    return zones.find((zone) => [zone, zone.split('/').join('.')].includes(labels[timeZoneLabel] ?? '')) ?? timeZone
  }
  const inZone = <Window extends TimeWindow>(window: Window): Window => ({ ...window, timeZone: zoneOf(window) })
  const isKnown = (window: TimeWindow): boolean => zoneOf(window) !== undefined
  const stopping: readonly FreezeWindow[] = freezes.filter(isChosen)
  const never = (used.length > 0 && !used.some(isKnown)) || !stopping.every(isKnown)
  if (never) return Array.from({ length: (to - from) / minuteMs }, () => false)
  return naiveOpen({ allow: used.filter(isKnown).map(inZone), freezes: stopping.map(inZone) }, from, to)
}

function openMinutes({ schedule = '', timeZone = 'UTC', duration = '' }: TimeWindow, from: number, to: number): readonly boolean[] {
  const minutes = Number(duration.replace('m', ''))
  const matches = matcher(schedule)
  const open = Array.from({ length: (to - from) / minuteMs }, () => false)
  let before = localClock(timeZone, from - (minutes + 1) * minuteMs)
  for (let at = from - minutes * minuteMs; at < to; at += minuteMs) {
    const now = localClock(timeZone, at)
    // The clock ran from `before` to `now`: all that it showed or passed over in between has come now.
    let begins = now <= before && matches(now)
    for (let shown = before + minuteMs; shown <= now; shown += minuteMs) begins ||= matches(shown)
    if (begins) open.fill(true, Math.max(0, (at - from) / minuteMs), Math.max(0, (at - from) / minuteMs + minutes))
    before = now
  }
  return open
}

const clocks = new Map<string, Intl.DateTimeFormat>()

/** What the clocks show, as if it were UTC. */
function localClock(timeZone: string, at: number): number {
  const parts = ['year', 'month', 'day', 'hour', 'minute'] as const
  const options = Object.fromEntries(parts.map((part) => [part, 'numeric'])) as Intl.DateTimeFormatOptions
  const clock = clocks.get(timeZone) ?? new Intl.DateTimeFormat('en-US', { ...options, timeZone, hourCycle: 'h23' })
  clocks.set(timeZone, clock)
  const shown = Object.fromEntries(clock.formatToParts(at).map(({ type, value }) => [type, Number(value)]))
  return Date.UTC(shown.year as number, (shown.month as number) - 1, shown.day, shown.hour, shown.minute)
}

function matcher(schedule: string): (local: number) => boolean {
  const [minute, hour, day, month, weekday] = schedule.split(' ') as [string, string, string, string, string]
  return (local) => {
    const date = new Date(local)
    const byDay = fits(day, date.getUTCDate(), 1)
    const byWeekday = fits(weekday, date.getUTCDay(), 0) || (date.getUTCDay() === 0 && fits(weekday, 7, 0))
    return (
      fits(minute, date.getUTCMinutes(), 0) &&
      fits(hour, date.getUTCHours(), 0) &&
      fits(month, date.getUTCMonth() + 1, 1) &&
      (day === '*' || weekday === '*' ? byDay && byWeekday : byDay || byWeekday)
    )
  }
}

function fits(field: string, value: number, min: number): boolean {
  return field.split(',').some((item) => {
    if (item === '*') return true
    if (item.startsWith('*/')) return (value - min) % Number(item.slice(2)) === 0
    const [low, high] = item.split('-').map(Number) as [number, number | undefined]
    return value >= low && value <= (high ?? low)
  })
}
