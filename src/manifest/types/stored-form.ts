import { jsonEqual } from '../../model/json/json-equal.ts'
import type { JsonObject, KubeObject } from '../../model/object.ts'
import { formatOwners } from '../fields/apply.ts'
import { emptyFieldSet, type FieldSet, parseFieldSet, unionFieldSets } from '../fields/field-set.ts'
import { type FieldOwner, fieldOwners, sameOwners } from '../fields/managers.ts'
import { immutableChanges } from './immutable.ts'
import { kindProblems, nameProblems, ownerProblems } from './kind-rules.ts'
import { refuse } from './refuse.ts'
import type { ResourceSchema } from './resource-schema.ts'
import { preparedForStorage } from './server-fields.ts'
import { decodingProblems, missingFields, noKeys, refusedValues } from './validate-fields.ts'

const status = parseFieldSet({ 'f:status': {} })
const spec = parseFieldSet({ 'f:spec': {} })
const notStatus = parseFieldSet({ 'f:spec': {}, 'f:metadata': {} })
/** The database takes no larger object (etcd, `--max-request-bytes`). */
const maxBytes = 1.5 * 2 ** 20

/** An object of a type in the form in which it is stored. Throws what the API server refuses. */
export function storedForm(next: KubeObject, current: KubeObject | undefined, type: ResourceSchema, now: number): KubeObject {
  const kept = current !== undefined && !type.specOwned ? { ...next, spec: current.spec } : next
  const stored = preparedForStorage(kept, current, now)
  refuse('Invalid', next, [
    // Of a status the server demands nothing.
    ...missingFields(type.builtIn ? withoutStatus(stored) : toJson(stored), type.schema),
    ...refusedValues(toJson(stored), type.schema),
    ...(current === undefined ? nameProblems(stored) : []),
    ...ownerProblems(stored),
    ...kindProblems(stored, current),
    ...(type.validate?.(stored) ?? []),
  ])
  refuse('BadRequest', next, sizeProblems(stored))
  if (current !== undefined) refuse('Invalid', next, immutableChanges(current, stored, type.immutable), 'cluster/immutable')
  return type.decoded(toJson(stored)) as unknown as KubeObject
}

/** A stored object with its owners in `metadata.managedFields`. */
export function withOwners(object: KubeObject, owners: readonly FieldOwner[], current: KubeObject | undefined): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata
  const before = fieldOwners(current)
  // A write that changes nothing but times changes nothing.
  const same = current !== undefined && sameOwners(owners, before) && sameButOwners({ ...object, metadata }, current)
  const managed = owners.length === 0 ? metadata : { ...metadata, managedFields: formatOwners(same ? before : owners) }
  return { ...object, metadata: managed }
}

/** The fields that a write cannot touch, and so does not own (the `GetResetFields` of each kind). */
export function ignoredBy(type: ResourceSchema, writesStatus: boolean): FieldSet {
  if (writesStatus) return type.builtIn ? spec : notStatus
  const fields = type.status ? status : emptyFieldSet
  return type.specOwned ? fields : unionFieldSets(fields, spec)
}

/** What a new object is compared with: one of the type that says nothing. */
export function emptyObject(type: ResourceSchema): JsonObject {
  const { apiVersion, kind } = type
  return { ...type.empty(), apiVersion, kind }
}

/** Whether a list of an object has items without its keys: it cannot be merged then, nor said who owns what of it. */
export function hasItemsWithoutKeys(object: KubeObject, { schema }: ResourceSchema): boolean {
  return decodingProblems(toJson(object), schema, { strict: false, keys: true, formats: false }).some(({ found }) => found === noKeys)
}

export function toJson(object: KubeObject): JsonObject {
  return object as unknown as JsonObject
}

function sameButOwners(object: KubeObject, current: KubeObject): boolean {
  const { managedFields: _, ...metadata } = current.metadata
  return jsonEqual(toJson(object), toJson({ ...current, metadata }))
}

function sizeProblems(object: KubeObject): readonly { path: string; found: string; accepted: string }[] {
  const bytes = JSON.stringify(object).length
  return bytes <= maxBytes ? [] : [{ path: '', found: `${bytes} bytes`, accepted: `at most ${maxBytes}` }]
}

function withoutStatus(object: KubeObject): JsonObject {
  const { status: _, ...rest } = object
  return rest as unknown as JsonObject
}
