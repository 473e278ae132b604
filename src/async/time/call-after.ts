import { FleetkitError } from '../../model/errors/error.ts'
import type { Clock } from '../../ports/clock.ts'

/** One for all: most timers are disposed of, and an error of its own for each, with a stack, is most of what a timer costs. */
const disposed = new FleetkitError('aborted', 'disposed of')

/** Calls `act` after `ms` milliseconds on `clock`, unless disposed of before. */
export function callAfter(ms: number, clock: Clock, act: () => void): Disposable {
  const timer = new AbortController()
  clock.sleep(ms, { signal: timer.signal }).then(
    () => {
      // It can be disposed of between the end of the sleep and this callback.
      if (!timer.signal.aborted) act()
    },
    () => {},
  )
  return { [Symbol.dispose]: () => timer.abort(disposed) }
}
