import { compareText } from '../../model/compare-text.ts'
import { FleetkitError } from '../../model/errors/error.ts'
import type { KubeObject } from '../../model/object.ts'
import type { ListOptions, ObjectList } from '../../ports/store.ts'
import { isSelected } from './select.ts'
import { invalid } from './validate.ts'

/** Where an object is in a list, which is ordered by namespace (`''` for none) and then by name, in code points. */
export type ListPosition = readonly [namespace: string, name: string]

/** Which versions of a store can be listed. */
export interface ListVersions {
  /** The version of the last write. */
  readonly current: number
  /** The oldest version whose objects are still known. */
  readonly oldest: number
}

/**
 * One page of {@link Store.list}, for the author of a store: what to read, which objects belong to the page, and the token
 * of the next one. A later page reads the version of the first, so all of them show one state.
 *
 * @example
 * ```ts
 * import type { KubeObject, ListOptions, ObjectList } from 'fleetkit'
 * import { ListPage } from 'fleetkit/store'
 *
 * // `history[v]` are the objects at version v, ordered by namespace and name.
 * export function list(history: readonly (readonly KubeObject[])[], options: ListOptions): ObjectList {
 *   const page = new ListPage(options, { current: history.length - 1, oldest: 0 })
 *   for (const object of history[page.version] ?? []) {
 *     if (!page.isAfter(object)) continue // was on a page before
 *     if (!page.add(object)) break // the page is full
 *   }
 *   return page.toList()
 * }
 * ```
 */
export class ListPage {
  /** The version whose objects the page shows. */
  readonly version: number
  /** The last object of the page before; absent on the first page. */
  readonly after: ListPosition | undefined
  readonly #options: ListOptions
  readonly #items: KubeObject[] = []
  #full = false

  /**
   * @throws FleetkitError `model/invalid` for a limit or a token that is none; `store/relist` when the version of the
   * first page cannot be read any more.
   */
  constructor(options: ListOptions, { current, oldest }: ListVersions) {
    const { limit, continue: token } = options
    if (limit !== undefined && !(Number.isInteger(limit) && limit > 0))
      throw invalid(undefined, [{ path: 'limit', found: String(limit), accepted: 'a whole number from 1' }])
    const { version, after } = token === undefined ? { version: current, after: undefined } : parseToken(token)
    if (version < oldest || version > current)
      throw new FleetkitError('store/relist', `version ${version}, which the list began at, cannot be read any more`)
    this.version = version
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
    const page = { items: this.#items, resourceVersion: String(this.version) }
    if (!this.#full) return page
    const { namespace = '', name } = (this.#items.at(-1) as KubeObject).metadata
    return { ...page, continue: `${this.version}/${namespace}/${name}` }
  }
}

function parseToken(token: string): { readonly version: number; readonly after: ListPosition } {
  const [, version, namespace, name] = /^(\d{1,15})\/([^/]*)\/(.+)$/s.exec(token) ?? []
  if (version === undefined || namespace === undefined || name === undefined)
    throw invalid(undefined, [{ path: 'continue', found: 'something else', accepted: 'the token of the page before' }])
  return { version: Number(version), after: [namespace, name] }
}
