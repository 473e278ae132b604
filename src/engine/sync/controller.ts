import { timeLimit } from '../../async/time-limit.ts'
import { parseDuration } from '../../model/duration.ts'
import { FleetkitError, hasCode } from '../../model/errors/error.ts'
import { readinessOf } from '../../model/kinds/readiness.ts'
import { requestedAtAnnotation } from '../../model/kinds/sync/ownership.ts'
import { Sync } from '../../model/kinds/sync/sync.ts'
import type { SyncStatus } from '../../model/kinds/sync/types.generated.ts'
import type { KubeObject } from '../../model/object.ts'
import { type ObjectRef, refKey, refOf } from '../../model/reference.ts'
import { deletesObjects } from '../../plan/sync/deletes-objects.ts'
import { nextStatus } from '../../plan/sync/next-status.ts'
import type { ClusterApi } from '../../ports/cluster.ts'
import type { Store } from '../../ports/store.ts'
import type { AttemptContext } from '../attempt/context.ts'
import { defaultRenderers } from '../attempt/default-renderers.ts'
import { dependenciesOf } from '../attempt/dependencies.ts'
import type { KindRules } from '../attempt/kind-rules.ts'
import { loadAttempt } from '../attempt/load.ts'
import { objectStatusStore } from '../attempt/object-status-store.ts'
import type { ReconcileContext } from '../runtime/context.ts'
import { type Controller, controller, generationChanged } from '../runtime/controller.ts'
import type { Change } from '../runtime/object-cache.ts'
import type { WorkResult } from '../runtime/work-queue.ts'
import { attemptInputOf } from './attempt-input.ts'
import { peersOf } from './peers.ts'

/**
 * Keeps a Sync in its store until its objects are removed, as its deletion policy says.
 *
 * @category Sync
 */
export const syncFinalizer = 'fleetkit.dev/sync'

/** How far an interval is stretched at random, so that many Syncs do not come due together. Flux's is the same. */
const jitter = 0.05
/** How soon a Sync checks its dependencies again when no change of them was seen. Flux's is the same. */
const dependencyRetryMs = 30_000

/**
 * Options of {@link syncController}.
 *
 * @category Sync
 */
export interface SyncControllerOptions extends KindRules {
  /** How many Syncs are worked on at the same time. 4 by default. */
  readonly concurrency?: number | undefined
}

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
export function syncController({ concurrency, healthRules, applyStages }: SyncControllerOptions = {}): Controller {
  return controller({
    for: 'Sync',
    concurrency,
    predicate: (change) => generationChanged(change) || requestedAt(change.object) !== requestedAt(change.previous),
    indexes: [{ type: 'Sync', name: 'dependsOn', values: (object) => dependenciesOf(object).map(refKey) }],
    watches: [
      {
        type: 'Sync',
        predicate: becameReady,
        map: (object, cache) => cache.indexed('Sync', 'dependsOn', refKey(refOf(object))).map(refOf),
      },
    ],
    reconcile: ({ ref }, context) => reconcile(ref, { ...context, healthRules, applyStages }),
  })
}

/** What a reconcile of a Sync works with. */
type SyncContext = ReconcileContext & KindRules

async function reconcile(ref: ObjectRef, context: SyncContext): Promise<WorkResult | undefined> {
  const { store, signal, random, events } = context
  // The cache may be older than our own last write, and a status is saved by compare-and-swap.
  const object = await store.get(ref, { signal })
  if (object === undefined) return undefined
  if (object.metadata.deletionTimestamp !== undefined) {
    try {
      await finalize(object, context)
    } catch (error) {
      // Its status says why the Sync is still there.
      if (error instanceof FleetkitError && !signal.aborted && error.code !== 'store/conflict')
        await recordFailure(object, error, 'prune', context)
      throw error
    }
    return undefined
  }
  const sync = await admit(object, context)
  if (sync === undefined) return undefined
  if (sync.spec.suspend) {
    events.emit('sync.suspended', { sync: ref })
    return undefined
  }
  const held = object.metadata.finalizers?.includes(syncFinalizer) ? object : await addFinalizer(store, object, signal)
  const { Attempt } = await loadAttempt()
  const attempt = new Attempt(attemptInputOf(Sync.from(held)), (held.status ?? {}) as SyncStatus, attemptContext(ref, context))
  const { error } = await attempt.run()
  const interval = parseDuration(sync.spec.interval) as number
  const retry = parseDuration(sync.spec.retryInterval ?? sync.spec.interval) as number
  const base = error === undefined ? interval : error.code === 'sync/dependency' ? Math.min(retry, dependencyRetryMs) : retry
  return { requeueAfterMs: base * (1 + jitter * random()) }
}

function attemptContext(ref: ObjectRef, context: SyncContext): AttemptContext {
  const { store, cluster, git, renderers, clock, logger, events, healthRules, applyStages, signal } = context
  if (git === undefined) throw missing('git', 'a git port, e.g. gitRepositories() of fleetkit/git')
  const statuses = objectStatusStore(store)
  return {
    cluster: clusterOf(cluster, store),
    git,
    renderers: renderers ?? defaultRenderers,
    statuses,
    peers: peersOf(ref, statuses),
    clock,
    logger,
    events,
    healthRules,
    applyStages,
    signal,
  }
}

/** A cluster is a store: where only a store is given that is one, it is the cluster as well. */
function clusterOf(cluster: ClusterApi | undefined, store: Store): ClusterApi {
  if (cluster !== undefined) return cluster
  if ('apply' in store && 'discover' in store) return store as ClusterApi
  throw missing('cluster', 'the cluster that Syncs are applied to')
}

function missing(option: string, accepted: string): FleetkitError {
  const problems = [{ path: option, found: 'nothing', accepted }]
  return new FleetkitError('model/invalid', `the Manager has no ${option}, which the Sync controller needs: give it ${accepted}`, {
    problems,
  })
}

/** The Sync that an object describes. An invalid one is recorded as stalled until it changes. */
async function admit(object: KubeObject, context: ReconcileContext): Promise<Sync | undefined> {
  try {
    return Sync.from(object)
  } catch (error) {
    if (!hasCode(error, 'model/invalid')) throw error
    await recordFailure(object, error, undefined, context)
    return undefined
  }
}

/** Records in the status of a Sync what went wrong outside of an attempt. */
async function recordFailure(
  object: KubeObject,
  error: FleetkitError,
  phase: 'prune' | undefined,
  { store, clock, events, signal }: ReconcileContext,
): Promise<void> {
  const now = clock.now()
  const { message, code, retryable } = error
  const outcome = { succeeded: false, startedAt: now, finishedAt: now, message, code, retryable, phase } as const
  const status = (object.status ?? {}) as SyncStatus
  const next = nextStatus(status, { generation: object.metadata.generation ?? 0 }, outcome)
  await objectStatusStore(store).save(refOf(object), status, next, { signal })
  events.emit('sync.failed', { sync: refOf(object), error, durationMs: 0 })
}

function addFinalizer(store: Store, object: KubeObject, signal: AbortSignal): Promise<KubeObject> {
  const finalizers = [...(object.metadata.finalizers ?? []), syncFinalizer]
  return store.update({ ...object, metadata: { ...object.metadata, finalizers } }, { signal })
}

/** Removes the objects of a Sync that is being deleted, as its deletion policy says, and then its finalizer. */
async function finalize(object: KubeObject, context: SyncContext): Promise<void> {
  const finalizers = object.metadata.finalizers ?? []
  if (!finalizers.includes(syncFinalizer)) return
  const { spec } = Sync.from(object)
  if (deletesObjects(spec)) {
    const { store, clock, signal } = context
    using limit = timeLimit(
      signal,
      parseDuration(spec.timeout) as number,
      clock,
      `the objects were not gone within ${spec.timeout} (spec.timeout)`,
    )
    const removal = { ...context, cluster: clusterOf(context.cluster, store), signal: limit.signal }
    const { removeObjects } = await loadAttempt()
    await removeObjects(refOf(object), (object.status ?? {}) as SyncStatus, spec.deletionPolicy === 'WaitForTermination', removal)
  }
  const rest = finalizers.filter((finalizer) => finalizer !== syncFinalizer)
  await context.store.update({ ...object, metadata: { ...object.metadata, finalizers: rest } }, { signal: context.signal })
}

function requestedAt(object: KubeObject | undefined): string | undefined {
  return object?.metadata.annotations?.[requestedAtAnnotation]
}

/** Whether dependants can go on. That readiness ends again, as with each correction of drift, must not wake them. */
function becameReady({ object, previous }: Change): boolean {
  const generationOf = (of: KubeObject | undefined): number | undefined => (of?.status as SyncStatus | undefined)?.observedGeneration
  return readinessOf(object).ready && !(readinessOf(previous).ready && generationOf(previous) === generationOf(object))
}
