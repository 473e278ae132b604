import type { KubeObject } from '../../model/object.ts'
import type { TypeRef } from '../../model/reference.ts'
import type { SelectOptions, Store } from '../../ports/store.ts'

const pageSize = 500

/** Every object of a list, page by page. */
export async function listAll(store: Pick<Store, 'list'>, type: TypeRef, options: SelectOptions): Promise<readonly KubeObject[]> {
  const found: (readonly KubeObject[])[] = []
  let next: string | undefined
  do {
    const page = await store.list(type, { ...options, limit: pageSize, continue: next })
    found.push(page.items)
    next = page.continue
  } while (next !== undefined)
  return found.flat()
}
