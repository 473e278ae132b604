import { abortError } from '../model/errors/abort.ts'

/**
 * Where the time comes from. The system clock in production; a virtual one in tests, which moves on command.
 *
 * @category Ports
 */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /**
   * Milliseconds since some moment, which grow at the pace of time and are never set: how long something lasts is the difference of
   * two. Those of `performance.now()` when absent.
   */
  monotonic?(): number
  /**
   * Resolves after `ms` milliseconds. Rejects with `aborted` as soon as `signal` aborts. A pending sleep of the system
   * clock keeps the process alive.
   */
  sleep(ms: number, options?: { readonly signal?: AbortSignal | undefined }): Promise<void>
}

/**
 * The clock of the machine.
 *
 * @category Ports
 */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, { signal } = {}) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(abortError(signal))
      // setTimeout counts in 32 bits: a longer sleep is cut, so a long wait reads the clock when it wakes.
      const timer = setTimeout(done, Math.min(Math.max(ms, 0), 2 ** 31 - 1))
      signal?.addEventListener('abort', stop, { once: true })
      function done(): void {
        signal?.removeEventListener('abort', stop)
        resolve()
      }
      function stop(): void {
        clearTimeout(timer)
        reject(abortError(signal as AbortSignal))
      }
    }),
}
