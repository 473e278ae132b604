import type { IncomingHttpHeaders } from 'node:http'
import type { Dispatcher } from 'undici'

type Handler = Dispatcher.DispatchHandler
type Controller = Dispatcher.DispatchController

/**
 * Makes aborting a request with a body leave it to itself, once it has been handed to a connection: the caller has the reason at once,
 * and what the server answers is dropped. It may have been carried out either way.
 *
 * From 8.8 on, undici closes and destroys the stream of an aborted request in one go. When its body is not flushed yet, HTTP/2 in Node
 * then sends empty frames without end: the event loop stands for ever, and takes all memory.
 */
export const abandonWrites: Dispatcher.DispatcherComposeInterceptor = (dispatch) => (options, handler) =>
  dispatch(options, options.body ? new AbandonableWrite(handler) : handler)

/** After so much of an answer that is dropped, the server has to wait until the connection ends. */
const maxDroppedBytes = 2 ** 20

/** Between undici and the handler of one request: a handler to the one, the controller to the other. */
class AbandonableWrite implements Handler, Controller {
  readonly #handler: Handler
  #controller: Controller | undefined
  #isHandedOver = false
  #reason: Error | null = null
  #droppedBytes = 0

  constructor(handler: Handler) {
    this.#handler = handler
  }

  get aborted(): boolean {
    return this.#reason !== null || this.#controller?.aborted === true
  }

  get paused(): boolean {
    return this.#controller?.paused === true
  }

  get reason(): Error | null {
    return this.#reason ?? this.#controller?.reason ?? null
  }

  get rawHeaders(): Controller['rawHeaders'] & {} {
    return this.#controller?.rawHeaders ?? []
  }

  pause(): void {
    this.#controller?.pause()
  }

  resume(): void {
    this.#controller?.resume()
  }

  abort(reason: Error): void {
    if (this.aborted) return
    // What was not sent yet never is.
    if (!this.#isHandedOver) {
      this.#controller?.abort(reason)
      return
    }
    this.#reason = reason
    this.#handler.onResponseError?.(this, reason)
    this.resume()
  }

  onRequestStart(controller: Controller, context: unknown): void {
    // Another time when the connection went away before the request was sent.
    if (this.#reason !== null) {
      controller.abort(this.#reason)
      return
    }
    this.#controller = controller
    this.#isHandedOver = false
    this.#handler.onRequestStart?.(this, context)
    this.#isHandedOver = true
  }

  onResponseStart(_: Controller, status: number, headers: IncomingHttpHeaders, text?: string): void {
    if (this.#reason === null) this.#handler.onResponseStart?.(this, status, headers, text)
  }

  onResponseData(_: Controller, chunk: Buffer): void {
    if (this.#reason === null) {
      this.#handler.onResponseData?.(this, chunk)
      return
    }
    this.#droppedBytes += chunk.length
    if (this.#droppedBytes > maxDroppedBytes) this.pause()
  }

  onResponseEnd(_: Controller, trailers: IncomingHttpHeaders): void {
    if (this.#reason === null) this.#handler.onResponseEnd?.(this, trailers)
  }

  onResponseError(_: Controller, error: Error): void {
    if (this.#reason === null) this.#handler.onResponseError?.(this, error)
  }
}
