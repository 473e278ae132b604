import { isMap } from '../json/value.ts'
import type { Schema } from './schema.ts'
import { validate } from './validate.ts'

/**
 * What of `value` satisfies `schema`: fields and items that do not are left out, and an object without a field that it must have
 * is left out whole. `undefined` when nothing is left. For what people edit by hand and programs must be able to read all the same.
 */
export function validPart(schema: Schema, value: unknown): unknown {
  if (schema.type === 'array' && Array.isArray(value) && schema.items !== undefined) {
    const { items } = schema
    return value.map((item) => validPart(items, item)).filter((item) => item !== undefined)
  }
  if (schema.type === 'object' && schema.properties !== undefined && isMap(value)) {
    const fields = Object.entries(schema.properties).flatMap(([key, field]): [string, unknown][] => {
      const part = Object.hasOwn(value, key) ? validPart(field, value[key]) : undefined
      return part === undefined ? [] : [[key, part]]
    })
    const part = Object.fromEntries(fields)
    return (schema.required ?? []).every((key) => key in part) ? part : undefined
  }
  return validate(schema, value, '').length === 0 ? value : undefined
}
