import type { IncomingHttpHeaders } from 'node:http'
import type { Dispatcher } from 'undici'
import { abortError } from '../../../../model/errors/abort.ts'
import type { Lease } from '../../../../ports/store.ts'

type Handler = Dispatcher.DispatchHandler
type Controller = Dispatcher.DispatchController

/** What undici is asked to send, and the lease for which it is sent. undici hands on the options that it does not know. */
export interface LeasedOptions {
  readonly lease?: Lease | undefined
}

/**
 * Looks at the lease of a request when a connection takes it. Until then it may have waited for one, and undici may send it again
 * over the next one, long after the lease is over when the process was paused meanwhile.
 */
export const checkLease: Dispatcher.DispatcherComposeInterceptor = (dispatch) => (options, handler) => {
  const { lease } = options as LeasedOptions
  return dispatch(options, lease === undefined ? handler : new LeasedRequest(handler, lease))
}

/** Between undici and the handler of one request. */
class LeasedRequest implements Handler {
  readonly #handler: Handler
  readonly #lease: Lease

  constructor(handler: Handler, lease: Lease) {
    this.#handler = handler
    this.#lease = lease
  }

  onRequestStart(controller: Controller, context: unknown): void {
    const { signal } = this.#lease
    if (signal.aborted) controller.abort(abortError(signal))
    else this.#handler.onRequestStart?.(controller, context)
  }

  onResponseStart(controller: Controller, status: number, headers: IncomingHttpHeaders, text?: string): void {
    this.#handler.onResponseStart?.(controller, status, headers, text)
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    this.#handler.onResponseData?.(controller, chunk)
  }

  onResponseEnd(controller: Controller, trailers: IncomingHttpHeaders): void {
    this.#handler.onResponseEnd?.(controller, trailers)
  }

  onResponseError(controller: Controller, error: Error): void {
    this.#handler.onResponseError?.(controller, error)
  }
}
