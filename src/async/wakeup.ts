import { onAbort } from './on-abort.ts'

/** Lets many wait for the next time that something happens. */
export class Wakeup {
  readonly #waiters = new Set<() => void>()

  /** How many wait. */
  get size(): number {
    return this.#waiters.size
  }

  /** Resolves at the next {@link Wakeup.notify}, or as soon as `signal` aborts. Never rejects. */
  wait(signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve()
    const { promise, resolve } = Promise.withResolvers<void>()
    const wake = (): void => {
      this.#waiters.delete(wake)
      link[Symbol.dispose]()
      resolve()
    }
    const link = onAbort(signal, wake)
    this.#waiters.add(wake)
    return promise
  }

  notify(): void {
    for (const wake of [...this.#waiters]) wake()
  }
}
