import { abortError, throwIfAborted } from '../model/errors/abort.ts'

interface Flight<T> {
  readonly result: Promise<T>
  readonly abort: AbortController
  waiting: number
}

/** Work that is under way for somebody is not begun again for others. It is aborted when nobody waits for it any more. */
export class SingleFlight<T> {
  readonly #flights = new Map<string, Flight<T>>()
  readonly #aloft = new Set<Promise<unknown>>()

  async run(key: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    throwIfAborted(signal)
    let flight = this.#flights.get(key)
    if (flight === undefined) {
      const abort = new AbortController()
      const land = (): void => {
        if (this.#flights.get(key) === started) this.#flights.delete(key)
        this.#aloft.delete(started.result)
      }
      const started: Flight<T> = { result: work(abort.signal).finally(land), abort, waiting: 0 }
      started.result.catch(() => {}) // everybody who waits may be gone by then
      this.#flights.set(key, started)
      this.#aloft.add(started.result)
      flight = started
    }
    const { result, abort } = flight
    flight.waiting++
    try {
      return await untilAborted(result, signal)
    } finally {
      if (--flight.waiting === 0) {
        // Whoever comes now must not join work that is being aborted.
        if (this.#flights.get(key) === flight) this.#flights.delete(key)
        abort.abort(signal.reason)
      }
    }
  }

  /** Waits until nothing is under way, not even what is being aborted. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.#aloft)
  }
}

function untilAborted<T>(result: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(abortError(signal))
    signal.addEventListener('abort', stop, { once: true })
    result.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}
