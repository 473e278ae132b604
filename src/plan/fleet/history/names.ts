/** Names with a number each, from 0 on in the order in which they came. */
export class Names {
  readonly #numbers = new Map<string, number>()
  readonly #names: string[] = []

  get size(): number {
    return this.#names.length
  }

  /** The number of a name, which it has from now on. */
  add(name: string): number {
    const known = this.#numbers.get(name)
    if (known !== undefined) return known
    this.#numbers.set(name, this.#names.length)
    return this.#names.push(name) - 1
  }

  /** The number of a name that was added. */
  find(name: string): number | undefined {
    return this.#numbers.get(name)
  }

  at(number: number): string {
    return this.#names[number] as string
  }
}
