import { fieldOf, isList, isMap } from '../../model/json/value.ts'
import type { Json } from '../../model/object.ts'
import { below, type FieldSet, isEmptyFieldSet } from './field-set.ts'
import { fieldElement, type PathElement } from './path-element.ts'
import { type FieldSchema, type Shape, shapeOf } from './schema.ts'
import { elementOf, groupsOf, itemsOf } from './schema-items.ts'

/** What a configuration makes of a live value: it wins where it says something, the rest stays. */
export function mergeFields(live: Json | undefined, config: Json | undefined, schema: FieldSchema): Json | undefined {
  if (config === undefined) return live
  if (live === undefined) return config
  const shape = shapeOf(schema, isMap(config) || isList(config) ? config : live)
  if (shape.kind === 'map' && (isMap(live) || live === null) && (isMap(config) || config === null)) {
    if (size(live) === 0 && size(config) === 0) return config
    const names = new Set([...Object.keys(live ?? {}), ...Object.keys(config ?? {})])
    return Object.fromEntries(
      [...names].map((name) => [name, mergeFields(fieldOf(live, name), fieldOf(config, name), shape.field(name)) as Json]),
    )
  }
  if (shape.kind === 'list' && (isList(live) || live === null) && (isList(config) || config === null)) {
    return size(live) === 0 && size(config) === 0 ? config : mergeLists(live ?? [], config ?? [], shape)
  }
  return config
}

/**
 * Items that both have come in the order of the configuration; items that only the live list has stay where they are
 * relative to those before them (structured-merge-diff, `mergingWalker.visitListItems`).
 */
function mergeLists(live: readonly Json[], config: readonly Json[], shape: Extract<Shape, { kind: 'list' }>): Json[] {
  const left = live.map((item) => ({ element: elementOf(item, shape), item }))
  const found = groupsOf(live, shape)
  const wanted = itemsOf(config, shape)
  const right = [...wanted.keys()]
  const shared = right.filter((element) => found.has(element))
  const merged = new Set<PathElement>()
  const result: Json[] = []
  const take = (element: PathElement): void => {
    merged.add(element)
    const [first, ...more] = found.get(element) ?? []
    // Several live items with one step are replaced by the one that is wanted.
    result.push(mergeFields(more.length === 0 ? first : undefined, wanted.get(element), shape.items) as Json)
    if (shared[0] === element) shared.shift()
  }
  let [l, r] = [0, 0]
  while (l < left.length || r < right.length) {
    const here = left[l]
    const next = right[r]
    if (here !== undefined && next !== undefined) {
      if (here.element === next) {
        take(next)
        l++
        r++
        continue
      }
      if (wanted.has(here.element) && shared[0] !== undefined && shared[0] !== here.element) {
        l++
        continue
      }
    }
    if (here !== undefined) {
      if (!wanted.has(here.element)) {
        result.push(here.item)
        l++
        continue
      }
      if (merged.has(here.element)) l++
    }
    if (next !== undefined) {
      take(next)
      r++
    }
  }
  return result
}

/**
 * A value without the fields of a set, and what is below them. Where the set reaches into a map or a list that has nothing left, or had
 * nothing before, it becomes null, as on the API server (structured-merge-diff, typed/remove.go, `removingWalker`).
 */
export function removeFields(value: Json, gone: FieldSet, schema: FieldSchema): Json {
  const shape = shapeOf(schema, value)
  if (shape.kind === 'map' && isMap(value)) {
    const kept = Object.entries(value).flatMap(([name, child]) =>
      remaining(child, below(gone, fieldElement(name)), shape.field(name)).map((left) => [name, left] as const),
    )
    return kept.length === 0 ? null : Object.fromEntries(kept)
  }
  if (shape.kind === 'list' && isList(value)) {
    const kept = value.flatMap((item) => remaining(item, below(gone, elementOf(item, shape)), shape.items))
    return kept.length === 0 ? null : kept
  }
  // An atomic map or list goes as a whole.
  return isMap(value) || isList(value) ? null : value
}

/** What is left of a value, in a list; an empty list when the value itself goes. */
function remaining(value: Json, gone: FieldSet, schema: FieldSchema): readonly Json[] {
  if (gone.member) return []
  return [isEmptyFieldSet(gone) ? value : removeFields(value, gone, schema)]
}

function size(value: Json): number {
  return typeof value === 'object' && value !== null ? Object.keys(value).length : 0
}
