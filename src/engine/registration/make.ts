import { jsonCopy } from '../../model/json/parse-json.ts'
import { clusterStatusOf } from '../../model/kinds/cluster/status.ts'
import type { JsonObject, KubeObject } from '../../model/object.ts'
import { refOf } from '../../model/reference.ts'
import { agentObjects, clusterObjects } from '../../plan/registration/made-objects.ts'
import type { RegistrationTarget } from '../../plan/registration/plan-registration.ts'
import type { Store } from '../../ports/store.ts'
import { createOrUpdate } from '../object/create-or-update.ts'
import type { ReconcileContext } from '../runtime/context.ts'

/** Makes a Cluster with its namespace and what its agent may do, as far as it is not there; and says in its status which cluster it is. */
export async function makeCluster(target: RegistrationTarget, { store, signal }: ReconcileContext): Promise<void> {
  const [namespace, cluster] = clusterObjects(target)
  await createOrUpdate(store, refOf(namespace), (present) => ({ ...namespace, ...present }), { signal })
  const { object } = await createOrUpdate(
    store,
    refOf(cluster),
    (present) => {
      const labels = { ...present.metadata.labels, ...cluster.metadata.labels }
      const annotations = { ...present.metadata.annotations, ...cluster.metadata.annotations }
      const metadata = { ...present.metadata, ...(Object.keys(labels).length > 0 && { labels }), annotations }
      return { ...cluster, ...present, metadata }
    },
    { signal },
  )
  await makeObjects(agentObjects(object), store, signal)
  const status = clusterStatusOf(object)
  if (status.identity !== undefined) return
  const next = jsonCopy({ ...status, identity: { uid: target.uid } }) as unknown as JsonObject
  await store.update({ ...object, status: next }, { subresource: 'status', signal })
}

/** Makes objects what they are to be. What else they have, as labels, stays. */
export async function makeObjects(objects: readonly KubeObject[], store: Store, signal: AbortSignal): Promise<void> {
  for (const object of objects) {
    const { ownerReferences } = object.metadata
    const change = (present: KubeObject): KubeObject => ({ ...present, ...object, metadata: { ...present.metadata, ownerReferences } })
    await createOrUpdate(store, refOf(object), change, { signal })
  }
}
