import { parseDuration } from '../../model/duration.ts'
import { FleetkitError, hasCode } from '../../model/error.ts'
import type { KubeObject } from '../../model/object.ts'
import { requestedAtAnnotation } from '../../model/ownership.ts'
import { type ObjectRef, refKey, refOf } from '../../model/reference.ts'
import { Sync } from '../../model/sync.ts'
import type { SyncStatus } from '../../model/sync-types.ts'
import { nextStatus } from '../../plan/next-status.ts'
import type { ClusterApi } from '../../ports/cluster.ts'
import type { Store } from '../../ports/store.ts'
import type { ReconcileContext } from '../context.ts'
import { type Controller, controller, generationChanged } from '../controller.ts'
import type { Change } from '../object-cache.ts'
import { timeLimit } from '../time-limit.ts'
import type { WorkResult } from '../work-queue.ts'
import { type AttemptContext, attemptSync } from './attempt.ts'
import { defaultRenderers } from './default-renderers.ts'
import { statusRecords } from './record.ts'
import { deletesObjects, removeObjects } from './remove.ts'

/** Keeps a Sync in its store until its objects have been dealt with. */
export const syncFinalizer = 'fleetkit.dev/sync'

/** How far an interval is stretched at random, so that many Syncs do not come due together. Flux's is the same. */
const jitter = 0.05
/** How soon a Sync looks again at what it depends on, if no change of it was seen. Flux's is the same. */
const dependencyRetryMs = 30_000

/** Settings of {@link syncController}. */
export interface SyncControllerOptions {
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
 */
export function syncController({ concurrency }: SyncControllerOptions = {}): Controller {
  return controller({
    for: 'Sync',
    concurrency,
    predicate: (change) => generationChanged(change) || requestedAt(change.object) !== requestedAt(change.previous),
    indexes: [{ type: 'Sync', name: 'dependsOn', values: dependenciesOf }],
    watches: [
      {
        type: 'Sync',
        predicate: outcomeChanged,
        map: (object, cache) => cache.indexed('Sync', 'dependsOn', refKey(refOf(object))).map(refOf),
      },
    ],
    reconcile: ({ ref }, context) => reconcile(ref, context),
  })
}

/** The built-in controllers, to be added to a manager beside one's own. */
export function fleetControllers(): readonly Controller[] {
  return [syncController()]
}

async function reconcile(ref: ObjectRef, context: ReconcileContext): Promise<WorkResult | undefined> {
  const { store, signal, random, events } = context
  // The cache may be older than our own last write, and the status is compared and swapped.
  const object = await store.get(ref, { signal })
  if (object === undefined) return undefined
  if (object.metadata.deletionTimestamp !== undefined) {
    await finalize(object, context)
    return undefined
  }
  const sync = await admit(object, context)
  if (sync === undefined) return undefined
  if (sync.spec.suspend) {
    events.emit('sync.suspended', { sync: ref })
    return undefined
  }
  const held = object.metadata.finalizers?.includes(syncFinalizer) ? object : await addFinalizer(store, object, signal)
  const { error } = await attemptSync(Sync.from(held), (held.status ?? {}) as SyncStatus, attemptContext(context))
  const interval = parseDuration(sync.spec.interval) as number
  const retry = parseDuration(sync.spec.retryInterval ?? sync.spec.interval) as number
  const base = error === undefined ? interval : error.code === 'sync/dependency' ? Math.min(retry, dependencyRetryMs) : retry
  return { requeueAfterMs: base * (1 + jitter * random()) }
}

function attemptContext({ store, cluster, git, renderers, clock, logger, events, signal }: ReconcileContext): AttemptContext {
  if (git === undefined) throw missing('git', 'a git port, e.g. gitRepositories() of fleetkit/git')
  return {
    cluster: clusterOf(cluster, store),
    git,
    renderers: renderers ?? defaultRenderers,
    records: statusRecords(store),
    clock,
    logger,
    events,
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

/** The Sync that an object describes. What is not valid is recorded as stalled, and rests until it changes. */
async function admit(object: KubeObject, { store, clock, events, signal }: ReconcileContext): Promise<Sync | undefined> {
  try {
    return Sync.from(object)
  } catch (error) {
    if (!hasCode(error, 'model/invalid')) throw error
    const now = clock.now()
    const status = (object.status ?? {}) as SyncStatus
    const outcome = {
      succeeded: false,
      startedAt: now,
      finishedAt: now,
      applied: false,
      message: error.message,
      code: error.code,
      retryable: false,
    } as const
    await statusRecords(store).save(refOf(object), status, nextStatus(status, { generation: object.metadata.generation ?? 0 }, outcome), {
      signal,
    })
    events.emit('sync.failed', { sync: refOf(object), error, durationMs: 0 })
    return undefined
  }
}

function addFinalizer(store: Store, object: KubeObject, signal: AbortSignal): Promise<KubeObject> {
  const finalizers = [...(object.metadata.finalizers ?? []), syncFinalizer]
  return store.update({ ...object, metadata: { ...object.metadata, finalizers } }, { signal })
}

/** Deals with the objects of a Sync that is being deleted, as its deletion policy says, and then lets it go. */
async function finalize(object: KubeObject, context: ReconcileContext): Promise<void> {
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
    await removeObjects(refOf(object), (object.status ?? {}) as SyncStatus, spec.deletionPolicy === 'WaitForTermination', removal)
  }
  const rest = finalizers.filter((finalizer) => finalizer !== syncFinalizer)
  await context.store.update({ ...object, metadata: { ...object.metadata, finalizers: rest } }, { signal: context.signal })
}

function requestedAt(object: KubeObject | undefined): string | undefined {
  return object?.metadata.annotations?.[requestedAtAnnotation]
}

function dependenciesOf(object: KubeObject): readonly string[] {
  const { dependsOn = [] } = (object.spec ?? {}) as {
    readonly dependsOn?: readonly { readonly name: string; readonly namespace?: string }[]
  }
  const { apiVersion, kind, metadata } = object
  return dependsOn.map(({ name, namespace = metadata.namespace }) => refKey({ apiVersion, kind, namespace, name }))
}

/** Whether what others wait for may have come: a new outcome, not a mere retry. */
function outcomeChanged({ object, previous }: Change): boolean {
  const outcome = (of: KubeObject | undefined): string => {
    const status = of?.status as SyncStatus | undefined
    return `${status?.observedGeneration} ${status?.conditions?.find(({ type }) => type === 'Ready')?.status}`
  }
  return outcome(object) !== outcome(previous)
}
