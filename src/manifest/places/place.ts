import { fieldOf, isList, isMap } from '../../model/json/value.ts'
import type { Json, KubeObject } from '../../model/object.ts'
import { below, emptyFieldSet, type FieldSet } from '../fields/field-set.ts'
import { itemsByElement, type ListShape, listShape, matchItems } from '../fields/list-shape.ts'
import { fieldOwners, ownedFields } from '../fields/managers.ts'
import { fieldElement, fieldNameOf, keyOf, type PathElement } from '../fields/path-element.ts'

/** One place in an object of the source and in its live form, of which either may have nothing there. */
export interface Place {
  readonly desired: Json | undefined
  readonly live: Json | undefined
  /** What any manager owns there and below. */
  readonly owned: FieldSet
  /** The field that holds it. */
  readonly name: string | undefined
  /** Whether it is part of a value that is applied as a whole. */
  readonly atomic: boolean
}

/** The two forms of an object, as a whole. */
export function rootPlace(desired: KubeObject, live: KubeObject): Place {
  const owned = ownedFields(fieldOwners(live))
  return { desired: desired as unknown as Json, live: live as unknown as Json, owned, name: undefined, atomic: false }
}

/** An object that is nowhere yet. */
export function newPlace(desired: KubeObject): Place {
  return { desired: desired as unknown as Json, live: undefined, owned: emptyFieldSet, name: undefined, atomic: false }
}

/** The place of a field of a map. */
export function fieldPlace(place: Place, name: string): Place {
  return {
    desired: fieldOf(place.desired, name),
    live: fieldOf(place.live, name),
    owned: below(place.owned, fieldElement(name)),
    name,
    atomic: place.atomic || isWholeMap(place),
  }
}

/** The fields or items at a place, in the order of the source; those that only the live form has come last. */
export function placesBelow(place: Place): ReadonlyMap<PathElement, Place> {
  const { desired, live, owned } = place
  if (isMap(desired) || (desired === undefined && isMap(live))) {
    const names = new Set([...Object.keys(desired ?? {}), ...(isMap(live) ? Object.keys(live) : [])])
    return new Map([...names].map((name) => [fieldElement(name), fieldPlace(place, name)]))
  }
  if (!isList(desired ?? live)) return new Map()
  const shape = shapeOf(place)
  const atomic = shape.kind === 'atomic'
  const wanted = isList(desired) ? elementsOf(desired, shape, owned) : new Map<PathElement, Json>()
  const found = isList(live) ? (atomic ? byPosition(live) : itemsByElement(live, shape)) : new Map<PathElement, Json>()
  return new Map(
    [...new Set([...wanted.keys(), ...found.keys()])].map((element) => [
      element,
      { desired: wanted.get(element), live: found.get(element), owned: below(owned, element), name: undefined, atomic },
    ]),
  )
}

/** The items of a list of the source by their steps. */
export function desiredItems(place: Place): ReadonlyMap<PathElement, Json> {
  return isList(place.desired) ? elementsOf(place.desired, shapeOf(place), place.owned) : new Map()
}

/** Whether a step leads to a field that tells the items of its list apart. */
export function isKey(parent: PathElement | undefined, element: PathElement): boolean {
  const name = fieldNameOf(element)
  return parent !== undefined && name !== undefined && Object.hasOwn(keyOf(parent) ?? {}, name)
}

function shapeOf({ desired, live, owned, name, atomic }: Place): ListShape {
  if (atomic) return { kind: 'atomic' }
  return listShape(name, owned, [...(isList(desired) ? desired : []), ...(isList(live) ? live : [])])
}

function elementsOf(items: readonly Json[], shape: ListShape, owned: FieldSet): ReadonlyMap<PathElement, Json> {
  return shape.kind === 'atomic' ? byPosition(items) : matchItems(items, shape, owned)
}

function byPosition(items: readonly Json[]): ReadonlyMap<PathElement, Json> {
  return new Map(items.map((item, index) => [`i:${index}`, item]))
}

/** A map with something in it that is owned as one value. */
function isWholeMap({ live, owned }: Place): boolean {
  return isMap(live) && Object.keys(live).length > 0 && owned.member && owned.children.size === 0
}
