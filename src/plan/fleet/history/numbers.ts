const blockBits = 16
const blockSize: number = 2 ** blockBits
const mostOfTwoBytes: number = 2 ** 16 - 1

/** Whole numbers below 2³² in blocks, so that growing copies nothing: two bytes each while all of a block are below 2¹⁶, else four. */
export class Numbers {
  readonly #blocks: (Uint16Array | Uint32Array)[] = []
  #length = 0

  get length(): number {
    return this.#length
  }

  push(value: number): void {
    if ((this.#length & (blockSize - 1)) === 0) this.#blocks.push(new Uint16Array(blockSize))
    this.set(this.#length++, value)
  }

  /** Puts a value in the place of another. */
  set(index: number, value: number): void {
    const at = index >>> blockBits
    let block = this.#blocks[at] as Uint16Array | Uint32Array
    if (value > mostOfTwoBytes && block instanceof Uint16Array) {
      block = Uint32Array.from(block)
      this.#blocks[at] = block
    }
    block[index & (blockSize - 1)] = value
  }

  get(index: number): number {
    return (this.#blocks[index >>> blockBits] as Uint16Array | Uint32Array)[index & (blockSize - 1)] as number
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
