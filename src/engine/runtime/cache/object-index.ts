import type { KubeObject } from '../../../model/object.ts'

/**
 * The values under which an object is found.
 *
 * @category Manager
 */
export type IndexFunction = (object: KubeObject) => readonly string[]

/** Finds the objects of a cache by the values that a function gives for each. */
export class ObjectIndex {
  readonly #valuesOf: IndexFunction
  readonly #byValue: Map<string, Map<string, KubeObject>> = new Map()

  constructor(valuesOf: IndexFunction) {
    this.#valuesOf = valuesOf
  }

  get(value: string): readonly KubeObject[] {
    return [...(this.#byValue.get(value)?.values() ?? [])]
  }

  /** Replaces `previous` by `next`, the object of the same key. */
  replace(key: string, previous: KubeObject | undefined, next: KubeObject | undefined): void {
    for (const value of previous === undefined ? [] : this.#valuesOf(previous)) {
      const objects = this.#byValue.get(value)
      objects?.delete(key)
      if (objects?.size === 0) this.#byValue.delete(value)
    }
    for (const value of next === undefined ? [] : this.#valuesOf(next)) {
      const objects = this.#byValue.get(value) ?? new Map<string, KubeObject>()
      this.#byValue.set(value, objects.set(key, next as KubeObject))
    }
  }
}
