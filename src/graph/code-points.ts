const beyondPlainOrder: RegExp = /[\ud800-\udfff]/

/**
 * Compares by code points, in any locale. JavaScript's own order is by UTF-16 units, which puts U+1F600 before U+FF5E.
 */
export function compareIds(a: string, b: string): number {
  if (a === b) return 0
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i += 1) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    // A surrogate is half of a code point above every single unit.
    if (x !== y) return rank(x) - rank(y)
  }
  return a.length - b.length
}

function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit
}

/** A new list of `ids` in the order of {@link compareIds}. */
export function sortIds(ids: readonly string[]): string[] {
  // The engine's own string sort is several times faster, and right unless there are surrogates.
  return ids.some((id) => beyondPlainOrder.test(id)) ? [...ids].sort(compareIds) : [...ids].sort()
}
