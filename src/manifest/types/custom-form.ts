import { isList, isMap } from '../../model/json/value.ts'
import type { Json } from '../../model/object.ts'
import type { FieldSchema } from '../fields/schema.ts'
import { builtInForm } from './built-in-form.ts'

/** A value of a custom type with the defaults of its schema (k8s.io/apiextensions-apiserver, `defaulting.Default`). */
export function withDefaults(value: Json, schema: FieldSchema): Json {
  // Metadata, of the object and of those embedded in it, are of a built-in type.
  if (schema.written !== undefined) return builtInForm(value, schema)
  if (isList(value)) return value.map((item) => defaulted(item, schema.items ?? {}))
  if (!isMap(value)) return value
  const { fields = {}, values } = schema
  const filled: Record<string, Json> = {}
  for (const [name, child] of Object.entries(value)) {
    const known = Object.hasOwn(fields, name) ? fields[name] : values
    filled[name] = known === undefined ? child : defaulted(child, known)
  }
  for (const [name, known] of Object.entries(fields))
    if (known.default !== undefined && !Object.hasOwn(filled, name)) filled[name] = withDefaults(known.default, known)
  return filled
}

function defaulted(value: Json, schema: FieldSchema): Json {
  const { default: fallback, nullable } = schema
  return withDefaults(value === null && !nullable && fallback !== undefined ? fallback : value, schema)
}

/**
 * A custom object as the API server decodes it, from a request and from its database: without the nulls that their schema does not allow
 * and has no default for (k8s.io/apiextensions-apiserver, `PruneNonNullableNullsWithoutDefaults`). Items of lists stay.
 */
export function withoutNulls(value: Json, schema: FieldSchema): Json {
  if (schema.written !== undefined) return value
  if (isList(value)) return value.map((item) => withoutNulls(item, schema.items ?? {}))
  if (!isMap(value)) return value
  const { fields = {}, values } = schema
  const entries = Object.entries(value).flatMap(([name, child]): (readonly [string, Json])[] => {
    const known = Object.hasOwn(fields, name) ? fields[name] : values
    const kept = child !== null || known === undefined || known.nullable || known.default !== undefined
    if (child === null && known?.written !== undefined) return [[name, {}]]
    return kept ? [[name, withoutNulls(child, known ?? {})]] : []
  })
  return Object.fromEntries(entries)
}
