import type { FieldConflict } from '../../model/errors/field-conflict.ts'
import { jsonEqual } from '../../model/json/json-equal.ts'
import type { JsonObject, ManagedFieldsEntry } from '../../model/object.ts'
import { capUpdaters } from './cap-updaters.ts'
import { compareFields } from './compare.ts'
import {
  equalFieldSets,
  excludeFieldSet,
  type FieldSet,
  formatFieldSet,
  intersectFieldSets,
  isEmptyFieldSet,
  parseFieldSet,
  subtractFieldSets,
  unionFieldSets,
} from './field-set.ts'
import { conflictsOver, type FieldOwner, isApplier, ownedFields } from './managers.ts'
import { mergeFields, removeFields } from './merge.ts'
import type { FieldSchema } from './schema.ts'
import { fieldsOf, withDeclaredParents } from './set-of.ts'

/** Fields that no manager owns: what identifies an object and what only the server writes. */
const unowned: FieldSet = parseFieldSet({
  'f:apiVersion': {},
  'f:kind': {},
  'f:metadata': {
    '.': {},
    'f:name': {},
    'f:namespace': {},
    'f:creationTimestamp': {},
    'f:selfLink': {},
    'f:uid': {},
    'f:generation': {},
    'f:managedFields': {},
    'f:resourceVersion': {},
  },
})

/** Who writes, and when. */
export interface FieldWriter {
  readonly manager: string
  readonly apiVersion: string
  readonly subresource?: string | undefined
  /** RFC 3339. */
  readonly time: string
}

/** An object and the owners of its fields after a write. */
export interface OwnedWrite {
  readonly object: JsonObject
  readonly owners: readonly FieldOwner[]
}

export interface ApplyInput {
  readonly live: JsonObject
  readonly config: JsonObject
  readonly owners: readonly FieldOwner[]
  readonly writer: FieldWriter
  readonly schema: FieldSchema
  /** Fields that this write cannot touch, such as the status. */
  readonly ignored: FieldSet
  readonly force: boolean
}

/**
 * Server-side apply: merges `config` into `live`, drops what the manager applied before and applies no longer unless
 * another manager owns it, and moves the ownership. Without force, fields of others that would get another value are
 * conflicts, and nothing else is returned. (sigs.k8s.io/structured-merge-diff, `Updater.Apply`)
 */
export function applyFields({
  live,
  config,
  owners,
  writer,
  schema,
  ignored,
  force,
}: ApplyInput): OwnedWrite | { readonly conflicts: readonly FieldConflict[] } {
  const previous = owners.find((owner) => isApplier(owner, writer.manager, writer.subresource))
  const others = owners.filter((owner) => owner !== previous)
  const named = excludeFieldSet(fieldsOf(config, schema), ignored)
  const set = subtractFieldSets(named, unowned)
  const merged = mergeFields(live, config, schema) as JsonObject
  // With the name, so that the metadata stay when the last applied label goes.
  const all = unionFieldSets(named, ownedFields(others))
  const object = previous === undefined ? merged : prune(merged, previous.fields, all, schema)
  const { set: changed, removed } = compareFields(live, object, schema)
  const visible = excludeFieldSet(changed, ignored)
  const conflicts = force ? [] : conflictsOver(visible, others)
  if (conflicts.length > 0) return { conflicts }
  const remaining = loseFields(others, unionFieldSets(visible, excludeFieldSet(removed, ignored)))
  return { object, owners: [...remaining, ...ownerOf(set, 'Apply', writer, jsonEqual(live, object) ? previous?.time : writer.time)] }
}

/** An ordinary write: its manager owns what it changed, and no other manager does any more. (`Updater.Update`) */
export function updateFields(input: {
  readonly live: JsonObject
  readonly next: JsonObject
  readonly owners: readonly FieldOwner[]
  readonly writer: FieldWriter
  readonly schema: FieldSchema
  readonly ignored: FieldSet
}): readonly FieldOwner[] {
  const { live, next, owners, writer, schema, ignored } = input
  const changes = compareFields(live, next, schema)
  const [changed, removed] = [excludeFieldSet(changes.set, ignored), excludeFieldSet(changes.removed, ignored)]
  const previous = owners.find(
    (owner) =>
      owner.manager === writer.manager &&
      owner.operation === 'Update' &&
      owner.apiVersion === writer.apiVersion &&
      owner.subresource === (writer.subresource ?? ''),
  )
  const others = owners.filter((owner) => owner !== previous)
  const taken = subtractFieldSets(changed, unowned)
  const kept = previous === undefined ? taken : unionFieldSets(subtractFieldSets(previous.fields, removed), taken)
  const time = isEmptyFieldSet(taken) ? previous?.time : writer.time
  return capUpdaters([...loseFields(others, unionFieldSets(changed, removed)), ...ownerOf(kept, 'Update', writer, time)])
}

/** The owners as `metadata.managedFields` has them: appliers first, then by time and name. */
export function formatOwners(owners: readonly FieldOwner[]): readonly ManagedFieldsEntry[] {
  const orderOf = ({ operation, time, manager, apiVersion, subresource }: FieldOwner): string =>
    [operation, time, manager, apiVersion, subresource].join('\n')
  return [...owners]
    .sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1))
    .map((owner) => ({
      manager: owner.manager,
      operation: owner.operation,
      apiVersion: owner.apiVersion,
      ...(owner.time === undefined ? {} : { time: owner.time }),
      fieldsType: 'FieldsV1',
      fieldsV1: formatFieldSet(owner.fields),
      ...(owner.subresource === '' ? {} : { subresource: owner.subresource }),
    }))
}

/**
 * Takes away what `last` had and `owned`, what all managers have now, has not. A field that is taken goes with all that
 * is below it; a field that only lies on the way goes when nothing below it is owned.
 */
function prune(merged: JsonObject, last: FieldSet, owned: FieldSet, schema: FieldSchema): JsonObject {
  const parents = (set: FieldSet): FieldSet => withDeclaredParents(set, merged, schema)
  const before = parents(last)
  const whole = parents(fieldsOf(merged, schema))
  const bare = (removeFields(merged, before, schema) ?? {}) as JsonObject
  const owns = unionFieldSets(parents(fieldsOf(bare, schema)), parents(owned))
  const restored = (removeFields(merged, subtractFieldSets(whole, owns), schema) ?? {}) as JsonObject
  const missing = subtractFieldSets(whole, parents(fieldsOf(restored, schema)))
  return (removeFields(merged, intersectFieldSets(missing, before), schema) ?? {}) as JsonObject
}

function loseFields(owners: readonly FieldOwner[], lost: FieldSet): readonly FieldOwner[] {
  return owners.flatMap((owner) => {
    const fields = subtractFieldSets(owner.fields, lost)
    if (isEmptyFieldSet(fields)) return []
    return equalFieldSets(fields, owner.fields) ? [owner] : [{ ...owner, fields }]
  })
}

/** The entry of the writer; none when it owns nothing. */
function ownerOf(
  fields: FieldSet,
  operation: FieldOwner['operation'],
  { manager, apiVersion, subresource = '' }: FieldWriter,
  time: string | undefined,
): readonly FieldOwner[] {
  return isEmptyFieldSet(fields) ? [] : [{ manager, operation, apiVersion, subresource, time, fields }]
}
