import { isExactInteger } from './exact-integer.ts'

/** A JSON value as text that depends on what it says alone: fields are sorted, and an absent field equals an undefined one. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(sorted(value))
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || isExactInteger(value)) return value
  if (Array.isArray(value)) return value.map(sorted)
  // As entries, so that `__proto__` is a field like any other.
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, child]) => [name, sorted(child)]),
  )
}
