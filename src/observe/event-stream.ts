import type { FleetEvent, FleetEventType } from './events.ts'

/**
 * The events of a bus since the stream was opened, in order. Disposing of it ends it.
 *
 * @category Events
 */
export type EventStream<Type extends FleetEventType = FleetEventType> = AsyncIterableIterator<FleetEvent<Type | 'stream.dropped'>> &
  AsyncDisposable & {
    /** The same as disposing of it, for a Node without `await using`. */
    close(): Promise<void>
  }

/** The buffer between a bus and one slow reader: it holds the `limit` newest events and counts the others. */
export class BufferedStream implements AsyncIterableIterator<FleetEvent>, AsyncDisposable {
  readonly #limit: number
  readonly #now: () => number
  readonly #onEnd: () => void
  #buffer: FleetEvent[] = []
  #dropped = 0
  #ended = false
  #readers: ((result: IteratorResult<FleetEvent>) => void)[] = []

  constructor(limit: number, now: () => number, onEnd: () => void) {
    this.#limit = limit
    this.#now = now
    this.#onEnd = onEnd
  }

  push(event: FleetEvent): void {
    if (this.#ended) return
    const reader = this.#readers.shift()
    if (reader !== undefined) {
      reader({ done: false, value: event })
      return
    }
    this.#buffer.push(event)
    if (this.#buffer.length > this.#limit) {
      this.#buffer.shift()
      this.#dropped++
    }
  }

  /** Ends the stream; what is in the buffer is still read, unless `discard`. */
  end(discard: boolean): void {
    if (discard) {
      this.#buffer = []
      this.#dropped = 0
    }
    if (this.#ended) return
    this.#ended = true
    for (const reader of this.#readers.splice(0)) reader({ done: true, value: undefined })
    this.#onEnd()
  }

  next(): Promise<IteratorResult<FleetEvent>> {
    if (this.#dropped > 0) {
      const value: FleetEvent = Object.freeze({ type: 'stream.dropped', at: this.#now(), count: this.#dropped })
      this.#dropped = 0
      return Promise.resolve({ done: false, value })
    }
    const value = this.#buffer.shift()
    if (value !== undefined) return Promise.resolve({ done: false, value })
    if (this.#ended) return Promise.resolve({ done: true, value: undefined })
    return new Promise((resolve) => this.#readers.push(resolve))
  }

  return(): Promise<IteratorResult<FleetEvent>> {
    this.end(true)
    return Promise.resolve({ done: true, value: undefined })
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  close(): Promise<void> {
    return this[Symbol.asyncDispose]()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.end(true)
  }
}
