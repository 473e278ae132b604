import { loadOnce } from '../../async/load-once.ts'
import { fleetkitApiVersion } from '../../model/kinds/group.ts'
import { kinds } from '../../model/kinds/kinds.ts'
import { readinessOf } from '../../model/kinds/readiness.ts'
import { confirmPruneAnnotation, requestedAtAnnotation } from '../../model/kinds/sync/annotations.ts'
import type { SyncStatus } from '../../model/kinds/sync/types.generated.ts'
import type { KubeObject } from '../../model/object.ts'
import { refKey, refOf, type TypeRef } from '../../model/reference.ts'
import { type Dependency, dependenciesOf } from '../../plan/sync/dependencies.ts'
import { checkInventoryOptions } from '../attempt/record/inventory-options.ts'
import type { Change } from '../runtime/cache/object-cache.ts'
import { type Controller, type ControllerOptions, controller, generationChanged, type WatchSource } from '../runtime/controller.ts'
import type { FleetKind } from '../runtime/fleet-kind.ts'
import type { AppliedKind, AppliedKindName } from './applied-kind.ts'
import type { SyncControllerOptions } from './controller-options.ts'
import { dependantIndex, everyDependencyOf } from './dependants.ts'
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
    indexes: [
      { type: kind, name: 'dependsOn', values: (object) => dependenciesOf(object).map(({ ref }) => refKey(ref)) },
      { type: kind, name: dependantIndex, values: (object) => everyDependencyOf(object).map(refKey) },
      { type: kind, name: 'readyExpr', values: (object) => dependenciesOf(object).flatMap(withExpression) },
    ],
    watches: (Object.keys(kinds) as FleetKind[]).flatMap((type) => dependencySources(kind, type)),
    reconcile: async (request, context) => (await reconciler()).reconcile(request, context),
  }
}

/** What of the objects of a type wakes those of a kind: they can go on, or that is gone which had to be deleted first. */
function dependencySources(kind: AppliedKindName, type: FleetKind): readonly WatchSource[] {
  const optional = type !== kind
  return [
    {
      type,
      optional,
      predicate: becameReady,
      map: (object, cache) => cache.indexed(kind, 'dependsOn', refKey(refOf(object))).map(refOf),
    },
    // An expression can ask for anything in it.
    { type, optional, map: (object, cache) => cache.indexed(kind, 'readyExpr', refKey(refOf(object))).map(refOf) },
    {
      type,
      optional,
      predicate: (change) => change.type === 'DELETED',
      map: (object) => everyDependencyOf(object).filter((ref) => ref.kind === kind),
    },
  ]
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
