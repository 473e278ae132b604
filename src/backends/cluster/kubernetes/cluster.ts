import { BoundedCache } from '../../../async/bounded-cache.ts'
import { mapAtMost } from '../../../async/map-at-most.ts'
import { pagesOf } from '../../../async/pages-of.ts'
import { monotonic } from '../../../async/time/monotonic.ts'
import { untilAborted } from '../../../async/until-aborted.ts'
import { throwIfAborted } from '../../../model/errors/abort.ts'
import { FleetkitError, hasCode } from '../../../model/errors/error.ts'
import { invalid } from '../../../model/errors/invalid.ts'
import { fieldManagerProblem } from '../../../model/field-manager.ts'
import type { JsonObject, KubeObject } from '../../../model/object.ts'
import { type GroupKind, type ObjectRef, refOf, type TypeRef, typeKey } from '../../../model/reference.ts'
import { formatSelector } from '../../../model/selector.ts'
import type {
  ApplyOptions,
  ApplyResult,
  ClusterApi,
  ClusterUser,
  IssuedToken,
  ResourceType,
  TokenOptions,
  WriteOptions,
} from '../../../ports/cluster.ts'
import type {
  CallOptions,
  DeleteOptions,
  Lease,
  LeaseOptions,
  ListOptions,
  ObjectList,
  WatchEvent,
  WatchOptions,
} from '../../../ports/store.ts'
import { leaseOver } from '../../store/lease.ts'
import { validateNewObject, validateObject } from '../../store/validate.ts'
import { impersonateBy } from './connection/impersonation.ts'
import { byPlace, decodeList, decodeObject, decodeTerminating } from './decode.ts'
import { definesTypes, isAboutToBeServed } from './definitions.ts'
import { Discovery } from './discovery.ts'
import { type ApiRequest, type ApiResponse, accepted, errorAbout, knowsNoPath, responseError, unknownKindMessage } from './errors.ts'
import { OpenApiDocuments } from './open-api.ts'
import type { ResolvedOptions } from './options.ts'
import { collectionPath, objectPath, query } from './paths.ts'
import type { ServedResource } from './served-resource.ts'
import { readServerVersion } from './server-version.ts'
import { type Call, ConnectionError, type Transport } from './transport.ts'
import { watchChanges } from './watch.ts'
import {
  checkSubresource,
  issuedToken,
  serviceAccount,
  statusOf,
  tokenRequest,
  withClearedOwners,
  withoutManagedFields,
  writePath,
  writeQuery,
} from './writes.ts'

/** Objects in one page of a list that the caller wants as a whole. */
const pageSize = 500
const definitionPollMs = 100
const definitionTimeoutMs = 10_000

/** So long the version of a list is one that the server has, without asking. */
const currentMs = 10_000

/** What makes a request a call of a type. */
type CallParts = Omit<Call, 'signal' | 'lease' | 'request' | 'impersonation'>

interface Answer {
  readonly response: ApiResponse
  readonly resource: ServedResource
}

/** What a line to act as another user has beside the transport. */
interface Acting {
  readonly impersonation: Readonly<Record<string, string>>
  readonly discovery: Discovery
  readonly openApi: OpenApiDocuments
}

/** A cluster behind a transport. */
export class KubernetesCluster implements ClusterApi {
  readonly #transport: Transport
  readonly #options: ResolvedOptions
  readonly #impersonation: Readonly<Record<string, string>> | undefined
  readonly #discovery: Discovery
  readonly #openApi: OpenApiDocuments
  readonly #awaited = new Map<string, Promise<ServedResource | undefined>>()
  /** The versions of the last lists, and when the server answered with them, by a monotonic clock. */
  readonly #listed = new BoundedCache<number>(1000)

  /** `acting`: as whom, over the line of another one. */
  constructor(transport: Transport, options: ResolvedOptions, acting?: Acting) {
    this.#transport = transport
    this.#options = options
    this.#impersonation = acting?.impersonation
    this.#discovery = acting?.discovery ?? new Discovery(transport, options.clock)
    this.#openApi = acting?.openApi ?? new OpenApiDocuments(transport)
  }

  async get(ref: ObjectRef, options: CallOptions = {}): Promise<KubeObject | undefined> {
    const request: ApiRequest = { verb: 'get', ref }
    const { response, resource } = await this.#send(request, options, (resource) => ({
      method: 'GET',
      path: objectPath(resource, ref),
      repeatable: true,
    }))
    if (response.status < 300) return decodeObject(response.body, resource, ref)
    const error = responseError(response, request)
    if (error.code === 'store/not-found') return undefined
    throw error
  }

  async list(type: TypeRef, options: ListOptions = {}): Promise<ObjectList> {
    if (options.limit !== undefined || options.continue !== undefined) return this.#listPage(type, options)
    try {
      const items: KubeObject[] = []
      let resourceVersion = ''
      for await (const page of pagesOf(pageSize, (token) => this.#listPage(type, { ...options, limit: pageSize, continue: token }))) {
        for (const item of page.items) items.push(item)
        resourceVersion = page.resourceVersion
      }
      return { items: items.sort(byPlace), resourceVersion }
    } catch (error) {
      // Compacted between two pages, as in a long list on a busy cluster. One page cannot have that (client-go's pager does the same).
      if (!hasCode(error, 'store/relist')) throw error
      return this.#listPage(type, options)
    }
  }

  async #listPage(type: TypeRef, options: ListOptions): Promise<ObjectList> {
    const { namespace, labelSelector, limit, continue: token } = options
    const selector = labelSelector === undefined ? '' : formatSelector(labelSelector)
    const parameters = query({ labelSelector: selector, limit, continue: token })
    const request: ApiRequest = { verb: 'list', type }
    const { response, resource } = await this.#send(request, options, (resource) => ({
      method: 'GET',
      path: collectionPath(resource, namespace) + parameters,
      repeatable: true,
      large: true,
    }))
    const list = decodeList(accepted(response, request).body, resource)
    this.#listed.set(list.resourceVersion, monotonic(this.#options.clock), 1)
    return list
  }

  watch(type: TypeRef, { signal, namespace, labelSelector, resourceVersion }: WatchOptions): AsyncGenerator<WatchEvent, void, undefined> {
    const request: ApiRequest = { verb: 'watch', type }
    const call = {
      request,
      type,
      pathOf: async (again: boolean) => collectionPath(await this.#resourceOf(request, signal, again), namespace),
      labelSelector,
      resourceVersion,
      impersonation: this.#impersonation,
      // As most are that follow a list.
      isCurrent: monotonic(this.#options.clock) - (this.#listed.get(resourceVersion) ?? Number.NEGATIVE_INFINITY) < currentMs,
      signal,
    }
    return watchChanges(call, this.#transport, this.#options)
  }

  async create(object: KubeObject, options: WriteOptions = {}): Promise<KubeObject> {
    const { status: _, ...rest } = validateNewObject(object)
    const input = rest as KubeObject
    const ref = refOf(input)
    const request: ApiRequest = { verb: 'create', ref }
    const { response, resource } = await this.#send(request, options, (resource) => {
      objectPath(resource, ref)
      return {
        method: 'POST',
        path: collectionPath(resource, ref.namespace) + writeQuery(options),
        body: () => JSON.stringify(withoutManagedFields(input)),
        repeatable: false,
      }
    })
    const { body } = accepted(response, request)
    if (!options.dryRun) this.#written(input)
    return decodeObject(body, resource, ref)
  }

  async update(object: KubeObject, options: WriteOptions = {}): Promise<KubeObject> {
    const input = withClearedOwners(validateObject(object), object)
    const ref = refOf(input)
    if (!input.metadata.resourceVersion)
      throw new FleetkitError('store/conflict', 'it has no resourceVersion: read it first', { ref, retryable: false })
    const request: ApiRequest = { verb: 'update', ref }
    const { response, resource } = await this.#send(request, options, (resource) => {
      checkSubresource(resource, ref, options)
      // The same update again changes nothing, or is a conflict: never a second change.
      return { method: 'PUT', path: writePath(resource, ref, options), body: () => JSON.stringify(input), repeatable: true }
    })
    const { body } = accepted(response, request)
    if (!options.dryRun) this.#written(input)
    return decodeObject(body, resource, ref)
  }

  async delete(ref: ObjectRef, { uid, resourceVersion, propagation, ...options }: DeleteOptions = {}): Promise<KubeObject | undefined> {
    const request: ApiRequest = { verb: 'delete', ref }
    const preconditions = uid === undefined && resourceVersion === undefined ? undefined : { uid, resourceVersion }
    const body = (): string => JSON.stringify({ apiVersion: 'v1', kind: 'DeleteOptions', preconditions, propagationPolicy: propagation })
    const { response, resource } = await this.#send(request, options, (resource) => ({
      method: 'DELETE',
      path: objectPath(resource, ref),
      body,
      repeatable: true,
    }))
    if (response.status < 300) {
      this.#written(ref)
      return decodeTerminating(response.body, resource, ref)
    }
    const error = responseError(response, request)
    // An earlier try, whose response was lost, may have deleted it.
    if (!(response.repeated && error.code === 'store/not-found')) throw error
    return undefined
  }

  async apply(objects: readonly KubeObject[], options: ApplyOptions): Promise<readonly ApplyResult[]> {
    throwIfAborted(options.signal)
    throwIfAborted(options.lease?.signal)
    throwIfAborted(this.#transport.closed)
    const problem = fieldManagerProblem(options.fieldManager)
    if (problem !== undefined) throw invalid(undefined, [problem])
    // As most calls are.
    if (objects.length === 1) return [await this.#applyOne(objects[0] as KubeObject, options)]
    const results: ApplyResult[] = new Array(objects.length)
    // Definitions first, so that their objects can be in the same call.
    const isDefinition = (index: number): boolean => objects[index] !== undefined && definesTypes(objects[index])
    for (const turn of [true, false]) {
      const of = [...objects.keys()].filter((index) => isDefinition(index) === turn)
      // As many at a time as the cluster may have in flight, so that other callers' requests wait for one, not for all.
      await mapAtMost(of, this.#options.maxConcurrent, async (index) => {
        results[index] = await this.#applyOne(objects[index] as KubeObject, options)
      })
    }
    return results
  }

  discover(type: TypeRef | GroupKind, { signal }: CallOptions = {}): Promise<ResourceType | undefined> {
    return this.#ask(signal, (signal) => this.#discovery.describe(type, signal))
  }

  types({ signal }: CallOptions = {}): Promise<readonly ResourceType[]> {
    return this.#ask(signal, (signal) => this.#discovery.all(signal))
  }

  version({ signal }: CallOptions = {}): Promise<string> {
    return this.#ask(signal, (signal) => readServerVersion(this.#transport, signal))
  }

  openApi(apiVersion: string, { signal }: CallOptions = {}): Promise<JsonObject | undefined> {
    return this.#ask(signal, (signal) => this.#openApi.get(apiVersion, signal))
  }

  async lease(options: LeaseOptions): Promise<Lease> {
    throwIfAborted(this.#transport.closed)
    return leaseOver(this, options, this.#options.clock)
  }

  impersonate(as: ClusterUser): ClusterApi {
    throwIfAborted(this.#transport.closed)
    const impersonation = impersonateBy(this.#impersonation ?? this.#transport.impersonation, as)
    return new KubernetesCluster(this.#transport, this.#options, { impersonation, discovery: this.#discovery, openApi: this.#openApi })
  }

  async createToken(account: Pick<ObjectRef, 'namespace' | 'name'>, { expirationSeconds, ...options }: TokenOptions): Promise<IssuedToken> {
    const ref: ObjectRef = { ...serviceAccount, namespace: account.namespace, name: account.name }
    const request: ApiRequest = { verb: 'create', ref }
    const { response } = await this.#send(request, options, (resource) => ({
      method: 'POST',
      path: `${objectPath(resource, ref)}/token`,
      body: () => JSON.stringify(tokenRequest(expirationSeconds)),
      // A token whose answer was lost does nothing.
      repeatable: true,
    }))
    return issuedToken(accepted(response, request).body, ref)
  }

  close(): Promise<void> {
    return this[Symbol.asyncDispose]()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#impersonation === undefined) await this.#transport[Symbol.asyncDispose]()
  }

  async #applyOne(object: KubeObject, options: ApplyOptions): Promise<ApplyResult> {
    const ref = refOf({ ...object, metadata: object?.metadata ?? {} })
    try {
      return await this.#patch(validateObject(object), options)
    } catch (error) {
      throwIfAborted(options.signal)
      throwIfAborted(options.lease?.signal)
      throwIfAborted(this.#transport.closed)
      if (error instanceof FleetkitError) return { ref, error }
      return { ref, error: new FleetkitError('internal', (error as Error).message, { ref, cause: error }) }
    }
  }

  async #patch(object: KubeObject, options: ApplyOptions): Promise<ApplyResult> {
    const { dryRun } = options
    const ref = refOf(object)
    const request: ApiRequest = { verb: 'apply', ref }
    const sent = options.subresource === 'status' ? statusOf(object) : object
    const { response, resource } = await this.#send(request, options, (resource) => {
      checkSubresource(resource, ref, options)
      return {
        method: 'PATCH',
        path: writePath(resource, ref, options),
        contentType: 'application/apply-patch+yaml',
        body: () => JSON.stringify(sent),
        repeatable: true,
      }
    })
    const { status, body } = accepted(response, request)
    if (!dryRun) this.#written(object)
    return { ref, object: decodeObject(body, resource, ref), created: status === 201 }
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
      const found = await this.#discovery.find(type, { signal })
      if (found !== undefined) return found
    }
    return undefined
  }

  #findResource(request: ApiRequest, signal: AbortSignal | undefined, again = false): Promise<ServedResource | undefined> {
    throwIfAborted(signal)
    return this.#discovery.find(typeOf(request), { again, signal }).catch((error: unknown) => {
      throw errorAbout(error instanceof ConnectionError ? error.reported : error, request)
    })
  }

  async #resourceOf(request: ApiRequest, signal: AbortSignal | undefined, again = false): Promise<ServedResource> {
    const found = await this.#findResource(request, signal, again)
    const resource = found ?? (request.verb === 'apply' ? await this.#awaitDefinition(typeOf(request), signal) : undefined)
    if (resource === undefined) throw new FleetkitError('cluster/unknown-kind', unknownKindMessage(typeOf(request)), { ref: request.ref })
    return resource
  }

  /**
   * Sends a request to where its type is served. When nothing is known of that path, the definition may have changed: the request
   * goes to where the type is served now.
   */
  #send(request: ApiRequest, { signal, lease }: CallOptions, callOf: (resource: ServedResource) => CallParts): Promise<Answer> {
    return this.#transport.withinDeadline(request, signal, async (signal) => {
      throwIfAborted(lease?.signal)
      for (let again = false; ; again = true) {
        const resource = await this.#resourceOf(request, signal, again)
        const call = { ...callOf(resource), impersonation: this.#impersonation, signal, lease, request }
        const response = await this.#transport.request(call).catch(unwrap)
        if (again || !knowsNoPath(response)) return { response, resource }
      }
    })
  }

  /** Asks what the cluster serves. */
  async #ask<T>(signal: AbortSignal | undefined, work: (signal: AbortSignal | undefined) => Promise<T>): Promise<T> {
    throwIfAborted(signal)
    throwIfAborted(this.#transport.closed)
    return await this.#transport.withinDeadline({ verb: 'discover' }, signal, work).catch(unwrap)
  }

  #written(type: TypeRef): void {
    if (definesTypes(type)) this.#discovery.expectNew()
  }
}

function unwrap(error: unknown): never {
  throw error instanceof ConnectionError ? error.reported : error
}

function typeOf({ ref, type }: ApiRequest): TypeRef {
  return ref ?? (type as TypeRef)
}
