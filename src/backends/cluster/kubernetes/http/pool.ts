import type { Dispatcher } from 'undici'

/** Connections to one server, each made when it is needed. */
export interface Pool {
  dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean
  /** Takes no more requests; resolves when those that it has are done. */
  close(): Promise<void>
  /** Ends its requests and its connections. */
  destroy(): Promise<void>
}
