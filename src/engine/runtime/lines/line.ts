import { AbortScope } from '../../../async/abort-scope.ts'
import { SingleFlight } from '../../../async/single-flight.ts'
import { callAfter } from '../../../async/time/call-after.ts'
import { monotonic } from '../../../async/time/monotonic.ts'
import { withinTime } from '../../../async/time/within-time.ts'
import { throwIfAborted } from '../../../model/errors/abort.ts'
import { FleetkitError, hasCode } from '../../../model/errors/error.ts'
import { systemRef } from '../../../model/kinds/cluster/system-namespace.ts'
import type { ObjectRef, TypeRef } from '../../../model/reference.ts'
import type { ClusterApi } from '../../../ports/cluster.ts'
import type { ConnectOptions } from '../../../ports/connect.ts'
import type { WatchEvent, WatchOptions } from '../../../ports/store.ts'
import { Breaker } from './breaker.ts'

/** How long what a line was opened by is taken to be unchanged. */
const checkEveryMs = 10_000
/** How long a line stays open that nothing uses: longer than the time between two looks at its cluster. */
const idleMs = 120_000

/** How long opening may take: all who ask meanwhile wait for the same, and one that never ends must not end all use of the line. */
const openAtMostMs = 30_000

/** Opens the line of one cluster, or says that the one it has is still right. */
export type Open = (current: ClusterApi | undefined, signal: AbortSignal) => Promise<ClusterApi>

/** One connection to a cluster, and how many use it. */
interface Connection {
  readonly api: ClusterApi
  users: number
  /** Aborts when another connection takes its place. */
  readonly replaced: AbortController
}

/**
 * What is open to one cluster, for all who ask: opened with the first call, looked at again from time to time, replaced when it is to be reached in another
 * way, closed when nothing has used it for two minutes.
 */
export class Line implements AsyncDisposable {
  readonly #ref: ObjectRef
  readonly #open: Open
  readonly #clock: ConnectOptions['clock']
  readonly #breaker: Breaker
  readonly #opening = new SingleFlight<Connection>()
  readonly #closed = new AbortController()
  /** Those that were replaced, and are still used. */
  readonly #replaced = new Set<Connection>()
  #connection: Connection | undefined
  #identity: { readonly api: ClusterApi; readonly until: number; readonly uid: string | undefined } | undefined
  #checkAt = -Infinity
  #idle: Disposable | undefined

  constructor(ref: ObjectRef, open: Open, clock: ConnectOptions['clock']) {
    this.#ref = ref
    this.#open = open
    this.#clock = clock
    this.#breaker = new Breaker(ref, clock)
  }

  /** Does something with the cluster. Once more when its credentials were not accepted, and there are others by now: then nothing has been done. */
  async call<T>(signal: AbortSignal | undefined, work: (api: ClusterApi) => Promise<T>, failureIn?: (result: T) => unknown): Promise<T> {
    this.#breaker.check()
    const connection = await this.#current(signal)
    try {
      const result = await this.#use(connection, work)
      this.#breaker.record(failureIn?.(result))
      return result
    } catch (error) {
      this.#breaker.record(error)
      if (!hasCode(error, 'cluster/unauthorized')) throw error
      this.#checkAt = -Infinity
      const other = await this.#current(signal)
      if (other === connection) throw error
      return this.#use(other, work)
    }
  }

  /** The uid of the system namespace. One answer is for all who ask within {@link checkEveryMs} over the same connection. */
  identity(signal: AbortSignal): Promise<string | undefined> {
    return this.call(signal, async (api) => {
      const now = monotonic(this.#clock)
      if (this.#identity?.api === api && now < this.#identity.until) return this.#identity.uid
      const uid = (await api.get(systemRef, { signal }))?.metadata.uid
      this.#identity = { api, until: now + checkEveryMs, uid }
      return uid
    })
  }

  /** A watch that goes on over whatever connection there is. */
  async *watch(as: (api: ClusterApi) => ClusterApi, type: TypeRef, options: WatchOptions): AsyncGenerator<WatchEvent, void> {
    let { resourceVersion } = options
    while (!options.signal?.aborted) {
      this.#breaker.check()
      const connection = await this.#current(options.signal)
      using scope = new AbortScope(options.signal, connection.replaced.signal)
      this.#enter(connection)
      try {
        // A store that is wrapped may answer with a promise.
        const events = await as(connection.api).watch(type, { ...options, resourceVersion, signal: scope.signal })
        for await (const event of events) {
          this.#breaker.record(undefined)
          resourceVersion = event.type === 'BOOKMARK' ? event.resourceVersion : (event.object.metadata.resourceVersion ?? resourceVersion)
          yield event
        }
      } catch (error) {
        this.#breaker.record(error)
        throw error
      } finally {
        this.#leave(connection)
      }
      if (!connection.replaced.signal.aborted) return
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort(new FleetkitError('closed', 'the line was used after it had been closed', { ref: this.#ref }))
    this.#stayOpen()
    const connections = [...this.#replaced, ...(this.#connection === undefined ? [] : [this.#connection])]
    this.#connection = undefined
    await Promise.all(connections.map((connection) => this.#close(connection)))
    await this.#opening.idle()
  }

  async #use<T>(connection: Connection, work: (api: ClusterApi) => Promise<T>): Promise<T> {
    this.#enter(connection)
    try {
      return await work(connection.api)
    } finally {
      this.#leave(connection)
    }
  }

  #enter(connection: Connection): void {
    connection.users++
    if (connection === this.#connection) this.#stayOpen()
  }

  #leave(connection: Connection): void {
    if (--connection.users > 0) return
    if (connection === this.#connection) this.#closeWhenIdle(connection)
    else void this.#close(connection)
  }

  #stayOpen(): void {
    this.#idle?.[Symbol.dispose]()
    this.#idle = undefined
  }

  #closeWhenIdle(connection: Connection): void {
    this.#stayOpen()
    this.#idle = callAfter(idleMs, this.#clock, () => {
      if (connection.users > 0 || connection !== this.#connection) return
      this.#connection = undefined
      this.#checkAt = -Infinity
      void this.#close(connection)
    })
  }

  /** Nothing depends on how it ends. */
  async #close(connection: Connection): Promise<void> {
    this.#replaced.delete(connection)
    await connection.api.close().catch(() => {})
  }

  async #current(signal: AbortSignal | undefined): Promise<Connection> {
    using scope = new AbortScope(signal, this.#closed.signal)
    throwIfAborted(scope.signal)
    if (this.#connection !== undefined && monotonic(this.#clock) < this.#checkAt) return this.#connection
    return await this.#opening.run('', scope.signal, (shared) => this.#look(shared))
  }

  async #look(signal: AbortSignal): Promise<Connection> {
    const before = this.#connection
    const within = { clock: this.#clock, signal }
    const opened = withinTime(openAtMostMs, 'the line was not open in time', within, (limited) => this.#open(before?.api, limited))
    const api = await opened.catch((error: unknown) => {
      // Where the management itself cannot be asked for the moment, what is open goes on.
      const isSaid = hasCode(error, 'cluster/not-registered', 'cluster/config')
      if (before !== undefined && error instanceof FleetkitError && error.retryable && !isSaid) return before.api
      throw error
    })
    this.#checkAt = monotonic(this.#clock) + checkEveryMs
    if (before !== undefined && api === before.api && this.#connection === before) return before
    const connection: Connection = { api, users: 0, replaced: new AbortController() }
    this.#connection = connection
    // Who asked may have gone meanwhile.
    this.#closeWhenIdle(connection)
    if (before !== undefined) this.#replace(before)
    return connection
  }

  #replace(connection: Connection): void {
    this.#replaced.add(connection)
    connection.replaced.abort(new FleetkitError('aborted', 'the cluster is reached in another way now', { ref: this.#ref }))
    if (connection.users === 0) void this.#close(connection)
  }
}
