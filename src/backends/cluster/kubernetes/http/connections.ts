import type { Client, Dispatcher } from 'undici'
import type { ConnectLimits, Connector } from './connect-limits.ts'
import { limitConnector } from './connect-limits.ts'
import { type Pool, poolDestroyed } from './pool.ts'

type Pending = readonly [options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler]

export interface ConnectionsOptions {
  /** A client of undici, which keeps one connection. */
  readonly createClient: (connect: Connector) => Client
  readonly connect: Connector
  /** Whether a connection may turn out to carry several requests at a time. */
  readonly mayMultiplex: boolean
  readonly limits: Omit<ConnectLimits, 'signal'>
}

/**
 * One connection to a server with HTTP/2, more when its streams are used up; to a server without it one for each request at a time.
 *
 * As undici's `Pool`, which takes 50 KB more for each server. Unlike there, an attempt to connect that fails ends all requests that wait
 * for it, instead of one for each attempt.
 */
export class Connections implements Pool {
  readonly #options: ConnectionsOptions
  readonly #ended = new AbortController()
  readonly #clients = new Set<Client>()
  /** Those that take another request at once. */
  readonly #free = new Set<Client>()
  #mayMultiplex: boolean
  /** The one of which it is not known yet how many requests it carries. The others wait for it. */
  #negotiating: Client | undefined
  #waiting: Pending[] = []

  constructor(options: ConnectionsOptions) {
    this.#options = options
    this.#mayMultiplex = options.mayMultiplex
  }

  dispatch(...request: Pending): boolean {
    if (this.#negotiating !== undefined) this.#waiting.push(request)
    else this.#give(this.#free.values().next().value ?? this.#open(), request)
    return true
  }

  async close(): Promise<void> {
    // Each client does what it has been given before it closes.
    for (const request of this.#waiting.splice(0)) this.#negotiating?.dispatch(...request)
    await Promise.all([...this.#clients].map((client) => client.close()))
  }

  async destroy(): Promise<void> {
    const error = poolDestroyed()
    this.#fail(error)
    this.#ended.abort(error)
    await Promise.all([...this.#clients].map((client) => client.destroy(error)))
  }

  #give(client: Client, request: Pending): void {
    if (client.dispatch(...request)) return
    this.#free.delete(client)
    if (this.#mayMultiplex && !client.stats.connected) this.#negotiating = client
  }

  #open(): Client {
    const connect = limitConnector(this.#options.connect, { ...this.#options.limits, signal: this.#ended.signal })
    const client = this.#options.createClient((options, callback) =>
      connect(options, (...[error, socket]: Parameters<typeof callback>) => {
        if (error !== null) return callback(error, null)
        this.#mayMultiplex = 'alpnProtocol' in socket && socket.alpnProtocol === 'h2'
        callback(null, socket)
      }),
    )
    this.#clients.add(client)
    this.#free.add(client)
    client.on('connect', () => {
      // With HTTP/2 the client drains once the server has said how many streams it takes.
      if (!this.#mayMultiplex) this.#negotiated(client)
    })
    client.on('drain', () => {
      if (this.#clients.has(client)) this.#free.add(client)
      this.#negotiated(client)
    })
    client.on('connectionError', (_origin, _targets, error) => {
      if (this.#negotiating === client) this.#fail(error)
    })
    client.on('disconnect', () => {
      if (this.#clients.size > 1 && client.stats.size === 0) this.#forget(client)
    })
    return client
  }

  #negotiated(client: Client): void {
    if (this.#negotiating !== client) return
    this.#negotiating = undefined
    for (const request of this.#waiting.splice(0)) this.dispatch(...request)
  }

  #fail(error: Error): void {
    this.#negotiating = undefined
    for (const [, handler] of this.#waiting.splice(0)) handler.onResponseError?.(undefined as never, error)
  }

  #forget(client: Client): void {
    this.#clients.delete(client)
    this.#free.delete(client)
    if (this.#negotiating === client) this.#negotiated(client)
    void client.close().catch(() => {})
  }
}
