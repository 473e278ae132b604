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
const listOf = (items: Schema): Schema => ({ type: 'array', maxItems: 64, 'x-kubernetes-list-type': 'atomic', items })

/** The schema of windows in which something may start. */
export const allowWindowsSchema: Schema = listOf({
  type: 'object',
  typeName: 'AllowWindow',
  exactlyOneOf: ['schedule', 'from'],
  properties: { ...timing, selector: selectorSchema },
})

/** The schema of windows in which nothing starts. */
export const freezeWindowsSchema: Schema = listOf({
  type: 'object',
  typeName: 'FreezeWindow',
  exactlyOneOf: ['schedule', 'from'],
  required: ['name'],
  properties: { ...timing, name: { ...text, minLength: 1 }, selector: selectorSchema },
})
