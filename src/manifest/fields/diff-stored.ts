import { jsonEqual } from '../../model/json/json-equal.ts'
import { fieldOf, isList, isMap } from '../../model/json/value.ts'
import type { Json, KubeObject } from '../../model/object.ts'
import { comparable, isSecret } from './comparable.ts'
import { type FieldChange, presentChanges } from './field-change.ts'
import { below, type FieldSet, isEmptyFieldSet } from './field-set.ts'
import { itemsByElement, listShape } from './list-shape.ts'
import { fieldOwners, ownedFields } from './managers.ts'
import { fieldElement, fieldNameOf, formatPath, type PathElement } from './path-element.ts'

/**
 * What differs between two forms in which a cluster stored, or would store, one object: everything but what it keeps
 * about each write, and the status.
 */
export function diffStored(before: KubeObject, after: KubeObject): readonly FieldChange[] {
  const owned = ownedFields([...fieldOwners(before), ...fieldOwners(after)])
  const status = !isEmptyFieldSet(below(ownedFields(fieldOwners(after).filter(isOfObject)), fieldElement('status')))
  return presentChanges(compare([], comparable(before, status), comparable(after, status), owned), isSecret(after))
}

function isOfObject({ operation, subresource }: { readonly operation: string; readonly subresource: string }): boolean {
  return operation === 'Apply' && subresource === ''
}

function compare(path: readonly PathElement[], from: Json | undefined, to: Json | undefined, owned: FieldSet): FieldChange[] {
  if (from === to || jsonEqual(from, to)) return []
  if (isMap(from ?? {}) && isMap(to ?? {}) && hasEntries(from, to)) {
    const names = [...new Set([...Object.keys(from ?? {}), ...Object.keys(to ?? {})])]
    return names.flatMap((name) => {
      const element = fieldElement(name)
      return compare([...path, element], fieldOf(from, name), fieldOf(to, name), below(owned, element))
    })
  }
  if (isList(from) && isList(to)) {
    const shape = listShape(fieldNameOf(path.at(-1) ?? ''), owned, [...from, ...to])
    if (shape.kind !== 'atomic') {
      const old = itemsByElement(from, shape)
      const current = itemsByElement(to, shape)
      const changes = [...new Set([...old.keys(), ...current.keys()])].flatMap((element) =>
        old.has(element) && current.has(element)
          ? compare([...path, element], old.get(element), current.get(element), below(owned, element))
          : [{ path: formatPath([...path, element]), from: old.get(element), to: current.get(element) }],
      )
      // Only the order differs.
      if (changes.length > 0) return changes
    }
  }
  return [{ path: formatPath(path), from, to }]
}

/** An empty map against an absent one has no fields to tell about. */
function hasEntries(from: Json | undefined, to: Json | undefined): boolean {
  return Object.keys(from ?? {}).length + Object.keys(to ?? {}).length > 0
}
