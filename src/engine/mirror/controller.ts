import { loadOnce } from '../../async/load-once.ts'
import type { BackoffOptions } from '../../async/time/backoff.ts'
import { fleetkitApiVersion } from '../../model/kinds/group.ts'
import { confirmOlderAnnotation } from '../../model/kinds/mirror.ts'
import { proxySyncStatusOf } from '../../model/kinds/proxy-sync/status.ts'
import { confirmPruneAnnotation, requestedAtAnnotation } from '../../model/kinds/sync/annotations.ts'
import { clusterEvents, clusterKeys } from '../cluster/cluster-events.ts'
import { dependencyEvents } from '../dependencies/dependency-events.ts'
import type { Change } from '../runtime/cache/object-cache.ts'
import type { ReconcileContext } from '../runtime/context.ts'
import { type Controller, controller, generationChanged, type Predicate, type ReconcileRequest } from '../runtime/controller.ts'
import type { WorkResult } from '../runtime/queue/work.ts'
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
  return mirrorController({
    concurrency,
    load: async () => {
      const [{ ProxySyncReconciler }, { managementEnd }] = await Promise.all([import('./reconciler.ts'), import('./management-end.ts')])
      return new ProxySyncReconciler(managementEnd)
    },
  })
}

/** What does the work. */
interface Reconciler {
  reconcile(request: ReconcileRequest, context: ReconcileContext): Promise<WorkResult | undefined>
}

/** How the copies of ProxySyncs are kept from one end. */
export interface MirrorOptions {
  readonly concurrency: number
  /** Loads what does the work. */
  readonly load: () => Promise<Reconciler>
  /** Which more changes of a ProxySync count. */
  readonly predicate?: Predicate
  readonly backoff?: BackoffOptions
}

/** The controller of ProxySyncs at one end. */
export function mirrorController({ concurrency, load, predicate = () => false, backoff }: MirrorOptions): Controller {
  const reconciler = loadOnce(load)
  const [dependencies, clusters] = [dependencyEvents('ProxySync'), clusterEvents('ProxySync')]
  return controller({
    // By its type alone: an invalid one has a status too.
    for: { apiVersion: fleetkitApiVersion, kind: 'ProxySync' },
    concurrency,
    groupOf: ({ object }) => object && clusterKeys(object)[0],
    groupConcurrency: Math.max(1, Math.ceil(concurrency / 8)),
    predicate: (change) => generationChanged(change) || asks(change) || isFreed(change) || predicate(change),
    backoff,
    indexes: [...dependencies.indexes, ...clusters.indexes, { type: 'ProxySync', name: copyIndex, values: copyKeys }],
    watches: [...dependencies.watches, ...clusters.watches],
    reconcile: async (request, context) => (await reconciler()).reconcile(request, context),
  })
}

/** Whether the cluster has said of a ProxySync that is being deleted that there is no copy any more. */
function isFreed({ object, previous }: Change): boolean {
  const [now, before] = [object, previous].map((each) => each && proxySyncStatusOf(each).copy)
  return object.metadata.deletionTimestamp !== undefined && now === undefined && before !== undefined
}

/** Whether something is asked of the Sync. */
function asks({ object, previous }: Change): boolean {
  return [requestedAtAnnotation, confirmPruneAnnotation, confirmOlderAnnotation].some(
    (name) => object.metadata.annotations?.[name] !== previous?.metadata.annotations?.[name],
  )
}
