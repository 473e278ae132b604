import { untilAborted } from '../../../async/until-aborted.ts'
import { type TypeRef, typeKey } from '../../../model/reference.ts'
import type { Clock } from '../../../ports/clock.ts'
import { refusalError } from './errors.ts'
import { groupVersionPath } from './paths.ts'
import type { Served } from './served-resource.ts'
import type { Reply, Transport } from './transport.ts'

const aggregated = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json'
const missAgainMs = 500

/**
 * What a cluster serves. The whole is asked for once, in two requests; a type that is not in it is looked up in its
 * group and version, and so is everything on servers that know no aggregated discovery (before 1.26).
 */
export class Discovery {
  readonly #transport: Transport
  readonly #clock: Clock
  readonly #types = new Map<string, Served>()
  #whole: Promise<void> | undefined
  readonly #lookups = new Map<string, { readonly at: number; readonly done: Promise<void> }>()

  constructor(transport: Transport, clock: Clock) {
    this.#transport = transport
    this.#clock = clock
  }

  /** How `type` is served, or `undefined`. */
  async find(type: TypeRef, signal?: AbortSignal): Promise<Served | undefined> {
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

  /** Forgets a type that turned out not to be served any more, or that something was just changed about. */
  forget(type: TypeRef): void {
    this.#types.delete(typeKey(type))
    this.#lookups.delete(type.apiVersion)
  }

  /** Makes the next miss be looked up at once: a definition was written. */
  expectNew(): void {
    this.#lookups.clear()
  }

  async #loadWhole(): Promise<void> {
    await Promise.all(
      ['/api', '/apis'].map(async (path) => {
        const reply = await this.#get(path, aggregated)
        for (const served of parseAggregated(reply.body)) this.#types.set(typeKey(served), served)
      }),
    )
  }

  /** One request for all who miss something of a version; not again within half a second. */
  #lookup(apiVersion: string): Promise<void> {
    const before = this.#lookups.get(apiVersion)
    if (before !== undefined && this.#clock.now() - before.at < missAgainMs) return before.done
    const done = this.#loadVersion(apiVersion)
    this.#lookups.set(apiVersion, { at: this.#clock.now(), done })
    done.catch(() => this.#lookups.delete(apiVersion))
    return done
  }

  async #loadVersion(apiVersion: string): Promise<void> {
    const reply = await this.#get(groupVersionPath(apiVersion), 'application/json')
    if (reply.status !== 404) for (const served of parseResourceList(reply.body, apiVersion)) this.#types.set(typeKey(served), served)
  }

  async #get(path: string, accept: string): Promise<Reply> {
    const asked = { verb: 'discover' } as const
    const reply = await this.#transport.request({ method: 'GET', path, accept, repeatable: true, large: true, asked })
    // 406: an old server that takes the Accept header word by word.
    if (reply.status >= 400 && reply.status !== 404 && reply.status !== 406) throw refusalError(reply, asked)
    return reply
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
function parseAggregated(body: unknown): readonly Served[] {
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
function parseResourceList(body: unknown, apiVersion: string): readonly Served[] {
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
