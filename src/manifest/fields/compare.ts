import { jsonEqual } from '../../model/json/json-equal.ts'
import { fieldOf, isList, isMap } from '../../model/json/value.ts'
import type { Json } from '../../model/object.ts'
import { emptyFieldSet, type FieldSet, fieldSet, leafFieldSet } from './field-set.ts'
import { fieldElement, type PathElement } from './path-element.ts'
import { type FieldSchema, shapeOf } from './schema.ts'
import { groupsOf } from './schema-items.ts'

/** What differs between two versions of an object. */
export interface FieldChanges {
  /** Fields with another value, and new ones with their parents that are new. */
  readonly set: FieldSet
  readonly removed: FieldSet
}

const none: FieldChanges = { set: emptyFieldSet, removed: emptyFieldSet }

/** Compares two versions of an object field by field under its schema. */
export function compareFields(before: Json | undefined, after: Json | undefined, schema: FieldSchema): FieldChanges {
  if (before === after) return none
  const shape = shapeOf(schema, isEmpty(after) ? (isEmpty(before) ? undefined : before) : after)
  if (shape.kind === 'map' && mapOrNothing(before) && mapOrNothing(after)) {
    const names = new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])
    return joined(
      before,
      after,
      [...names].map((name) => [fieldElement(name), compareFields(fieldOf(before, name), fieldOf(after, name), shape.field(name))]),
    )
  }
  if (shape.kind === 'list' && listOrNothing(before) && listOrNothing(after)) {
    const [left, right] = [groupsOf(before ?? [], shape), groupsOf(after ?? [], shape)]
    const elements = new Set([...left.keys(), ...right.keys()])
    return joined(
      before,
      after,
      [...elements].map((element) => [element, compareItems(left.get(element), right.get(element), shape.items)]),
    )
  }
  if (jsonEqual(before, after)) return none
  if (after === undefined) return { set: emptyFieldSet, removed: leafFieldSet }
  if (before === undefined) return { set: leafFieldSet, removed: emptyFieldSet }
  // A map that becomes a value of another kind, or was one, is visited as well (structured-merge-diff, `compareWalker.compare`).
  const added = isMap(after) ? compareFields(undefined, after, schema).set : emptyFieldSet
  const gone = isMap(before) ? compareFields(before, undefined, schema).removed : emptyFieldSet
  return { set: { ...added, member: true }, removed: { ...gone, member: false } }
}

/** Items with one step: several of them are compared as one value (structured-merge-diff, `compareWalker.visitListItems`). */
function compareItems(before: readonly Json[] = [], after: readonly Json[] = [], schema: FieldSchema): FieldChanges {
  if (before.length <= 1 && after.length <= 1) return compareFields(before[0], after[0], schema)
  if (before.length > 1 && after.length > 1) return jsonEqual(before, after) ? none : { set: leafFieldSet, removed: emptyFieldSet }
  if (before.length > 1)
    return { set: after[0] === undefined ? emptyFieldSet : compareFields(undefined, after[0], schema).set, removed: leafFieldSet }
  return { set: leafFieldSet, removed: before[0] === undefined ? emptyFieldSet : compareFields(before[0], undefined, schema).removed }
}

function joined(
  before: Json | undefined,
  after: Json | undefined,
  children: readonly (readonly [PathElement, FieldChanges])[],
): FieldChanges {
  return {
    set: fieldSet(
      before === undefined && after !== undefined,
      children.map(([element, { set }]) => [element, set] as const),
    ),
    removed: fieldSet(
      after === undefined,
      children.map(([element, { removed }]) => [element, removed] as const),
    ),
  }
}

function isEmpty(value: Json | undefined): boolean {
  return value === undefined || value === null || (typeof value === 'object' && Object.keys(value).length === 0)
}

function mapOrNothing(value: Json | undefined): value is Extract<Json, { readonly [field: string]: Json }> | undefined {
  return value === undefined || value === null || isMap(value)
}

function listOrNothing(value: Json | undefined): value is readonly Json[] | undefined {
  return value === undefined || value === null || isList(value)
}
