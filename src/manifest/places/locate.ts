import { isList } from '../../model/json/value.ts'
import { fieldElement, fieldNameOf, formatPath, type PathElement } from '../fields/path-element.ts'
import { desiredItems, fieldPlace, type Place, placesBelow } from './place.ts'

/** A place, and the way to it. */
export interface Located {
  readonly path: readonly PathElement[]
  readonly place: Place
  /** Whether it is in an item of a list that is not in the cluster yet. */
  readonly inNewItem?: boolean | undefined
}

/**
 * What a JSON pointer leads to. Positions are those of the source's lists, so that it is the same item whatever else is in the live one;
 * `undefined` when the source has no such item.
 */
export function locatePointer(root: Place, steps: readonly string[]): Located | undefined {
  let located: Located = { path: [], place: root }
  for (const step of steps) {
    const next = isList(located.place.desired) ? itemAt(located, step) : fieldAt(located, step)
    if (next === undefined) return undefined
    located = next
  }
  return located
}

/** What paths lead to that an API server wrote, such as `.spec.containers[name="web"].image`: those that are in either form of the object. */
export function locatePaths(root: Place, paths: ReadonlySet<string>): ReadonlyMap<string, Located> {
  const found = new Map<string, Located>()
  const visit = (text: string, located: Located): void => {
    if (paths.has(text)) found.set(text, located)
    for (const [element, place] of placesBelow(located.place))
      visit(text + formatPath([element]), { path: [...located.path, element], place })
  }
  if (paths.size > 0) visit('', { path: [], place: root })
  return found
}

function fieldAt({ path, place, inNewItem }: Located, name: string): Located | undefined {
  // A list that only the live object has: its positions are no one's.
  if (isList(place.live) && place.desired === undefined) return undefined
  const item = fieldNameOf(path.at(-1) ?? fieldElement('')) === undefined
  const isNew = inNewItem === true || (item && place.live === undefined)
  return { path: [...path, fieldElement(name)], place: fieldPlace(place, name), ...(isNew ? { inNewItem: true } : {}) }
}

function itemAt({ path, place, inNewItem }: Located, position: string): Located | undefined {
  if (!/^(0|[1-9]\d*)$/.test(position)) return undefined
  const element = [...desiredItems(place).keys()][Number(position)]
  const item = element === undefined ? undefined : placesBelow(place).get(element)
  return element === undefined || item === undefined ? undefined : { path: [...path, element], place: item, inNewItem }
}
