import { compareText } from '../../model/compare-text.ts'
import { FleetkitError } from '../../model/errors/error.ts'
import { invalid } from '../../model/errors/invalid.ts'
import type { KubeObject } from '../../model/object.ts'
import type { ListOptions, ObjectList } from '../../ports/store.ts'
import { isSelected } from './select.ts'

/** Where an object is in a list, which is ordered by namespace (`''` for none) and then by name, in code points. */
export type ListPosition = readonly [namespace: string, name: string]

/** Which states of a store can be listed, by their resourceVersion. */
export interface ListVersions {
  /** The state after the last write. */
  readonly current: number
  /** The oldest state whose objects are still known. */
  readonly oldest: number
}

/**
 * One page of `Store.list`, for the author of a store: what to read, which objects belong to the page, and the token
 * of the next one. A later page reads the resourceVersion of the first, so all of them show one state.
 *
 * @example
 * ```ts
 * import type { KubeObject, ListOptions, ObjectList } from 'fleetkit'
 * import { ListPage } from 'fleetkit/store'
 *
 * // `history[n]` are the objects at the resourceVersion n, ordered by namespace and name.
 * export function list(history: readonly (readonly KubeObject[])[], options: ListOptions): ObjectList {
 *   const page = new ListPage(options, { current: history.length - 1, oldest: 0 })
 *   for (const object of history[page.resourceVersion] ?? []) {
 *     if (!page.isAfter(object)) continue // was on a page before
 *     if (!page.add(object)) break // the page is full
 *   }
 *   return page.toList()
 * }
 * ```
 */
export class ListPage {
  /** That whose objects the page shows. */
  readonly resourceVersion: number
  /** The last object of the page before; absent on the first page. */
  readonly after: ListPosition | undefined
  readonly #options: ListOptions
  readonly #items: KubeObject[] = []
  #full = false

  /**
   * @throws FleetkitError `model/invalid` for a limit or a token that is none; `store/relist` when what the first
   * page showed cannot be read any more.
   */
  constructor(options: ListOptions, { current, oldest }: ListVersions) {
    const { limit, continue: token } = options
    if (limit !== undefined && !(Number.isInteger(limit) && limit > 0))
      throw invalid(undefined, [{ path: 'limit', found: String(limit), accepted: 'a whole number from 1' }])
    const { resourceVersion, after } = token === undefined ? { resourceVersion: current, after: undefined } : parseToken(token)
    if (resourceVersion < oldest || resourceVersion > current)
      throw new FleetkitError('store/relist', `the list began at resourceVersion ${resourceVersion}, which cannot be read any more`)
    this.resourceVersion = resourceVersion
    this.after = after
    this.#options = options
  }

  /** Whether an object comes after the page before. */
  isAfter({ metadata: { namespace = '', name } }: KubeObject): boolean {
    if (this.after === undefined) return true
    const [lastNamespace, lastName] = this.after
    return (compareText(namespace, lastNamespace) || compareText(name, lastName)) > 0
  }

  /**
   * Takes the next object, in order, if it is selected. `false` when the page is full and this object is for the next one:
   * no more need be read.
   */
  add(object: KubeObject): boolean {
    if (!isSelected(object, this.#options)) return true
    this.#full = this.#items.length === this.#options.limit
    if (!this.#full) this.#items.push(object)
    return !this.#full
  }

  /** The page, with the token of the next one when there are more objects. */
  toList(): ObjectList {
    const page = { items: this.#items, resourceVersion: String(this.resourceVersion) }
    if (!this.#full) return page
    const { namespace = '', name } = (this.#items.at(-1) as KubeObject).metadata
    return { ...page, continue: `${this.resourceVersion}/${namespace}/${name}` }
  }
}

function parseToken(token: string): { readonly resourceVersion: number; readonly after: ListPosition } {
  const [, resourceVersion, namespace, name] = /^(\d{1,15})\/([^/]*)\/(.+)$/s.exec(token) ?? []
  if (resourceVersion === undefined || namespace === undefined || name === undefined)
    throw invalid(undefined, [{ path: 'continue', found: 'something else', accepted: 'the token of the page before' }])
  return { resourceVersion: Number(resourceVersion), after: [namespace, name] }
}
