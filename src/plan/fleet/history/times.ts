const blockBits = 16
const blockSize: number = 2 ** blockBits
const mostOffset: number = 2 ** 32 - 1

interface Block {
  /** The first time in it. */
  readonly base: number
  /** Milliseconds after it, where they fit; else the times themselves. */
  values: Uint32Array | Float64Array
}

/** Times in the order in which they came, none earlier than the one before: four bytes each while a block of them spans less than 49 days. */
export class Times {
  readonly #blocks: Block[] = []
  #length = 0
  #last = -Infinity

  get length(): number {
    return this.#length
  }

  /** Adds a time. One that is earlier than the last counts as the last: a clock was set back. */
  push(time: number): void {
    const at = Math.max(time, this.#last)
    const slot = this.#length & (blockSize - 1)
    if (slot === 0) this.#blocks.push({ base: at, values: new Uint32Array(blockSize) })
    const block = this.#blocks.at(-1) as Block
    if (block.values instanceof Uint32Array && at - block.base > mostOffset)
      block.values = Float64Array.from(block.values, (offset) => block.base + offset)
    block.values[slot] = block.values instanceof Uint32Array ? at - block.base : at
    this.#last = at
    this.#length++
  }

  get(index: number): number {
    const { base, values } = this.#blocks[index >>> blockBits] as Block
    const value = values[index & (blockSize - 1)] as number
    return values instanceof Uint32Array ? base + value : value
  }

  /** How many are at `time` or before. */
  countUntil(time: number): number {
    let [low, high] = [0, this.#length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.get(middle) <= time) low = middle + 1
      else high = middle
    }
    return low
  }
}
