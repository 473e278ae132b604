/** How many items a page has. */
const pageSize = 256

/** A list that is never changed, and shares with the one that it was made after the pages in which nothing is different. */
export class Pages<Item> {
  readonly length: number
  /** Lists with the same one have items of the same places. */
  readonly places: object | undefined
  readonly #pages: readonly (readonly Item[])[]

  private constructor(pages: readonly (readonly Item[])[], length: number, places?: object) {
    this.#pages = pages
    this.length = length
    this.places = places
  }

  /**
   * The items of a list, in pages of its own: the caller's list may be changed in place.
   *
   * @param before - what most of it is shared with; it is returned when it has the same items
   */
  static of<Item>(list: readonly Item[], before?: Pages<Item>): Pages<Item> {
    let isSame = before?.length === list.length
    const pages: (readonly Item[])[] = []
    for (let from = 0; from < list.length; from += pageSize) {
      const known = before === undefined ? undefined : before.#pages[pages.length]
      const isKnown = known?.length === Math.min(pageSize, list.length - from) && firstOther(list, from, known) === known.length
      pages.push(isKnown ? known : list.slice(from, from + pageSize))
      isSame &&= isKnown
    }
    return isSame ? (before as Pages<Item>) : new Pages(pages, list.length)
  }

  /** The list with some other items, each at the position that it has. */
  with(changes: ReadonlyMap<number, Item>): Pages<Item> {
    if (changes.size === 0) return this
    const pages = [...this.#pages]
    for (const [index, item] of changes) {
      const at = index >> 8
      const page = pages[at] === this.#pages[at] ? (pages[at] as readonly Item[]).slice() : (pages[at] as Item[])
      page[index & 0xff] = item
      pages[at] = page
    }
    return new Pages(pages, this.length)
  }

  withPlaces(places: object): Pages<Item> {
    return new Pages(this.#pages, this.length, places)
  }

  at(index: number): Item {
    return (this.#pages[index >> 8] as readonly Item[])[index & 0xff] as Item
  }

  /** All of them, in a list. */
  items(): Item[] {
    const items: Item[] = []
    for (const page of this.#pages) for (const item of page) items.push(item)
    return items
  }

  /** The positions, in order, at which it has another item than `before`. */
  *changesFrom(before: Pages<Item> | undefined): Iterable<number> {
    for (const [at, page] of this.#pages.entries()) {
      const known = before === undefined ? [] : (before.#pages[at] ?? [])
      if (page === known) continue
      for (let index = 0; index < page.length; index += 1)
        if (index >= known.length || page[index] !== known[index]) yield at * pageSize + index
    }
  }
}

/** How many items of a page are the same in a list from `from` on. */
function firstOther<Item>(list: readonly Item[], from: number, page: readonly Item[]): number {
  let index = 0
  while (index < page.length && list[from + index] === page[index]) index += 1
  return index
}
