import type { JsonObject } from '../../model/object.ts'
import { canonicalElement, formatPath, type PathElement } from './path-element.ts'

/**
 * A set of paths into an object, as a tree: `member` says that the path which ends here is in the set. A set is never
 * changed; the operations return another one and share what is equal.
 */
export interface FieldSet {
  readonly member: boolean
  readonly children: ReadonlyMap<PathElement, FieldSet>
}

/** The set without any path. */
export const emptyFieldSet: FieldSet = { member: false, children: new Map() }
/** The set of nothing but the path to where it stands. */
export const leafFieldSet: FieldSet = { member: true, children: new Map() }

/** Whether no path is in the set. */
export function isEmptyFieldSet(set: FieldSet): boolean {
  return !set.member && set.children.size === 0
}

/** A set from its members below and whether the path itself is one. Children without paths are left out. */
export function fieldSet(member: boolean, children: Iterable<readonly [PathElement, FieldSet]>): FieldSet {
  const kept = new Map<PathElement, FieldSet>()
  for (const [element, child] of children) if (!isEmptyFieldSet(child)) kept.set(element, child)
  return { member, children: kept }
}

/**
 * Reads the `fieldsV1` of a managedFields entry. In that form a field without anything below it is in the set, and one
 * with something below it is if it holds `.`. What is not of the form is left out, as it can own nothing.
 */
export function parseFieldSet(fieldsV1: JsonObject | undefined): FieldSet {
  return fieldsV1 === undefined ? emptyFieldSet : parseNode(fieldsV1, true)
}

function parseNode(node: JsonObject, root: boolean): FieldSet {
  const entries = Object.entries(node)
  if (entries.length === 0) return root ? emptyFieldSet : leafFieldSet
  const children = new Map<PathElement, FieldSet>()
  for (const [text, child] of entries) {
    const element = canonicalElement(text)
    if (element === undefined || typeof child !== 'object' || child === null || Array.isArray(child)) continue
    const below = parseNode(child as JsonObject, false)
    if (!isEmptyFieldSet(below)) children.set(element, below)
  }
  return { member: Object.hasOwn(node, '.'), children }
}

/** The `fieldsV1` of a set, sorted: equal sets give equal objects. */
export function formatFieldSet(set: FieldSet): JsonObject {
  const below = [...set.children].sort(([a], [b]) => (a < b ? -1 : 1)).map(([element, child]) => [element, formatFieldSet(child)] as const)
  return Object.fromEntries(set.member && below.length > 0 ? [['.', {}] as const, ...below] : below)
}

/** Every path that is in either set. */
export function unionFieldSets(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmptyFieldSet(b)) return a
  if (isEmptyFieldSet(a)) return b
  const children = new Map(a.children)
  for (const [element, child] of b.children) {
    const other = children.get(element)
    children.set(element, other === undefined ? child : unionFieldSets(other, child))
  }
  return { member: a.member || b.member, children }
}

/** Every path that is in both sets. */
export function intersectFieldSets(a: FieldSet, b: FieldSet): FieldSet {
  const children = [...a.children].flatMap(([element, child]) => {
    const other = b.children.get(element)
    return other === undefined ? [] : [[element, intersectFieldSets(child, other)] as const]
  })
  return fieldSet(a.member && b.member, children)
}

/** Every path of `a` that is not in `b`. */
export function subtractFieldSets(a: FieldSet, b: FieldSet): FieldSet {
  const children = [...a.children].map(([element, child]) => {
    const other = b.children.get(element)
    return [element, other === undefined ? child : subtractFieldSets(child, other)] as const
  })
  return fieldSet(a.member && !b.member, children)
}

/** Every path of `a` that is neither in `b` nor below a path of `b`. */
export function excludeFieldSet(a: FieldSet, b: FieldSet): FieldSet {
  if (b.member) return emptyFieldSet
  const children = [...a.children].map(([element, child]) => {
    const other = b.children.get(element)
    return [element, other === undefined ? child : excludeFieldSet(child, other)] as const
  })
  return fieldSet(a.member, children)
}

/** The part of the set below a step; the empty set when there is none. */
export function below(set: FieldSet, element: PathElement): FieldSet {
  return set.children.get(element) ?? emptyFieldSet
}

/** Whether two sets have the same paths. */
export function equalFieldSets(a: FieldSet, b: FieldSet): boolean {
  if (a.member !== b.member || a.children.size !== b.children.size) return false
  for (const [element, child] of a.children) {
    const other = b.children.get(element)
    if (other === undefined || !equalFieldSets(child, other)) return false
  }
  return true
}

/** The paths of a set as the API server writes them, sorted. */
export function formatPaths(set: FieldSet): string[] {
  const paths: string[] = []
  const visit = (node: FieldSet, path: readonly PathElement[]): void => {
    if (node.member) paths.push(formatPath(path))
    for (const [element, child] of node.children) visit(child, [...path, element])
  }
  visit(set, [])
  return paths.sort()
}
