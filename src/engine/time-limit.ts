import { FleetkitError } from '../model/error.ts'
import type { Clock } from '../ports/clock.ts'

/** A signal that also aborts when the time is up. Disposing of it ends the waiting. */
export interface TimeLimit extends Disposable {
  readonly signal: AbortSignal
}

/** `signal`, aborted with the error `timeout` after `ms` on `clock`. */
export function timeLimit(signal: AbortSignal, ms: number, clock: Clock, message: string): TimeLimit {
  const expiry = new AbortController()
  const done = new AbortController()
  clock.sleep(ms, { signal: done.signal }).then(
    () => expiry.abort(new FleetkitError('timeout', message)),
    () => {},
  )
  return { signal: AbortSignal.any([signal, expiry.signal]), [Symbol.dispose]: () => done.abort() }
}
