import { isList, isMap } from '../../model/json/value.ts'
import type { Json, JsonObject } from '../../model/object.ts'
import { fieldElement, fieldNameOf, type PathElement } from '../fields/path-element.ts'
import { desiredItems, fieldPlace, type Place, placesBelow } from './place.ts'

/** Another value at the end of a path; `undefined` leaves it out. */
export interface Replacement {
  readonly path: readonly PathElement[]
  readonly value: Json | undefined
}

/** The desired value at a place with other values below it. A map or list that has nothing left is left out as well. */
export function replaceAll(place: Place, replacements: readonly Replacement[]): Json | undefined {
  const whole = replacements.find(({ path }) => path.length === 0)
  if (whole !== undefined) return whole.value
  const below = new Map<PathElement, Replacement[]>()
  for (const { path, value } of replacements) {
    const [element = '', ...rest] = path
    const known = below.get(element)
    if (known === undefined) below.set(element, [{ path: rest, value }])
    else known.push({ path: rest, value })
  }
  const isField = [...below.keys()].every((element) => fieldNameOf(element) !== undefined)
  return isField ? replaceFields(place, isMap(place.desired) ? place.desired : {}, below) : replaceItems(place, below)
}

function replaceFields(place: Place, desired: JsonObject, below: ReadonlyMap<PathElement, readonly Replacement[]>): Json | undefined {
  const added = [...below.keys()].map((element) => element.slice(2)).filter((name) => !Object.hasOwn(desired, name))
  const fields = [...Object.keys(desired), ...added].flatMap((name) => {
    const replacements = below.get(fieldElement(name))
    const value = replacements === undefined ? desired[name] : replaceAll(fieldPlace(place, name), replacements)
    return value === undefined ? [] : [[name, value] as const]
  })
  return fields.length === 0 ? undefined : Object.fromEntries(fields)
}

function replaceItems(place: Place, below: ReadonlyMap<PathElement, readonly Replacement[]>): Json | undefined {
  const items = isList(place.desired) ? place.desired : []
  const places = placesBelow(place)
  const replaced = (element: PathElement): Json | undefined => {
    const item = places.get(element)
    return item && replaceAll(item, below.get(element) ?? [])
  }
  const wanted = desiredItems(place)
  const elements = [...wanted.keys()]
  // Items that cannot be told apart are for the server to refuse.
  if (elements.length !== items.length) return place.desired
  const kept = items.map((item, index) => {
    const element = elements[index] as PathElement
    return below.has(element) ? replaced(element) : item
  })
  const added = [...below.keys()].filter((element) => !wanted.has(element)).map(replaced)
  const result = [...kept, ...added].filter((item) => item !== undefined)
  return result.length === 0 ? undefined : result
}
