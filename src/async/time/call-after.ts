import { FleetkitError } from '../../model/errors/error.ts'
import type { Clock } from '../../ports/clock.ts'

/** One for all: most timers are disposed of, and an error of its own for each, with a stack, is most of what a timer costs. */
const disposed = new FleetkitError('aborted', 'disposed of')

class Timer implements Disposable {
  readonly #abort = new AbortController()

  constructor(ms: number, clock: Clock, act: () => void) {
    const { signal } = this.#abort
    const due = (): void => {
      // It can be disposed of between the end of the sleep and this call.
      if (!signal.aborted) act()
    }
    clock.sleep(ms, { signal }).then(due, () => {})
  }

  [Symbol.dispose](): void {
    this.#abort.abort(disposed)
  }
}

/** Calls `act` after `ms` milliseconds on `clock`, unless disposed of before. */
export function callAfter(ms: number, clock: Clock, act: () => void): Disposable {
  return new Timer(ms, clock, act)
}
