import { loadOnce } from '../../async/load-once.ts'
import { fleetkitApiVersion } from '../../model/kinds/group.ts'
import { confirmPruneAnnotation, requestedAtAnnotation } from '../../model/kinds/sync/annotations.ts'
import { clusterEvents, clusterKeys } from '../cluster/cluster-events.ts'
import { dependencyEvents } from '../dependencies/dependency-events.ts'
import type { Change } from '../runtime/cache/object-cache.ts'
import { type Controller, controller, generationChanged } from '../runtime/controller.ts'
import { copyIndex, copyKeys } from './copy-index.ts'

/**
 * The controller of `ProxySync`: keeps the Sync of each one in the cluster that its Cluster describes, which the manager reaches by its `connect`, and shows what
 * that Sync reports. The Sync is applied by a manager in that cluster, with `syncController`, which goes on when this one is away.
 *
 * @example
 * ```ts
 * import { clusterController, Manager, proxySyncController } from 'fleetkit'
 * import { memoryFleet, memoryStore } from 'fleetkit/memory'
 *
 * await using manager = new Manager({ store: memoryStore(), connect: memoryFleet().connect })
 * manager.add(clusterController(), proxySyncController())
 * await manager.run({ signal: AbortSignal.timeout(1000) })
 * ```
 *
 * @category ProxySync
 */
export function proxySyncController({ concurrency = 64 }: { readonly concurrency?: number | undefined } = {}): Controller {
  const reconciler = loadOnce(async () => new (await import('./reconciler.ts')).ProxySyncReconciler())
  const [dependencies, clusters] = [dependencyEvents('ProxySync'), clusterEvents('ProxySync')]
  return controller({
    // By its type alone: an invalid one has a status too.
    for: { apiVersion: fleetkitApiVersion, kind: 'ProxySync' },
    concurrency,
    groupOf: ({ object }) => object && clusterKeys(object)[0],
    groupConcurrency: Math.max(1, Math.ceil(concurrency / 8)),
    predicate: (change) => generationChanged(change) || asks(change),
    indexes: [...dependencies.indexes, ...clusters.indexes, { type: 'ProxySync', name: copyIndex, values: copyKeys }],
    watches: [...dependencies.watches, ...clusters.watches],
    reconcile: async (request, context) => (await reconciler()).reconcile(request, context),
  })
}

/** Whether something is asked of the Sync. */
function asks({ object, previous }: Change): boolean {
  return [requestedAtAnnotation, confirmPruneAnnotation].some(
    (name) => object.metadata.annotations?.[name] !== previous?.metadata.annotations?.[name],
  )
}
