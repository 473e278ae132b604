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
  /** The characters of the id that was looked at last. */
  readonly #words: Int32Array = new Int32Array(3)

  /** @param expected - about how many ids there will be */
  constructor(expected: number) {
    this.#slots = new Int32Array(SLOT * 2 ** Math.ceil(Math.log2(2 * expected + 4)))
  }

  get size(): number {
    return this.#names.length
  }

  /** The number of an id, or `undefined` when it was never seen. */
  find(id: string): number | undefined {
    return this.#look(id, false)
  }

  /** The number of an id, a new one if need be. */
  number(id: string): number {
    return this.#look(id, true) as number
  }

  name(number: number): string {
    return this.#names[number] as string
  }

  /** Ids that count up (`n1`, `n2`) are near one another, and so mostly in the processor's cache together. */
  #look(id: string, isNew: boolean): number | undefined {
    // Those that are not texts, in data that was not checked, are as good as long ones.
    if (typeof id !== 'string' || id.length > SHORT) return this.#lookAmongOthers(id, isNew)
    const words = this.#words
    let [hash, all, at] = [0, 0, 0]
    for (let word = 0; word < words.length; word += 1) {
      let packed = 0
      for (const end = Math.min(id.length, at + 4); at < end; at += 1) {
        const code = id.charCodeAt(at)
        hash = (Math.imul(hash, 53) + code) | 0
        packed = (packed << 8) | code
        all |= code
      }
      words[word] = packed
    }
    if (all > 0xff) return this.#lookAmongOthers(id, isNew)
    words[2] = (words[2] as number) | (id.length << 24)
    const slots = this.#slots
    for (let near = 0; near < NEAR; near += SLOT) {
      const slot = (Math.imul(hash, SLOT) + near) & (slots.length - 1)
      const number = slots[slot] as number
      if (number === 0) {
        if (!isNew) return undefined
        slots[slot] = this.#names.push(id)
        slots.set(words, slot + 1)
        return this.#names.length - 1
      }
      if (slots[slot + 1] === words[0] && slots[slot + 2] === words[1] && slots[slot + 3] === words[2]) return number - 1
    }
    return this.#lookAmongOthers(id, isNew)
  }

  #lookAmongOthers(id: string, isNew: boolean): number | undefined {
    const known = this.#others.get(id)
    if (known !== undefined || !isNew) return known
    this.#others.set(id, this.#names.push(id) - 1)
    return this.#names.length - 1
  }
}
