import { applyFields, type FieldWriter, formatOwners, updateFields } from '../../../manifest/fields/apply.ts'
import { emptyFieldSet, type FieldSet, parseFieldSet, unionFieldSets } from '../../../manifest/fields/field-set.ts'
import { type FieldOwner, fieldOwners, sameOwners } from '../../../manifest/fields/managers.ts'
import { formatTime } from '../../../model/condition.ts'
import { FleetkitError } from '../../../model/errors/error.ts'
import { jsonEqual } from '../../../model/json/json-equal.ts'
import type { Json, JsonObject, KubeObject } from '../../../model/object.ts'
import { refOf } from '../../../model/reference.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { WriteOptions } from '../../../ports/cluster.ts'
import { frozenJson } from '../../store/frozen-json.ts'
import { decideCreate, type Outcome, settle, type WriteContext, type WriteRequest } from '../../store/rules.ts'
import type { Table } from '../../store/table.ts'
import { immutableChanges } from '../../../manifest/types/immutable.ts'
import { kindProblems, ownerProblems } from '../../../manifest/types/kind-rules.ts'
import { refuse } from '../../../manifest/types/refuse.ts'
import type { ResourceSchema } from '../../../manifest/types/resource-schema.ts'
import { preparedForStorage } from '../../../manifest/types/server-fields.ts'
import type { Types } from './types.ts'
import { decodingProblems, missingFields, noKeys, refusedValues, withoutUnknown } from '../../../manifest/types/validate-fields.ts'

const status = parseFieldSet({ 'f:status': {} })
const spec = parseFieldSet({ 'f:spec': {} })
const notStatus = parseFieldSet({ 'f:spec': {}, 'f:metadata': {} })
/** Only the server writes these: what an applier sends of them is ignored. */
const systemFields: ReadonlySet<string> = new Set([
  'creationTimestamp',
  'deletionGracePeriodSeconds',
  'deletionTimestamp',
  'generation',
  'resourceVersion',
  'uid',
])
/** The database takes no larger object (etcd, `--max-request-bytes`). */
const maxBytes = 1.5 * 2 ** 20

export interface AdmissionOptions {
  readonly table: Table
  readonly types: Types
  readonly clock: Clock
  readonly uid: () => string
}

/** Who writes, and how. */
export interface Writing extends Pick<WriteOptions, 'fieldValidation' | 'subresource'> {
  readonly manager: string
  /** Whether the writer asks to forget who owns what. */
  readonly clearsOwners?: boolean
}

/** What the API server does with a write between the request and the store. */
export class Admission {
  readonly #options: AdmissionOptions

  constructor(options: AdmissionOptions) {
    this.#options = options
  }

  /** The fields of a request that its type has. Throws what cannot be decoded. */
  decode(object: KubeObject, { fieldValidation = 'Strict', ...writing }: Writing): KubeObject {
    const type = this.#options.types.get(object)
    checkSubresource(object, type, writing)
    const strict = fieldValidation === 'Strict'
    refuse('BadRequest', object, decodingProblems(toJson(object), type.schema, { strict, keys: false, formats: true }))
    return strict ? object : (withoutUnknown(toJson(object), type.schema) as unknown as KubeObject)
  }

  /** Completes and checks a create or an update that is decoded. */
  admit(next: KubeObject, { operation, current }: WriteRequest, writing: Writing): KubeObject {
    const type = this.#options.types.get(next)
    const { managedFields: _, ...metadata } = next.metadata
    const bare = toJson({ ...next, metadata })
    const decoded = type.decoded(bare) as unknown as KubeObject
    const before = operation === 'status' ? fieldOwners(current) : ownersGiven(next, current, writing)
    const stored = this.#stored(decoded, type, current)
    // Managed fields begin with the creation or an apply, as in the API server.
    if (current !== undefined && before.length === 0) return this.#owned(stored, [], current)
    // Nor can it be said who owns what of a list whose items have no keys.
    if (hasItemsWithoutKeys(decoded, type) || (current !== undefined && hasItemsWithoutKeys(current, type)))
      return this.#owned(stored, [], current)
    const owners = updateFields({
      live: current === undefined ? emptyObject(type) : toJson(current),
      // In the quantities that are given: within a value that is compared as a whole their writing counts.
      next: type.asGiven(bare),
      owners: before,
      writer: this.#writer(next, writing),
      schema: type.schema,
      ignored: ignoredBy(type, operation === 'status'),
    })
    return this.#owned(stored, owners, current)
  }

  /** Decides an apply. `config` comes from `validateObject`. */
  apply(
    config: KubeObject,
    current: KubeObject | undefined,
    writing: Writing & { readonly force: boolean },
    context: WriteContext,
  ): Outcome {
    const type = this.#options.types.get(config)
    const ref = refOf(config)
    checkPreconditions(config, current)
    const { subresource, force } = writing
    checkSubresource(config, type, writing)
    if (subresource === 'status' && current === undefined) throw new FleetkitError('store/not-found', 'there is none of the name', { ref })
    if (current !== undefined && hasItemsWithoutKeys(current, type))
      refuse('BadRequest', config, [
        { path: '', found: 'a live object with items without keys', accepted: 'a key in each: they cannot be merged' },
      ])
    refuse('BadRequest', config, decodingProblems(toJson(config), type.schema, { strict: true, keys: true, formats: false }))
    const result = applyFields({
      live: current === undefined ? emptyObject(type) : toJson(current),
      config: applicable(config, subresource),
      owners: ownersBefore(current, type, this.#writer(config, { ...writing, manager: 'before-first-apply' })),
      writer: this.#writer(config, writing),
      schema: type.schema,
      ignored: ignoredBy(type, subresource === 'status'),
      force,
    })
    if ('conflicts' in result) {
      const owned = result.conflicts.map(({ fields, manager, operation }) => `${fields.join(', ')} to '${manager}' (${operation})`)
      throw new FleetkitError('cluster/field-conflict', `fields belong to others: ${owned.join('; ')}`, {
        ref,
        reason: 'Conflict',
        conflicts: result.conflicts,
      })
    }
    // After the conflicts: only the merged object is read as one of its type.
    refuse('BadRequest', config, decodingProblems(result.object, type.schema, { strict: false, keys: false, formats: true }))
    const whole = type.status && subresource === undefined ? withStatus(result.object, current?.status as Json | undefined) : result.object
    const merged = type.defaulted({ ...whole, apiVersion: config.apiVersion }) as unknown as KubeObject
    if (current !== undefined)
      return settle(this.#owned(this.#stored(merged, type, current), result.owners, current), current, context.traits)
    const created = decideCreate(merged, undefined, this.#options.uid(), { now: context.now, traits: context.traits }).object
    return { kind: 'stored', object: this.#owned(this.#stored(created, type, undefined), result.owners, undefined) }
  }

  #writer({ apiVersion }: KubeObject, { manager, subresource }: Writing): FieldWriter {
    return { manager, apiVersion, subresource, time: formatTime(this.#options.clock.now()) }
  }

  /** The object as it is stored. Throws what the API server refuses. */
  #stored(next: KubeObject, type: ResourceSchema, current: KubeObject | undefined): KubeObject {
    if (current === undefined && next.metadata.namespace !== undefined) this.#checkNamespace(next)
    const kept = current !== undefined && !type.specOwned ? { ...next, spec: current.spec } : next
    const stored = preparedForStorage(kept, current, this.#options.clock.now())
    refuse('Invalid', next, [
      // Of a status the server demands nothing.
      ...missingFields(type.builtIn ? withoutStatus(stored) : toJson(stored), type.schema),
      ...refusedValues(toJson(stored), type.schema),
      ...ownerProblems(stored),
      ...kindProblems(stored),
      ...(type.validate?.(stored) ?? []),
    ])
    refuse('BadRequest', next, sizeProblems(stored))
    if (current !== undefined) refuse('Invalid', next, immutableChanges(current, stored, type.immutable), 'cluster/immutable')
    return type.decoded(toJson(stored)) as unknown as KubeObject
  }

  #checkNamespace(object: KubeObject): void {
    const namespace = object.metadata.namespace as string
    const found = this.#options.table.get('|Namespace', '', namespace)
    const ref = refOf(object)
    if (found === undefined) throw new FleetkitError('cluster/namespace-missing', `there is no namespace ${namespace}`, { ref })
    if (found.metadata.deletionTimestamp !== undefined)
      throw new FleetkitError('cluster/namespace-terminating', `the namespace ${namespace} is being deleted`, { ref })
  }

  #owned(object: KubeObject, owners: readonly FieldOwner[], current: KubeObject | undefined): KubeObject {
    const { managedFields: _, ...metadata } = object.metadata
    const before = fieldOwners(current)
    // A write that changes nothing but times changes nothing.
    const same = current !== undefined && sameOwners(owners, before) && sameButOwners({ ...object, metadata }, current)
    const managed = owners.length === 0 ? metadata : { ...metadata, managedFields: formatOwners(same ? before : owners) }
    const fail = (): Error => new FleetkitError('internal', 'an admitted object is no JSON')
    return frozenJson({ ...object, metadata: managed }, fail) as unknown as KubeObject
  }
}

function hasItemsWithoutKeys(object: KubeObject, { schema }: ResourceSchema): boolean {
  return decodingProblems(toJson(object), schema, { strict: false, keys: true, formats: false }).some(({ found }) => found === noKeys)
}

/** The owners that an update begins with: those that it brings, or those that are there (apimachinery, `decodeLiveOrNew`). */
function ownersGiven(next: KubeObject, current: KubeObject | undefined, { clearsOwners }: Writing): readonly FieldOwner[] {
  if (current === undefined || clearsOwners) return []
  const given = fieldOwners(next)
  return given.length === 0 ? fieldOwners(current) : given
}

/** The fields that a write cannot touch, and so does not own (the `GetResetFields` of each kind). */
function ignoredBy(type: ResourceSchema, writesStatus: boolean): FieldSet {
  if (writesStatus) return type.builtIn ? spec : notStatus
  const fields = type.status ? status : emptyFieldSet
  return type.specOwned ? fields : unionFieldSets(fields, spec)
}

function checkSubresource(object: KubeObject, type: ResourceSchema, { subresource }: Writing): void {
  if (subresource === undefined || type.status) return
  throw new FleetkitError('cluster/invalid', `${type.kind} of ${type.apiVersion} has no status subresource`, { ref: refOf(object) })
}

function checkPreconditions(config: KubeObject, current: KubeObject | undefined): void {
  const ref = refOf(config)
  const { uid, resourceVersion, managedFields } = config.metadata
  if (managedFields !== undefined)
    refuse('BadRequest', config, [{ path: 'metadata.managedFields', found: 'owners', accepted: 'nothing: the server says who owns what' }])
  if (resourceVersion && resourceVersion !== current?.metadata.resourceVersion)
    throw new FleetkitError('store/conflict', `resourceVersion is ${current?.metadata.resourceVersion ?? 'none'}, not ${resourceVersion}`, {
      ref,
    })
  if (uid && current !== undefined && uid !== current.metadata.uid)
    refuse(
      'Invalid',
      config,
      [{ path: 'metadata.uid', found: 'that of another object', accepted: `'${current.metadata.uid}'` }],
      'cluster/immutable',
    )
}

/** The owners before an apply. An object without managed fields gets an owner for all of them, as in the API server, so that the apply conflicts. */
function ownersBefore(current: KubeObject | undefined, type: ResourceSchema, writer: FieldWriter): readonly FieldOwner[] {
  const owners = fieldOwners(current)
  if (current === undefined || owners.length > 0) return owners
  return updateFields({
    live: emptyObject(type),
    next: toJson(current),
    owners,
    writer: { ...writer, apiVersion: current.apiVersion },
    schema: type.schema,
    ignored: ignoredBy(type, writer.subresource === 'status'),
  })
}

/** The fields of an object that an apply owns. */
function applicable(config: KubeObject, subresource: 'status' | undefined): JsonObject {
  const { apiVersion, kind, metadata, ...rest } = toJson(config) as { readonly [field: string]: Json } & { readonly metadata: JsonObject }
  const { name, namespace } = metadata
  const identity = { apiVersion: apiVersion as Json, kind: kind as Json }
  if (subresource === 'status')
    return {
      ...identity,
      metadata: { name: name as Json, ...(namespace !== undefined && { namespace }) },
      ...(rest.status !== undefined && { status: rest.status }),
    }
  const kept = Object.entries(metadata).filter(([field]) => !systemFields.has(field))
  return { ...identity, ...rest, metadata: Object.fromEntries(kept) }
}

/** What a new object is compared with: one of the type that says nothing. */
function emptyObject(type: ResourceSchema): JsonObject {
  const { apiVersion, kind } = type
  return { ...type.empty(), apiVersion, kind }
}

function sameButOwners(object: KubeObject, current: KubeObject): boolean {
  const { managedFields: _, ...metadata } = current.metadata
  return jsonEqual(toJson(object), toJson({ ...current, metadata }))
}

function sizeProblems(object: KubeObject): readonly { path: string; found: string; accepted: string }[] {
  const bytes = JSON.stringify(object).length
  return bytes <= maxBytes ? [] : [{ path: '', found: `${bytes} bytes`, accepted: `at most ${maxBytes}` }]
}

function withStatus({ status: _, ...object }: JsonObject, status: Json | undefined): JsonObject {
  return status === undefined ? object : { ...object, status }
}

function withoutStatus(object: KubeObject): JsonObject {
  const { status: _, ...rest } = object
  return rest as unknown as JsonObject
}

function toJson(object: KubeObject): JsonObject {
  return object as unknown as JsonObject
}
