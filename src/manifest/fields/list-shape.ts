import { jsonEqual } from '../../model/json/json-equal.ts'
import { fieldOf, isMap } from '../../model/json/value.ts'
import type { Json, JsonObject } from '../../model/object.ts'
import { below, type FieldSet } from './field-set.ts'
import { fieldElement, keyElement, keyOf, type PathElement, valueElement } from './path-element.ts'

/** How the items of a list are distinguished: by keys, by value, or not at all (`atomic`: the list is one value). */
export type ListShape = { readonly kind: 'map'; readonly keys: readonly string[] } | { readonly kind: 'set' } | { readonly kind: 'atomic' }

const atomic: ListShape = { kind: 'atomic' }

/**
 * Keys of the associative lists of the built-in kinds, by the name of the field: k8s.io/api, the `listMapKey` markers.
 * They serve only lists in which no manager owns anything; otherwise the keys follow from the owned fields.
 */
const wellKnownKeys: Readonly<Record<string, readonly (readonly string[])[]>> = {
  conditions: [['type']],
  containers: [['name']],
  env: [['name']],
  ephemeralContainers: [['name']],
  hostAliases: [['ip']],
  imagePullSecrets: [['name']],
  initContainers: [['name']],
  ownerReferences: [['uid']],
  ports: [
    ['containerPort', 'protocol'],
    ['port', 'protocol'],
  ],
  resourceClaims: [['name']],
  secrets: [['name']],
  topologySpreadConstraints: [['topologyKey', 'whenUnsatisfiable']],
  volumeDevices: [['devicePath']],
  volumeMounts: [['mountPath']],
  volumes: [['name']],
  webhooks: [['name']],
}

/** Defaults of fields that are keys. */
const keyDefaults: Readonly<Record<string, Json>> = { protocol: 'TCP' }

/**
 * The shape of a list that no schema is known for: what the owned fields say of it, and otherwise what lists of its
 * name are in the built-in kinds.
 *
 * @param name - the field that holds the list
 * @param owned - what all managers own in it
 * @param items - the items of both sides
 */
export function listShape(name: string | undefined, owned: FieldSet, items: readonly Json[]): ListShape {
  const keys = new Set<string>()
  for (const element of owned.children.keys()) {
    if (element.startsWith('v:')) return { kind: 'set' }
    for (const key of Object.keys(keyOf(element) ?? {})) keys.add(key)
  }
  if (keys.size > 0) return { kind: 'map', keys: [...keys].sort() }
  if (owned.member || name === undefined) return atomic
  if (name === 'finalizers') return { kind: 'set' }
  const candidates = Object.hasOwn(wellKnownKeys, name) ? (wellKnownKeys[name] ?? []) : []
  const fitting = candidates.find((candidate) => items.every((item) => candidate.every((key) => keyValue(item, key) !== undefined)))
  return fitting === undefined ? atomic : { kind: 'map', keys: fitting }
}

/** The items of a live list that is not atomic, by their steps. */
export function itemsByElement(items: readonly Json[], shape: ListShape): Map<PathElement, Json> {
  return new Map(items.map((item) => [itemElement(item, shape), item]))
}

/**
 * The items of a desired list that is not atomic, by their steps. An item may leave out keys that have a default: it
 * is the owned item that agrees with the keys it has, that no other item names, and whose missing keys no manager set.
 */
export function matchItems(items: readonly Json[], shape: ListShape, owned: FieldSet): Map<PathElement, Json> {
  if (shape.kind !== 'map') return itemsByElement(items, shape)
  const missing = (item: Json): string[] => shape.keys.filter((key) => fieldOf(item, key) === undefined)
  const named = items.filter((item) => missing(item).length === 0).map((item) => itemElement(item, shape))
  const free = [...new Set(owned.children.keys()).difference(new Set(named))]
  return new Map(
    items.map((item) => {
      const absent = missing(item)
      const usual = itemElement(item, shape)
      if (absent.length === 0) return [usual, item]
      const agreeing = free.filter((element) => {
        const key = keyOf(element)
        return key !== undefined && shape.keys.every((name) => absent.includes(name) || jsonEqual(key[name], fieldOf(item, name)))
      })
      const unset = agreeing.filter((element) => absent.every((name) => !below(owned, element).children.has(fieldElement(name))))
      return [unset.length === 1 && !agreeing.includes(usual) ? (unset[0] as PathElement) : usual, item]
    }),
  )
}

function itemElement(item: Json, shape: ListShape): PathElement {
  return shape.kind === 'map' ? keyElement(keyFields(item, shape.keys)) : valueElement(item)
}

function keyFields(item: Json, keys: readonly string[]): JsonObject {
  return Object.fromEntries(
    keys.flatMap((key) => {
      const value = keyValue(item, key)
      return value === undefined ? [] : [[key, value] as const]
    }),
  )
}

function keyValue(item: Json, key: string): Json | undefined {
  const found = fieldOf(item, key)
  return found === undefined && isMap(item) && Object.hasOwn(keyDefaults, key) ? keyDefaults[key] : found
}
