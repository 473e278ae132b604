import { abortError } from '../model/errors/abort.ts'
import { FleetkitError } from '../model/errors/error.ts'
import type { Clock } from '../ports/clock.ts'

/** A signal that also aborts when the time is up. Disposing of it ends the waiting. */
export interface TimeLimit extends Disposable {
  readonly signal: AbortSignal
}

/** `signal`, aborted with the error `timeout` after `ms` on `clock`. */
export function timeLimit(signal: AbortSignal, ms: number, clock: Clock, message: string): TimeLimit {
  const either = new AbortController()
  const done = new AbortController()
  // Not AbortSignal.any: that leaves something behind on a long-lived signal each time.
  const stop = (): void => either.abort(abortError(signal))
  if (signal.aborted) stop()
  else signal.addEventListener('abort', stop, { once: true })
  clock.sleep(ms, { signal: done.signal }).then(
    () => either.abort(new FleetkitError('timeout', message)),
    () => {},
  )
  return {
    signal: either.signal,
    [Symbol.dispose]: () => {
      signal.removeEventListener('abort', stop)
      done.abort()
    },
  }
}
