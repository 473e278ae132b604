import fc from 'fast-check'
import type { KubeObject } from 'fleetkit'
import { builtInTypes, type FieldSchema } from '../../../internals.ts'

// Random changes of a valid object: what people and programs write, and the values in which servers differ.

export type Value = null | boolean | number | string | readonly Value[] | { readonly [field: string]: Value }
type Writable = { [key: string | number]: Value }

/** One change: where, as a number that is brought into the range of what there is, and which. */
export interface Mutation {
  readonly at: number
  readonly how: 'remove' | 'null' | 'empty' | 'other' | 'zero' | 'add' | 'repeat' | 'reverse' | 'keep'
  readonly pick: number
}

const hows = ['remove', 'null', 'empty', 'other', 'zero', 'add', 'repeat', 'reverse'] as const
export const mutation: fc.Arbitrary<Mutation> = fc.record({
  at: fc.nat({ max: 999 }),
  how: fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom('remove' as const, 'other' as const) },
    { weight: 3, arbitrary: fc.constantFrom(...hows) },
    { weight: 1, arbitrary: fc.constant('keep' as const) },
  ),
  pick: fc.nat({ max: 99 }),
})

const labels = fc.record({ a: fc.constantFrom('x', 'y'), b: fc.constantFrom('x', 'y') }, { requiredKeys: [] })
const sparse = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 3, arbitrary: values }, { weight: 1, arbitrary: fc.constantFrom({}, null) })
/** Metadata that writers fight about. */
export const metadata: fc.Arbitrary<object> = fc.record(
  {
    labels: sparse(labels),
    annotations: sparse(labels),
    finalizers: fc.subarray(['example.com/a', 'example.com/b']),
  },
  { requiredKeys: [] },
)

/** A copy of an object with the changes, one after the other. */
export function mutated(object: KubeObject, mutations: readonly Mutation[], root = ''): KubeObject {
  const schema = builtInTypes().get(`${object.apiVersion}|${object.kind}`)?.schema
  const copy = structuredClone(object) as unknown as Writable
  for (const { at, how, pick } of mutations) {
    const places = placesOf(copy, schema, root)
    const place = places[at % Math.max(places.length, 1)]
    if (place !== undefined && how !== 'keep') change(place, how, pick)
  }
  return copy as unknown as KubeObject
}

interface Place {
  readonly parent: Writable
  readonly key: string | number
  /** That of the parent. */
  readonly schema: FieldSchema | undefined
}

/** Every field and item of an object but for its type and metadata; below `root` only, when that is given. */
function placesOf(object: Writable, schema: FieldSchema | undefined, root: string): readonly Place[] {
  const places: Place[] = []
  const visit = (parent: Writable, known: FieldSchema | undefined): void => {
    for (const key of Object.keys(parent)) {
      if (parent === object && ['apiVersion', 'kind', 'metadata', 'status'].includes(key) && key !== root) continue
      const index = Array.isArray(parent) ? Number(key) : key
      places.push({ parent, key: index, schema: known })
      const child = parent[index]
      if (typeof child === 'object' && child !== null)
        visit(child as unknown as Writable, Array.isArray(parent) ? known?.items : (known?.fields?.[key] ?? known?.values))
    }
  }
  visit(object, schema)
  return places
}

function change({ parent, key, schema }: Place, how: Mutation['how'], pick: number): void {
  const value = parent[key] as Value
  switch (how) {
    case 'remove':
      if (Array.isArray(parent)) (parent as unknown as Value[]).splice(key as number, 1)
      else delete parent[key]
      return
    case 'null':
      parent[key] = null
      return
    case 'empty':
      parent[key] = Array.isArray(value) ? [] : typeof value === 'object' ? {} : typeof value === 'string' ? '' : value
      return
    case 'zero':
      parent[key] = typeof value === 'number' ? 0 : typeof value === 'boolean' ? false : typeof value === 'string' ? '' : value
      return
    case 'other':
      parent[key] = otherThan(value, schema?.fields?.[key]?.enum, pick)
      return
    case 'add':
      add(value, schema?.fields?.[key] ?? schema?.items, pick)
      return
    case 'repeat':
      if (Array.isArray(value) && value.length > 0) parent[key] = [...value, structuredClone(value[pick % value.length]) as Value]
      return
    case 'reverse':
      if (Array.isArray(value)) parent[key] = value.toReversed()
  }
}

function otherThan(value: Value, allowed: readonly string[] | undefined, pick: number): Value {
  if (typeof value === 'number') return pick === 0 ? -1 : value + 1 + (pick % 2)
  if (typeof value === 'boolean') return !value
  if (typeof value !== 'string') return value
  if (allowed !== undefined) return pick === 0 ? 'None-such' : (allowed[pick % allowed.length] as string)
  const quantity = /^(\d+)(Gi|Mi|m)$/.exec(value)
  if (quantity !== null) return pick % 2 === 0 ? `${Number(quantity[1]) * 2}${quantity[2]}` : `${Number(quantity[1]) * 1024}${quantity[2]}`
  return ['x', 'y', 'a', `${value}x`][pick % 4] as string
}

/** Sets a simple field that a structure of a built-in type does not have yet. */
function add(value: Value, schema: FieldSchema | undefined, pick: number): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || schema === undefined) return
  const { fields, values } = schema
  const simple: Readonly<Record<string, Value>> = { boolean: true, integer: 1, string: 'x', object: {}, array: [] }
  const free = Object.entries(fields ?? {}).filter(
    ([name, { type }]) => type !== undefined && type in simple && !Object.hasOwn(value, name),
  )
  const chosen = free[pick % Math.max(free.length, 1)]
  if (chosen !== undefined) (value as Writable)[chosen[0]] = chosen[1].enum?.[0] ?? (simple[chosen[1].type as string] as Value)
  else if (values?.type === 'string') (value as Writable)[`k${pick % 3}`] = 'x'
}
