import type { KubeObject } from '../../../model/object.ts'
import { type ObjectRef, refKey, refOf } from '../../../model/reference.ts'
import { type LabelSelector, matchesSelector } from '../../../model/selector.ts'
import type { Kept, NotProjected } from './kept.ts'
import { type IndexFunction, ObjectIndex } from './object-index.ts'

/**
 * How an object differs from what the cache had.
 *
 * @category Manager
 */
export interface Change<View = KubeObject> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  /** The object now; its last known state for `DELETED`. Deeply frozen. Its view, of an informer with `project`. */
  readonly object: View
  /** The object before, for `MODIFIED`. */
  readonly previous?: View | undefined
}

/** A change, and which object it is of. */
export interface IdentifiedChange<View> {
  readonly change: Change<View>
  readonly identity: Kept<View>['identity']
}

/**
 * Options of {@link CacheReader.list}: which objects of a cache to list.
 *
 * @category Manager
 */
export interface CacheListOptions {
  readonly namespace?: string | undefined
  readonly labelSelector?: LabelSelector | undefined
}

/** The objects of one type as they were last seen. Every method that changes it returns what changed. */
export class ObjectCache<View> {
  readonly #kept: Map<string, Kept<View>> = new Map()
  readonly #indexes: Map<string, ObjectIndex<View>> = new Map()

  get size(): number {
    return this.#kept.size
  }

  get(ref: ObjectRef): Kept<View> | undefined {
    return this.#kept.get(refKey(ref))
  }

  list({ namespace, labelSelector }: CacheListOptions = {}): readonly Kept<View>[] {
    return [...this.#kept.values()].filter(
      ({ identity: { metadata } }) =>
        (namespace === undefined || metadata.namespace === namespace) &&
        (labelSelector === undefined || matchesSelector(labelSelector, metadata.labels)),
    )
  }

  /** The objects of which the index function of a name gave `value`; `undefined` when there is no such index. */
  indexed(name: string, value: string): readonly View[] | undefined {
    return this.#indexes.get(name)?.get(value)
  }

  hasIndex(name: string): boolean {
    return this.#indexes.has(name)
  }

  addIndex(name: string, valuesOf: IndexFunction<View>): void {
    const index = new ObjectIndex(valuesOf)
    for (const [key, kept] of this.#kept) index.replace(key, undefined, kept)
    this.#indexes.set(name, index)
  }

  /**
   * Two changes for an object that was deleted and recreated unseen, none for a `resourceVersion` that is known. Of one that could not be projected it keeps the view
   * that it has of it, which is never that of another object of the same name.
   */
  set(seen: Kept<View> | NotProjected, isListed = false): readonly IdentifiedChange<View>[] {
    const { identity } = seen
    const key = refKey(refOf(identity))
    const previous = this.#kept.get(key)
    const isSame = previous?.identity.metadata.uid === identity.metadata.uid
    const removed = previous === undefined || isSame ? [] : [changeOf('DELETED', previous)]
    if ('error' in seen) {
      if (removed.length > 0) this.#store(key, previous, undefined)
      return removed
    }
    if (previous !== undefined && isSame && previous.identity.metadata.resourceVersion === identity.metadata.resourceVersion) {
      // A server that was restored from a backup gives a resourceVersion again: what is listed counts, whatever was seen under it.
      if (isListed) this.#store(key, previous, seen)
      return []
    }
    this.#store(key, previous, seen)
    return previous !== undefined && isSame ? [changeOf('MODIFIED', seen, previous)] : [...removed, changeOf('ADDED', seen)]
  }

  /** One that could not be projected is deleted with the view that there is of it. */
  delete(seen: Kept<View> | NotProjected): readonly IdentifiedChange<View>[] {
    const key = refKey(refOf(seen.identity))
    const previous = this.#kept.get(key)
    if (previous === undefined) return []
    this.#store(key, previous, undefined)
    return [changeOf('DELETED', 'error' in seen ? previous : seen)]
  }

  /** Makes the cache equal to a complete list of a namespace, or of all: what is not in the list has been deleted. */
  replace(all: readonly (Kept<View> | NotProjected)[], namespace?: string): readonly IdentifiedChange<View>[] {
    const listed = new Set(all.map(({ identity }) => refKey(refOf(identity))))
    const missing = [...this.#kept].filter(
      ([key, { identity }]) => !listed.has(key) && (namespace === undefined || identity.metadata.namespace === namespace),
    )
    return [...missing.flatMap(([, kept]) => this.delete(kept)), ...all.flatMap((seen) => this.set(seen, true))]
  }

  #store(key: string, previous: Kept<View> | undefined, next: Kept<View> | undefined): void {
    if (next === undefined) this.#kept.delete(key)
    else this.#kept.set(key, next)
    for (const index of this.#indexes.values()) index.replace(key, previous, next)
  }
}

/** A change to what is kept of an object. */
export function changeOf<View>(type: Change['type'], { identity, view }: Kept<View>, previous?: Kept<View>): IdentifiedChange<View> {
  return { identity, change: previous === undefined ? { type, object: view } : { type, object: view, previous: previous.view } }
}
