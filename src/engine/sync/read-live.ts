import type { KubeObject } from '../../model/object.ts'
import { ownerSelector } from '../../model/ownership.ts'
import { type ObjectRef, refKey, refOf, typeKey } from '../../model/reference.ts'
import type { ClusterApi } from '../../ports/cluster.ts'
import type { SelectOptions } from '../../ports/store.ts'

/** Up to so many objects of one kind in one namespace are asked for one by one; beyond that, by listing. */
const fewObjects = 8
const pageSize = 500

/**
 * The live form of the objects that exist of `refs`, in few requests: objects of one kind in one namespace are listed by
 * the labels of their Sync, and the whole kind only when many of them do not carry those.
 */
export async function readLive(
  cluster: ClusterApi,
  sync: ObjectRef,
  refs: readonly ObjectRef[],
  signal: AbortSignal,
): Promise<readonly KubeObject[]> {
  const groups = Map.groupBy(refs, (ref) => `${typeKey(ref)}|${ref.namespace ?? ''}`)
  return (await Promise.all([...groups.values()].map((group) => readGroup(cluster, sync, group, signal)))).flat()
}

async function readGroup(
  cluster: ClusterApi,
  sync: ObjectRef,
  refs: readonly ObjectRef[],
  signal: AbortSignal,
): Promise<readonly KubeObject[]> {
  const [first] = refs
  if (first === undefined || (await cluster.discover(first, { signal })) === undefined) return []
  if (refs.length <= fewObjects) return getEach(cluster, refs, signal)
  const wanted = new Map(refs.map((ref) => [refKey(ref), ref]))
  const owned = await listWanted(cluster, first, wanted, { labelSelector: ownerSelector(sync), signal })
  for (const object of owned) wanted.delete(refKey(refOf(object)))
  const missing = [...wanted.values()]
  const rest = missing.length <= fewObjects ? await getEach(cluster, missing, signal) : await listWanted(cluster, first, wanted, { signal })
  return [...owned, ...rest]
}

async function getEach(cluster: ClusterApi, refs: readonly ObjectRef[], signal: AbortSignal): Promise<readonly KubeObject[]> {
  const objects = await Promise.all(refs.map((ref) => cluster.get(ref, { signal })))
  return objects.filter((object) => object !== undefined)
}

async function listWanted(
  cluster: ClusterApi,
  { apiVersion, kind, namespace }: ObjectRef,
  wanted: ReadonlyMap<string, ObjectRef>,
  select: SelectOptions,
): Promise<readonly KubeObject[]> {
  const found: KubeObject[] = []
  let next: string | undefined
  do {
    const page = await cluster.list({ apiVersion, kind }, { ...select, namespace, limit: pageSize, continue: next })
    found.push(...page.items.filter((object) => wanted.has(refKey(refOf(object)))))
    next = page.continue
  } while (next !== undefined)
  return found
}
