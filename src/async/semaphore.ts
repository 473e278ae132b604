import { abortError, throwIfAborted } from '../model/errors/abort.ts'
import { onAbort } from './on-abort.ts'

/** Lets at most `slots` pieces of work run at a time; the others wait in line. */
export class Semaphore {
  #free: number
  readonly #line = new Set<PromiseWithResolvers<void>>()

  constructor(slots: number) {
    this.#free = slots
  }

  /** How many wait for a slot. */
  get waiting(): number {
    return this.#line.size
  }

  /** Whether the next one gets a slot at once. */
  get isFree(): boolean {
    return this.#free > 0
  }

  /** Waits for a slot and holds it until it is first disposed of. Leaves the line when `signal` aborts. */
  async acquire(signal?: AbortSignal): Promise<Disposable> {
    throwIfAborted(signal)
    if (this.#free > 0) this.#free--
    else await this.#waitInLine(signal)
    let isHeld = true
    return {
      [Symbol.dispose]: () => {
        if (isHeld) this.#release()
        isHeld = false
      },
    }
  }

  async #waitInLine(signal: AbortSignal | undefined): Promise<void> {
    const turn = Promise.withResolvers<void>()
    this.#line.add(turn)
    using _link = onAbort(signal, () => {
      this.#line.delete(turn)
      turn.reject(abortError(signal as AbortSignal))
    })
    await turn.promise
  }

  #release(): void {
    const [next] = this.#line
    if (next === undefined) this.#free++
    else {
      this.#line.delete(next)
      next.resolve()
    }
  }
}
