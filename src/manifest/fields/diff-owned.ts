import type { FieldConflict } from '../../model/errors/field-conflict.ts'
import { jsonEqual } from '../../model/json/json-equal.ts'
import { fieldOf, isList, isMap } from '../../model/json/value.ts'
import type { Json, JsonObject, KubeObject } from '../../model/object.ts'
import { comparable, isBuiltIn, isSecret, storedSecret } from './comparable.ts'
import { type FieldChange, presentChanges } from './field-change.ts'
import { below, emptyFieldSet, type FieldSet, isEmptyFieldSet, unionFieldSets } from './field-set.ts'
import { itemsByElement, listShape, matchItems } from './list-shape.ts'
import { fieldOwners, isApplier, ownedFields } from './managers.ts'
import { fieldElement, fieldNameOf, formatPath, keyOf, type PathElement, valueElement } from './path-element.ts'
import { predictConflicts } from './predict-conflicts.ts'
import { sameQuantity } from './quantity.ts'
import { isServerDefault } from './server-defaults.ts'

/** What an apply of an object would do to the live one. */
export interface OwnedDiff {
  /** Sorted by path. */
  readonly changes: readonly FieldChange[]
  /** What an apply without force would fail with. */
  readonly conflicts: readonly FieldConflict[]
}

/**
 * Compares what is desired with what is live, over the fields that `manager` owns by having applied them and those
 * that `desired` sets. It needs no schema: the keys of lists follow from what is owned in `live.metadata.managedFields`.
 *
 * What the server only writes in another way (quantities, `stringData`, empty and defaulted fields) is no change.
 * Where that cannot be known without a schema, a change is reported: a dry-run tells, and an apply that changes nothing
 * does no harm.
 *
 * @example
 * ```ts
 * import { type KubeObject } from 'fleetkit'
 * import { diffOwned } from 'fleetkit/manifest'
 *
 * export function isUpToDate(desired: KubeObject, live: KubeObject): boolean {
 *   return diffOwned(desired, live, 'fleetkit').changes.length === 0
 * }
 * ```
 */
export function diffOwned(desired: KubeObject, live: KubeObject, manager: string): OwnedDiff {
  const owners = fieldOwners(live)
  const owned = ownedFields(owners.filter((owner) => isApplier(owner, manager)))
  const others = ownedFields(owners.filter((owner) => !isApplier(owner, manager)))
  const status = !isEmptyFieldSet(below(owned, fieldElement('status')))
  const secret = isSecret(live)
  const wanted = comparable(desired, status)
  const found = comparable(live, status)
  const comparison = new Comparison(isBuiltIn(live.apiVersion))
  const changes = comparison.compare([], secret ? storedSecret(wanted) : wanted, found, owned, others, false)
  return {
    changes: presentChanges(changes, secret),
    conflicts: predictConflicts(wanted, found, owners, manager),
  }
}

class Comparison {
  readonly #builtIn: boolean

  constructor(builtIn: boolean) {
    this.#builtIn = builtIn
  }

  compare(
    path: readonly PathElement[],
    desired: Json | undefined,
    live: Json | undefined,
    owned: FieldSet,
    others: FieldSet,
    atomic: boolean,
  ): FieldChange[] {
    // Go writes an empty list that it has to write as null.
    if (live === null) return this.compare(path, desired, undefined, owned, others, atomic)
    if (desired === undefined) return this.#removed(path, live, owned, others)
    if (desired === null) return this.#nulled(path, live, owned, others)
    if (live === undefined && this.#isLeftOut(path, desired, owned, atomic)) return []
    if (isMap(desired) && (live === undefined || isMap(live))) return this.#maps(path, desired, live, owned, others, atomic)
    if (isList(desired) && (live === undefined || isList(live))) return this.#lists(path, desired, live, owned, others, atomic)
    const same = jsonEqual(desired, live) || (this.#builtIn && isQuantity(path) && sameQuantity(desired, live))
    return same ? [] : this.#report(path, live, desired)
  }

  #maps(
    path: readonly PathElement[],
    desired: JsonObject,
    live: JsonObject | undefined,
    owned: FieldSet,
    others: FieldSet,
    atomic: boolean,
  ): FieldChange[] {
    if (live === undefined && Object.keys(desired).length === 0) return this.#report(path, live, desired)
    const whole = atomic || isWhole(unionFieldSets(owned, others), live)
    return [...new Set([...Object.keys(desired), ...Object.keys(live ?? {})])].flatMap((name) => {
      const wanted = fieldOf(desired, name)
      const found = fieldOf(live, name)
      // Most fields are as they should be: no path is made for them.
      if (wanted === found && typeof wanted !== 'object') return []
      const element = fieldElement(name)
      if (!whole) return this.compare([...path, element], wanted, found, below(owned, element), below(others, element), false)
      if (wanted !== undefined) return this.compare([...path, element], wanted, found, emptyFieldSet, emptyFieldSet, true)
      return isServerDefault(name, found as Json) ? [] : this.#report([...path, element], found, undefined)
    })
  }

  #lists(
    path: readonly PathElement[],
    desired: readonly Json[],
    live: readonly Json[] = [],
    owned: FieldSet,
    others: FieldSet,
    atomic: boolean,
  ): FieldChange[] {
    const all = unionFieldSets(owned, others)
    const shape = atomic ? { kind: 'atomic' as const } : listShape(fieldNameOf(path.at(-1) ?? ''), all, [...desired, ...live])
    if (shape.kind === 'atomic') {
      if (desired.length !== live.length) return this.#report(path, live, desired)
      return desired.flatMap((item, index) => this.compare([...path, `i:${index}`], item, live[index], emptyFieldSet, emptyFieldSet, true))
    }
    const found = itemsByElement(live, shape)
    const wanted = matchItems(desired, shape, all)
    const items = [...new Set([...wanted.keys(), ...found.keys()])].flatMap((element) => {
      const item = wanted.get(element)
      const current = found.get(element)
      if (item !== undefined && current === undefined) return this.#report([...path, element], undefined, item)
      return this.compare([...path, element], item, current, below(owned, element), below(others, element), false)
    })
    // An apply puts the items that are there into the desired order, which can mean something (of env, of initContainers).
    const order = [...found.keys()].filter((element) => wanted.has(element))
    const moved = [...wanted.keys()].filter((element) => found.has(element)).some((element, index) => element !== order[index])
    return moved ? [...items, ...this.#report(path, live, desired)] : items
  }

  /** What the manager owns and no longer wants goes, unless another manager owns it too. */
  #removed(path: readonly PathElement[], live: Json | undefined, owned: FieldSet, others: FieldSet): FieldChange[] {
    if (live === undefined || isEmptyFieldSet(owned)) return []
    const item = path.length > 0 && fieldNameOf(path.at(-1) as PathElement) === undefined
    if (owned.member && !others.member && (item || owned.children.size === 0)) return this.#report(path, live, undefined)
    return this.#removedBelow(path, live, owned, others)
  }

  #removedBelow(path: readonly PathElement[], live: Json, owned: FieldSet, others: FieldSet): FieldChange[] {
    return [...owned.children].flatMap(([element, child]) =>
      this.#removed([...path, element], childAt(live, element), child, below(others, element)),
    )
  }

  /** A null removes a value, and leaves alone what others own in what is merged field by field. */
  #nulled(path: readonly PathElement[], live: Json | undefined, owned: FieldSet, others: FieldSet): FieldChange[] {
    if (live === undefined || isZero(live)) return []
    if (owned.children.size > 0 || others.children.size > 0) return this.#removedBelow(path, live, owned, others)
    return this.#report(path, live, undefined)
  }

  /** Whether a value that is absent in the live object is one that the server leaves out when it stores the object. */
  #isLeftOut(path: readonly PathElement[], desired: Json, owned: FieldSet, atomic: boolean): boolean {
    if (!isZero(desired)) return false
    return path[0] === 'f:metadata' || (this.#builtIn && (atomic || isList(desired) || !isEmptyFieldSet(owned)))
  }

  #report(path: readonly PathElement[], from: Json | undefined, to: Json | undefined): FieldChange[] {
    return [{ path: formatPath(path), from, to }]
  }
}

/** A map that is owned as one value. An empty one is owned so as well, but it can still be merged into. */
function isWhole(owned: FieldSet, live: JsonObject | undefined): boolean {
  return owned.member && owned.children.size === 0 && live !== undefined && Object.keys(live).length > 0
}

function isZero(value: Json): boolean {
  if (isMap(value)) return Object.values(value).every((child) => child === null || isZero(child))
  return isList(value) ? value.length === 0 : value === '' || value === 0 || value === false || value === null
}

function childAt(live: Json, element: PathElement): Json | undefined {
  const name = fieldNameOf(element)
  if (name !== undefined) return fieldOf(live, name)
  if (!isList(live)) return undefined
  const key = keyOf(element)
  if (key === undefined) return live.find((item) => valueElement(item) === element)
  return live.find((item) => Object.entries(key).every(([field, value]) => jsonEqual(fieldOf(item, field), value)))
}

/** Fields of the built-in kinds that hold a quantity, by their name or by the map they are in. */
const quantityMaps: ReadonlySet<string> = new Set(
  'allocatable allocatedResources capacity default defaultRequest hard limits max maxLimitRequestRatio min overhead requests used'.split(
    ' ',
  ),
)
const quantityFields: ReadonlySet<string> = new Set(['averageValue', 'divisor', 'maximumVolumeSize', 'sizeLimit'])

function isQuantity(path: readonly PathElement[]): boolean {
  const [parent, last] = path.slice(-2).map((element) => fieldNameOf(element) ?? '')
  if (path[0] === 'f:metadata' || parent === undefined || last === undefined) return false
  return quantityMaps.has(parent) || quantityFields.has(last) || (last === 'value' && parent === 'target')
}
