import { loadOnce } from '../../async/load-once.ts'
import { fleetkitApiVersion } from '../../model/kinds/group.ts'
import { readinessOf } from '../../model/kinds/readiness.ts'
import { confirmPruneAnnotation, requestedAtAnnotation } from '../../model/kinds/sync/annotations.ts'
import type { SyncStatus } from '../../model/kinds/sync/types.generated.ts'
import type { KubeObject } from '../../model/object.ts'
import { refKey, refOf } from '../../model/reference.ts'
import type { Dependency } from '../attempt/context.ts'
import { dependenciesOf } from '../attempt/dependencies.ts'
import { checkInventoryOptions } from '../attempt/record/inventory-options.ts'
import type { Change } from '../runtime/cache/object-cache.ts'
import { type Controller, controller, generationChanged } from '../runtime/controller.ts'
import type { SyncControllerOptions } from './controller-options.ts'
import { gitHostOf } from './git-host.ts'

/**
 * The controller of `Sync`: applies each one to the manager's `cluster` at its interval, corrects drift, prunes, judges
 * health, and records conditions and inventory in the status, in Flux's conventions.
 *
 * @example
 * ```ts
 * import { Manager, syncController } from 'fleetkit'
 * import { memoryCluster, memoryGit, memoryStore } from 'fleetkit/memory'
 *
 * await using manager = new Manager({ store: memoryStore(), cluster: memoryCluster(), git: memoryGit() })
 * manager.add(syncController({ concurrency: 8 }))
 * await manager.run({ signal: AbortSignal.timeout(1000) })
 * ```
 *
 * @category Sync
 */
export function syncController({ concurrency = 16, ...options }: SyncControllerOptions = {}): Controller {
  checkInventoryOptions(options)
  const reconciler = loadOnce(async () => new (await import('./reconciler.ts')).SyncReconciler(options))
  return controller({
    // By its type alone: invalid Syncs have a status too.
    for: { apiVersion: fleetkitApiVersion, kind: 'Sync' },
    concurrency,
    groupOf: ({ object }) => gitHostOf(object),
    groupConcurrency: Math.ceil(concurrency / 2),
    predicate: (change) => generationChanged(change) || asks(change),
    indexes: [
      { type: 'Sync', name: 'dependsOn', values: (object) => dependenciesOf(object).map(({ ref }) => refKey(ref)) },
      { type: 'Sync', name: 'readyExpr', values: (object) => dependenciesOf(object).flatMap(withExpression) },
    ],
    watches: [
      {
        type: 'Sync',
        predicate: becameReady,
        map: (object, cache) => cache.indexed('Sync', 'dependsOn', refKey(refOf(object))).map(refOf),
      },
      // An expression can ask for anything in it.
      { type: 'Sync', map: (object, cache) => cache.indexed('Sync', 'readyExpr', refKey(refOf(object))).map(refOf) },
    ],
    reconcile: async (request, context) => (await reconciler()).reconcile(request, context),
  })
}

/** Whether an attempt is requested, or deletions are confirmed. */
function asks({ object, previous }: Change): boolean {
  return [requestedAtAnnotation, confirmPruneAnnotation].some(
    (name) => object.metadata.annotations?.[name] !== previous?.metadata.annotations?.[name],
  )
}

function withExpression({ ref, readyExpr }: Dependency): readonly string[] {
  return readyExpr === undefined ? [] : [refKey(ref)]
}

/** Whether dependants can go on. That readiness ends again, as with each correction of drift, must not wake them. */
function becameReady({ object, previous }: Change): boolean {
  const generationOf = (of: KubeObject | undefined): unknown => (of?.status as Partial<SyncStatus> | null | undefined)?.observedGeneration
  return readinessOf(object).ready && !(readinessOf(previous).ready && generationOf(previous) === generationOf(object))
}
