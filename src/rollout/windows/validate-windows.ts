import type { Problem } from '../../model/errors/problem.ts'
import type { Schema } from '../../model/schema/schema.ts'
import { validate } from '../../model/schema/validate.ts'
import { allowWindowsSchema, freezeWindowsSchema } from '../../model/windows/schema.ts'
import { windowProblems } from '../../model/windows/window-problems.ts'
import type { RolloutWindows } from './windows.ts'

const windowsSchema: Schema = { type: 'object', properties: { allow: allowWindowsSchema, freezes: freezeWindowsSchema } }

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
