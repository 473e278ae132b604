import { hasCode } from '../../../model/errors/error.ts'
import type { KubeObject } from '../../../model/object.ts'
import { type ObjectRef, refKey, refOf, type TypeRef } from '../../../model/reference.ts'
import type { ClusterApi } from '../../../ports/cluster.ts'
import type { SelectOptions } from '../../../ports/store.ts'
import { listPages } from '../list-all.ts'

/** A list may have this many times the objects that are wanted of it: reading one alone costs a server about as much as so many in a list. */
const worth = 64

/** Those objects of `refs` that exist; up to `few` are read one by one. They are of one kind, in one namespace. */
export async function readByName(
  cluster: ClusterApi,
  refs: readonly ObjectRef[],
  { few = 8, signal }: { readonly few?: number | undefined; readonly signal: AbortSignal },
): Promise<readonly KubeObject[]> {
  const [first] = refs
  if (first === undefined || refs.length <= few) return getEach(cluster, refs, signal)
  const missing = new Map(refs.map((ref) => [refKey(ref), ref]))
  const found: KubeObject[] = []
  let listed = 0
  try {
    for await (const { items, continue: more } of listPages(cluster, first, { namespace: first.namespace, signal })) {
      for (const object of items) if (missing.delete(refKey(refOf(object)))) found.push(object)
      listed += items.length
      if (missing.size === 0 || more === undefined) return found
      if (listed > worth * refs.length) break
    }
  } catch (error) {
    if (!hasCode(error, 'cluster/forbidden')) throw error
  }
  return [...found, ...(await getEach(cluster, [...missing.values()], signal))]
}

/** The objects of a list that are wanted, by {@link refKey}. */
export async function listWanted(
  cluster: ClusterApi,
  type: TypeRef,
  wanted: { has(key: string): boolean },
  select: SelectOptions,
): Promise<ReadonlyMap<string, KubeObject>> {
  const found = new Map<string, KubeObject>()
  for await (const { items } of listPages(cluster, type, select)) {
    for (const object of items) {
      const key = refKey(refOf(object))
      if (wanted.has(key)) found.set(key, object)
    }
  }
  return found
}

async function getEach(cluster: ClusterApi, refs: readonly ObjectRef[], signal: AbortSignal): Promise<readonly KubeObject[]> {
  const objects = await Promise.all(refs.map((ref) => cluster.get(ref, { signal })))
  return objects.filter((object) => object !== undefined)
}
