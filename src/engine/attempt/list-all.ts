import { pagesOf } from '../../async/pages-of.ts'
import type { KubeObject } from '../../model/object.ts'
import type { TypeRef } from '../../model/reference.ts'
import { pageSize } from '../../plan/contract/read-limits.ts'
import type { ObjectList, SelectOptions, Store } from '../../ports/store.ts'

/** The pages of a list. */
export function listPages(store: Pick<Store, 'list'>, { apiVersion, kind }: TypeRef, select: SelectOptions): AsyncIterable<ObjectList> {
  return pagesOf(pageSize, (token) => store.list({ apiVersion, kind }, { ...select, limit: pageSize, continue: token }))
}

/** Every object of a list. */
export async function listAll(store: Pick<Store, 'list'>, type: TypeRef, select: SelectOptions): Promise<readonly KubeObject[]> {
  const objects: KubeObject[] = []
  for await (const { items } of listPages(store, type, select)) for (const object of items) objects.push(object)
  return objects
}
