import type { KubeObject } from '../../../model/object.ts'
import type { Kept } from './kept.ts'

/**
 * The values under which an object is found; those for its view, in an informer with `project`.
 *
 * @category Manager
 */
export type IndexFunction<View = KubeObject> = (object: View) => readonly string[]

/** Finds the objects of a cache by the values that a function gives for each. */
export class ObjectIndex<View> {
  readonly #valuesOf: IndexFunction<View>
  readonly #byValue: Map<string, Map<string, View>> = new Map()

  constructor(valuesOf: IndexFunction<View>) {
    this.#valuesOf = valuesOf
  }

  get(value: string): readonly View[] {
    return [...(this.#byValue.get(value)?.values() ?? [])]
  }

  /** Replaces `previous` by `next`, the object of the same key. */
  replace(key: string, previous: Kept<View> | undefined, next: Kept<View> | undefined): void {
    for (const value of previous === undefined ? [] : this.#valuesOf(previous.view)) {
      const views = this.#byValue.get(value)
      views?.delete(key)
      if (views?.size === 0) this.#byValue.delete(value)
    }
    if (next === undefined) return
    for (const value of this.#valuesOf(next.view)) {
      const views = this.#byValue.get(value) ?? new Map<string, View>()
      this.#byValue.set(value, views.set(key, next.view))
    }
  }
}
