import { updateFields } from '../../../manifest/fields/apply.ts'
import { type FieldOwner, fieldOwners } from '../../../manifest/fields/managers.ts'
import { applyObject, checkSubresource } from '../../../manifest/types/apply-object.ts'
import { refuse } from '../../../manifest/types/refuse.ts'
import type { ResourceSchema } from '../../../manifest/types/resource-schema.ts'
import { emptyObject, hasItemsWithoutKeys, ignoredBy, storedForm, toJson, withOwners } from '../../../manifest/types/stored-form.ts'
import { decodingProblems, withoutUnknown } from '../../../manifest/types/validate-fields.ts'
import { formatTime } from '../../../model/condition.ts'
import { FleetkitError } from '../../../model/errors/error.ts'
import type { KubeObject } from '../../../model/object.ts'
import { refOf } from '../../../model/reference.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { WriteOptions } from '../../../ports/cluster.ts'
import { frozenJson } from '../../store/frozen-json.ts'
import { decideCreate, type Outcome, settle, type WriteContext, type WriteRequest } from '../../store/rules.ts'
import type { Table } from '../../store/table.ts'
import type { Types } from './types.ts'

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
  decode(object: KubeObject, { fieldValidation = 'Strict', subresource }: Writing): KubeObject {
    const type = this.#options.types.get(object)
    checkSubresource(object, type, subresource)
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
    if (current !== undefined && before.length === 0) return owned(stored, [], current)
    // Nor can it be said who owns what of a list whose items have no keys.
    if (hasItemsWithoutKeys(decoded, type) || (current !== undefined && hasItemsWithoutKeys(current, type)))
      return owned(stored, [], current)
    const { manager, subresource } = writing
    const owners = updateFields({
      live: current === undefined ? emptyObject(type) : toJson(current),
      // In the quantities that are given: within a value that is compared as a whole their writing counts.
      next: type.asGiven(bare),
      owners: before,
      writer: { manager, apiVersion: next.apiVersion, subresource, time: this.#time() },
      schema: type.schema,
      ignored: ignoredBy(type, operation === 'status'),
    })
    return owned(stored, owners, current)
  }

  /** Decides an apply. `config` comes from `validateObject`. */
  apply(
    config: KubeObject,
    current: KubeObject | undefined,
    writing: Writing & { readonly force: boolean },
    context: WriteContext,
  ): Outcome {
    const type = this.#options.types.get(config)
    const { object, owners } = applyObject(config, current, type, { ...writing, time: this.#time() })
    if (current !== undefined) return settle(owned(this.#stored(object, type, current), owners, current), current, context.traits)
    const created = decideCreate(object, undefined, this.#options.uid(), { now: context.now, traits: context.traits }).object
    return { kind: 'stored', object: owned(this.#stored(created, type, undefined), owners, undefined) }
  }

  #time(): string {
    return formatTime(this.#options.clock.now())
  }

  /** The object as it is stored. Throws what the API server refuses. */
  #stored(next: KubeObject, type: ResourceSchema, current: KubeObject | undefined): KubeObject {
    if (current === undefined && next.metadata.namespace !== undefined) this.#checkNamespace(next)
    return storedForm(next, current, type, this.#options.clock.now())
  }

  #checkNamespace(object: KubeObject): void {
    const namespace = object.metadata.namespace as string
    const found = this.#options.table.get('|Namespace', '', namespace)
    const ref = refOf(object)
    if (found === undefined) throw new FleetkitError('cluster/namespace-missing', `there is no namespace ${namespace}`, { ref })
    if (found.metadata.deletionTimestamp !== undefined)
      throw new FleetkitError('cluster/namespace-terminating', `the namespace ${namespace} is being deleted`, { ref })
  }
}

function owned(object: KubeObject, owners: readonly FieldOwner[], current: KubeObject | undefined): KubeObject {
  const fail = (): Error => new FleetkitError('internal', 'an admitted object is no JSON')
  return frozenJson(withOwners(object, owners, current), fail) as unknown as KubeObject
}

/** The owners that an update begins with: those that it brings, or those that are there (apimachinery, `decodeLiveOrNew`). */
function ownersGiven(next: KubeObject, current: KubeObject | undefined, { clearsOwners }: Writing): readonly FieldOwner[] {
  if (current === undefined || clearsOwners) return []
  const given = fieldOwners(next)
  return given.length === 0 ? fieldOwners(current) : given
}
