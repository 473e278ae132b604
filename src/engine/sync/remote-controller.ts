import { getCondition } from '../../model/condition.ts'
import { clusterStatusOf } from '../../model/kinds/cluster/status.ts'
import { readinessOf } from '../../model/kinds/readiness.ts'
import type { KubeObject } from '../../model/object.ts'
import { type ObjectRef, refKey, refOf } from '../../model/reference.ts'
import type { Change } from '../runtime/cache/object-cache.ts'
import { type Controller, controller } from '../runtime/controller.ts'
import type { AppliedKind } from './applied-kind.ts'
import { clusterRefOf } from './cluster-ref.ts'
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
  const index = { type: 'RemoteSync', name: 'cluster', values: (object: KubeObject) => keysOf(clusterRefOf(object)) } as const
  return controller({
    ...common,
    concurrency,
    groupOf: ({ object }) => object && keysOf(clusterRefOf(object))[0],
    groupConcurrency: Math.max(1, Math.ceil(concurrency / 8)),
    indexes: [...(common.indexes ?? []), index],
    watches: [
      ...(common.watches ?? []),
      {
        type: 'Cluster',
        predicate: matters,
        map: (object, cache) => cache.indexed('RemoteSync', 'cluster', refKey(refOf(object))).map(refOf),
      },
    ],
  })
}

function keysOf(ref: ObjectRef | undefined): readonly string[] {
  return ref === undefined ? [] : [refKey(ref)]
}

/** Whether a change of a Cluster changes what can be done there: not, that it has answered once more. */
function matters({ object, previous }: Change): boolean {
  return previous === undefined || stateOf(object) !== stateOf(previous)
}

function stateOf(cluster: KubeObject): string {
  const { conditions, identity } = clusterStatusOf(cluster)
  const { suspend } = (cluster.spec ?? {}) as { readonly suspend?: unknown }
  const { ready, message } = readinessOf(cluster)
  return JSON.stringify([suspend, ready, message, getCondition(conditions, 'Ready')?.reason, identity?.uid, identity?.restoredAt])
}
