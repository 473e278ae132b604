import { FleetkitError } from '../../model/errors/error.ts'
import type { Json, JsonObject, KubeObject } from '../../model/object.ts'
import { refOf } from '../../model/reference.ts'
import { applyFields, type FieldWriter, updateFields } from '../fields/apply.ts'
import { type FieldOwner, fieldOwners } from '../fields/managers.ts'
import { refuse } from './refuse.ts'
import type { ResourceSchema } from './resource-schema.ts'
import { emptyObject, hasItemsWithoutKeys, ignoredBy, toJson } from './stored-form.ts'
import { decodingProblems } from './validate-fields.ts'

/** Only the server writes these: what an applier sends of them is ignored. */
const systemFields: ReadonlySet<string> = new Set([
  'creationTimestamp',
  'deletionGracePeriodSeconds',
  'deletionTimestamp',
  'generation',
  'resourceVersion',
  'uid',
])

/** Who applies, and how. */
export interface ApplyWriting {
  readonly manager: string
  readonly force: boolean
  readonly subresource?: 'status' | undefined
  /** RFC 3339. */
  readonly time: string
}

/** An applied object, with its defaults, before it is stored, and who owns which of its fields then. */
export interface AppliedObject {
  readonly object: KubeObject
  readonly owners: readonly FieldOwner[]
}

/** Server-side apply of an object of a type. Throws what the API server refuses, conflicts among it. */
export function applyObject(
  config: KubeObject,
  current: KubeObject | undefined,
  type: ResourceSchema,
  writing: ApplyWriting,
): AppliedObject {
  const ref = refOf(config)
  checkPreconditions(config, current)
  const { subresource, force, manager, time } = writing
  checkSubresource(config, type, subresource)
  if (subresource === 'status' && current === undefined) throw new FleetkitError('store/not-found', 'there is none of the name', { ref })
  if (current !== undefined && hasItemsWithoutKeys(current, type))
    refuse('BadRequest', config, [
      { path: '', found: 'a live object with items without keys', accepted: 'a key in each: they cannot be merged' },
    ])
  refuse('BadRequest', config, decodingProblems(toJson(config), type.schema, { strict: true, keys: true, formats: false }))
  const writer: FieldWriter = { manager, apiVersion: config.apiVersion, subresource, time }
  const result = applyFields({
    live: current === undefined ? emptyObject(type) : toJson(current),
    config: applicable(config, subresource),
    owners: ownersBefore(current, type, { ...writer, manager: 'before-first-apply' }),
    writer,
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
  const object = type.defaulted({ ...whole, apiVersion: config.apiVersion }) as unknown as KubeObject
  return { object, owners: result.owners }
}

/** Throws when a type has no such subresource. */
export function checkSubresource(object: KubeObject, type: ResourceSchema, subresource: 'status' | undefined): void {
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

function withStatus({ status: _, ...object }: JsonObject, status: Json | undefined): JsonObject {
  return status === undefined ? object : { ...object, status }
}
