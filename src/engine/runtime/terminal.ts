import { FleetkitError } from '../../model/errors/error.ts'
import { toError } from '../../model/errors/to-error.ts'

/**
 * What a reconcile throws when trying again is of no use: the object is left alone until it changes, or its resync is due.
 * Every other error is tried again with a backoff (controller-runtime, `reconcile.TerminalError`).
 *
 * @returns an error of the code `controller/terminal`, with `error` as its cause
 *
 * @example
 * ```ts
 * import { controller, terminal } from 'fleetkit'
 *
 * export const sized = controller({
 *   for: { apiVersion: 'example.com/v1', kind: 'Widget' },
 *   async reconcile({ object }) {
 *     const { size } = (object?.spec ?? {}) as { size?: number }
 *     if (size !== undefined && size < 0) throw terminal(new RangeError(`spec.size is ${size}`))
 *   },
 * })
 * ```
 *
 * @category Manager
 */
export function terminal(error: unknown): FleetkitError {
  const cause = toError(error)
  return new FleetkitError('controller/terminal', cause.message, { cause })
}
