import type { Problem } from '../../model/errors/problem.ts'
import { isList } from '../../model/json/value.ts'
import type { Json } from '../../model/object.ts'

/** The problem of a field that is empty and must not be. */
export function required(path: string): Problem {
  return { path, found: 'nothing', accepted: 'a value: the field is required', cause: 'FieldValueRequired' }
}

/** The problems of values that are there more than once; an absent one is never a second. */
export function repeated(values: readonly (readonly [path: string, value: Json | undefined])[]): readonly Problem[] {
  const seen = new Set<Json>()
  return values.flatMap(([path, value]) => {
    if (value === undefined || value === '') return []
    if (seen.has(value))
      return [{ path, found: `${JSON.stringify(value)} twice`, accepted: 'each value once', cause: 'FieldValueDuplicate' }]
    seen.add(value)
    return []
  })
}

/** The items of what should be a list. */
export function items(value: Json | undefined): readonly Json[] {
  return isList(value) ? value : []
}
