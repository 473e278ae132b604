import { applyFields, formatOwners, updateFields } from '../../../manifest/fields/apply.ts'
import { emptyFieldSet, parseFieldSet } from '../../../manifest/fields/field-set.ts'
import { type FieldOwner, fieldOwners } from '../../../manifest/fields/managers.ts'
import { formatTime } from '../../../model/condition.ts'
import { FleetkitError } from '../../../model/errors/error.ts'
import type { ErrorCode } from '../../../model/errors/error-codes.ts'
import { invalid } from '../../../model/errors/invalid.ts'
import type { Problem } from '../../../model/errors/problem.ts'
import type { JsonObject, KubeObject } from '../../../model/object.ts'
import { refOf } from '../../../model/reference.ts'
import type { Clock } from '../../../ports/clock.ts'
import { frozenJson } from '../../store/frozen-json.ts'
import { decideCreate, type Outcome, settle, type WriteContext, type WriteRequest } from '../../store/rules.ts'
import type { Table } from '../../store/table.ts'
import { immutableChanges } from './immutable.ts'
import { kindProblems } from './kind-rules.ts'
import type { ResourceSchema } from './resource-schema.ts'
import { serverFields } from './server-fields.ts'
import { decodedForm, storedForm } from './stored-form.ts'
import type { Types } from './types.ts'
import { validateFields } from './validate-fields.ts'

const status = parseFieldSet({ 'f:status': {} })
/** Only the server writes these: what an applier sends of them is ignored. */
const systemFields: ReadonlySet<string> = new Set([
  'creationTimestamp',
  'deletionGracePeriodSeconds',
  'deletionTimestamp',
  'generation',
  'managedFields',
  'resourceVersion',
  'uid',
])

export interface AdmissionOptions {
  readonly table: Table
  readonly types: Types
  readonly clock: Clock
  readonly uid: () => string
  /** The manager of creates and updates in managed fields. */
  readonly fieldManager: string
}

/** What the API server does with a write between the request and the store. */
export class Admission {
  readonly #options: AdmissionOptions

  constructor(options: AdmissionOptions) {
    this.#options = options
  }

  /** Completes and checks a create or an update. */
  admit(next: KubeObject, { operation, current }: WriteRequest): KubeObject {
    const { types, fieldManager, clock } = this.#options
    const type = types.get(next)
    const decoded = decodedForm(toJson(next), type)
    refuse('cluster/invalid', next, validateFields(decoded, type.schema, true))
    const stored = this.#stored(decoded as unknown as KubeObject, type, current)
    // Managed fields begin with the first apply, as in the API server.
    if (current !== undefined && fieldOwners(current).length === 0) return this.#owned(stored, [])
    const owners = updateFields({
      live: current === undefined ? identity(next) : toJson(current),
      next: toJson(stored),
      owners: fieldOwners(current),
      writer: {
        manager: fieldManager,
        apiVersion: next.apiVersion,
        subresource: operation === 'status' ? 'status' : '',
        time: formatTime(clock.now()),
      },
      schema: type.schema,
      ignored: type.status && operation !== 'status' ? status : emptyFieldSet,
    })
    return this.#owned(stored, owners)
  }

  /** Decides an apply. `config` comes from `validateObject`. */
  apply(
    config: KubeObject,
    current: KubeObject | undefined,
    { manager, force }: { readonly manager: string; readonly force: boolean },
    context: WriteContext,
  ): Outcome {
    const type = this.#options.types.get(config)
    const ref = refOf(config)
    checkPreconditions(config, current)
    const wanted = applicable(config, type)
    refuse('cluster/invalid', config, validateFields(wanted, type.schema, false))
    const result = applyFields({
      live: current === undefined ? identity(config) : toJson(current),
      config: wanted,
      owners: ownersBefore(current, type, formatTime(context.now)),
      writer: { manager, apiVersion: config.apiVersion, time: formatTime(context.now) },
      schema: type.schema,
      ignored: type.status ? status : emptyFieldSet,
      force,
    })
    if ('conflicts' in result) {
      const owned = result.conflicts.map(({ fields, manager, operation }) => `${fields.join(', ')} to '${manager}' (${operation})`)
      throw new FleetkitError('cluster/field-conflict', `fields belong to others: ${owned.join('; ')}`, {
        ref,
        conflicts: result.conflicts,
      })
    }
    const merged = { ...result.object, apiVersion: config.apiVersion } as unknown as KubeObject
    refuse('cluster/invalid', config, validateFields(toJson(merged), type.schema, true))
    if (current !== undefined) {
      const next = this.#owned(this.#stored(merged, type, current), result.owners)
      const outcome = settle(next, current, context.traits)
      if (outcome.kind !== 'removed') return outcome
      // The answer is the object as it would have been stored.
      const { deletionTimestamp: _, ...metadata } = current.metadata
      return { ...outcome, object: settle(next, { ...current, metadata }, context.traits).object }
    }
    const created = decideCreate(merged, undefined, this.#options.uid(), { now: context.now, traits: context.traits }).object
    return { kind: 'stored', object: this.#owned(this.#stored(created, type, undefined), result.owners) }
  }

  /** The object in the form in which it is stored. Throws what the API server refuses. */
  #stored(next: KubeObject, type: ResourceSchema, current: KubeObject | undefined): KubeObject {
    if (current === undefined && next.metadata.namespace !== undefined) this.#checkNamespace(next)
    const stored = serverFields(storedForm(toJson(next), type) as unknown as KubeObject, current, this.#options.clock.now())
    refuse('cluster/invalid', next, [...kindProblems(stored), ...(type.validate?.(stored) ?? [])])
    if (current !== undefined) refuse('cluster/immutable', next, immutableChanges(current, stored))
    return decodedForm(toJson(stored), type) as unknown as KubeObject
  }

  #checkNamespace(object: KubeObject): void {
    const namespace = object.metadata.namespace as string
    const found = this.#options.table.get('|Namespace', '', namespace)
    const ref = refOf(object)
    if (found === undefined) throw new FleetkitError('cluster/namespace-missing', `there is no namespace ${namespace}`, { ref })
    if (found.metadata.deletionTimestamp !== undefined)
      throw new FleetkitError('cluster/namespace-terminating', `the namespace ${namespace} is being deleted`, { ref })
  }

  #owned(object: KubeObject, owners: readonly FieldOwner[]): KubeObject {
    const { managedFields: _, ...metadata } = object.metadata
    const managed = owners.length === 0 ? metadata : { ...metadata, managedFields: formatOwners(owners) }
    const fail = (): Error => new FleetkitError('internal', 'an admitted object is no JSON')
    return frozenJson({ ...object, metadata: managed }, fail) as unknown as KubeObject
  }
}

function refuse(code: ErrorCode, object: KubeObject, problems: readonly Problem[]): void {
  if (problems.length > 0) throw invalid(refOf(object), problems, code)
}

function checkPreconditions(config: KubeObject, current: KubeObject | undefined): void {
  const ref = refOf(config)
  const { uid, resourceVersion } = config.metadata
  if (resourceVersion && resourceVersion !== current?.metadata.resourceVersion)
    throw new FleetkitError('store/conflict', `resourceVersion is ${current?.metadata.resourceVersion ?? 'none'}, not ${resourceVersion}`, {
      ref,
    })
  if (uid && current !== undefined && uid !== current.metadata.uid)
    refuse('cluster/immutable', config, [{ path: 'metadata.uid', found: 'that of another object', accepted: `'${current.metadata.uid}'` }])
}

/** The owners before an apply. An object without managed fields gets an owner for all of them, as in the API server, so that the apply conflicts. */
function ownersBefore(current: KubeObject | undefined, type: ResourceSchema, time: string): readonly FieldOwner[] {
  const owners = fieldOwners(current)
  if (current === undefined || owners.length > 0) return owners
  return updateFields({
    live: identity(current),
    next: toJson(current),
    owners,
    writer: { manager: 'before-first-apply', apiVersion: current.apiVersion, time },
    schema: type.schema,
    ignored: type.status ? status : emptyFieldSet,
  })
}

/** The fields of an object that an apply owns. */
function applicable(config: KubeObject, type: ResourceSchema): JsonObject {
  const metadata = Object.entries(config.metadata).filter(([name]) => !systemFields.has(name))
  const fields = Object.entries(toJson(config)).filter(([name]) => !(type.status && name === 'status'))
  return Object.fromEntries([...fields, ['metadata', Object.fromEntries(metadata) as JsonObject]])
}

/** What a new object is compared with. */
function identity({ apiVersion, kind, metadata }: KubeObject): JsonObject {
  const named = metadata.namespace === undefined ? { name: metadata.name } : { name: metadata.name, namespace: metadata.namespace }
  return { apiVersion, kind, metadata: named }
}

function toJson(object: KubeObject): JsonObject {
  return object as unknown as JsonObject
}
