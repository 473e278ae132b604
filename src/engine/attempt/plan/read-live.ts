import { ownerSelector } from '../../../model/kinds/sync/ownership.ts'
import type { KubeObject } from '../../../model/object.ts'
import { groupOf, type ObjectRef, refKey, refOf, type TypeRef, typeKey } from '../../../model/reference.ts'
import type { ClusterApi } from '../../../ports/cluster.ts'
import type { SelectOptions } from '../../../ports/store.ts'

/** Up to this many objects of one kind in one namespace are read one by one; more are listed. */
const fewObjects = 8
const pageSize = 500
/** API versions that a group may serve instead of a recorded one that it no longer serves. */
const usualVersions = ['v1', 'v2', 'v3', 'v1beta1', 'v1beta2', 'v1beta3', 'v2beta1', 'v2beta2', 'v1alpha1', 'v1alpha2', 'v1alpha3']

/**
 * The objects of `refs` that exist, in few requests: objects of one kind in one namespace are listed by the labels of their
 * owner, and the whole kind only when many of them lack those labels. With `labelled`, those without them may be left out.
 */
export async function readLive(
  cluster: ClusterApi,
  owner: ObjectRef,
  refs: readonly ObjectRef[],
  signal: AbortSignal,
  labelled = false,
): Promise<readonly KubeObject[]> {
  const groups = Map.groupBy(refs, (ref) => `${typeKey(ref)}|${ref.namespace ?? ''}`)
  return (await Promise.all([...groups.values()].map((group) => readGroup(cluster, owner, group, signal, labelled)))).flat()
}

async function readGroup(
  cluster: ClusterApi,
  owner: ObjectRef,
  recorded: readonly ObjectRef[],
  signal: AbortSignal,
  labelled: boolean,
): Promise<readonly KubeObject[]> {
  const [first] = recorded
  const apiVersion = first === undefined ? undefined : await servedApiVersion(cluster, first, signal)
  if (apiVersion === undefined) return []
  const refs = recorded.map((ref) => ({ ...ref, apiVersion }))
  if (refs.length <= fewObjects) return getEach(cluster, refs, signal)
  const wanted = new Map(refs.map((ref) => [refKey(ref), ref]))
  const owned = await listWanted(cluster, refs[0] as ObjectRef, wanted, { labelSelector: ownerSelector(owner), signal })
  if (labelled) return owned
  for (const object of owned) wanted.delete(refKey(refOf(object)))
  const missing = [...wanted.values()]
  const rest =
    missing.length <= fewObjects
      ? await getEach(cluster, missing, signal)
      : await listWanted(cluster, refs[0] as ObjectRef, wanted, { signal })
  return [...owned, ...rest]
}

/** The API version to read objects of a type in: an object that was applied in one lives on when only another is served. */
async function servedApiVersion(cluster: ClusterApi, { apiVersion, kind }: TypeRef, signal: AbortSignal): Promise<string | undefined> {
  const group = groupOf(apiVersion)
  const others = group === '' ? [] : usualVersions.map((version) => `${group}/${version}`)
  for (const candidate of [apiVersion, ...others])
    if ((await cluster.discover({ apiVersion: candidate, kind }, { signal })) !== undefined) return candidate
  return undefined
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
