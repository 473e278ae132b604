import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import https from 'node:https'
import { json } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'

/** An API server to look at, and as whom. */
export interface Observed {
  readonly cluster: string
  readonly url: string
  readonly ca: string
  readonly token: string
}

/** What was seen of a cluster: an object as it was written, or gone; or whether its API server answers. */
export interface Sighting {
  readonly cluster: string
  readonly kind: Kind | 'ApiServer'
  /** Of the etcd that all the API servers share: which of two writes was first, also where they are in two clusters. */
  readonly revision: number
  /** When it was written, by the clock of the API server, in whole seconds; when it was seen, of what was not written. */
  readonly at: number
  readonly object: any
  /** Whether it was deleted; then `object` is as it was last. */
  readonly isGone?: boolean | undefined
}

const paths = {
  Sync: '/apis/fleetkit.dev/v1alpha1/namespaces/default/syncs',
  Deployment: '/apis/apps/v1/namespaces/default/deployments',
  ConfigMap: '/api/v1/namespaces/default/configmaps',
  ServiceAccount: '/api/v1/namespaces/default/serviceaccounts',
} as const
export type Kind = keyof typeof paths

/** How far a cluster was followed. */
interface Cursor {
  from?: string | undefined
  /** By name, the resourceVersion that was seen last. */
  readonly known: Map<string, string>
}

/**
 * Looks at clusters from the outside and keeps what it has seen. It asks their API servers themselves, by plain HTTP, and knows nothing of what is tested here.
 */
export class Observer implements AsyncDisposable {
  readonly history: Sighting[] = []
  readonly #stop: AbortController = new AbortController()
  readonly #agent: https.Agent = new https.Agent({ keepAlive: true })
  readonly #following: Promise<void>[] = []
  #revision = 0

  /** Looks at a cluster from now on. */
  observe(observed: Observed): void {
    for (const kind of Object.keys(paths) as Kind[]) this.#following.push(this.#follow(observed, kind))
  }

  /** The newest of an object in a cluster. */
  newest(cluster: string, kind: Kind, name = 'shop'): any {
    const found = this.history.findLast((seen) => seen.cluster === cluster && seen.kind === kind && seen.object.metadata.name === name)
    return found?.isGone ? undefined : found?.object
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await Promise.all(this.#following)
    this.#agent.destroy()
  }

  async #follow(observed: Observed, kind: Kind): Promise<void> {
    const { cluster } = observed
    const cursor: Cursor = { known: new Map() }
    let isLost = false
    const answers = (ok: boolean): void => {
      if (kind === 'Sync' && isLost === ok)
        this.#add({ cluster, kind: 'ApiServer', revision: this.#revision, at: Date.now(), object: { ok } })
      isLost = !ok
    }
    while (!this.#stop.signal.aborted) {
      try {
        if (cursor.from === undefined) await this.#list(observed, kind, cursor)
        await this.#watch(observed, kind, cursor, () => answers(true))
      } catch {
        if (!this.#stop.signal.aborted) answers(false)
      }
      await sleep(50, undefined, { signal: this.#stop.signal }).catch(() => {})
    }
  }

  async #list(observed: Observed, kind: Kind, cursor: Cursor): Promise<void> {
    const response = await this.#get(observed, paths[kind])
    const { items, metadata } = (await json(response)) as any
    if (response.statusCode !== 200) throw new Error(`${observed.cluster} answers ${response.statusCode}`)
    for (const object of items) this.#see(observed, kind, object, cursor)
    cursor.from = metadata.resourceVersion
  }

  /** Until the API server ends it. Where it cannot go on from is forgotten: then everything is listed again. */
  async #watch(observed: Observed, kind: Kind, cursor: Cursor, onAnswer: () => void): Promise<void> {
    const response = await this.#get(observed, `${paths[kind]}?watch=true&allowWatchBookmarks=true&resourceVersion=${cursor.from}`)
    if (response.statusCode === 200) onAnswer()
    let rest = ''
    for await (const chunk of response.setEncoding('utf8')) {
      const lines = `${rest}${chunk}`.split('\n')
      rest = lines.pop() ?? ''
      for (const { type, object } of lines.map((line) => JSON.parse(line))) {
        cursor.from = type === 'ERROR' || object.kind === 'Status' ? undefined : object.metadata.resourceVersion
        if (cursor.from === undefined) return
        if (type !== 'BOOKMARK') this.#see(observed, kind, object, cursor, type === 'DELETED')
      }
    }
    if (response.statusCode !== 200) cursor.from = undefined
  }

  #see({ cluster }: Observed, kind: Kind, object: any, { known }: Cursor, isGone?: boolean): void {
    const { name, resourceVersion, managedFields } = object.metadata
    if (known.get(name) === resourceVersion) return
    known.set(name, resourceVersion)
    const at = Math.max(...(managedFields ?? []).map(({ time }: { readonly time: string }) => Date.parse(time)))
    this.#add({ cluster, kind, revision: Number(resourceVersion), at, object, isGone })
  }

  #add(sighting: Sighting): void {
    this.#revision = Math.max(this.#revision, sighting.revision)
    this.history.push(sighting)
  }

  async #get({ url, ca, token }: Observed, path: string): Promise<IncomingMessage> {
    const headers = { authorization: `Bearer ${token}` }
    const request = https.get(url + path, { ca, agent: this.#agent, headers, signal: this.#stop.signal })
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    // Of one that breaks off, the reader is told.
    request.on('error', () => {})
    return response
  }
}
