/** Something that is due at a time. `slot` belongs to the heap that it lies in. */
export interface Deadline {
  dueAt: number
  slot: number
}

/** A binary heap of deadlines that knows where each lies, so that one can be taken out again. */
export class Deadlines<Item extends Deadline> {
  #heap: Item[] = []

  get size(): number {
    return this.#heap.length
  }

  /** The earliest one. */
  first(): Item | undefined {
    return this.#heap[0]
  }

  add(item: Item): void {
    this.#put(item, this.#heap.length)
    this.#up(item)
  }

  remove(item: Item): void {
    const last = this.#heap.pop()
    if (last === undefined || last === item) return
    this.#put(last, item.slot)
    this.#up(last)
    this.#down(last)
  }

  clear(): void {
    this.#heap = []
  }

  #put(item: Item, slot: number): void {
    this.#heap[slot] = item
    item.slot = slot
  }

  #up(item: Item): void {
    while (item.slot > 0) {
      const slot = item.slot
      const parent = this.#heap[(slot - 1) >> 1] as Item
      if (parent.dueAt <= item.dueAt) return
      this.#put(item, parent.slot)
      this.#put(parent, slot)
    }
  }

  #down(item: Item): void {
    for (;;) {
      const slot = item.slot
      const left = this.#heap[2 * slot + 1]
      const right = this.#heap[2 * slot + 2]
      const child = right !== undefined && left !== undefined && right.dueAt < left.dueAt ? right : left
      if (child === undefined || child.dueAt >= item.dueAt) return
      this.#put(item, child.slot)
      this.#put(child, slot)
    }
  }
}
