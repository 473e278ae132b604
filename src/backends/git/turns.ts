import { setImmediate } from 'node:timers/promises'
import { throwIfAborted } from '../../model/errors/abort.ts'

const turnMs = 10

/** Long work in short turns, between which everything else of the process runs: timers, leases, and the deadline of this work. */
export class Turns {
  readonly #signal: AbortSignal
  #startedAt = performance.now()

  constructor(signal: AbortSignal) {
    this.#signal = signal
  }

  /** Whether this turn has lasted long enough: time to {@link next}. Cheap enough to be asked thousands of times a turn. */
  get over(): boolean {
    return performance.now() - this.#startedAt > turnMs
  }

  /** Lets the others run, and ends the work when its signal was aborted. */
  async next(): Promise<void> {
    await setImmediate()
    throwIfAborted(this.#signal)
    this.#startedAt = performance.now()
  }
}
