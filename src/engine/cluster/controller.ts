import { loadOnce } from '../../async/load-once.ts'
import { fleetkitApiVersion } from '../../model/kinds/group.ts'
import {
  annotationsChanged,
  type Controller,
  controller,
  generationChanged,
  type Predicate,
  type Reconcile,
} from '../runtime/controller.ts'
import { confirmIdentityAnnotation } from './confirm-identity.ts'

/** How many Clusters are looked at at the same time. Those that do not answer lend their workers to others. */
const defaultConcurrency = 32

/**
 * The controller of `Cluster`: looks at each one at its interval, over the line that the manager's `connect` opens, and says in its status whether it
 * answers, which cluster it is, and what runs there. RemoteSyncs go by that. Of one that connects to the management it says only that nothing comes from it.
 *
 * @example
 * ```ts
 * import { clusterController, Manager } from 'fleetkit'
 * import { memoryFleet, memoryStore } from 'fleetkit/memory'
 *
 * await using manager = new Manager({ store: memoryStore(), connect: memoryFleet().connect })
 * manager.add(clusterController())
 * await manager.run({ signal: AbortSignal.timeout(1000) })
 * ```
 *
 * @category Cluster
 */
export function clusterController({ concurrency = defaultConcurrency }: { readonly concurrency?: number | undefined } = {}): Controller {
  const reconcile = loadOnce(async (): Promise<Reconcile> => {
    const [{ reconcileCluster }, { InboundClusters }] = await Promise.all([import('./reconcile.ts'), import('./inbound.ts')])
    const inbound = new InboundClusters()
    return (request, context) => reconcileCluster(request, context, inbound)
  })
  return controller({
    // By its type alone: an invalid one has a status too.
    for: { apiVersion: fleetkitApiVersion, kind: 'Cluster' },
    concurrency,
    predicate: (change) => generationChanged(change) || confirms(change),
    reconcile: async (request, context) => (await (await reconcile())(request, context)) ?? undefined,
  })
}

/** Whether it is said which cluster it is to be. */
const confirms: Predicate = annotationsChanged(confirmIdentityAnnotation)
