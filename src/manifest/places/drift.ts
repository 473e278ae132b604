import { jsonEqual } from '../../model/json/json-equal.ts'
import { isList, isMap } from '../../model/json/value.ts'
import type { Json } from '../../model/object.ts'
import { below, type FieldSet, isEmptyFieldSet } from '../fields/field-set.ts'
import type { Located } from './locate.ts'
import { placesBelow } from './place.ts'

/**
 * The smallest places at or below one where the cluster has another value than an apply of the source would give it. `mine` is what the manager who applies
 * owns there by having applied it: of what the source does not have, only that is changed by an apply.
 */
export function driftedPlaces(located: Located, mine: FieldSet): readonly Located[] {
  const { desired, live } = located.place
  if (desired === undefined ? live === undefined || isEmptyFieldSet(mine) : jsonEqual(desired, live)) return []
  if (desired === null && live === undefined) return []
  const parts = isCompound(desired, live) ? [...placesBelow(located.place)] : []
  const splits = parts.length > 0 && !parts.some(([element, { atomic }]) => atomic && element.startsWith('i:'))
  if (!splits) return [located]
  const drifted = parts.flatMap(([element, place]) => driftedPlaces({ path: [...located.path, element], place }, below(mine, element)))
  return drifted.length > 0 || desired !== undefined || !mine.member ? drifted : [located]
}

/** Whether two values are maps, or lists, of which each part can be looked at alone. */
function isCompound(desired: Json | undefined, live: Json | undefined): boolean {
  return (isMap(desired ?? live) && isMap(live)) || (isList(desired ?? live) && isList(live))
}
