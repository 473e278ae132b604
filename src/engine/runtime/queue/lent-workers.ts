import { onAbort } from '../../../async/on-abort.ts'

/** What lends its workers. */
export interface Lender {
  /** How many may be lent away at once. */
  readonly limit: number
  readonly hasWorker: () => boolean
  /** Called when one more can be given to others. */
  readonly onLent: () => void
}

/** Workers that are lent to others while their work waits for an answer, and the line of those that want one again. */
export class LentWorkers {
  readonly #lender: Lender
  readonly #line: Set<() => void> = new Set()
  #count = 0

  constructor(lender: Lender) {
    this.#lender = lender
  }

  get count(): number {
    return this.#count
  }

  /** Lends a worker until `work` has settled, and waits until there is one again; not once `signal` has aborted, since that work ends. */
  async during<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const { limit, hasWorker, onLent } = this.#lender
    if (this.#count >= limit) return work()
    this.#count++
    onLent()
    try {
      return await work()
    } finally {
      if (hasWorker() || signal.aborted) this.#count--
      else await this.#turn(signal)
    }
  }

  /** Gives free workers back to those who want one, in their order. */
  giveBack(): void {
    for (const resume of this.#line) {
      if (!this.#lender.hasWorker()) return
      resume()
    }
  }

  async #turn(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const resume = (): void => {
      if (this.#line.delete(resume)) this.#count--
      resolve()
    }
    this.#line.add(resume)
    using _link = onAbort(signal, resume)
    await promise
  }
}
