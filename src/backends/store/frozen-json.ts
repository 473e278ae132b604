import { exactNumber, isExactInteger } from '../../model/json/exact-integer.ts'
import type { Json } from '../../model/object.ts'

/** Deeper than any real object; a cycle ends here too. */
const maxDepth = 500

/**
 * A deep copy of a JSON value, frozen to the bottom, so that neither side of the border can change what the other has.
 * Fields that are `undefined` are dropped, as JSON does. Anything that is not JSON is thrown as what `fail` makes of its
 * path and of its kind; values themselves are not shown, they may be secret.
 */
export function frozenJson(input: unknown, fail: (path: string, found: string) => Error): Json {
  const path: (string | number)[] = []

  function copy(value: unknown): Json {
    switch (typeof value) {
      case 'string':
      case 'boolean':
        return value
      case 'number':
        if (!Number.isFinite(value)) throw fail(formatPath(path), String(value))
        return value === 0 ? 0 : exactNumber(value) // -0 does not survive JSON
      case 'object':
        if (value === null || isExactInteger(value)) return value as Json
        if (path.length > maxDepth) throw fail(formatPath(path.slice(0, 8)), `a cycle, or more than ${maxDepth} levels`)
        return Object.freeze(Array.isArray(value) ? value.map(element) : fields(value))
      default:
        throw fail(formatPath(path), `a ${typeof value}`)
    }
  }

  function element(value: unknown, index: number): Json {
    path.push(index)
    const result = copy(value)
    path.pop()
    return result
  }

  function fields(value: object): Record<string, Json> {
    const prototype: unknown = Object.getPrototypeOf(value)
    // Plain objects of any realm: their prototype is the end of the chain, or missing.
    if (prototype !== null && Object.getPrototypeOf(prototype) !== null)
      throw fail(formatPath(path), `an instance of ${value.constructor?.name ?? 'a class'}`)
    const result: Record<string, Json> = {}
    for (const key of Object.keys(value)) {
      const field: unknown = (value as Record<string, unknown>)[key]
      if (field === undefined) continue
      path.push(key)
      const copied = copy(field)
      path.pop()
      if (key === '__proto__') Object.defineProperty(result, key, { value: copied, enumerable: true, configurable: true, writable: true })
      else result[key] = copied
    }
    return result
  }

  return copy(input)
}

function formatPath(path: readonly (string | number)[]): string {
  return path.map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? part : `.${part}`)).join('')
}
