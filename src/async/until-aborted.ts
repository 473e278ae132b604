import { abortError, throwIfAborted } from '../model/errors/abort.ts'
import type { Clock } from '../ports/clock.ts'

/** `promise`, or the signal's {@link abortError} as soon as it aborts. The work behind the promise goes on for others. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise
  throwIfAborted(signal)
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(abortError(signal))
    signal.addEventListener('abort', stop, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}

/** Aborts `controller` when `signal` aborts, until disposed of. Unlike `AbortSignal.any`, leaves nothing behind on a long-lived signal. */
export function follow(controller: AbortController, signal: AbortSignal | undefined): Disposable {
  const stop = (): void => controller.abort(abortError(signal as AbortSignal))
  if (signal?.aborted) stop()
  else signal?.addEventListener('abort', stop, { once: true })
  return { [Symbol.dispose]: () => signal?.removeEventListener('abort', stop) }
}

/** Sleeps as part of a call that somebody awaits, so the process stays alive meanwhile. The clock alone does not see to that. */
export async function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  const hold = setInterval(() => {}, 2 ** 30)
  try {
    await clock.sleep(ms, { signal })
  } finally {
    clearInterval(hold)
  }
}
