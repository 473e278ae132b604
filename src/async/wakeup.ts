/** Lets many wait for the next time that something happened. */
export class Wakeup {
  #waiters = new Set<() => void>()

  /** How many wait. */
  get size(): number {
    return this.#waiters.size
  }

  /** Resolves at the next {@link Wakeup.notify}, or as soon as `signal` aborts. Never rejects. */
  wait(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve()
      const wake = (): void => {
        this.#waiters.delete(wake)
        signal?.removeEventListener('abort', wake)
        resolve()
      }
      this.#waiters.add(wake)
      signal?.addEventListener('abort', wake, { once: true })
    })
  }

  notify(): void {
    for (const wake of [...this.#waiters]) wake()
  }
}
