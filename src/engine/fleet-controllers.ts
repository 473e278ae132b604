import { assemblageController } from './assemblage/controller.ts'
import { clusterController } from './cluster/controller.ts'
import { proxySyncController, remoteAssemblageController } from './mirror/controller.ts'
import { pullSyncController } from './mirror/pull/controller.ts'
import type { Controller } from './runtime/controller.ts'
import { syncController } from './sync/controller.ts'
import { remoteSyncController } from './sync/remote-controller.ts'

/**
 * The controllers of all kinds that have one, with their defaults, to be added to a manager beside one's own. The definitions of all of them have to be in
 * the store, if it is a cluster.
 *
 * @example
 * ```ts
 * import { fleetControllers, Manager } from 'fleetkit'
 * import { memoryCluster, memoryGit, memoryStore } from 'fleetkit/memory'
 *
 * await using manager = new Manager({ store: memoryStore(), cluster: memoryCluster(), git: memoryGit() })
 * manager.add(...fleetControllers())
 * ```
 *
 * @category Manager
 */
export function fleetControllers(): readonly Controller[] {
  return [
    syncController(),
    clusterController(),
    remoteSyncController(),
    proxySyncController(),
    pullSyncController(),
    assemblageController(),
    remoteAssemblageController(),
  ]
}
