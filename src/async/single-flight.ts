import { throwIfAborted } from '../model/errors/abort.ts'
import { untilAborted } from './until-aborted.ts'

interface Flight<T> {
  readonly result: Promise<T>
  readonly abort: AbortController
  /** Callers that wait for it. */
  waiting: number
}

/** Shares work between callers that ask for the same key at the same time. Work that its last caller leaves is aborted. */
export class SingleFlight<T> {
  readonly #flights = new Map<string, Flight<T>>()
  /** Everything that has not settled, what is being aborted too. */
  readonly #unsettled = new Set<Promise<unknown>>()

  async run(key: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    throwIfAborted(signal)
    const flight = this.#flights.get(key) ?? this.#start(key, work)
    flight.waiting++
    try {
      return await untilAborted(flight.result, signal)
    } finally {
      if (--flight.waiting === 0) {
        // A later caller must not join work that is being aborted.
        this.#forget(key, flight)
        flight.abort.abort(signal.reason)
      }
    }
  }

  /** Waits until no work is left, not even work that is being aborted. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.#unsettled)
  }

  #start(key: string, work: (signal: AbortSignal) => Promise<T>): Flight<T> {
    const abort = new AbortController()
    const result = work(abort.signal).finally(() => {
      this.#forget(key, flight)
      this.#unsettled.delete(result)
    })
    result.catch(() => {}) // every caller may have left by then
    const flight: Flight<T> = { result, abort, waiting: 0 }
    this.#flights.set(key, flight)
    this.#unsettled.add(result)
    return flight
  }

  #forget(key: string, flight: Flight<T>): void {
    if (this.#flights.get(key) === flight) this.#flights.delete(key)
  }
}
