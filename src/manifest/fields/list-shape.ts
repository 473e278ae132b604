import type { Json, JsonObject } from '../../model/object.ts'
import type { FieldSet } from './field-set.ts'
import { fieldOf, isMap } from './json.ts'
import { keyElement, keyOf, type PathElement, valueElement } from './path-element.ts'

/** How the items of a list are told apart: by keys, by value, or not at all (`atomic`: the list is one value). */
export type ListShape = { readonly kind: 'map'; readonly keys: readonly string[] } | { readonly kind: 'set' } | { readonly kind: 'atomic' }

const atomic: ListShape = { kind: 'atomic' }

/**
 * Keys of the associative lists of the built-in kinds, by the name of the field: k8s.io/api, the `listMapKey` markers.
 * They serve only lists that nobody owns anything in; otherwise the owned fields tell the keys.
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

/**
 * The step to an item of a list that is not atomic. An item may leave out keys that have a default: of `candidates`,
 * the only one that agrees with the keys it has is it.
 */
export function itemElement(item: Json, shape: ListShape, candidates: Iterable<PathElement> = []): PathElement {
  if (shape.kind !== 'map') return valueElement(item)
  const present = shape.keys.filter((key) => fieldOf(item, key) !== undefined)
  const exact = keyElement(pick(item, present))
  if (present.length === shape.keys.length) return exact
  const agreeing = [...new Set(candidates)].filter((element) => {
    const key = keyOf(element)
    return key !== undefined && present.every((name) => key[name] === fieldOf(item, name))
  })
  if (agreeing.includes(exact)) return exact
  const withDefaults = keyElement(
    pick(
      item,
      shape.keys.filter((key) => keyValue(item, key) !== undefined),
    ),
  )
  return agreeing.length === 1 && !agreeing.includes(withDefaults) ? (agreeing[0] as PathElement) : withDefaults
}

function pick(item: Json, keys: readonly string[]): JsonObject {
  return Object.fromEntries(keys.map((key) => [key, keyValue(item, key) as Json]))
}

function keyValue(item: Json, key: string): Json | undefined {
  const found = fieldOf(item, key)
  return found === undefined && isMap(item) && Object.hasOwn(keyDefaults, key) ? keyDefaults[key] : found
}
