import { loadOnce } from '../../../async/load-once.ts'
import { fleetkitApiVersion } from '../../../model/kinds/group.ts'
import { confirmRestoreAnnotation } from '../../../model/mirror/annotations.ts'
import { confirmIdentityAnnotation } from '../../cluster/confirm-identity.ts'
import { annotationsChanged, type Controller, controller, generationChanged, type Predicate } from '../../runtime/controller.ts'

/**
 * The controller of `PullSync`: in a cluster that connects to the management, keeps a Sync for each ProxySync of a namespace there, and reports what becomes of it. The management
 * is reached by the manager's `connect`, through the Cluster that the PullSync names. The Syncs are applied by `syncController`, whether the management can be reached or not.
 *
 * @example
 * ```ts
 * import { Manager, pullSyncController, syncController } from 'fleetkit'
 * import { memoryCluster, memoryFleet, memoryGit } from 'fleetkit/memory'
 *
 * const cluster = memoryCluster()
 * const { connect } = memoryFleet()
 * await using manager = new Manager({ store: cluster, cluster, git: memoryGit(), connect })
 * manager.add(syncController(), pullSyncController())
 * await manager.run({ signal: AbortSignal.timeout(1000) })
 * ```
 *
 * @category PullSync
 */
export function pullSyncController(): Controller {
  const reconciler = loadOnce(async () => new (await import('./reconciler.ts')).PullSyncReconciler())
  return controller({
    // By its type alone: an invalid one has a status too.
    for: { apiVersion: fleetkitApiVersion, kind: 'PullSync' },
    predicate: (change) => generationChanged(change) || confirms(change),
    reconcile: async (request, context) => (await reconciler()).reconcile(request, context),
  })
}

/** Whether it is said which management it is to be, or that what that no longer has is to go. */
const confirms: Predicate = annotationsChanged(confirmIdentityAnnotation, confirmRestoreAnnotation)
