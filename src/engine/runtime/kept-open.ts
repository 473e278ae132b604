import { FleetkitError } from '../../model/errors/error.ts'

interface Kept {
  readonly state: string
  readonly resource: AsyncDisposable
}

/** What the reconciles of a controller leave at work, one thing for each object. */
export class KeptOpen implements AsyncDisposable {
  readonly #kept = new Map<string, Kept>()
  #closed = false

  /** What is open for a key in a state; what is open for it in another one is closed before. */
  async open<T extends AsyncDisposable>(key: string, state: string, open: () => T): Promise<T> {
    const known = this.#kept.get(key)
    if (known?.state === state) return known.resource as T
    await this.close(key)
    if (this.#closed) throw new FleetkitError('aborted', 'the controller has stopped')
    const resource = open()
    this.#kept.set(key, { state, resource })
    return resource
  }

  async close(key: string): Promise<void> {
    const kept = this.#kept.get(key)
    this.#kept.delete(key)
    await kept?.resource[Symbol.asyncDispose]()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    await Promise.all([...this.#kept.keys()].map((key) => this.close(key)))
  }
}
