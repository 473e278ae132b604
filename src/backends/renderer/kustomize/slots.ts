import { abortError, throwIfAborted } from '../../../model/abort.ts'

/** Lets a number of works run at once; the others wait in their order, or until their signal aborts. */
export class Slots {
  #free: number
  readonly #waiting = new Set<() => void>()

  constructor(size: number) {
    this.#free = size
  }

  async run<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    throwIfAborted(signal)
    if (this.#free > 0) this.#free--
    else await this.#wait(signal)
    try {
      return await work()
    } finally {
      const next = this.#waiting.values().next().value
      if (next === undefined) this.#free++
      else next() // it has the slot now
    }
  }

  #wait(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = (): void => {
        this.#waiting.delete(take)
        signal?.removeEventListener('abort', leave)
      }
      const take = (): void => {
        done()
        resolve()
      }
      const leave = (): void => {
        done()
        reject(abortError(signal as AbortSignal))
      }
      this.#waiting.add(take)
      signal?.addEventListener('abort', leave, { once: true })
    })
  }
}
