import { pause, unlessAborted } from '../../../async/until-aborted.ts'
import { throwIfAborted } from '../../../model/errors/abort.ts'
import { FleetkitError, hasCode } from '../../../model/errors/error.ts'
import { invalid } from '../../../model/errors/invalid.ts'
import type { KubeObject } from '../../../model/object.ts'
import { type ObjectRef, refOf, type TypeRef, typeKey } from '../../../model/reference.ts'
import { formatSelector } from '../../../model/selector.ts'
import type { ApplyOptions, ApplyResult, ClusterApi, ResourceType } from '../../../ports/cluster.ts'
import type {
  CallOptions,
  DeleteOptions,
  Lease,
  LeaseOptions,
  ListOptions,
  ObjectList,
  UpdateOptions,
  WatchEvent,
  WatchOptions,
} from '../../../ports/store.ts'
import { leaseOn } from '../../store/lease.ts'
import { validNewObject, validObject } from '../../store/validate.ts'
import { definesTypes, isComing } from './definitions.ts'
import { Discovery } from './discovery.ts'
import { type Asked, refusalError, unknownKindMessage } from './errors.ts'
import type { Settings } from './options.ts'
import { collectionPath, objectPath, query } from './paths.ts'
import type { Served } from './served.ts'
import { type Call, ConnectionError, type Reply, type Transport } from './transport.ts'
import { watchChanges } from './watch.ts'

/** Objects in one piece of a list that is asked for as a whole. */
const pieceSize = 500
const comingPollMs = 100
const comingWithinMs = 10_000

/** A cluster behind a transport. */
export class KubernetesCluster implements ClusterApi {
  readonly #transport: Transport
  readonly #settings: Settings
  readonly #discovery: Discovery
  readonly #awaited = new Map<string, Promise<Served | undefined>>()

  constructor(transport: Transport, settings: Settings) {
    this.#transport = transport
    this.#settings = settings
    this.#discovery = new Discovery(transport, settings.clock)
  }

  async get(ref: ObjectRef, { signal }: CallOptions = {}): Promise<KubeObject | undefined> {
    const type = await this.#served(ref, { verb: 'get', ref }, signal)
    const reply = await this.#request(
      { method: 'GET', path: objectPath(type, ref), repeatable: true, signal, asked: { verb: 'get', ref } },
      ['store/not-found'],
    )
    return reply === undefined ? undefined : asObject(reply.body, type)
  }

  async list(type: TypeRef, { signal, namespace, labelSelector, limit, continue: token }: ListOptions = {}): Promise<ObjectList> {
    const served = await this.#served(type, { verb: 'list', type }, signal)
    const path = collectionPath(served, namespace)
    const selector = labelSelector === undefined ? '' : formatSelector(labelSelector)
    const page = async (limit: number | undefined, token: string | undefined): Promise<ObjectList> => {
      const parameters = query({ labelSelector: selector, limit, continue: token })
      const reply = await this.#request({
        method: 'GET',
        path: path + parameters,
        repeatable: true,
        large: true,
        signal,
        asked: { verb: 'list', type },
      })
      return parseList(reply.body, served)
    }
    if (limit !== undefined || token !== undefined) return page(limit, token)
    try {
      const items: KubeObject[] = []
      for (let next: string | undefined; ; ) {
        const piece = await page(pieceSize, next)
        items.push(...piece.items)
        next = piece.continue
        if (next === undefined) return { items: items.sort(byName), resourceVersion: piece.resourceVersion }
      }
    } catch (error) {
      // Compacted between two pieces, as in a long list on a busy cluster; in one piece that cannot happen (client-go's pager does the same).
      if (!hasCode(error, 'store/relist')) throw error
      return page(undefined, undefined)
    }
  }

  async *watch(
    type: TypeRef,
    { signal, namespace, labelSelector, resourceVersion }: WatchOptions,
  ): AsyncGenerator<WatchEvent, void, undefined> {
    if (signal?.aborted) return
    throwIfAborted(this.#transport.closed)
    const served = await this.#served(type, { verb: 'watch', type }, signal).catch((error: unknown) => {
      if (signal?.aborted) return undefined
      throw error
    })
    if (served === undefined) return
    const call = {
      type,
      path: collectionPath(served, namespace),
      labelSelector: labelSelector === undefined ? '' : formatSelector(labelSelector),
      resourceVersion,
      signal,
    }
    yield* watchChanges(call, this.#transport, this.#settings)
  }

  async create(object: KubeObject, { signal }: CallOptions = {}): Promise<KubeObject> {
    const { status: _, ...rest } = validNewObject(object)
    const input = rest as KubeObject
    const ref = refOf(input)
    const asked: Asked = { verb: 'create', ref }
    const type = await this.#served(ref, asked, signal)
    objectPath(type, ref)
    const path = collectionPath(type, ref.namespace) + query({ fieldValidation: 'Strict' })
    const reply = await this.#request({
      method: 'POST',
      path,
      body: () => JSON.stringify(withoutManagedFields(input)),
      repeatable: false,
      signal,
      asked,
    })
    this.#written(input)
    return asObject(reply.body, type)
  }

  async update(object: KubeObject, { signal, subresource }: UpdateOptions = {}): Promise<KubeObject> {
    const input = validObject(object)
    const ref = refOf(input)
    if (!input.metadata.resourceVersion)
      throw new FleetkitError('store/conflict', 'it has no resourceVersion: read it first', { ref, retryable: false })
    const asked: Asked = { verb: 'update', ref }
    const type = await this.#served(ref, asked, signal)
    if (subresource === 'status' && !type.status)
      throw new FleetkitError('cluster/invalid', `${ref.kind} of ${ref.apiVersion} has no status subresource`, { ref })
    const path = objectPath(type, ref) + (subresource === undefined ? '' : `/${subresource}`) + query({ fieldValidation: 'Strict' })
    // The same update again changes nothing, or is a conflict: never a second change.
    const reply = await this.#request({ method: 'PUT', path, body: () => JSON.stringify(input), repeatable: true, signal, asked })
    this.#written(input)
    return asObject(reply.body, type)
  }

  async delete(ref: ObjectRef, { signal, uid, resourceVersion, propagation }: DeleteOptions = {}): Promise<void> {
    const asked: Asked = { verb: 'delete', ref }
    const type = await this.#served(ref, asked, signal)
    const preconditions = uid === undefined && resourceVersion === undefined ? undefined : { uid, resourceVersion }
    const body = (): string => JSON.stringify({ apiVersion: 'v1', kind: 'DeleteOptions', preconditions, propagationPolicy: propagation })
    const reply = await this.#reply({ method: 'DELETE', path: objectPath(type, ref), body, repeatable: true, signal, asked })
    if (reply.status < 300) return this.#written(ref)
    const error = refusalError(reply, asked)
    // An earlier try, whose answer was lost, may have deleted it.
    if (!(reply.repeated && error.code === 'store/not-found')) throw error
  }

  async apply(objects: readonly KubeObject[], options: ApplyOptions): Promise<readonly ApplyResult[]> {
    throwIfAborted(options.signal)
    throwIfAborted(this.#transport.closed)
    const { fieldManager } = options
    if (typeof fieldManager !== 'string' || fieldManager === '' || fieldManager.length > 128)
      throw invalid(undefined, [
        { path: 'fieldManager', found: JSON.stringify(fieldManager) ?? 'nothing', accepted: '1 to 128 printable characters' },
      ])
    const results: ApplyResult[] = new Array(objects.length)
    // Definitions first, so that their objects can be in the same call.
    const isDefinition = (index: number): boolean => objects[index] !== undefined && definesTypes(objects[index])
    for (const turn of [true, false]) {
      const indexes = [...objects.keys()].filter((index) => isDefinition(index) === turn).values()
      // As many at a time as the cluster may have in flight, so that other callers' requests wait for one, not for all.
      const work = async (): Promise<void> => {
        for (const index of indexes) results[index] = await this.#applyOne(objects[index] as KubeObject, options)
      }
      await Promise.all(Array.from({ length: this.#settings.maxConcurrent }, work))
    }
    return results
  }

  async discover(type: TypeRef, { signal }: CallOptions = {}): Promise<ResourceType | undefined> {
    throwIfAborted(signal)
    throwIfAborted(this.#transport.closed)
    const served = await this.#find(type, signal)
    if (served === undefined) return undefined
    const { status: _, ...resource } = served
    return resource
  }

  async lease(options: LeaseOptions): Promise<Lease> {
    throwIfAborted(this.#transport.closed)
    return leaseOn(this, this.#settings.clock, options)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#transport[Symbol.asyncDispose]()
  }

  async #applyOne(object: KubeObject, options: ApplyOptions): Promise<ApplyResult> {
    const ref = refOf({ ...object, metadata: object?.metadata ?? {} })
    try {
      return await this.#patch(validObject(object), options)
    } catch (error) {
      throwIfAborted(options.signal)
      throwIfAborted(this.#transport.closed)
      if (error instanceof FleetkitError) return { ref, error }
      return { ref, error: new FleetkitError('internal', (error as Error).message, { ref, cause: error }) }
    }
  }

  async #patch(object: KubeObject, { fieldManager, force = false, dryRun = false, signal }: ApplyOptions): Promise<ApplyResult> {
    const ref = refOf(object)
    const asked: Asked = { verb: 'apply', ref }
    const parameters = query({ fieldManager, force: force || undefined, dryRun: dryRun ? 'All' : undefined, fieldValidation: 'Strict' })
    for (let again = false; ; again = true) {
      const type = (await this.#find(ref, signal)) ?? (await this.#coming(ref, signal))
      if (type === undefined) throw new FleetkitError('cluster/unknown-kind', unknownKindMessage(ref), { ref })
      const reply = await this.#reply({
        method: 'PATCH',
        path: objectPath(type, ref) + parameters,
        contentType: 'application/apply-patch+yaml',
        body: () => JSON.stringify(withoutManagedFields(object)),
        repeatable: true,
        signal,
        asked,
      })
      if (reply.status < 300) {
        if (!dryRun) this.#written(object)
        return { ref, object: asObject(reply.body, type), created: reply.status === 201 }
      }
      const error = refusalError(reply, asked)
      if (again || error.code !== 'cluster/unknown-kind') throw error
      // It was served when it was discovered: gone, or not quite there yet.
      this.#discovery.forget(ref)
    }
  }

  /** The type when its definition exists and it is about to be served; waits for that, a short time, once for all who ask. */
  #coming(type: TypeRef, signal: AbortSignal | undefined): Promise<Served | undefined> {
    const key = typeKey(type)
    let awaited = this.#awaited.get(key)
    if (awaited === undefined) {
      awaited = this.#poll(type).finally(() => this.#awaited.delete(key))
      this.#awaited.set(key, awaited)
    }
    return unlessAborted(awaited, signal)
  }

  async #poll(type: TypeRef): Promise<Served | undefined> {
    const { clock } = this.#settings
    const signal = this.#transport.closed
    for (let waited = 0; waited < comingWithinMs; waited += comingPollMs) {
      if (!(await isComing(type, this.#transport, clock.now(), signal))) return undefined
      await pause(clock, comingPollMs, signal)
      this.#discovery.expectNew()
      const found = await this.#find(type, signal)
      if (found !== undefined) return found
    }
    return undefined
  }

  #find(type: TypeRef, signal: AbortSignal | undefined): Promise<Served | undefined> {
    return this.#discovery.find(type, signal).catch(unwrap)
  }

  async #served(type: TypeRef, asked: Asked, signal: AbortSignal | undefined): Promise<Served> {
    throwIfAborted(signal)
    const served = await this.#find(type, signal)
    if (served === undefined) throw new FleetkitError('cluster/unknown-kind', unknownKindMessage(type), { ref: asked.ref })
    return served
  }

  /** The answer of a request, or the error that its refusal means; `undefined` when that has one of `codes`. */
  async #request(call: Call): Promise<Reply>
  async #request(call: Call, codes: readonly ['store/not-found']): Promise<Reply | undefined>
  async #request(call: Call, codes: readonly ['store/not-found'] | readonly [] = []): Promise<Reply | undefined> {
    const reply = await this.#reply(call)
    if (reply.status < 300) return reply
    const error = refusalError(reply, call.asked)
    if (error.code === 'cluster/unknown-kind') this.#discovery.forget(call.asked.ref ?? (call.asked.type as TypeRef))
    if (hasCode(error, ...codes)) return undefined
    throw error
  }

  #reply(call: Call): Promise<Reply> {
    return this.#transport.request(call).catch(unwrap)
  }

  #written(type: TypeRef): void {
    if (definesTypes(type)) this.#discovery.expectNew()
  }
}

function unwrap(error: unknown): never {
  throw error instanceof ConnectionError ? error.reported : error
}

/** Managed fields in an apply are an error, in a create they are nonsense. */
function withoutManagedFields(object: KubeObject): KubeObject {
  if (object.metadata.managedFields === undefined) return object
  const { managedFields: _, ...metadata } = object.metadata
  return { ...object, metadata }
}

function asObject(body: unknown, { apiVersion, kind }: TypeRef): KubeObject {
  const object = body as KubeObject | null | undefined
  if (typeof object !== 'object' || object === null || typeof object.metadata?.name !== 'string')
    throw new FleetkitError('cluster/protocol', `the API server answered something else than a ${kind} of ${apiVersion}`)
  return object
}

function parseList(body: unknown, { apiVersion, kind }: TypeRef): ObjectList {
  const list = body as
    | {
        readonly items?: readonly KubeObject[] | null
        readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string }
      }
    | undefined
  if (typeof list?.metadata?.resourceVersion !== 'string')
    throw new FleetkitError('cluster/protocol', `the API server answered something else than a list of ${kind}`)
  // The items of a list do not repeat their type.
  const items = (list.items ?? []).map((item) => ({ ...item, apiVersion, kind }))
  const { resourceVersion, continue: token } = list.metadata as { readonly resourceVersion: string; readonly continue?: string }
  return { items: items.sort(byName), resourceVersion, ...(token && { continue: token }) }
}

function byName({ metadata: a }: KubeObject, { metadata: b }: KubeObject): number {
  if (a.namespace !== b.namespace) return (a.namespace ?? '') < (b.namespace ?? '') ? -1 : 1
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0
}
