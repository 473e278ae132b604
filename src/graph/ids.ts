/**
 * Numbers the ids of a graph. Only ever grows, so that all plans made from one another can share it: a number that an older
 * plan does not know is beyond the end of its arrays.
 */
export class Ids {
  readonly #numbers: Map<string, number> = new Map()
  readonly #names: string[] = []

  get size(): number {
    return this.#names.length
  }

  /** The number of an id, or `undefined` when it was never seen. */
  find(id: string): number | undefined {
    return this.#numbers.get(id)
  }

  /** The number of an id, a new one if need be. */
  number(id: string): number {
    const known = this.#numbers.get(id)
    if (known !== undefined) return known
    const number = this.#names.length
    this.#numbers.set(id, number)
    this.#names.push(id)
    return number
  }

  name(number: number): string {
    return this.#names[number] as string
  }
}
