import { hasCode } from '../../../model/errors/error.ts'
import { type Owner, ownerSelector } from '../../../model/kinds/owner.ts'
import type { KubeObject } from '../../../model/object.ts'
import type { ObjectRef, TypeRef } from '../../../model/reference.ts'
import type { ClusterApi } from '../../../ports/cluster.ts'
import { listAll } from '../list-all.ts'

/**
 * Every object that carries the labels of an owner. It is how an inventory is recovered that was lost with the record in which it was kept; one
 * request for each kind of the cluster, so it is not for every day. Kinds that may not be listed in the whole cluster are looked for in the namespaces of
 * `known`, and those that may not be listed there either are not: who may not see them has not applied them, or may not any more.
 */
export async function readLabelled(
  cluster: ClusterApi,
  owner: Owner,
  known: readonly ObjectRef[],
  signal: AbortSignal,
): Promise<readonly KubeObject[]> {
  const types = (await cluster.types({ signal })).filter(({ verbs }) => verbs.includes('list') && verbs.includes('delete'))
  const namespaces = [...new Set(known.flatMap(({ namespace }) => namespace ?? []))]
  const labelSelector = ownerSelector(owner)
  const list = (type: TypeRef, namespace?: string): Promise<readonly KubeObject[] | undefined> =>
    permitted(listAll(cluster, type, { labelSelector, namespace, signal }))
  const found = types.map(async (type) => {
    const all = await list(type)
    if (all !== undefined || !type.namespaced) return all ?? []
    return (await Promise.all(namespaces.map((namespace) => list(type, namespace)))).flatMap((objects) => objects ?? [])
  })
  // One object can be served in two groups.
  return [...new Map((await Promise.all(found)).flat().map((object) => [object.metadata.uid, object])).values()]
}

/** `undefined` for what may not be listed. */
async function permitted<T>(listing: Promise<T>): Promise<T | undefined> {
  try {
    return await listing
  } catch (error) {
    if (hasCode(error, 'cluster/forbidden')) return undefined
    throw error
  }
}
