/** The longest id that has a slot. Longer texts are slow to read: V8 may hold them as trees of the parts that they were put together from. */
const SHORT = 12

/**
 * Numbers the ids of a graph. Only ever grows, so that all plans made from one another can share it: a number that an older
 * plan does not know is beyond the end of its arrays.
 *
 * Looking ids up is most of what planning a large graph takes, and a large `Map` of texts is slow. So short ids have slots, found by
 * their characters. Ids whose slot is taken by another are in a map with the long ones, so that no choice of ids can make it slow.
 */
export class Ids {
  /** By slot the number of its id, plus 1; 0 is free. */
  readonly #slots: Int32Array
  readonly #others: Map<string, number> = new Map()
  readonly #names: string[] = []

  /** @param expected - about how many ids there will be */
  constructor(expected: number) {
    this.#slots = new Int32Array(2 ** Math.ceil(Math.log2(4 * expected + 1)))
  }

  get size(): number {
    return this.#names.length
  }

  /** The number of an id, or `undefined` when it was never seen. */
  find(id: string): number | undefined {
    if (isShort(id)) {
      const number = (this.#slots[this.#slotOf(id)] as number) - 1
      if (number === -1) return undefined
      if (this.#names[number] === id) return number
    }
    return this.#others.get(id)
  }

  /** The number of an id, a new one if need be. */
  number(id: string): number {
    const known = this.find(id)
    if (known !== undefined) return known
    const number = this.#names.length
    this.#names.push(id)
    if (isShort(id) && this.#slots[this.#slotOf(id)] === 0) this.#slots[this.#slotOf(id)] = number + 1
    else this.#others.set(id, number)
    return number
  }

  name(number: number): string {
    return this.#names[number] as string
  }

  /** Ids that count up (`n1`, `n2`) are near one another, and so mostly in the processor's cache together. */
  #slotOf(id: string): number {
    let hash = 0
    for (let at = 0; at < id.length; at += 1) hash = (Math.imul(hash, 131) + id.charCodeAt(at)) | 0
    return hash & (this.#slots.length - 1)
  }
}

/** Ids that are not texts, in data that was not checked, are as good as long ones. */
function isShort(id: string): boolean {
  return typeof id === 'string' && id.length <= SHORT
}
