import { jsonEqual } from '../json/json-equal.ts'
import { isMap } from '../json/value.ts'
import type { Schema } from './schema.ts'

/**
 * `value` without the fields that say what `schema` has as their default: the inverse of `withDefaults`. A field that a later version of a schema adds,
 * with a default, changes nothing in it. The value is assumed to be valid.
 */
export function withoutDefaults(schema: Schema, value: unknown): unknown {
  const { items, properties = {}, additionalProperties } = schema
  if (Array.isArray(value)) return items === undefined ? value : value.map((item) => withoutDefaults(items, item))
  if (!isMap(value)) return value
  const fields = Object.entries(value).flatMap(([key, field]): [string, unknown][] => {
    const known = Object.hasOwn(properties, key) ? properties[key] : additionalProperties
    if (known === undefined) return [[key, field]]
    const kept = withoutDefaults(known, field)
    return known.default !== undefined && jsonEqual(kept, withoutDefaults(known, known.default)) ? [] : [[key, kept]]
  })
  return Object.fromEntries(fields)
}
