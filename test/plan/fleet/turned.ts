/** JSON with the fields of every object in the opposite order. */
export function turned<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(turned) as T
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([field, each]) => [field, turned(each)]),
  ) as T
}

/** JSON with the fields of every object in one order. */
export function sortedFields(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(sortedFields)
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((field) => [field, sortedFields((value as Record<string, unknown>)[field])]),
  )
}
