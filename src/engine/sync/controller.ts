import { loadOnce } from '../../async/load-once.ts'
import { fleetkitApiVersion } from '../../model/kinds/group.ts'
import { confirmPruneAnnotation, requestedAtAnnotation } from '../../model/kinds/sync/annotations.ts'
import { mirrorWriteAnnotation } from '../../model/mirror/annotations.ts'
import type { TypeRef } from '../../model/reference.ts'
import { checkInventoryOptions } from '../attempt/record/inventory-options.ts'
import { dependencyEvents } from '../dependencies/dependency-events.ts'
import {
  annotationsChanged,
  type Controller,
  type ControllerOptions,
  controller,
  generationChanged,
  type Predicate,
} from '../runtime/controller.ts'
import type { AppliedKind, AppliedKindName } from './applied-kind.ts'
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
  const load = async (): Promise<AppliedKind> => (await import('./local-kind.ts')).localKind()
  return controller({
    ...appliedController('Sync', options, load),
    concurrency,
    groupOf: ({ object }) => gitHostOf(object),
    groupConcurrency: Math.ceil(concurrency / 2),
  })
}

/** The controller of a kind whose objects apply sources. */
export function appliedController(
  kind: AppliedKindName,
  options: Omit<SyncControllerOptions, 'concurrency'>,
  load: () => Promise<AppliedKind>,
): ControllerOptions<TypeRef> {
  checkInventoryOptions(options)
  const reconciler = loadOnce(async () => new (await import('./reconciler.ts')).SyncReconciler(await load(), options))
  return {
    // By its type alone: invalid objects have a status too.
    for: { apiVersion: fleetkitApiVersion, kind },
    predicate: (change) => generationChanged(change) || asks(change),
    ...dependencyEvents(kind),
    reconcile: async (request, context) => (await reconciler()).reconcile(request, context),
  }
}

/** Whether an attempt is requested, deletions are confirmed, or its mirror waits for an answer. */
const asks: Predicate = annotationsChanged(requestedAtAnnotation, confirmPruneAnnotation, mirrorWriteAnnotation)
