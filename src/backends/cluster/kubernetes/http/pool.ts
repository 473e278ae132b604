import type { Dispatcher } from 'undici'
import { FleetkitError } from '../../../../model/errors/error.ts'

/** Connections to one server, each made when it is needed. */
export interface Pool {
  dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean
  /** Takes no more requests; resolves when those that it has are done. */
  close(): Promise<void>
  /** Ends its requests and its connections. */
  destroy(): Promise<void>
}

/** The error that ends the requests of a pool which is destroyed. */
export function poolDestroyed(): FleetkitError {
  return new FleetkitError('cluster/unreachable', 'its connections were closed before there was an answer')
}
