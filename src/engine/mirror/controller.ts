import { loadOnce } from '../../async/load-once.ts'
import type { BackoffOptions } from '../../async/time/backoff.ts'
import { fleetkitApiVersion } from '../../model/kinds/group.ts'
import { confirmPruneAnnotation, requestedAtAnnotation } from '../../model/kinds/sync/annotations.ts'
import { confirmOlderAnnotation } from '../../model/mirror/annotations.ts'
import { copyOf } from '../../model/mirror/status.ts'
import { clusterEvents, clusterKeys } from '../cluster/cluster-events.ts'
import { dependencyEvents } from '../dependencies/dependency-events.ts'
import type { Change } from '../runtime/cache/object-cache.ts'
import type { ReconcileContext } from '../runtime/context.ts'
import {
  annotationsChanged,
  type Controller,
  controller,
  generationChanged,
  type Predicate,
  type ReconcileRequest,
  type WatchSource,
} from '../runtime/controller.ts'
import type { WorkResult } from '../runtime/queue/work.ts'
import { copyIndex, copyKeys } from './copy-index.ts'
import type { MirrorKindName } from './copy-types.ts'
import { RevisionWaits } from './revision-waits.ts'

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
  return mirrorController({ kind: 'ProxySync', concurrency, load: () => loadAtManagement(new RevisionWaits()) })
}

/**
 * The controller of `RemoteAssemblage`: keeps the Assemblage of each one in the cluster that its Cluster describes, which the manager reaches by its `connect`, and
 * shows what that Assemblage reports. A manager in that cluster makes its syncs, with `assemblageController`, and goes on when this one is away.
 *
 * @example
 * ```ts
 * import { clusterController, Manager, remoteAssemblageController } from 'fleetkit'
 * import { memoryFleet, memoryStore } from 'fleetkit/memory'
 *
 * await using manager = new Manager({ store: memoryStore(), connect: memoryFleet().connect })
 * manager.add(clusterController(), remoteAssemblageController())
 * await manager.run({ signal: AbortSignal.timeout(1000) })
 * ```
 *
 * @category RemoteAssemblage
 */
export function remoteAssemblageController({ concurrency = 64 }: { readonly concurrency?: number | undefined } = {}): Controller {
  const waits = new RevisionWaits()
  return mirrorController({ kind: 'RemoteAssemblage', concurrency, load: () => loadAtManagement(waits), watches: [waits.source] })
}

async function loadAtManagement(waits: RevisionWaits): Promise<Reconciler> {
  const [{ MirrorReconciler }, { managementEnd }] = await Promise.all([import('./reconciler.ts'), import('./management-end.ts')])
  return new MirrorReconciler(managementEnd, waits)
}

/** What does the work. */
interface Reconciler {
  reconcile(request: ReconcileRequest, context: ReconcileContext): Promise<WorkResult | undefined>
}

/** How the copies of a kind are kept from one end. */
export interface MirrorOptions {
  readonly kind: MirrorKindName
  readonly concurrency: number
  /** Loads what does the work. */
  readonly load: () => Promise<Reconciler>
  /** Which more changes of an object count. */
  readonly predicate?: Predicate
  /** What more wakes objects. */
  readonly watches?: readonly WatchSource[]
  readonly backoff?: BackoffOptions
}

/** The controller of a kind at one end. */
export function mirrorController({ kind, concurrency, load, predicate = () => false, watches = [], backoff }: MirrorOptions): Controller {
  const reconciler = loadOnce(load)
  const [dependencies, clusters] = [dependencyEvents(kind), clusterEvents(kind)]
  return controller({
    // By its type alone: an invalid one has a status too.
    for: { apiVersion: fleetkitApiVersion, kind },
    concurrency,
    groupOf: ({ object }) => object && clusterKeys(object)[0],
    groupConcurrency: Math.max(1, Math.ceil(concurrency / 8)),
    predicate: (change) => generationChanged(change) || asks(change) || isFreed(change) || predicate(change),
    backoff,
    indexes: [...dependencies.indexes, ...clusters.indexes, { type: kind, name: copyIndex, values: copyKeys }],
    watches: [...dependencies.watches, ...clusters.watches, ...watches],
    reconcile: async (request, context) => (await reconciler()).reconcile(request, context),
  })
}

/** Whether the cluster has said of an object that is being deleted that there is no copy any more. */
function isFreed({ object, previous }: Change): boolean {
  const [now, before] = [object, previous].map((each) => each && copyOf(each))
  return object.metadata.deletionTimestamp !== undefined && now === undefined && before !== undefined
}

/** Whether something is asked of the copy. */
const asks: Predicate = annotationsChanged(requestedAtAnnotation, confirmPruneAnnotation, confirmOlderAnnotation)
