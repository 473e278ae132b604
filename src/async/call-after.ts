import type { Clock } from '../ports/clock.ts'

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
  return { [Symbol.dispose]: () => timer.abort() }
}
