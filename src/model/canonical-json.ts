/** A JSON value as text that depends on what it says alone: fields are sorted, and an absent field equals an undefined one. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) => {
    if (typeof each !== 'object' || each === null || Array.isArray(each)) return each
    const sorted = Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1))
    // A null prototype: `__proto__` is a field like any other.
    return Object.assign(Object.create(null), Object.fromEntries(sorted)) as unknown
  })
}
