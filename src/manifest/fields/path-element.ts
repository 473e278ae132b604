import { canonicalJson } from '../../model/json/canonical-json.ts'
import { parseJson } from '../../model/json/parse-json.ts'
import { isMap } from '../../model/json/value.ts'
import type { Json, JsonObject } from '../../model/object.ts'

/**
 * One step of a path, in the form that `FieldsV1` writes it: `f:replicas` a field, `k:{"name":"web"}` the item of a
 * list with these keys, `v:"finalizer"` the item of a set, `i:0` the item of a list by position. Keys are sorted, so
 * equal steps are equal strings.
 */
export type PathElement = string

/** The step to a field. */
export function fieldElement(name: string): PathElement {
  return `f:${name}`
}

/** The step to the item of an associative list. */
export function keyElement(key: JsonObject): PathElement {
  return `k:${canonicalJson(key)}`
}

/** The step to the item of a set. */
export function valueElement(value: Json): PathElement {
  return `v:${canonicalJson(value)}`
}

/** The name of the field that a step leads to, or `undefined` when it leads to an item of a list. */
export function fieldNameOf(element: PathElement): string | undefined {
  return element.startsWith('f:') ? element.slice(2) : undefined
}

/** The keys of the item that a step leads to, or `undefined` when it is no step into an associative list. */
export function keyOf(element: PathElement): JsonObject | undefined {
  if (!element.startsWith('k:')) return undefined
  const key = jsonOf(element.slice(2))
  return isMap(key) ? key : undefined
}

/** A step as others may have written it, in the one form that this library compares; `undefined` when it is none. */
export function canonicalElement(text: string): PathElement | undefined {
  if (text.startsWith('f:') || /^i:\d+$/.test(text)) return text
  if (text.startsWith('k:')) {
    const key = keyOf(text)
    return key === undefined ? undefined : keyElement(key)
  }
  if (!text.startsWith('v:')) return undefined
  const value = jsonOf(text.slice(2))
  return value === undefined ? undefined : valueElement(value)
}

/** A path as the API server writes it in conflicts: `.spec.containers[name="web"].image`, `.metadata.finalizers[="x"]`. */
export function formatPath(path: readonly PathElement[]): string {
  return path.map(formatElement).join('')
}

function formatElement(element: PathElement): string {
  const text = element.slice(2)
  switch (element[0]) {
    case 'k':
      return `[${Object.entries(keyOf(element) ?? {})
        .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
        .join(',')}]`
    case 'v':
      return `[=${text}]`
    case 'i':
      return `[${text}]`
    default:
      return `.${text}`
  }
}

function jsonOf(text: string): Json | undefined {
  try {
    return parseJson(text)
  } catch {
    return undefined
  }
}
