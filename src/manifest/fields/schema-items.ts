import { fieldOf } from '../../model/json/value.ts'
import type { Json } from '../../model/object.ts'
import { keyElement, type PathElement, valueElement } from './path-element.ts'
import type { Shape } from './schema.ts'

/** The step to an item of a list under its schema. Keys that are left out have their defaults, or are not part of it. */
export function elementOf(item: Json, { keys, items }: Extract<Shape, { kind: 'list' }>): PathElement {
  if (keys === undefined) return valueElement(item)
  const named = keys.flatMap((key) => {
    const given = fieldOf(item, key)
    const value = given === undefined ? items.fields?.[key]?.default : given
    return value === undefined ? [] : [[key, value] as const]
  })
  return keyElement(Object.fromEntries(named))
}

/** The items of a list by their steps. Of those with the same step, which only a live list can have, the first counts. */
export function itemsOf(list: readonly Json[], shape: Extract<Shape, { kind: 'list' }>): ReadonlyMap<PathElement, Json> {
  const items = new Map<PathElement, Json>()
  for (const item of list) {
    const element = elementOf(item, shape)
    if (!items.has(element)) items.set(element, item)
  }
  return items
}

/** All items of a list by their steps. More than one with the same step can only be in a live list. */
export function groupsOf(list: readonly Json[], shape: Extract<Shape, { kind: 'list' }>): ReadonlyMap<PathElement, readonly Json[]> {
  return Map.groupBy(list, (item) => elementOf(item, shape))
}
