import { parseDuration } from '../duration.ts'
import type { Problem } from '../errors/problem.ts'
import { describeValue } from '../errors/problem.ts'
import { isQualifiedName, keyAccepted } from '../names.ts'
import { validateSelector } from '../schema/validate-selector.ts'
import { parseTime, timeAccepted } from '../time.ts'
import { parseCron } from './cron.ts'
import type { AllowWindow, TimeWindow } from './windows.ts'
import { zoneOffset } from './zone-offset.ts'

const minuteMs = 60_000
/** A leap year. */
const longestMs = 366 * 86_400_000

/** What is wrong with a window or a freeze beyond its schema: its selector, schedule, time zone, duration and times. */
export function windowProblems(window: AllowWindow, path: string): readonly Problem[] {
  const problems = window.selector === undefined ? [] : [...validateSelector(window.selector, `${path}.selector`)]
  const refuse = (field: keyof TimeWindow, accepted: string): void => {
    problems.push({ path: `${path}.${field}`, found: describeValue(window[field]), accepted })
  }
  const { schedule, timeZone, timeZoneLabel, duration, from, to } = window
  if (schedule === undefined) {
    for (const field of ['timeZone', 'timeZoneLabel', 'duration'] as const)
      if (window[field] !== undefined) refuse(field, 'nothing beside from and to')
    const [start, end] = [parseTime(from as string), parseTime(to ?? '')]
    if (start === undefined) refuse('from', timeAccepted)
    if (end === undefined) refuse('to', timeAccepted)
    else if (start !== undefined && end <= start) refuse('to', `a time after ${from}`)
    return problems
  }
  if (to !== undefined) refuse('to', 'nothing beside schedule')
  const cron = parseCron(schedule)
  if ('accepted' in cron) refuse('schedule', cron.accepted)
  if (timeZone !== undefined && zoneOffset(timeZone) === undefined) refuse('timeZone', 'the IANA name of a time zone, e.g. Europe/Berlin')
  if (timeZoneLabel !== undefined && !isQualifiedName(timeZoneLabel)) refuse('timeZoneLabel', keyAccepted)
  const ms = parseDuration(duration ?? '')
  if (ms === undefined || ms < minuteMs || ms > longestMs) refuse('duration', 'a duration from 1m to 8784h, such as 90m or 8h30m')
  return problems
}
