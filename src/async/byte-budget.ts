import { throwIfAborted } from '../model/errors/abort.ts'
import { Wakeup } from './wakeup.ts'

/** A bound on the bytes that are held at the same time. A holder that needs more than is left waits, unless it has held some for longest. */
export class ByteBudget {
  readonly #capacity: number
  readonly #holders = new Set<ByteShare>()
  readonly #freed = new Wakeup()
  #held = 0

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  /** A share of nothing yet. Give it back when the bytes are no longer held. */
  share(): ByteShare {
    let own = 0
    let isOver = false
    const share: ByteShare = {
      take: (bytes) => {
        if (isOver) return true
        this.#holders.add(share)
        // The oldest goes on, so that some always end: two that wait for one another's bytes would wait for ever.
        if (this.#held + bytes > this.#capacity && this.#holders.values().next().value !== share) return false
        own += bytes
        this.#held += bytes
        return true
      },
      grow: async (bytes, signal) => {
        while (!share.take(bytes)) {
          await this.#freed.wait(signal)
          throwIfAborted(signal)
        }
      },
      [Symbol.dispose]: () => {
        isOver = true
        this.#holders.delete(share)
        this.#held -= own
        own = 0
        this.#freed.notify()
      },
    }
    return share
  }
}

/** What one piece of work holds of a {@link ByteBudget}. Once it is given back, it holds nothing more. */
export interface ByteShare extends Disposable {
  /** Holds so many more if they fit. */
  take(bytes: number): boolean
  /** Holds so many more once they fit. */
  grow(bytes: number, signal?: AbortSignal): Promise<void>
}
