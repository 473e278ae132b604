import { Numbers } from './numbers.ts'

/** Pairs of a module and a cluster by their numbers, from 1 on, each with a number from 0 on in the order in which they came. 0 stands for no module, or no cluster. */
export class Pairs {
  /** By module and cluster: the number of the pair and one, or 0. */
  readonly #rows: Uint32Array[] = []
  readonly #modules = new Numbers()
  readonly #clusters = new Numbers()

  /** The number of a pair, which it has from now on. */
  add(module: number, cluster: number): number {
    const known = this.find(module, cluster)
    if (known !== undefined) return known
    while (this.#rows.length <= module) this.#rows.push(new Uint32Array(0))
    const row = withRoom(this.#rows[module] as Uint32Array, cluster)
    this.#rows[module] = row
    this.#modules.push(module)
    this.#clusters.push(cluster)
    row[cluster] = this.#modules.length
    return this.#modules.length - 1
  }

  /** The number of a pair that was added. */
  find(module: number, cluster: number): number | undefined {
    const number = this.#rows[module]?.[cluster] ?? 0
    return number === 0 ? undefined : number - 1
  }

  /** The numbers of the pairs of a module. */
  ofModule(module: number): readonly number[] {
    const pairs: number[] = []
    for (const number of this.#rows[module] ?? []) if (number > 0) pairs.push(number - 1)
    return pairs
  }

  /** The numbers of the pairs of a cluster. */
  ofCluster(cluster: number): readonly number[] {
    const pairs: number[] = []
    for (const row of this.#rows) {
      const number = row[cluster] ?? 0
      if (number > 0) pairs.push(number - 1)
    }
    return pairs
  }

  moduleOf(pair: number): number {
    return this.#modules.get(pair)
  }

  clusterOf(pair: number): number {
    return this.#clusters.get(pair)
  }
}

/** Grown by half, so that adding one after the other copies each a few times. */
function withRoom(row: Uint32Array, index: number): Uint32Array {
  if (index < row.length) return row
  const grown = new Uint32Array(Math.max(16, index + 1, Math.ceil(row.length * 1.5)))
  grown.set(row)
  return grown
}
