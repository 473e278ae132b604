import { isList, isMap } from '../../model/json/value.ts'
import type { Json } from '../../model/object.ts'
import { type FieldSet, fieldSet, leafFieldSet } from './field-set.ts'
import { fieldElement, type PathElement } from './path-element.ts'
import { type FieldSchema, shapeOf } from './schema.ts'
import { groupsOf, itemsOf } from './schema-items.ts'

/** The fields that an object sets: what its applier comes to own. */
export function fieldsOf(value: Json, schema: FieldSchema): FieldSet {
  const shape = shapeOf(schema, value)
  if (shape.kind === 'map' && isMap(value)) {
    const children = Object.entries(value).map(([name, child]): [PathElement, FieldSet] => {
      const set = fieldsOf(child, shape.field(name))
      const own = child === null || (isMap(child) && Object.keys(child).length === 0) || !shape.declares(name)
      return [fieldElement(name), own ? { ...set, member: true } : set]
    })
    return fieldSet(false, children)
  }
  if (shape.kind === 'list' && isList(value)) {
    const children = [...groupsOf(value, shape)].map(([element, items]): [PathElement, FieldSet] => [
      element,
      // Of several items with one step no one owns the fields.
      items.length === 1 ? { ...fieldsOf(items[0] as Json, shape.items), member: true } : leafFieldSet,
    ])
    return fieldSet(false, children)
  }
  // An associative list or a map that is null has no fields of its own; its manager says that it is there.
  return leafFieldSet
}

/** A set with the declared fields on the way to each of its paths added: what goes when those paths go. */
export function withDeclaredParents(set: FieldSet, value: Json | undefined, schema: FieldSchema): FieldSet {
  const shape = shapeOf(schema, value)
  if (shape.kind === 'leaf' || set.children.size === 0) return set
  const children = [...set.children].map(([element, child]): [PathElement, FieldSet] => {
    if (shape.kind === 'list')
      return [element, withDeclaredParents(child, isList(value) ? itemsOf(value, shape).get(element) : undefined, shape.items)]
    const name = element.slice(2)
    const inner = withDeclaredParents(child, isMap(value) && Object.hasOwn(value, name) ? value[name] : undefined, shape.field(name))
    return [element, inner.children.size > 0 && shape.declares(name) ? { ...inner, member: true } : inner]
  })
  return fieldSet(set.member, children)
}
