import type { Controller } from './runtime/controller.ts'
import { syncController } from './sync/controller.ts'

/**
 * The built-in controllers, with their defaults, to be added to a manager beside one's own.
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
  return [syncController()]
}
