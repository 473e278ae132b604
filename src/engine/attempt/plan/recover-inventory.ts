import { type Owner, ownerSelector } from '../../../model/kinds/owner.ts'
import type { KubeObject } from '../../../model/object.ts'

import type { ClusterApi } from '../../../ports/cluster.ts'
import { listAll } from '../list-all.ts'

/**
 * Every object that carries the labels of an owner. It is how an inventory is recovered that was lost with the record in which it was kept; one
 * request for each kind of the cluster, so it is not for every day.
 */
export async function readLabelled(cluster: ClusterApi, owner: Owner, signal: AbortSignal): Promise<readonly KubeObject[]> {
  const types = (await cluster.types({ signal })).filter(({ verbs }) => verbs.includes('list') && verbs.includes('delete'))
  const found = await Promise.all(types.map((type) => listAll(cluster, type, { labelSelector: ownerSelector(owner), signal })))
  // One object can be served in two groups.
  return [...new Map(found.flat().map((object) => [object.metadata.uid, object])).values()]
}
