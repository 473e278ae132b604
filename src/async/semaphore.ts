import { abortError, throwIfAborted } from '../model/errors/abort.ts'

/** Lets at most `slots` through at a time; the others wait in line. */
export class Semaphore {
  #free: number
  readonly #line = new Set<() => void>()

  constructor(slots: number) {
    this.#free = slots
  }

  /** Waits for a slot and holds it until disposed of. Leaves the line when `signal` aborts. */
  async acquire(signal?: AbortSignal): Promise<Disposable> {
    throwIfAborted(signal)
    if (this.#free > 0) this.#free--
    else {
      await new Promise<void>((resolve, reject) => {
        const enter = (): void => {
          signal?.removeEventListener('abort', leave)
          resolve()
        }
        const leave = (): void => {
          this.#line.delete(enter)
          reject(abortError(signal as AbortSignal))
        }
        signal?.addEventListener('abort', leave, { once: true })
        this.#line.add(enter)
      })
    }
    return { [Symbol.dispose]: () => this.#release() }
  }

  #release(): void {
    const [next] = this.#line
    if (next === undefined) this.#free++
    else {
      this.#line.delete(next)
      next()
    }
  }
}
