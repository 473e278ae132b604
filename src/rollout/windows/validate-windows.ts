import { parseDuration } from '../../model/duration.ts'
import type { Problem } from '../../model/errors/problem.ts'
import { describeValue } from '../../model/errors/problem.ts'
import { isQualifiedName, keyAccepted } from '../../model/names.ts'
import type { Schema } from '../../model/schema/schema.ts'
import { validate } from '../../model/schema/validate.ts'
import { selectorSchema, validateSelector } from '../../model/schema/validate-selector.ts'
import { parseTime, timeAccepted } from '../../model/time.ts'
import { parseCron } from './cron.ts'
import { zoneOffset } from './time-zone.ts'
import type { AllowWindow, RolloutWindows, TimeWindow } from './windows.ts'

const minuteMs = 60_000
/** A leap year. */
const longestMs = 366 * 86_400_000

const text: Schema = { type: 'string', maxLength: 256 }
const timing: Readonly<Record<keyof TimeWindow, Schema>> = {
  schedule: text,
  timeZone: text,
  timeZoneLabel: text,
  duration: text,
  from: text,
  to: text,
}
const form = (required: readonly string[], more: Readonly<Record<string, Schema>>): Schema => ({
  type: 'array',
  maxItems: 64,
  items: { type: 'object', exactlyOneOf: ['schedule', 'from'], required, properties: { ...timing, ...more, selector: selectorSchema } },
})
const windowsSchema: Schema = {
  type: 'object',
  properties: {
    allow: form([], {}),
    freezes: form(['name'], { name: { ...text, minLength: 1 } }),
  },
}

/**
 * Everything that is wrong with windows: their shape, schedules, time zones, durations and times. Nothing is thrown.
 *
 * @param windows - anything at all
 * @param path - where they come from, e.g. `spec.windows`
 */
export function validateWindows(windows: unknown, path: string): readonly Problem[] {
  const shape = validate(windowsSchema, windows, path)
  if (shape.length > 0) return shape
  const { allow = [], freezes = [] } = windows as RolloutWindows
  return [
    ...allow.flatMap((window, index) => windowProblems(window, `${path}.allow[${index}]`)),
    ...freezes.flatMap((freeze, index) => windowProblems(freeze, `${path}.freezes[${index}]`)),
  ]
}

function windowProblems(window: AllowWindow, path: string): readonly Problem[] {
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
