import { untilAborted } from '../../../async/until-aborted.ts'
import { type TypeRef, typeKey } from '../../../model/reference.ts'
import type { Clock } from '../../../ports/clock.ts'
import { type ApiResponse, responseError } from './errors.ts'
import { groupVersionPath } from './paths.ts'
import type { ServedResource } from './served-resource.ts'
import type { Transport } from './transport.ts'

const aggregated = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json'
const lookupAgainMs = 500

/**
 * What a cluster serves. All of it is read once, in two requests; a type that is missing there is looked up by its
 * API version, as is everything on servers without aggregated discovery (before 1.26).
 */
export class Discovery {
  readonly #transport: Transport
  readonly #clock: Clock
  readonly #types = new Map<string, ServedResource>()
  #whole: Promise<void> | undefined
  readonly #lookups = new Map<string, { readonly at: number; readonly done: Promise<void> }>()

  constructor(transport: Transport, clock: Clock) {
    this.#transport = transport
    this.#clock = clock
  }

  /** How `type` is served, or `undefined`. */
  async find(type: TypeRef, signal?: AbortSignal): Promise<ServedResource | undefined> {
    const key = typeKey(type)
    if (!this.#types.has(key)) {
      this.#whole ??= this.#loadWhole().catch((error: unknown) => {
        this.#whole = undefined
        throw error
      })
      await untilAborted(this.#whole, signal)
    }
    if (!this.#types.has(key)) await untilAborted(this.#lookup(type.apiVersion), signal)
    return this.#types.get(key)
  }

  /** Forgets a type that is no longer served, or whose definition changed. */
  forget(type: TypeRef): void {
    this.#types.delete(typeKey(type))
    this.#lookups.delete(type.apiVersion)
  }

  /** Has the next missing type looked up at once: a definition was written. */
  expectNew(): void {
    this.#lookups.clear()
  }

  async #loadWhole(): Promise<void> {
    await Promise.all(
      ['/api', '/apis'].map(async (path) => {
        const response = await this.#get(path, aggregated)
        for (const served of parseAggregated(response.body)) this.#types.set(typeKey(served), served)
      }),
    )
  }

  /** One request for all that is missing of an API version; not again within half a second. */
  #lookup(apiVersion: string): Promise<void> {
    const before = this.#lookups.get(apiVersion)
    if (before !== undefined && this.#clock.now() - before.at < lookupAgainMs) return before.done
    const done = this.#loadVersion(apiVersion)
    this.#lookups.set(apiVersion, { at: this.#clock.now(), done })
    done.catch(() => this.#lookups.delete(apiVersion))
    return done
  }

  async #loadVersion(apiVersion: string): Promise<void> {
    const response = await this.#get(groupVersionPath(apiVersion), 'application/json')
    if (response.status !== 404) for (const served of parseResourceList(response.body, apiVersion)) this.#types.set(typeKey(served), served)
  }

  async #get(path: string, accept: string): Promise<ApiResponse> {
    const request = { verb: 'discover' } as const
    const response = await this.#transport.request({ method: 'GET', path, accept, repeatable: true, large: true, request })
    // 406: an old server that accepts only media types which it knows.
    if (response.status >= 400 && response.status !== 404 && response.status !== 406) throw responseError(response, request)
    return response
  }
}

interface AggregatedList {
  readonly kind?: string
  readonly items?: readonly {
    readonly metadata?: { readonly name?: string }
    readonly versions?: readonly {
      readonly version: string
      readonly resources?: readonly {
        readonly resource: string
        readonly responseKind?: { readonly group?: string; readonly version?: string; readonly kind?: string }
        readonly scope?: string
        readonly verbs?: readonly string[]
        readonly subresources?: readonly { readonly subresource?: string }[]
      }[]
    }[]
  }[]
}

/** The types of an `APIGroupDiscoveryList`; none of anything else. */
function parseAggregated(body: unknown): readonly ServedResource[] {
  const list = (body ?? {}) as AggregatedList
  if (list.kind !== 'APIGroupDiscoveryList') return []
  return (list.items ?? []).flatMap(({ metadata, versions }) =>
    (versions ?? []).flatMap(({ version, resources }) => {
      const group = metadata?.name ?? ''
      const apiVersion = group === '' ? version : `${group}/${version}`
      return (resources ?? []).flatMap(({ resource, responseKind, scope, verbs, subresources }) =>
        responseKind?.kind
          ? [
              {
                apiVersion,
                kind: responseKind.kind,
                plural: resource,
                namespaced: scope === 'Namespaced',
                verbs: verbs ?? [],
                status: subresources?.some(({ subresource }) => subresource === 'status') ?? false,
              },
            ]
          : [],
      )
    }),
  )
}

interface ResourceList {
  readonly kind?: string
  readonly resources?: readonly {
    readonly name: string
    readonly kind: string
    readonly namespaced: boolean
    readonly verbs?: readonly string[]
  }[]
}

/** The types of an `APIResourceList`. */
function parseResourceList(body: unknown, apiVersion: string): readonly ServedResource[] {
  const { kind, resources = [] } = (body ?? {}) as ResourceList
  if (kind !== 'APIResourceList') return []
  return resources
    .filter(({ name }) => !name.includes('/'))
    .map(({ name, kind, namespaced, verbs = [] }) => ({
      apiVersion,
      kind,
      plural: name,
      namespaced,
      verbs,
      status: resources.some((other) => other.name === `${name}/status`),
    }))
}
