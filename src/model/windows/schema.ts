import type { Schema } from '../schema/schema.ts'
import { selectorSchema } from '../schema/validate-selector.ts'
import type { TimeWindow } from './windows.ts'

const text: Schema = { type: 'string', maxLength: 256 }
const timing: Readonly<Record<keyof TimeWindow, Schema>> = {
  schedule: text,
  timeZone: text,
  timeZoneLabel: text,
  duration: text,
  from: text,
  to: text,
}
const listOf = (typeName: string, required: readonly string[], more: Readonly<Record<string, Schema>>): Schema => ({
  type: 'array',
  maxItems: 64,
  'x-kubernetes-list-type': 'atomic',
  items: {
    type: 'object',
    typeName,
    exactlyOneOf: ['schedule', 'from'],
    required,
    properties: { ...timing, ...more, selector: selectorSchema },
  },
})

/** The schema of windows in which something may start. */
export const allowWindowsSchema: Schema = listOf('AllowWindow', [], {})
/** The schema of windows in which nothing starts. */
export const freezeWindowsSchema: Schema = listOf('FreezeWindow', ['name'], { name: { ...text, minLength: 1 } })
