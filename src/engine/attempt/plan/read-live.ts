import { hasCode } from '../../../model/errors/error.ts'
import { ownerSelector } from '../../../model/kinds/sync/ownership.ts'
import type { KubeObject } from '../../../model/object.ts'
import { groupOf, type ObjectRef, refKey, refOf, type TypeRef, typeKey } from '../../../model/reference.ts'
import { pageSize } from '../../../plan/contract/read-limits.ts'
import type { ClusterApi } from '../../../ports/cluster.ts'
import type { SelectOptions } from '../../../ports/store.ts'

/** Up to this many objects of one kind in one namespace that were not applied before are read one by one; more are listed. */
const fewObjects = 8

/** What to read of a cluster. */
export interface LiveRequest {
  readonly owner: ObjectRef
  readonly refs: readonly ObjectRef[]
  /** Whether objects of the list are known to carry the labels of the owner: they were applied before. */
  readonly isApplied: (ref: ObjectRef) => boolean
  /** Objects without the labels of the owner may be left out. */
  readonly labelledOnly?: boolean | undefined
  readonly signal: AbortSignal
}

/**
 * The objects of `refs` that exist, in few requests: those that were applied before are listed by the labels of their owner, one request for a
 * kind; a few others are read one by one, and of many the whole kind is listed.
 */
export async function readLive(cluster: ClusterApi, request: LiveRequest): Promise<readonly KubeObject[]> {
  const kinds = [...Map.groupBy(request.refs, typeKey).values()]
  return (await Promise.all(kinds.map((refs) => readKind(cluster, refs, request)))).flat()
}

async function readKind(cluster: ClusterApi, recorded: readonly ObjectRef[], request: LiveRequest): Promise<readonly KubeObject[]> {
  const { owner, isApplied, labelledOnly = false, signal } = request
  const [first] = recorded
  const apiVersion = first === undefined ? undefined : await servedApiVersion(cluster, first, signal)
  if (apiVersion === undefined) return []
  const wanted = new Map(recorded.map((ref) => [refKey(ref), { ...ref, apiVersion }]))
  const type = { apiVersion, kind: (first as ObjectRef).kind }
  const applied = recorded.filter(isApplied)
  const owned = applied.length > 1 ? await listOwned(cluster, type, namespacesOf(applied), wanted, owner, signal) : []
  if (labelledOnly && applied.length > 1) return owned
  for (const object of owned) wanted.delete(refKey(refOf(object)))
  const others = [...Map.groupBy(wanted.values(), ({ namespace }) => namespace).values()]
  return [...owned, ...(await Promise.all(others.map((refs) => readOthers(cluster, type, refs, wanted, signal)))).flat()]
}

/** The objects of a kind that carry the labels of their owner: over all namespaces at once, where the caller may do that. */
async function listOwned(
  cluster: ClusterApi,
  type: TypeRef,
  namespaces: readonly (string | undefined)[],
  wanted: ReadonlyMap<string, ObjectRef>,
  owner: ObjectRef,
  signal: AbortSignal,
): Promise<readonly KubeObject[]> {
  const select = { labelSelector: ownerSelector(owner), signal }
  const inEach = async () =>
    (await Promise.all(namespaces.map((namespace) => listWanted(cluster, type, wanted, { ...select, namespace })))).flat()
  if (namespaces.length === 1) return inEach()
  return listWanted(cluster, type, wanted, select).catch((error: unknown) => {
    if (hasCode(error, 'cluster/forbidden')) return inEach()
    throw error
  })
}

function readOthers(
  cluster: ClusterApi,
  type: TypeRef,
  refs: readonly ObjectRef[],
  wanted: ReadonlyMap<string, ObjectRef>,
  signal: AbortSignal,
): Promise<readonly KubeObject[]> {
  return refs.length <= fewObjects
    ? getEach(cluster, refs, signal)
    : listWanted(cluster, type, wanted, { namespace: refs[0]?.namespace, signal })
}

function namespacesOf(refs: readonly ObjectRef[]): readonly (string | undefined)[] {
  return [...new Set(refs.map(({ namespace }) => namespace))]
}

/** The API version to read objects of a kind in: an object that was applied in one lives on when only another is served. */
async function servedApiVersion(cluster: ClusterApi, { apiVersion, kind }: TypeRef, signal: AbortSignal): Promise<string | undefined> {
  const type = await cluster.discover({ group: groupOf(apiVersion), kind }, { signal })
  return type?.apiVersions.includes(apiVersion) ? apiVersion : type?.apiVersion
}

async function getEach(cluster: ClusterApi, refs: readonly ObjectRef[], signal: AbortSignal): Promise<readonly KubeObject[]> {
  const objects = await Promise.all(refs.map((ref) => cluster.get(ref, { signal })))
  return objects.filter((object) => object !== undefined)
}

async function listWanted(
  cluster: ClusterApi,
  type: TypeRef,
  wanted: ReadonlyMap<string, ObjectRef>,
  select: SelectOptions & { readonly namespace?: string | undefined },
): Promise<readonly KubeObject[]> {
  const found: KubeObject[] = []
  let next: string | undefined
  do {
    const page = await cluster.list(type, { ...select, limit: pageSize, continue: next })
    found.push(...page.items.filter((object) => wanted.has(refKey(refOf(object)))))
    next = page.continue
  } while (next !== undefined)
  return found
}

/** Does work that rests on what the cluster serves, and again when that has changed under it: by then the cluster was asked anew. */
export async function withFreshTypes<T>(work: () => Promise<T>): Promise<T> {
  return work().catch((error: unknown) => {
    if (hasCode(error, 'cluster/unknown-kind')) return work()
    throw error
  })
}
