import type { FieldConflict } from '../../model/errors/field-conflict.ts'
import type { KubeObject, ManagedFieldsEntry } from '../../model/object.ts'
import {
  emptyFieldSet,
  equalFieldSets,
  type FieldSet,
  formatPaths,
  intersectFieldSets,
  isEmptyFieldSet,
  parseFieldSet,
  unionFieldSets,
} from './field-set.ts'

/** What one entry of `metadata.managedFields` says. */
export interface FieldOwner {
  readonly manager: string
  readonly operation: 'Apply' | 'Update'
  readonly apiVersion: string
  /** `''` for the object itself. */
  readonly subresource: string
  /** When the set last changed, RFC 3339. */
  readonly time: string | undefined
  readonly fields: FieldSet
}

/** The owners of the fields of an object. */
export function fieldOwners(object: KubeObject | undefined): readonly FieldOwner[] {
  return (object?.metadata.managedFields ?? []).map(fieldOwner)
}

function fieldOwner(entry: ManagedFieldsEntry): FieldOwner {
  return {
    manager: entry.manager ?? '',
    operation: entry.operation === 'Apply' ? 'Apply' : 'Update',
    apiVersion: entry.apiVersion ?? '',
    subresource: entry.subresource ?? '',
    time: entry.time,
    fields: parseFieldSet(entry.fieldsV1),
  }
}

/** Whether the managed fields of an update ask to forget them all: an empty list, or one empty entry. */
export function clearsManagedFields(object: unknown): boolean {
  const given = (object as Partial<KubeObject> | undefined)?.metadata?.managedFields
  return Array.isArray(given) && given.every((entry) => Object.keys(entry ?? {}).length === 0) && given.length <= 1
}

/** Whether an owner is the one that an apply by `manager` would write as. */
export function isApplier(owner: FieldOwner, manager: string, subresource = ''): boolean {
  return owner.manager === manager && owner.operation === 'Apply' && owner.subresource === subresource
}

/** Whether two lists of owners say the same, whenever they say it. */
export function sameOwners(a: readonly FieldOwner[], b: readonly FieldOwner[]): boolean {
  const found = new Map(b.map((owner) => [identityOf(owner), owner.fields]))
  return a.length === b.length && a.every((owner) => equalFieldSets(owner.fields, found.get(identityOf(owner)) ?? emptyFieldSet))
}

function identityOf({ manager, operation, apiVersion, subresource }: FieldOwner): string {
  return [manager, operation, apiVersion, subresource].join('\n')
}

/** Everything that some of `owners` own. */
export function ownedFields(owners: readonly FieldOwner[]): FieldSet {
  return owners.reduce((set, owner) => unionFieldSets(set, owner.fields), emptyFieldSet)
}

/**
 * The conflicts of giving other values to the fields `changed`: one per manager and operation, in that order, with
 * sorted paths.
 */
export function conflictsOver(changed: FieldSet, owners: readonly FieldOwner[]): readonly FieldConflict[] {
  const conflicts = new Map<string, { readonly owner: FieldOwner; readonly fields: FieldSet }>()
  for (const owner of owners) {
    const fields = intersectFieldSets(owner.fields, changed)
    if (isEmptyFieldSet(fields)) continue
    const key = `${owner.manager}\n${owner.operation}`
    conflicts.set(key, { owner, fields: unionFieldSets(conflicts.get(key)?.fields ?? emptyFieldSet, fields) })
  }
  return [...conflicts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { owner, fields }]) => ({ manager: owner.manager, operation: owner.operation, fields: formatPaths(fields) }))
}
