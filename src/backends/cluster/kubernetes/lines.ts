import { FleetkitError } from '../../../model/errors/error.ts'

const newline = 0x0a

/**
 * Takes a stream of bytes apart at its newlines. Pieces of a line are kept as they came and joined once, so a long
 * line that arrives in many pieces costs no more than its length. What is after the last newline when the stream ends
 * was cut off and is not given out.
 */
export class LineSplitter {
  readonly #maxBytes: number
  #pieces: Uint8Array[] = []
  #length = 0

  /** @param maxBytes - a line that is longer is `cluster/protocol` */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** The lines that `chunk` completes, without empty ones. */
  *push(chunk: Uint8Array): Generator<string> {
    let start = 0
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      this.#keep(chunk.subarray(start, end))
      const line = Buffer.concat(this.#pieces).toString('utf8')
      this.#pieces = []
      this.#length = 0
      start = end + 1
      if (line !== '') yield line
    }
    if (start < chunk.length) this.#keep(chunk.subarray(start))
  }

  #keep(piece: Uint8Array): void {
    this.#length += piece.length
    if (this.#length > this.#maxBytes)
      throw new FleetkitError('cluster/protocol', `an event of a watch is larger than ${this.#maxBytes} bytes`, { retryable: false })
    this.#pieces.push(piece)
  }
}
