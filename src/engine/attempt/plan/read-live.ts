import { hasCode } from '../../../model/errors/error.ts'
import { type Owner, ownerSelector } from '../../../model/kinds/owner.ts'
import type { KubeObject } from '../../../model/object.ts'
import { groupOf, type ObjectRef, refKey, type TypeRef, typeKey } from '../../../model/reference.ts'
import type { ClusterApi } from '../../../ports/cluster.ts'
import { listWanted, readByName } from './read-by-name.ts'

/** What to read of a cluster. */
export interface LiveRequest {
  readonly owner: Owner
  readonly refs: readonly ObjectRef[]
  /** Whether an object of the list, by its {@link refKey}, is known to carry the labels of the owner: it was applied before. */
  readonly isApplied: (key: string) => boolean
  /** Objects without the labels of the owner may be left out. */
  readonly labelledOnly?: boolean | undefined
  /** Reads objects of one kind in one namespace by their names; by requests of its own when absent. */
  readonly readByName?: ((refs: readonly ObjectRef[]) => Promise<readonly KubeObject[]>) | undefined
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
  const wanted = new Map(recorded.map((ref) => [refKey(ref), ref]))
  const type = { apiVersion, kind: (first as ObjectRef).kind }
  const applied = [...wanted].flatMap(([key, ref]) => (isApplied(key) ? [ref] : []))
  const owned = applied.length > 1 ? await listOwned(cluster, type, namespacesOf(applied), wanted, owner, signal) : noObjects
  if (labelledOnly && applied.length > 1) return [...owned.values()]
  const others = [...wanted].flatMap(([key, ref]) => (owned.has(key) ? [] : [{ ...ref, apiVersion }]))
  const read = request.readByName ?? ((refs) => readByName(cluster, refs, { signal }))
  const byNamespace = [...Map.groupBy(others, ({ namespace }) => namespace).values()]
  return [...owned.values(), ...(await Promise.all(byNamespace.map(read))).flat()]
}

const noObjects: ReadonlyMap<string, KubeObject> = new Map()

/** The objects of a kind that carry the labels of their owner, by {@link refKey}: over all namespaces at once, where the caller may do that. */
async function listOwned(
  cluster: ClusterApi,
  type: TypeRef,
  namespaces: readonly (string | undefined)[],
  wanted: ReadonlyMap<string, ObjectRef>,
  owner: Owner,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, KubeObject>> {
  const select = { labelSelector: ownerSelector(owner), signal }
  const inEach = async () => {
    const lists = await Promise.all(namespaces.map((namespace) => listWanted(cluster, type, wanted, { ...select, namespace })))
    return lists.length === 1 ? (lists[0] as ReadonlyMap<string, KubeObject>) : new Map(lists.flatMap((found) => [...found]))
  }
  if (namespaces.length === 1) return inEach()
  return listWanted(cluster, type, wanted, select).catch((error: unknown) => {
    if (hasCode(error, 'cluster/forbidden')) return inEach()
    throw error
  })
}

function namespacesOf(refs: readonly ObjectRef[]): readonly (string | undefined)[] {
  return [...new Set(refs.map(({ namespace }) => namespace))]
}

/** The API version to read objects of a kind in: an object that was applied in one lives on when only another is served. */
async function servedApiVersion(cluster: ClusterApi, { apiVersion, kind }: TypeRef, signal: AbortSignal): Promise<string | undefined> {
  const type = await cluster.discover({ group: groupOf(apiVersion), kind }, { signal })
  return type?.apiVersions.includes(apiVersion) ? apiVersion : type?.apiVersion
}

/** Does work that rests on what the cluster serves, and again when that has changed under it: by then the cluster was asked anew. */
export async function withFreshTypes<T>(work: () => Promise<T>): Promise<T> {
  return work().catch((error: unknown) => {
    if (hasCode(error, 'cluster/unknown-kind')) return work()
    throw error
  })
}
