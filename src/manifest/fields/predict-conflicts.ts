import type { FieldConflict } from '../../model/errors/field-conflict.ts'
import { jsonEqual } from '../../model/json/json-equal.ts'
import { fieldOf, isList, isMap } from '../../model/json/value.ts'
import type { Json, JsonObject } from '../../model/object.ts'
import { below, emptyFieldSet, type FieldSet, fieldSet, leafFieldSet } from './field-set.ts'
import { itemsByElement, listShape, matchItems } from './list-shape.ts'
import { conflictsOver, type FieldOwner, isApplier, ownedFields } from './managers.ts'
import { fieldElement, type PathElement } from './path-element.ts'

/**
 * The conflicts that an apply of `desired` by `manager` without force ends with. Like the API server it compares the
 * values as they are written: `1000m` over another manager's `1` is a conflict.
 */
export function predictConflicts(
  desired: JsonObject,
  live: JsonObject,
  owners: readonly FieldOwner[],
  manager: string,
): readonly FieldConflict[] {
  const known = owners.length > 0 ? owners : [beforeFirstApply(live)]
  const others = known.filter((owner) => !isApplier(owner, manager))
  return conflictsOver(changedFields(desired, live, ownedFields(known), undefined), others)
}

/** The manager that the API server names for an object of which no manager owns anything. */
function beforeFirstApply(live: JsonObject): FieldOwner {
  const fields = changedFields(live, undefined, emptyFieldSet, undefined)
  return { manager: 'before-first-apply', operation: 'Update', apiVersion: '', subresource: '', time: undefined, fields }
}

/** The fields that get another value when `desired` is merged into `live`; whatever is added counts with all its parents. */
function changedFields(desired: Json, live: Json | undefined, owned: FieldSet, name: string | undefined): FieldSet {
  // A null is merged into like an empty map or list, but is another value than an empty one.
  if (isMap(desired) && (live === undefined || live === null || isMap(live)) && !isAtomicMap(live, owned)) {
    if (live !== undefined && Object.keys(desired).length === 0) return live === null ? leafFieldSet : emptyFieldSet
    const children = Object.entries(desired).map(([field, child]): [PathElement, FieldSet] => {
      const element = fieldElement(field)
      return [element, changedFields(child, fieldOf(live, field), below(owned, element), field)]
    })
    return fieldSet(live === undefined, children)
  }
  if (isList(desired) && (live === undefined || (live === null && desired.length > 0) || isList(live))) {
    // An empty list that no manager owns is in no conflict, whatever its type.
    if (desired.length === 0 && live === undefined && !owned.member) return emptyFieldSet
    const shape = listShape(name, owned, [...desired, ...(live ?? [])])
    if (shape.kind !== 'atomic') {
      const items = itemsByElement(live ?? [], shape)
      const children = [...matchItems(desired, shape, owned)].map(([element, item]): [PathElement, FieldSet] => [
        element,
        changedFields(item, items.get(element), below(owned, element), undefined),
      ])
      return fieldSet(live === undefined, children)
    }
  }
  // A null removes a value, but it leaves alone what is merged field by field.
  if (desired === null && owned.children.size > 0 && live !== undefined) return emptyFieldSet
  return jsonEqual(desired, live) ? emptyFieldSet : leafFieldSet
}

/** A map with something in it that is owned as a whole. */
function isAtomicMap(live: Json | undefined, owned: FieldSet): boolean {
  return isMap(live) && owned.member && owned.children.size === 0 && Object.keys(live).length > 0
}
