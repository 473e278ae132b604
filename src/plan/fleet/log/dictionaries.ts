import type { RolloutLogNames } from '../../../model/kinds/rollout-log/types.generated.ts'

export type DictionaryName = keyof RolloutLogNames

const encoder = new TextEncoder()

/** How many bytes a value has as JSON. */
export function jsonBytes(value: unknown): number {
  return encoder.encode(JSON.stringify(value)).byteLength
}

/** The names of a chunk, each with a number from 1 on; 0 stands for none. */
export class Dictionaries {
  readonly #numbers: Readonly<Record<DictionaryName, Map<string, number>>>

  /** @param names - those that there are already */
  constructor(names: RolloutLogNames = { type: [], cluster: [], revision: [], why: [] }) {
    const numbered = (list: readonly string[]): Map<string, number> => new Map(list.map((name, index) => [name, index + 1]))
    this.#numbers = {
      type: numbered(names.type),
      cluster: numbered(names.cluster),
      revision: numbered(names.revision),
      why: numbered(names.why),
    }
  }

  /** The number of a name, a new one if need be. */
  number(dictionary: DictionaryName, name: string | undefined): number {
    if (name === undefined) return 0
    const numbers = this.#numbers[dictionary]
    const known = numbers.get(name)
    if (known !== undefined) return known
    numbers.set(name, numbers.size + 1)
    return numbers.size
  }

  /** How many bytes a name takes, as one of the names and as a number in a column. */
  bytesOf(dictionary: DictionaryName, name: string | undefined): number {
    const number = name === undefined ? 0 : this.#numbers[dictionary].get(name)
    const own = number === undefined ? jsonBytes(name) + 1 : 0
    return own + String(number ?? this.#numbers[dictionary].size + 1).length + 1
  }

  get names(): RolloutLogNames {
    const { type, cluster, revision, why } = this.#numbers
    return { type: [...type.keys()], cluster: [...cluster.keys()], revision: [...revision.keys()], why: [...why.keys()] }
  }
}
