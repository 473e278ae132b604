import type { IncomingHttpHeaders } from 'node:http'
import type { Dispatcher } from 'undici'
import type { ByteShare } from '../../../../async/byte-budget.ts'
import { onAbort } from '../../../../async/on-abort.ts'
import { abortError, throwIfAborted } from '../../../../model/errors/abort.ts'
import { FleetkitError } from '../../../../model/errors/error.ts'
import type { Lease } from '../../../../ports/store.ts'
import type { Pool } from './pool.ts'
import { maxErrorBytes } from './read-body.ts'

type Controller = Dispatcher.DispatchController

/** A response as a whole. */
export interface Exchanged {
  readonly statusCode: number
  readonly headers: IncomingHttpHeaders
  readonly bytes: Buffer
}

/** How a request is sent, beside what undici has to know. */
export interface ExchangeOptions {
  readonly signal: AbortSignal
  /** Looked at when a connection takes the request. */
  readonly lease?: Lease | undefined
  /** The largest body that is read. */
  readonly maxBytes: number
  /** Holds the bytes of the body. */
  readonly share: ByteShare
  /** Whether its connection carries other requests too, which go on when it is aborted. */
  readonly isMultiplexed: boolean
  /** Called when the server has begun to answer. */
  readonly onAnswer: () => void
}

/**
 * One request and its whole response. Rejects with the reason as soon as `signal` aborts, with `store/lease-lost` when the lease is over when a
 * connection takes the request, with `cluster/protocol` when the body is too large (of an error it is left out), and with the error of undici otherwise.
 *
 * By undici's `dispatch`: what its `request` adds, a stream with its listeners for each body, takes a tenth of the processor's time of a first
 * apply.
 */
export async function exchange(pool: Pool, request: Dispatcher.DispatchOptions, options: ExchangeOptions): Promise<Exchanged> {
  throwIfAborted(options.signal)
  const handler = new Exchange(Boolean(request.body) && options.isMultiplexed, options)
  pool.dispatch(request, handler)
  return handler.response
}

/** After so much of an answer that is dropped, the server has to wait until the connection ends. */
const maxDroppedBytes = 2 ** 20

class Exchange implements Dispatcher.DispatchHandler {
  readonly #isAbandoned: boolean
  readonly #options: ExchangeOptions
  readonly #response = Promise.withResolvers<Exchanged>()
  readonly #link: Disposable
  readonly #chunks: Buffer[] = []
  #length = 0
  #statusCode = 0
  #headers: IncomingHttpHeaders = {}
  /** Of the connection that has taken the request. */
  #controller: Controller | undefined
  #reason: Error | undefined
  #droppedBytes = 0

  /**
   * @param isAbandoned - Whether the request is left to itself when it is aborted once a connection has taken it: what the server answers is
   * dropped. From 8.8 on, undici closes and destroys the stream of an aborted request in one go. When its body is not flushed yet, HTTP/2 in Node
   * then sends empty frames without end: the event loop stands for ever, and takes all memory.
   */
  constructor(isAbandoned: boolean, options: ExchangeOptions) {
    this.#isAbandoned = isAbandoned
    this.#options = options
    this.#link = onAbort(options.signal, () => this.#abort(abortError(options.signal)))
  }

  get response(): Promise<Exchanged> {
    return this.#response.promise
  }

  onRequestStart(controller: Controller): void {
    const { lease } = this.#options
    // It may have waited for a connection, or undici sends it again over the next one, long after the lease is over.
    const lost = lease?.signal
    if (lost?.aborted) this.#reason ??= abortError(lost)
    if (this.#reason !== undefined) controller.abort(this.#reason)
    else this.#controller = controller
  }

  onResponseStart(_: Controller, statusCode: number, headers: IncomingHttpHeaders): void {
    this.#options.onAnswer()
    this.#statusCode = statusCode
    this.#headers = headers
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    const { maxBytes, share, signal } = this.#options
    if (this.#reason === undefined) {
      this.#length += chunk.length
      if (this.#length > maxErrorBytes(this.#statusCode, this.#headers)) this.#cutOff()
      else if (this.#length > maxBytes)
        this.#abort(new FleetkitError('cluster/protocol', `the answer is larger than ${maxBytes} bytes`, { retryable: false }))
    }
    if (this.#reason !== undefined) {
      this.#droppedBytes += chunk.length
      if (this.#droppedBytes > maxDroppedBytes) controller.pause()
      return
    }
    this.#chunks.push(chunk)
    if (share.take(chunk.length)) return
    controller.pause()
    share.grow(chunk.length, signal).then(
      () => controller.resume(),
      () => {},
    )
  }

  onResponseEnd(): void {
    this.#link[Symbol.dispose]()
    const bytes = this.#chunks.length === 1 ? (this.#chunks[0] as Buffer) : Buffer.concat(this.#chunks)
    this.#response.resolve({ statusCode: this.#statusCode, headers: this.#headers, bytes })
  }

  onResponseError(_: Controller, error: Error): void {
    this.#link[Symbol.dispose]()
    this.#response.reject(error)
  }

  #abort(reason: Error): void {
    this.#response.reject(reason)
    this.#stop(reason)
  }

  #cutOff(): void {
    this.#response.resolve({ statusCode: this.#statusCode, headers: this.#headers, bytes: Buffer.alloc(0) })
    this.#stop(new Error('the error has a body that is too long'))
  }

  /** Has what still comes dropped. */
  #stop(reason: Error): void {
    this.#reason = reason
    this.#chunks.length = 0
    this.#link[Symbol.dispose]()
    if (this.#isAbandoned) this.#controller?.resume()
    else this.#controller?.abort(reason)
  }
}
