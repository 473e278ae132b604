import { monotonic } from '../../../async/time/monotonic.ts'
import { untilAborted } from '../../../async/until-aborted.ts'
import { type GroupKind, groupOf, type TypeRef } from '../../../model/reference.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { ResourceType } from '../../../ports/cluster.ts'
import { protocolError } from './decode.ts'
import { decodeGroups, decodeVersion, type ServedGroups, type ServedVersion } from './discovery-documents.ts'
import { type ApiResponse, responseError } from './errors.ts'
import { groupVersionPath } from './paths.ts'
import type { ServedResource } from './served-resource.ts'
import type { Transport } from './transport.ts'

/** All of a root in one document, in either version of its form; a server that knows neither names the API versions only. */
const aggregated = ['v2', 'v2beta1']
  .map((version) => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`)
  .concat('application/json')
  .join(',')
/** How long an answer that a type is missing holds. */
const missingHoldsMs = 500

/**
 * What a cluster serves, and nothing else decides that a type is not served: a 404 can come from anything between. A root (`/api`,
 * `/apis`) is asked at the first need, again for a type that is missing, and again when the cluster does not know the path of a type.
 */
export class Discovery {
  readonly #core: Root
  readonly #named: Root

  constructor(transport: Transport, clock: Clock) {
    this.#core = new Root('/api', transport, clock)
    this.#named = new Root('/apis', transport, clock)
  }

  /** How `type` is served, or `undefined`. With `again` the cluster is asked, whatever is known. */
  async find(
    type: TypeRef,
    { again = false, signal }: { readonly again?: boolean; readonly signal?: AbortSignal | undefined } = {},
  ): Promise<ServedResource | undefined> {
    const root = this.#rootOf(groupOf(type.apiVersion))
    const known = again ? undefined : await root.find(type, signal)
    if (known !== undefined || !(again || root.mayBeOld())) return known
    await root.ask(signal)
    return root.find(type, signal)
  }

  /** The same with all API versions of the kind; of a kind of a group, in the preferred one. */
  async describe(type: TypeRef | GroupKind, signal?: AbortSignal): Promise<ResourceType | undefined> {
    const group = 'group' in type ? type.group : groupOf(type.apiVersion)
    const root = this.#rootOf(group)
    const look = async (): Promise<ResourceType | undefined> => {
      const versions = await root.versionsOf({ group, kind: type.kind }, signal)
      const found = 'group' in type ? versions[0] : versions.find(({ apiVersion }) => apiVersion === type.apiVersion)
      if (found === undefined) return undefined
      const { status: _, ...served } = found
      return { ...served, apiVersions: versions.map(({ apiVersion }) => apiVersion) }
    }
    const known = await look()
    if (known !== undefined || !root.mayBeOld()) return known
    await root.ask(signal)
    return look()
  }

  /** Every kind, in the API version that is preferred, as it is now. */
  async all(signal?: AbortSignal): Promise<readonly ResourceType[]> {
    const roots = [this.#core, this.#named]
    await Promise.all(roots.map((root) => root.ask(signal)))
    const kinds = (await Promise.all(roots.map((root) => root.kinds(signal)))).flat()
    const types = await Promise.all(kinds.map((kind) => this.describe(kind, signal)))
    return types.filter((type) => type !== undefined)
  }

  /** Has the next missing type looked up at once: a definition was written. */
  expectNew(): void {
    this.#named.expectNew()
  }

  #rootOf(group: string): Root {
    return group === '' ? this.#core : this.#named
  }
}

/** One of the two documents that say what a cluster serves, as last seen. */
class Root {
  readonly #path: string
  readonly #transport: Transport
  readonly #clock: Clock
  #groups: ServedGroups | undefined
  #etag: string | undefined
  #askedAt = Number.NEGATIVE_INFINITY
  #asking: Promise<void> | undefined
  /** API versions that were read by themselves. */
  #read = new Map<string, Promise<ServedVersion>>()

  constructor(path: string, transport: Transport, clock: Clock) {
    this.#path = path
    this.#transport = transport
    this.#clock = clock
  }

  mayBeOld(): boolean {
    return monotonic(this.#clock) - this.#askedAt >= missingHoldsMs
  }

  expectNew(): void {
    this.#askedAt = Number.NEGATIVE_INFINITY
  }

  async find({ apiVersion, kind }: TypeRef, signal: AbortSignal | undefined): Promise<ServedResource | undefined> {
    const groups = await this.#known(signal)
    const version = groups.get(groupOf(apiVersion))?.find((served) => served.apiVersion === apiVersion)
    return version && this.#typeIn(version, kind, signal)
  }

  async versionsOf({ group, kind }: GroupKind, signal: AbortSignal | undefined): Promise<readonly ServedResource[]> {
    const versions = (await this.#known(signal)).get(group) ?? []
    const found = await Promise.allSettled(versions.map((version) => this.#typeIn(version, kind, signal)))
    const served = found.flatMap((result) => (result.status === 'fulfilled' && result.value !== undefined ? [result.value] : []))
    // A version that cannot be read may be the one that has it.
    if (served.length === 0) for (const result of found) if (result.status === 'rejected') throw result.reason
    return served
  }

  async kinds(signal: AbortSignal | undefined): Promise<readonly GroupKind[]> {
    const found = [...(await this.#known(signal))].map(async ([group, versions]) => {
      const complete = await Promise.all(
        versions.map((version) => (version.complete ? version : untilAborted(this.#readVersion(version.apiVersion), signal))),
      )
      return [...new Set(complete.flatMap(({ types }) => [...types.keys()]))].map((kind) => ({ group, kind }))
    })
    return (await Promise.all(found)).flat()
  }

  /** Asks the cluster, once for all who wait. */
  async ask(signal: AbortSignal | undefined): Promise<void> {
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined
    })
    await untilAborted(this.#asking, signal)
  }

  async #known(signal: AbortSignal | undefined): Promise<ServedGroups> {
    if (this.#groups === undefined) await this.ask(signal)
    return this.#groups as ServedGroups
  }

  async #typeIn(version: ServedVersion, kind: string, signal: AbortSignal | undefined): Promise<ServedResource | undefined> {
    const known = version.types.get(kind)
    if (known !== undefined || version.complete) return known
    return (await untilAborted(this.#readVersion(version.apiVersion), signal)).types.get(kind)
  }

  async #ask(): Promise<void> {
    const at = monotonic(this.#clock)
    const response = await this.#get(this.#path, this.#path, { accept: aggregated, ifNoneMatch: this.#etag })
    this.#askedAt = at
    if (response.status === 304) return
    this.#groups = decodeGroups(response.body, this.#path)
    this.#etag = response.etag
    this.#read = new Map()
  }

  #readVersion(apiVersion: string): Promise<ServedVersion> {
    const known = this.#read.get(apiVersion)
    if (known !== undefined) return known
    const read = this.#read
    const reading = this.#get(groupVersionPath(apiVersion), apiVersion, { accept: 'application/json' }).then(({ body }) =>
      decodeVersion(body, apiVersion),
    )
    read.set(apiVersion, reading)
    reading.catch(() => read.delete(apiVersion))
    return reading
  }

  async #get(
    path: string,
    of: string,
    options: { readonly accept: string; readonly ifNoneMatch?: string | undefined },
  ): Promise<ApiResponse> {
    const request = { verb: 'discover', of } as const
    const response = await this.#transport.request({ method: 'GET', path, ...options, repeatable: true, large: true, request })
    if (response.status === 404) throw protocolError(`what it serves of ${of} (HTTP 404)`)
    // A server that accepts only media types which it knows.
    if (response.status === 406 && options.accept !== 'application/json') return this.#get(path, of, { accept: 'application/json' })
    if (response.status >= 400) throw responseError(response, request)
    return response
  }
}
