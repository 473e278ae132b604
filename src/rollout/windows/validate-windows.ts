import { parseDuration } from '../../model/duration.ts'
import type { Problem } from '../../model/errors/problem.ts'
import { describeValue } from '../../model/errors/problem.ts'
import type { Schema } from '../../model/schema/schema.ts'
import { validate } from '../../model/schema/validate.ts'
import { selectorSchema, validateSelector } from '../../model/schema/validate-selector.ts'
import { parseTime, timeAccepted } from '../../model/time.ts'
import { parseCron } from './cron.ts'
import { zoneOffset } from './time-zone.ts'
import type { FreezeWindow, RolloutWindows, TimeWindow } from './windows.ts'

const minuteMs = 60_000
/** A leap year. */
const longestMs = 366 * 86_400_000

const text: Schema = { type: 'string', maxLength: 256 }
const timing: Readonly<Record<keyof TimeWindow, Schema>> = { schedule: text, timeZone: text, duration: text, from: text, to: text }
const windowsSchema: Schema = {
  type: 'object',
  properties: {
    allow: { type: 'array', maxItems: 64, items: { type: 'object', exactlyOneOf: ['schedule', 'from'], properties: timing } },
    freezes: {
      type: 'array',
      maxItems: 64,
      items: {
        type: 'object',
        exactlyOneOf: ['schedule', 'from'],
        required: ['name'],
        properties: { ...timing, name: { ...text, minLength: 1 }, selector: selectorSchema },
      },
    },
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
    ...freezes.flatMap((freeze, index) => freezeProblems(freeze, `${path}.freezes[${index}]`)),
  ]
}

function freezeProblems(freeze: FreezeWindow, path: string): readonly Problem[] {
  const selector = freeze.selector === undefined ? [] : validateSelector(freeze.selector, `${path}.selector`)
  return [...windowProblems(freeze, path), ...selector]
}

function windowProblems(window: TimeWindow, path: string): readonly Problem[] {
  const problems: Problem[] = []
  const refuse = (field: keyof TimeWindow, accepted: string): void => {
    problems.push({ path: `${path}.${field}`, found: describeValue(window[field]), accepted })
  }
  const { schedule, timeZone, duration, from, to } = window
  if (schedule === undefined) {
    for (const field of ['timeZone', 'duration'] as const) if (window[field] !== undefined) refuse(field, 'nothing beside from and to')
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
  const ms = parseDuration(duration ?? '')
  if (ms === undefined || ms < minuteMs || ms > longestMs) refuse('duration', 'a duration from 1m to 8784h, such as 90m or 8h30m')
  return problems
}
