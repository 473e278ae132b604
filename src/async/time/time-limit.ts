import { FleetkitError } from '../../model/errors/error.ts'
import type { Clock } from '../../ports/clock.ts'
import { AbortScope } from '../abort-scope.ts'
import { callAfter } from './call-after.ts'

/** A signal that also aborts when the time is up. Disposing of it stops the time. */
export interface TimeLimit extends Disposable {
  readonly signal: AbortSignal
}

/** `signal`, aborted with the error `timeout` after `ms` milliseconds on `clock`. */
export function timeLimit(signal: AbortSignal | undefined, ms: number, clock: Clock, message: string): TimeLimit {
  const scope = new AbortScope(signal)
  const timer = callAfter(ms, clock, () => scope.abort(new FleetkitError('timeout', message)))
  return {
    signal: scope.signal,
    [Symbol.dispose]: () => {
      timer[Symbol.dispose]()
      scope[Symbol.dispose]()
    },
  }
}
