import { clusterEvents, clusterKeys } from '../cluster/cluster-events.ts'
import { type Controller, controller } from '../runtime/controller.ts'
import type { AppliedKind } from './applied-kind.ts'
import { appliedController } from './controller.ts'
import type { SyncControllerOptions } from './controller-options.ts'

/**
 * The controller of `RemoteSync`: what that of `Sync` does, to the cluster that the Cluster of each describes, which the manager reaches by its
 * `connect`. Nothing is done to a cluster before its Cluster is ready; how a RemoteSync is that cannot be looked at is unknown, with the
 * reason.
 *
 * @example
 * ```ts
 * import { clusterController, Manager, remoteSyncController } from 'fleetkit'
 * import { memoryFleet, memoryGit, memoryStore } from 'fleetkit/memory'
 *
 * await using manager = new Manager({ store: memoryStore(), connect: memoryFleet().connect, git: memoryGit() })
 * manager.add(clusterController(), remoteSyncController({ concurrency: 32 }))
 * await manager.run({ signal: AbortSignal.timeout(1000) })
 * ```
 *
 * @category RemoteSync
 */
export function remoteSyncController({ concurrency = 64, ...options }: SyncControllerOptions = {}): Controller {
  const load = async (): Promise<AppliedKind> => (await import('./remote-kind.ts')).remoteKind()
  const common = appliedController('RemoteSync', options, load)
  const events = clusterEvents('RemoteSync')
  return controller({
    ...common,
    concurrency,
    groupOf: ({ object }) => object && clusterKeys(object)[0],
    groupConcurrency: Math.max(1, Math.ceil(concurrency / 8)),
    indexes: [...(common.indexes ?? []), ...events.indexes],
    watches: [...(common.watches ?? []), ...events.watches],
  })
}
