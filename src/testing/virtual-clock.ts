import { realTimeWorkDone } from '../async/load-once.ts'
import { turnsWaiting } from '../async/turn.ts'
import { abortError } from '../model/errors/abort.ts'
import type { Clock } from '../ports/clock.ts'

interface Sleeper {
  readonly at: number
  readonly wake: () => void
}

/**
 * A clock that stands still until it is moved. Sleepers wake in the order of their times, and what they started has
 * run as far as it can before the next one wakes.
 *
 * @example
 * ```ts
 * import { VirtualClock } from 'fleetkit/testing'
 *
 * const clock = new VirtualClock()
 * let woke = false
 * void clock.sleep(60_000).then(() => { woke = true })
 * await clock.advance(59_999)
 * console.assert(!woke)
 * await clock.advance(1)
 * console.assert(woke)
 * ```
 */
export class VirtualClock implements Clock {
  #now: number
  #sleepers: Sleeper[] = []

  /** @param start - milliseconds since the epoch; 2026-01-01T00:00:00Z by default */
  constructor(start: number = Date.UTC(2026, 0, 1)) {
    this.#now = start
  }

  now(): number {
    return this.#now
  }

  monotonic(): number {
    return this.#now
  }

  /** The time of the next sleeper to wake, or `undefined` when there is none. */
  get nextWakeAt(): number | undefined {
    return this.#sleepers[0]?.at
  }

  sleep(ms: number, { signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(abortError(signal))
      const stop = (): void => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper)
        reject(abortError(signal as AbortSignal))
      }
      const sleeper: Sleeper = {
        at: this.#now + Math.max(ms, 0),
        wake: () => {
          signal?.removeEventListener('abort', stop)
          resolve()
        },
      }
      signal?.addEventListener('abort', stop, { once: true })
      const after = this.#sleepers.findIndex((other) => other.at > sleeper.at)
      this.#sleepers.splice(after < 0 ? this.#sleepers.length : after, 0, sleeper)
    })
  }

  /** Moves the time on by `ms`, waking each sleeper at its time. */
  async advance(ms: number): Promise<void> {
    await settle()
    const end = this.#now + ms
    for (let next = this.#sleepers[0]; next !== undefined && next.at <= end; next = this.#sleepers[0]) {
      this.#sleepers.shift()
      this.#now = next.at
      next.wake()
      await settle()
    }
    this.#now = end
  }
}

/** Lets everything that can run without time passing do so: promises, callbacks of finished I/O, and parts of the library that are loaded now. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 10 || turnsWaiting(); turn++) {
    await realTimeWorkDone()
    await new Promise<void>((resolve) => setImmediate(resolve))
  }
}
