/** Whole numbers from 0 to 2^53, small ones in one byte: seven bits a byte, the lowest first, each but the last with the highest bit set. */
export class VarintWriter {
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(1024)
  #length = 0

  write(value: number): void {
    if (this.#length + 8 > this.#bytes.length) this.#grow()
    let rest = value
    while (rest > 127) {
      this.#bytes[this.#length++] = (rest % 128) + 128
      rest = Math.floor(rest / 128)
    }
    this.#bytes[this.#length++] = rest
  }

  /** What was written. */
  bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length)
  }

  #grow(): void {
    const grown = new Uint8Array(2 * this.#bytes.length)
    grown.set(this.#bytes)
    this.#bytes = grown
  }
}

/** Reads what a {@link VarintWriter} wrote. */
export class VarintReader {
  readonly #bytes: Uint8Array
  #at: number

  /** @param at - the index of the first byte */
  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes
    this.#at = at
  }

  read(): number {
    let value = 0
    for (let unit = 1; ; unit *= 128) {
      const byte = this.#bytes[this.#at++]
      if (byte === undefined) throw new Error('the data end too early')
      value += (byte % 128) * unit
      if (byte < 128) return value
    }
  }

  /** The next `count` numbers, each below 2^32. */
  list(count: number): Uint32Array {
    const values = new Uint32Array(count)
    for (let index = 0; index < count; index++) values[index] = this.read()
    return values
  }
}
