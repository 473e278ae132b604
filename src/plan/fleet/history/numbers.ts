const blockBits = 16
const blockSize: number = 2 ** blockBits

/** Whole numbers below 2³², four bytes each, in blocks: growing copies nothing. */
export class Numbers {
  readonly #blocks: Uint32Array[] = []
  #length = 0

  get length(): number {
    return this.#length
  }

  push(value: number): void {
    if ((this.#length & (blockSize - 1)) === 0) this.#blocks.push(new Uint32Array(blockSize))
    this.set(this.#length++, value)
  }

  /** Puts a value in the place of another. */
  set(index: number, value: number): void {
    ;(this.#blocks[index >>> blockBits] as Uint32Array)[index & (blockSize - 1)] = value
  }

  get(index: number): number {
    return (this.#blocks[index >>> blockBits] as Uint32Array)[index & (blockSize - 1)] as number
  }

  /** All of them as they are now. */
  copy(): Uint32Array {
    const copy = new Uint32Array(this.#length)
    this.#blocks.forEach((block, at) => {
      copy.set(block.subarray(0, Math.min(blockSize, this.#length - at * blockSize)), at * blockSize)
    })
    return copy
  }
}
