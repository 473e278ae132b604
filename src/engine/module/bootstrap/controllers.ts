import { bootstrapModuleType } from '../../../model/kinds/bootstrap-module/type.ts'
import { refOf } from '../../../model/reference.ts'
import { bootstrapModuleLabel, remoteSyncType } from '../../../plan/fleet/direct/assignment.ts'
import { handsOver } from '../../../plan/fleet/direct/direct-view.ts'
import { clusterEvents, clusterKeys } from '../../cluster/cluster-events.ts'
import { type Controller, controller, generationChanged } from '../../runtime/controller.ts'
import { pinController } from '../controller.ts'
import { HandOvers, owningIndex, owningKeys } from './hand-overs.ts'

/** The index of RemoteSyncs by their BootstrapModule. */
const moduleIndex = 'bootstrap-module'

/**
 * The controllers of `BootstrapModule`: one finds the exact commit of the version that each one names, as `moduleController` does for Modules; the other has clusters take over what was applied to them where
 * `spec.handOver` says so, and takes it back from those that do not keep it. They need `rolloutController` to assign revisions to clusters, `remoteSyncController` to apply them, and
 * `clusterController`.
 *
 * @example
 * ```ts
 * import { clusterController, Manager, remoteAssemblageController, remoteSyncController, rolloutController } from 'fleetkit'
 * import { bootstrapModuleControllers } from 'fleetkit/bootstrap-module'
 * import { memoryFleet, memoryGit, memoryStore } from 'fleetkit/memory'
 *
 * await using manager = new Manager({ store: memoryStore(), git: memoryGit(), connect: memoryFleet().connect })
 * manager.add(clusterController(), remoteSyncController(), remoteAssemblageController(), ...bootstrapModuleControllers(), rolloutController())
 * await manager.run({ signal: AbortSignal.timeout(1000) })
 * ```
 *
 * @category BootstrapModule
 */
export function bootstrapModuleControllers({
  concurrency = 16,
}: {
  readonly concurrency?: number | undefined
} = {}): readonly Controller[] {
  const handOvers = new HandOvers()
  const clusters = clusterEvents('RemoteSync')
  const handOver = controller({
    name: 'hand-over',
    for: remoteSyncType,
    concurrency,
    groupOf: ({ object }) => object && clusterKeys(object)[0],
    groupConcurrency: Math.max(1, Math.ceil(concurrency / 8)),
    timeoutMs: 120_000,
    predicate: ({ object }) => handsOver(object),
    indexes: [
      ...clusters.indexes,
      { type: remoteSyncType, name: owningIndex, values: owningKeys },
      {
        type: remoteSyncType,
        name: moduleIndex,
        values: ({ metadata }) => [`${metadata.namespace}/${metadata.labels?.[bootstrapModuleLabel]}`],
      },
    ],
    watches: [
      ...clusters.watches,
      {
        type: bootstrapModuleType,
        predicate: generationChanged,
        map: ({ metadata }, cache) => cache.indexed(remoteSyncType, moduleIndex, `${metadata.namespace}/${metadata.name}`).map(refOf),
      },
    ],
    reconcile: (request, context) => handOvers.reconcile(request, context),
  })
  return [pinController(bootstrapModuleType, concurrency), handOver]
}
