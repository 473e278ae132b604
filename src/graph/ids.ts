/** The longest id that has a slot: three words of four characters. */
const SHORT = 11
/** What a slot holds: a number plus 1, and the three words of its id. 0 is free. */
const SLOT = 4
/** So many slots, one after the other, are tried for an id. */
const NEAR = 8 * SLOT

/**
 * Numbers the ids of a graph. Only ever grows, so that all plans made from one another can share it: a number that an older
 * plan does not know is beyond the end of its arrays.
 *
 * Looking ids up is most of what planning a large graph takes, and a large `Map` of texts is slow: each look reads texts that lie anywhere in
 * memory. So short ids of plain characters have slots, which hold their characters. Ids whose slot is taken by another are in a map
 * with the others, so that no choice of ids can make it slow.
 */
export class Ids {
  readonly #slots: Int32Array
  readonly #others: Map<string, number> = new Map()
  readonly #names: string[] = []
  /** Of the id that was looked for last: its characters, and a free slot for it, or -1. */
  readonly #words: Int32Array = new Int32Array(3)
  #free: number = -1

  /** @param expected - about how many ids there will be */
  constructor(expected: number) {
    this.#slots = new Int32Array(SLOT * 2 ** Math.ceil(Math.log2(2 * expected + 4)))
  }

  get size(): number {
    return this.#names.length
  }

  /** The number of an id, or `undefined` when it was never seen. */
  find(id: string): number | undefined {
    this.#free = -1
    // Those that are not texts, in data that was not checked, have no slot.
    if (typeof id !== 'string' || id.length > SHORT) return this.#others.get(id)
    let hash = 0
    let all = 0
    let [high, middle, low] = [0, 0, 0]
    for (let at = 0; at < id.length; at += 1) {
      const code = id.charCodeAt(at)
      // Ids that count up (`n1`, `n2`) are near one another, and so mostly in the processor's cache together.
      hash = (Math.imul(hash, 53) + code) | 0
      all |= code
      high = (high << 8) | (middle >>> 24)
      middle = (middle << 8) | (low >>> 24)
      low = (low << 8) | code
    }
    if (all > 0xff) return this.#others.get(id)
    high |= id.length << 24
    const slots = this.#slots
    for (let near = 0, slot = Math.imul(hash, SLOT); near < NEAR; near += SLOT, slot += SLOT) {
      slot &= slots.length - 1
      const number = slots[slot] as number
      if (number === 0) {
        this.#free = slot
        this.#words[0] = low
        this.#words[1] = middle
        this.#words[2] = high
        return undefined
      }
      if (slots[slot + 1] === low && slots[slot + 2] === middle && slots[slot + 3] === high) return number - 1
    }
    return this.#others.get(id)
  }

  /** The number of an id, a new one if need be. */
  number(id: string): number {
    const known = this.find(id)
    if (known !== undefined) return known
    const size = this.#names.push(id)
    if (this.#free < 0) this.#others.set(id, size - 1)
    else {
      this.#slots[this.#free] = size
      this.#slots.set(this.#words, this.#free + 1)
    }
    return size - 1
  }

  name(number: number): string {
    return this.#names[number] as string
  }
}
