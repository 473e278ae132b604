import { below, type FieldSet } from '../../manifest/fields/field-set.ts'
import { fieldOwners, ownedFields } from '../../manifest/fields/managers.ts'
import { fieldElement } from '../../manifest/fields/path-element.ts'
import { jsonEqual } from '../../model/json/json-equal.ts'
import { isMap } from '../../model/json/value.ts'
import type { KubeObject } from '../../model/object.ts'

/**
 * The fields of a copy's specification that are not as they are to be: those with another value, and those that someone else has added. What only its API
 * server has added is none of them: the definition there may be a newer one, with defaults that this one does not know.
 *
 * @param managers - as whom the copy is written
 * @returns paths such as `spec.source.git.tag`, sorted
 */
export function editsOf(wanted: Pick<KubeObject, 'spec'>, copy: KubeObject, managers: readonly string[]): readonly string[] {
  const isRecorded = copy.metadata.managedFields !== undefined
  const others = fieldOwners(copy).filter((owner) => !managers.includes(owner.manager) && owner.subresource === '')
  const theirs = isRecorded ? below(ownedFields(others), fieldElement('spec')) : undefined
  return [...editsBetween(wanted.spec, copy.spec, 'spec', theirs)].sort()
}

/** @param theirs - what others own below `path`; `undefined` where no one says who owns what */
function* editsBetween(wanted: unknown, found: unknown, path: string, theirs: FieldSet | undefined): Generator<string> {
  if (Array.isArray(wanted) && Array.isArray(found) && wanted.length === found.length) {
    // A list of a specification is owned as a whole.
    const inside = theirs?.member ? undefined : theirs
    for (const [index, item] of wanted.entries()) yield* editsBetween(item, found[index], `${path}[${index}]`, inside)
    return
  }
  if (!isMap(wanted) || !isMap(found)) {
    if (!jsonEqual(wanted, found)) yield path
    return
  }
  for (const key of new Set([...Object.keys(wanted), ...Object.keys(found)])) {
    const at = theirs && below(theirs, fieldElement(key))
    const field = `${path}.${key}`
    if (wanted[key] !== undefined) yield* editsBetween(wanted[key], found[key], field, at)
    else if (found[key] !== undefined && (at === undefined || at.member || at.children.size > 0)) yield field
  }
}
