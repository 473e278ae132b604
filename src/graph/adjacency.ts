/** Marks of an edge. */
export const OPTIONAL = 1
export const RANGED = 2
export const STILL_NEEDED = 4

/** The lists of all nodes, one behind the other. Slots are written once, so that plans made from one another can share them. */
interface Pool {
  target: Int32Array
  mark: Uint8Array
  readonly ranges: Map<number, string>
  used: number
}

/** One edge of a list that is to be stored. */
export interface Slot {
  readonly target: number
  readonly mark: number
  readonly range?: string | undefined
}

/**
 * For every node the list of its edges in one direction: slots `first[node]` up to `last[node]` of `target` and `mark`. Plain
 * fields, for the loops that run over a million of them.
 */
export class Adjacency {
  readonly first: Int32Array
  readonly last: Int32Array
  readonly #pool: Pool

  private constructor(first: Int32Array, last: Int32Array, pool: Pool) {
    this.first = first
    this.last = last
    this.#pool = pool
  }

  /** The lists of `size` nodes by counting sort; edge `e` goes from `source[e]` to `target[e]`. */
  static build(size: number, source: Int32Array, target: Int32Array, mark: Uint8Array, ranges: ReadonlyMap<number, string>): Adjacency {
    const edges = source.length
    const first = new Int32Array(size)
    const last = new Int32Array(size)
    for (let e = 0; e < edges; e += 1) last[source[e] as number] = (last[source[e] as number] as number) + 1
    for (let node = 0, slot = 0; node < size; node += 1) {
      const count = last[node] as number
      first[node] = slot
      last[node] = slot
      slot += count
    }
    const pool: Pool = { target: new Int32Array(edges), mark: new Uint8Array(edges), ranges: new Map(), used: edges }
    for (let e = 0; e < edges; e += 1) {
      const slot = last[source[e] as number] as number
      last[source[e] as number] = slot + 1
      pool.target[slot] = target[e] as number
      pool.mark[slot] = mark[e] as number
      if (((mark[e] as number) & RANGED) !== 0) pool.ranges.set(slot, ranges.get(e) as string)
    }
    return new Adjacency(first, last, pool)
  }

  get target(): Int32Array {
    return this.#pool.target
  }

  get mark(): Uint8Array {
    return this.#pool.mark
  }

  /** How many slots are in use, those of older plans included. */
  get used(): number {
    return this.#pool.used
  }

  /** The range of a slot that is marked with `RANGED`. */
  range(slot: number): string {
    return this.#pool.ranges.get(slot) as string
  }

  /** The list of a node, for what is not a hot loop. */
  list(node: number): Slot[] {
    const slots: Slot[] = []
    if (node >= this.first.length) return slots
    for (let slot = this.first[node] as number; slot < (this.last[node] as number); slot += 1) {
      slots.push({ target: this.target[slot] as number, mark: this.mark[slot] as number, range: this.#pool.ranges.get(slot) })
    }
    return slots
  }

  /** With other lists for some nodes, for `size` nodes. */
  with(size: number, lists: ReadonlyMap<number, readonly Slot[]>): Adjacency {
    const first = new Int32Array(size)
    first.set(this.first)
    const last = new Int32Array(size)
    last.set(this.last)
    for (const [node, slots] of lists) {
      first[node] = this.#append(slots)
      last[node] = (first[node] as number) + slots.length
    }
    return new Adjacency(first, last, this.#pool)
  }

  #append(slots: readonly Slot[]): number {
    const pool = this.#pool
    const start = pool.used
    const end = start + slots.length
    if (end > pool.target.length) {
      const capacity = Math.max(end, 2 * pool.target.length, 64)
      const target = new Int32Array(capacity)
      target.set(pool.target)
      const mark = new Uint8Array(capacity)
      mark.set(pool.mark)
      pool.target = target
      pool.mark = mark
    }
    slots.forEach((slot, i) => {
      pool.target[start + i] = slot.target
      pool.mark[start + i] = slot.mark
      if (slot.range !== undefined) pool.ranges.set(start + i, slot.range)
    })
    pool.used = end
    return start
  }
}
