import { freeze } from 'immer'
import type { KubeObject } from '../../../model/object.ts'
import { type ObjectRef, refKey, refOf } from '../../../model/reference.ts'
import { type LabelSelector, matchesSelector } from '../../../model/selector.ts'
import { type IndexFunction, ObjectIndex } from './object-index.ts'

/**
 * How an object differs from what the cache had.
 *
 * @category Manager
 */
export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  /** The object now; its last known state for `DELETED`. Deeply frozen. */
  readonly object: KubeObject
  /** The object before, for `MODIFIED`. */
  readonly previous?: KubeObject | undefined
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
export class ObjectCache {
  readonly #objects: Map<string, KubeObject> = new Map()
  readonly #indexes: Map<string, ObjectIndex> = new Map()
  readonly #managedFields: boolean

  constructor({ managedFields = true }: { readonly managedFields?: boolean | undefined } = {}) {
    this.#managedFields = managedFields
  }

  get size(): number {
    return this.#objects.size
  }

  get(ref: ObjectRef): KubeObject | undefined {
    return this.#objects.get(refKey(ref))
  }

  list({ namespace, labelSelector }: CacheListOptions = {}): readonly KubeObject[] {
    return [...this.#objects.values()].filter(
      ({ metadata }) =>
        (namespace === undefined || metadata.namespace === namespace) &&
        (labelSelector === undefined || matchesSelector(labelSelector, metadata.labels)),
    )
  }

  /** The objects of which the index function of a name gave `value`; `undefined` when there is no such index. */
  indexed(name: string, value: string): readonly KubeObject[] | undefined {
    return this.#indexes.get(name)?.get(value)
  }

  hasIndex(name: string): boolean {
    return this.#indexes.has(name)
  }

  addIndex(name: string, valuesOf: IndexFunction): void {
    const index = new ObjectIndex(valuesOf)
    for (const [key, object] of this.#objects) index.replace(key, undefined, object)
    this.#indexes.set(name, index)
  }

  /** Two changes for an object that was deleted and recreated unseen, none for a `resourceVersion` that is known. */
  set(object: KubeObject, isListed = false): readonly Change[] {
    const key = refKey(refOf(object))
    const previous = this.#objects.get(key)
    const isSame = previous?.metadata.uid === object.metadata.uid
    if (previous !== undefined && isSame && previous.metadata.resourceVersion === object.metadata.resourceVersion) {
      // A server that was restored from a backup gives a resourceVersion again: what is listed counts, whatever was seen under it.
      if (isListed) this.#store(key, previous, this.#kept(object))
      return []
    }
    const frozen = this.#kept(object)
    const changes: Change[] = []
    if (previous === undefined) changes.push({ type: 'ADDED', object: frozen })
    else if (previous.metadata.uid === frozen.metadata.uid) changes.push({ type: 'MODIFIED', object: frozen, previous })
    else changes.push({ type: 'DELETED', object: previous }, { type: 'ADDED', object: frozen })
    this.#store(key, previous, frozen)
    return changes
  }

  delete(object: KubeObject): readonly Change[] {
    const key = refKey(refOf(object))
    const previous = this.#objects.get(key)
    if (previous === undefined) return []
    this.#store(key, previous, undefined)
    return [{ type: 'DELETED', object: this.#kept(object) }]
  }

  /** Makes the cache equal to a complete list of a namespace, or of all: what is not in the list has been deleted. */
  replace(objects: readonly KubeObject[], namespace?: string): readonly Change[] {
    const listed = new Set(objects.map((object) => refKey(refOf(object))))
    const missing = [...this.#objects].filter(
      ([key, { metadata }]) => !listed.has(key) && (namespace === undefined || metadata.namespace === namespace),
    )
    return [...missing.flatMap(([, object]) => this.delete(object)), ...objects.flatMap((object) => this.set(object, true))]
  }

  #kept(object: KubeObject): KubeObject {
    if (this.#managedFields || object.metadata.managedFields === undefined) return freeze(object, true)
    const { managedFields: _, ...metadata } = object.metadata
    return freeze({ ...object, metadata }, true)
  }

  #store(key: string, previous: KubeObject | undefined, next: KubeObject | undefined): void {
    if (next === undefined) this.#objects.delete(key)
    else this.#objects.set(key, next)
    for (const index of this.#indexes.values()) index.replace(key, previous, next)
  }
}
