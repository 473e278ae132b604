import { untilAborted } from '../../../async/until-aborted.ts'
import { throwIfAborted } from '../../../model/errors/abort.ts'
import { FleetkitError, hasCode } from '../../../model/errors/error.ts'
import { invalid } from '../../../model/errors/invalid.ts'
import { fieldManagerProblem } from '../../../model/field-manager.ts'
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
import { leaseOver } from '../../store/lease.ts'
import { validateNewObject, validateObject } from '../../store/validate.ts'
import { definesTypes, isAboutToBeServed } from './definitions.ts'
import { Discovery } from './discovery.ts'
import { type ApiRequest, type ApiResponse, responseError, unknownKindMessage } from './errors.ts'
import type { ResolvedOptions } from './options.ts'
import { collectionPath, objectPath, query } from './paths.ts'
import type { ServedResource } from './served-resource.ts'
import { type Call, ConnectionError, type Transport } from './transport.ts'
import { watchChanges } from './watch.ts'

/** Objects in one page of a list that the caller wants as a whole. */
const pageSize = 500
const definitionPollMs = 100
const definitionTimeoutMs = 10_000

/** A cluster behind a transport. */
export class KubernetesCluster implements ClusterApi {
  readonly #transport: Transport
  readonly #options: ResolvedOptions
  readonly #discovery: Discovery
  readonly #awaited = new Map<string, Promise<ServedResource | undefined>>()

  constructor(transport: Transport, options: ResolvedOptions) {
    this.#transport = transport
    this.#options = options
    this.#discovery = new Discovery(transport, options.clock)
  }

  async get(ref: ObjectRef, { signal }: CallOptions = {}): Promise<KubeObject | undefined> {
    const resource = await this.#resourceOf(ref, { verb: 'get', ref }, signal)
    const response = await this.#request(
      { method: 'GET', path: objectPath(resource, ref), repeatable: true, signal, request: { verb: 'get', ref } },
      ['store/not-found'],
    )
    return response === undefined ? undefined : asObject(response.body, resource)
  }

  async list(type: TypeRef, { signal, namespace, labelSelector, limit, continue: token }: ListOptions = {}): Promise<ObjectList> {
    const resource = await this.#resourceOf(type, { verb: 'list', type }, signal)
    const path = collectionPath(resource, namespace)
    const selector = labelSelector === undefined ? '' : formatSelector(labelSelector)
    const page = async (limit: number | undefined, token: string | undefined): Promise<ObjectList> => {
      const parameters = query({ labelSelector: selector, limit, continue: token })
      const response = await this.#request({
        method: 'GET',
        path: path + parameters,
        repeatable: true,
        large: true,
        signal,
        request: { verb: 'list', type },
      })
      return parseList(response.body, resource)
    }
    if (limit !== undefined || token !== undefined) return page(limit, token)
    try {
      const items: KubeObject[] = []
      for (let next: string | undefined; ; ) {
        const part = await page(pageSize, next)
        items.push(...part.items)
        next = part.continue
        if (next === undefined) return { items: items.sort(byName), resourceVersion: part.resourceVersion }
      }
    } catch (error) {
      // Compacted between two pages, as in a long list on a busy cluster. One page cannot have that (client-go's pager does the same).
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
    const resource = await this.#resourceOf(type, { verb: 'watch', type }, signal).catch((error: unknown) => {
      if (signal?.aborted) return undefined
      throw error
    })
    if (resource === undefined) return
    const call = {
      type,
      path: collectionPath(resource, namespace),
      labelSelector: labelSelector === undefined ? '' : formatSelector(labelSelector),
      resourceVersion,
      signal,
    }
    yield* watchChanges(call, this.#transport, this.#options)
  }

  async create(object: KubeObject, { signal }: CallOptions = {}): Promise<KubeObject> {
    const { status: _, ...rest } = validateNewObject(object)
    const input = rest as KubeObject
    const ref = refOf(input)
    const request: ApiRequest = { verb: 'create', ref }
    const resource = await this.#resourceOf(ref, request, signal)
    objectPath(resource, ref)
    const path = collectionPath(resource, ref.namespace) + query({ fieldValidation: 'Strict' })
    const response = await this.#request({
      method: 'POST',
      path,
      body: () => JSON.stringify(withoutManagedFields(input)),
      repeatable: false,
      signal,
      request,
    })
    this.#written(input)
    return asObject(response.body, resource)
  }

  async update(object: KubeObject, { signal, subresource }: UpdateOptions = {}): Promise<KubeObject> {
    const input = validateObject(object)
    const ref = refOf(input)
    if (!input.metadata.resourceVersion)
      throw new FleetkitError('store/conflict', 'it has no resourceVersion: read it first', { ref, retryable: false })
    const request: ApiRequest = { verb: 'update', ref }
    const resource = await this.#resourceOf(ref, request, signal)
    if (subresource === 'status' && !resource.status)
      throw new FleetkitError('cluster/invalid', `${ref.kind} of ${ref.apiVersion} has no status subresource`, { ref })
    const path = objectPath(resource, ref) + (subresource === undefined ? '' : `/${subresource}`) + query({ fieldValidation: 'Strict' })
    // The same update again changes nothing, or is a conflict: never a second change.
    const response = await this.#request({ method: 'PUT', path, body: () => JSON.stringify(input), repeatable: true, signal, request })
    this.#written(input)
    return asObject(response.body, resource)
  }

  async delete(ref: ObjectRef, { signal, uid, resourceVersion, propagation }: DeleteOptions = {}): Promise<void> {
    const request: ApiRequest = { verb: 'delete', ref }
    const resource = await this.#resourceOf(ref, request, signal)
    const preconditions = uid === undefined && resourceVersion === undefined ? undefined : { uid, resourceVersion }
    const body = (): string => JSON.stringify({ apiVersion: 'v1', kind: 'DeleteOptions', preconditions, propagationPolicy: propagation })
    const response = await this.#send({ method: 'DELETE', path: objectPath(resource, ref), body, repeatable: true, signal, request })
    if (response.status < 300) return this.#written(ref)
    const error = responseError(response, request)
    // An earlier try, whose response was lost, may have deleted it.
    if (!(response.repeated && error.code === 'store/not-found')) throw error
  }

  async apply(objects: readonly KubeObject[], options: ApplyOptions): Promise<readonly ApplyResult[]> {
    throwIfAborted(options.signal)
    throwIfAborted(this.#transport.closed)
    const problem = fieldManagerProblem(options.fieldManager)
    if (problem !== undefined) throw invalid(undefined, [problem])
    const results: ApplyResult[] = new Array(objects.length)
    // Definitions first, so that their objects can be in the same call.
    const isDefinition = (index: number): boolean => objects[index] !== undefined && definesTypes(objects[index])
    for (const turn of [true, false]) {
      const indexes = [...objects.keys()].filter((index) => isDefinition(index) === turn).values()
      // As many at a time as the cluster may have in flight, so that other callers' requests wait for one, not for all.
      const work = async (): Promise<void> => {
        for (const index of indexes) results[index] = await this.#applyOne(objects[index] as KubeObject, options)
      }
      await Promise.all(Array.from({ length: this.#options.maxConcurrent }, work))
    }
    return results
  }

  async discover(type: TypeRef, { signal }: CallOptions = {}): Promise<ResourceType | undefined> {
    throwIfAborted(signal)
    throwIfAborted(this.#transport.closed)
    const resource = await this.#findResource(type, signal)
    if (resource === undefined) return undefined
    const { status: _, ...rest } = resource
    return rest
  }

  async lease(options: LeaseOptions): Promise<Lease> {
    throwIfAborted(this.#transport.closed)
    return leaseOver(this, options, this.#options.clock)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#transport[Symbol.asyncDispose]()
  }

  async #applyOne(object: KubeObject, options: ApplyOptions): Promise<ApplyResult> {
    const ref = refOf({ ...object, metadata: object?.metadata ?? {} })
    try {
      return await this.#patch(validateObject(object), options)
    } catch (error) {
      throwIfAborted(options.signal)
      throwIfAborted(this.#transport.closed)
      if (error instanceof FleetkitError) return { ref, error }
      return { ref, error: new FleetkitError('internal', (error as Error).message, { ref, cause: error }) }
    }
  }

  async #patch(object: KubeObject, { fieldManager, force = false, dryRun = false, signal }: ApplyOptions): Promise<ApplyResult> {
    const ref = refOf(object)
    const request: ApiRequest = { verb: 'apply', ref }
    const parameters = query({ fieldManager, force: force || undefined, dryRun: dryRun ? 'All' : undefined, fieldValidation: 'Strict' })
    for (let again = false; ; again = true) {
      const resource = (await this.#findResource(ref, signal)) ?? (await this.#awaitDefinition(ref, signal))
      if (resource === undefined) throw new FleetkitError('cluster/unknown-kind', unknownKindMessage(ref), { ref })
      const response = await this.#send({
        method: 'PATCH',
        path: objectPath(resource, ref) + parameters,
        contentType: 'application/apply-patch+yaml',
        body: () => JSON.stringify(withoutManagedFields(object)),
        repeatable: true,
        signal,
        request,
      })
      if (response.status < 300) {
        if (!dryRun) this.#written(object)
        return { ref, object: asObject(response.body, resource), created: response.status === 201 }
      }
      const error = responseError(response, request)
      if (again || error.code !== 'cluster/unknown-kind') throw error
      // It was served when it was discovered: removed since, or not ready yet.
      this.#discovery.forget(ref)
    }
  }

  /** Waits a short time for a type whose definition is new; callers share the waiting. */
  #awaitDefinition(type: TypeRef, signal: AbortSignal | undefined): Promise<ServedResource | undefined> {
    const key = typeKey(type)
    let awaited = this.#awaited.get(key)
    if (awaited === undefined) {
      awaited = this.#poll(type).finally(() => this.#awaited.delete(key))
      this.#awaited.set(key, awaited)
    }
    return untilAborted(awaited, signal)
  }

  async #poll(type: TypeRef): Promise<ServedResource | undefined> {
    const { clock } = this.#options
    const signal = this.#transport.closed
    for (let waited = 0; waited < definitionTimeoutMs; waited += definitionPollMs) {
      if (!(await isAboutToBeServed(type, this.#transport, clock.now(), signal))) return undefined
      await clock.sleep(definitionPollMs, { signal })
      this.#discovery.expectNew()
      const found = await this.#findResource(type, signal)
      if (found !== undefined) return found
    }
    return undefined
  }

  #findResource(type: TypeRef, signal: AbortSignal | undefined): Promise<ServedResource | undefined> {
    return this.#discovery.find(type, signal).catch(unwrap)
  }

  async #resourceOf(type: TypeRef, request: ApiRequest, signal: AbortSignal | undefined): Promise<ServedResource> {
    throwIfAborted(signal)
    const resource = await this.#findResource(type, signal)
    if (resource === undefined) throw new FleetkitError('cluster/unknown-kind', unknownKindMessage(type), { ref: request.ref })
    return resource
  }

  /** The response of a request, or the error that an error response means; `undefined` when that has one of `codes`. */
  async #request(call: Call): Promise<ApiResponse>
  async #request(call: Call, codes: readonly ['store/not-found']): Promise<ApiResponse | undefined>
  async #request(call: Call, codes: readonly ['store/not-found'] | readonly [] = []): Promise<ApiResponse | undefined> {
    const response = await this.#send(call)
    if (response.status < 300) return response
    const error = responseError(response, call.request)
    if (error.code === 'cluster/unknown-kind') this.#discovery.forget(call.request.ref ?? (call.request.type as TypeRef))
    if (hasCode(error, ...codes)) return undefined
    throw error
  }

  #send(call: Call): Promise<ApiResponse> {
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
