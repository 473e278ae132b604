import { pagesOf } from '../../async/pages-of.ts'
import type { KubeObject } from '../../model/object.ts'
import type { TypeRef } from '../../model/reference.ts'
import type { SelectOptions, Store } from '../../ports/store.ts'

const pageSize = 500

/** Every object of a list, page by page. */
export async function listAll(
  store: Pick<Store, 'list'>,
  { apiVersion, kind }: TypeRef,
  options: SelectOptions,
): Promise<readonly KubeObject[]> {
  const objects: KubeObject[] = []
  for await (const { items } of pagesOf(pageSize, (token) =>
    store.list({ apiVersion, kind }, { ...options, limit: pageSize, continue: token }),
  ))
    for (const object of items) objects.push(object)
  return objects
}
