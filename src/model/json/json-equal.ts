import { integerText, isExactInteger } from './exact-integer.ts'

/** Whether two JSON values are equal. The order of fields does not matter; an absent field equals an undefined one. */
export function jsonEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (isExactInteger(a) || isExactInteger(b)) return integerText(a) === integerText(b)
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, index) => jsonEqual(item, b[index]))
  }
  const left = a as Readonly<Record<string, unknown>>
  const right = b as Readonly<Record<string, unknown>>
  for (const key of Object.keys(left)) if (!jsonEqual(left[key], own(right, key))) return false
  return Object.keys(right).every((key) => right[key] === undefined || Object.hasOwn(left, key))
}

function own(value: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(value, key) ? value[key] : undefined
}
