import { isMap } from '../model/json/value.ts'

/** A value without the fields that are `null`, at any depth: in JSON they stand for absent ones. The value itself where it has none. */
export function withoutNulls<T>(value: T): T {
  if (Array.isArray(value)) {
    // A list can have holes, which its methods pass over.
    const items = Array.from(value as readonly unknown[], withoutNulls)
    return (items.every((item, index) => Object.hasOwn(value, index) && item === value[index]) ? value : items) as T
  }
  if (!isMap(value)) return value
  const kept = Object.entries(value).flatMap(([name, field]) => (field === null ? [] : [[name, withoutNulls(field)] as const]))
  const same =
    kept.length === Object.keys(value).length && kept.every(([name, field]) => field === (value as Record<string, unknown>)[name])
  return same ? value : (Object.fromEntries(kept) as T)
}
