import { callAfter } from '../../../../async/time/call-after.ts'
import { monotonic } from '../../../../async/time/monotonic.ts'
import type { Clock } from '../../../../ports/clock.ts'
import type { Credential } from '../connection/credentials.ts'
import type { Pool } from './pool.ts'

type KeyPair = Pick<Credential, 'cert' | 'key'>

export interface CurrentPoolOptions {
  readonly connect: (keyPair: KeyPair) => Pool
  /** How long requests on a pool that was replaced may go on, in milliseconds. */
  readonly lingerMs: number
  readonly clock: Clock
}

/** The pool of one server that requests are sent by: another one when the client certificate changes, or the connections are dead. */
export class CurrentPool implements AsyncDisposable {
  readonly #options: CurrentPoolOptions
  readonly #retired = new Set<Pool>()
  #current: { readonly pool: Pool; readonly keyPair: KeyPair; heardAt: number } | undefined

  constructor(options: CurrentPoolOptions) {
    this.#options = options
  }

  /** The pool for requests with this client certificate. */
  get({ cert, key }: KeyPair): Pool {
    const current = this.#current
    if (current !== undefined && same(current.keyPair.cert, cert) && same(current.keyPair.key, key)) return current.pool
    this.#retire()
    const { connect, clock } = this.#options
    const keyPair = { ...(cert && { cert }), ...(key && { key }) }
    const pool = connect(keyPair)
    this.#current = { pool, keyPair, heardAt: monotonic(clock) }
    return pool
  }

  /** Notes that the server said something. */
  heard(): void {
    if (this.#current !== undefined) this.#current.heardAt = monotonic(this.#options.clock)
  }

  /** Has requests sent over new connections when nothing was heard since `time`: the whole connection may be dead, and HTTP/2 ends one stream only. */
  replaceIfSilentSince(time: number): void {
    if (this.#current !== undefined && this.#current.heardAt < time) this.#retire()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const pools = [...this.#retired, ...(this.#current === undefined ? [] : [this.#current.pool])]
    this.#current = undefined
    await Promise.all(pools.map((pool) => pool.destroy()))
  }

  /** Requests on the old connections may finish. */
  #retire(): void {
    const old = this.#current?.pool
    if (old === undefined) return
    this.#current = undefined
    this.#retired.add(old)
    const { clock, lingerMs } = this.#options
    const limit = callAfter(lingerMs, clock, () => void old.destroy().catch(() => {}))
    void old
      .close()
      .catch(() => {})
      .finally(() => {
        limit[Symbol.dispose]()
        this.#retired.delete(old)
      })
  }
}

function same(a: Buffer | undefined, b: Buffer | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && a.equals(b))
}
