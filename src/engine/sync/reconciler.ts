import { timeLimit } from '../../async/time/time-limit.ts'
import { withinTime } from '../../async/time/within-time.ts'
import { getCondition } from '../../model/condition.ts'
import { parseDuration } from '../../model/duration.ts'
import { FleetkitError } from '../../model/errors/error.ts'
import { orInvalid } from '../../model/errors/or-invalid.ts'
import { formatProblem } from '../../model/errors/problem.ts'
import { withFinalizer, withoutFinalizer } from '../../model/finalizers.ts'
import { syncFinalizer } from '../../model/kinds/owner.ts'
import { syncStatusOf } from '../../model/kinds/sync/status.ts'
import type { SyncHandbrake, SyncStatus } from '../../model/kinds/sync/types.generated.ts'
import { mirrorWriteAnnotation } from '../../model/mirror/annotations.ts'
import type { KubeObject } from '../../model/object.ts'
import { formatRef, refKey, refOf } from '../../model/reference.ts'
import { deletesObjects } from '../../plan/sync/deletes-objects.ts'
import { dependenciesOf } from '../../plan/sync/dependencies.ts'
import { isBeforeRestore, isWaitingForDependencies, untilNextAttempt } from '../../plan/sync/next-attempt.ts'
import { heldStatus, nextStatus, unknownStatus } from '../../plan/sync/next-status.ts'
import { Attempt } from '../attempt/attempt.ts'
import type { AttemptContext } from '../attempt/context.ts'
import { readinessOfDependency } from '../attempt/dependencies.ts'
import { objectStatusStore } from '../attempt/record/object-status-store.ts'
import { removeObjects } from '../attempt/remove.ts'
import { defaultRenderers } from '../attempt/source/default-renderers.ts'
import { dependantsOf } from '../dependencies/dependants.ts'
import type { ReconcileContext } from '../runtime/context.ts'
import type { ReconcileRequest } from '../runtime/controller.ts'
import type { WorkResult } from '../runtime/queue/work.ts'
import type { AppliedKind, Target } from './applied-kind.ts'
import { actorOf, attemptInputOf } from './attempt-input.ts'
import type { SyncControllerOptions } from './controller-options.ts'
import { deletionSpecOf } from './deletion-spec.ts'
import { handbrakeError, handbrakeOf } from './handbrake.ts'
import { missing } from './local-kind.ts'
import { peersOf } from './peers.ts'

/** How long the store may take for what is asked of it outside of an attempt. */
const callAtMostMs = 30_000

/** How far an interval is stretched at random, so that many Syncs do not come due together. Flux's is the same. */
const jitter = 0.05

/** What a reconcile of a Sync works with. */
interface SyncContext extends ReconcileContext, Omit<SyncControllerOptions, 'concurrency'> {
  readonly kind: AppliedKind
  /** The Syncs whose status this process has written: the cache may be older than that. */
  readonly attempted: Set<string>
}

/** The work of the controllers of Sync and RemoteSync, loaded with the first reconcile, and what it remembers. */
export class SyncReconciler {
  readonly #shared: Omit<SyncContext, keyof ReconcileContext>

  constructor(kind: AppliedKind, options: SyncControllerOptions) {
    this.#shared = { ...options, kind, attempted: new Set() }
  }

  reconcile(request: ReconcileRequest, context: ReconcileContext): Promise<WorkResult | undefined> {
    return reconcile(request, { ...context, ...this.#shared })
  }
}

async function reconcile({ ref, object: cached }: ReconcileRequest, context: SyncContext): Promise<WorkResult | undefined> {
  const { store, attempted } = context
  const key = refKey(ref)
  // It is gone, or no longer one that this manager sees.
  if (cached === undefined) attempted.delete(key)
  if (cached === undefined) return undefined
  // After a restart the cache is enough to know that nothing is due: a thousand Syncs cost no request.
  const isFirst = !attempted.has(key)
  const cachedWait = isFirst ? await waitOf(cached, context) : undefined
  if (cachedWait !== undefined) return cachedWait
  attempted.add(key)
  // What is written is compared and swapped: an object of the cache that is too old only costs a second try.
  const object = isFirst ? cached : await inTime(context, (within) => store.get(ref, { signal: within }))
  if (object === undefined) return undefined
  return (await waitOf(object, context)) ?? (await work(object, context))
}

/** What is asked of the store outside of an attempt: one that never answers must not hold a Sync for ever. */
function inTime<T>(context: ReconcileContext, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
  return withinTime(callAtMostMs, 'the store did not answer in time', context, call)
}

/** Until when there is nothing to do for a Sync, by what is stored of it; `undefined` when there is something to do now. */
async function waitOf(object: KubeObject, context: SyncContext): Promise<WorkResult | undefined> {
  if (object.metadata.deletionTimestamp !== undefined || handbrakeOf(object) !== undefined) return undefined
  const sync = orInvalid(() => context.kind.parse(object))
  const status = syncStatusOf(object)
  // An invalid one has been recorded as stalled, or it is now.
  if (sync instanceof FleetkitError) {
    const { generation, annotations = {} } = object.metadata
    const isOfThis = getCondition(status.conditions, 'Ready')?.observedGeneration === generation
    return isOfThis && status.observed === annotations[mirrorWriteAnnotation] ? {} : undefined
  }
  if (sync.spec.suspend) {
    context.events.emit('sync.suspended', { sync: sync.ref })
    return {}
  }
  const clusterHold = context.kind.heldBy(object, context.cache)
  // What says so already waits for a change of the Cluster.
  if (clusterHold !== undefined) return unknownStatus(status, clusterHold, context.clock.now()) === status ? {} : undefined
  const dependenciesReady = isWaitingForDependencies(status) && (await areDependenciesReady(object, context))
  const { waitMs, intervalMs } = untilNextAttempt({
    ...attemptInputOf(sync),
    spec: sync.spec,
    status,
    dependenciesReady,
    restoredAt: context.kind.restoredAt(object, context.cache),
    now: context.clock.now(),
  })
  return waitMs > 0 ? requeueAfter(waitMs, intervalMs, context) : undefined
}

/** By the cache, as far as that has them. */
async function areDependenciesReady(object: KubeObject, context: SyncContext): Promise<boolean> {
  const { cache, store } = context
  for (const dependency of dependenciesOf(object)) {
    const { ref } = dependency
    // What this manager does not see is asked for.
    const found = cache.has(ref) ? cache.get(ref) : await inTime(context, (signal) => store.get(ref, { signal }))
    const { ready } = await readinessOfDependency(dependency, object, found)
    if (!ready) return false
  }
  return true
}

function requeueAfter(waitMs: number, intervalMs: number, { random }: SyncContext): WorkResult {
  return { requeueAfterMs: waitMs + intervalMs * jitter * random() }
}

/** What is to be done for a Sync now: an attempt, its removal, or a word about what is wrong with it. */
async function work(object: KubeObject, context: SyncContext): Promise<WorkResult | undefined> {
  const { store, clock } = context
  const handbrake = handbrakeOf(object)
  if (handbrake !== undefined) {
    await hold(object, handbrake, context)
    return undefined
  }
  if (object.metadata.deletionTimestamp !== undefined) {
    await remove(object, context)
    return undefined
  }
  const sync = orInvalid(() => context.kind.parse(object))
  if (sync instanceof FleetkitError) {
    await recordFailure(object, sync, undefined, context)
    return undefined
  }
  const clusterHold = context.kind.heldBy(object, context.cache)
  if (clusterHold !== undefined) {
    await saveStatus(object, (status) => unknownStatus(status, clusterHold, clock.now()), context)
    return undefined
  }
  const held = withFinalizer(object, syncFinalizer)
  const kept = held === object ? object : await inTime(context, (within) => store.update(held, { signal: within }))
  const current = context.kind.parse(kept)
  const target = await inTime(context, (signal) => context.kind.target(kept, { ...context, signal }))
  const before = syncStatusOf(kept)
  const attempt = attemptContext(kept, target, context)
  const input = {
    ...attemptInputOf(current, target.owner),
    restoredAt: context.kind.restoredAt(kept, context.cache),
    actor: actorOf(current, before),
    partial: current.spec.partial ?? context.partial,
  }
  const previous = await inTime(context, (signal) => attempt.statuses.complete(current.ref, before, { signal }))
  const { status } = await new Attempt(input, previous, attempt).run()
  const { intervalMs } = untilNextAttempt({ ...input, spec: sync.spec, status, dependenciesReady: false, now: clock.now() })
  return requeueAfter(intervalMs, intervalMs, context)
}

function attemptContext(object: KubeObject, { owner, cluster, home, memory }: Target, context: SyncContext): AttemptContext {
  const { store, git, renderers = defaultRenderers, cache, kind } = context
  if (git === undefined) throw missing('git', 'a git port, e.g. gitRepositories() of fleetkit/git')
  const statuses = objectStatusStore(store, context, object)
  return {
    ...context,
    ...memory,
    cluster,
    home,
    git,
    renderers,
    statuses,
    peers: peersOf({ owner, object }, kind, statuses),
    brake: () => handbrakeError(cache.get(owner)),
  }
}

/** Says in the status of a Sync that its handbrake is pulled. Nothing else is done, not even a deletion. */
async function hold(object: KubeObject, handbrake: SyncHandbrake, context: ReconcileContext): Promise<void> {
  const { clock, events } = context
  const saved = await saveStatus(object, (status) => heldStatus(status, handbrake, object.metadata.generation ?? 0, clock.now()), context)
  if (saved) events.emit('sync.held', { sync: refOf(object), ...handbrake })
}

/** Saves what becomes of a status outside of an attempt, if it is another one. Whether it is. */
async function saveStatus(object: KubeObject, next: (status: SyncStatus) => SyncStatus, context: ReconcileContext): Promise<boolean> {
  const status = syncStatusOf(object)
  const changed = next(status)
  if (changed === status) return false
  await inTime(context, (signal) => objectStatusStore(context.store).save(refOf(object), status, changed, { signal }))
  return true
}

/** Records in the status of a Sync what went wrong outside of an attempt. */
async function recordFailure(
  object: KubeObject,
  error: FleetkitError,
  phase: 'prune' | undefined,
  context: ReconcileContext,
): Promise<void> {
  const { clock, events } = context
  const now = clock.now()
  const { message, code, retryable } = error
  const outcome = { succeeded: false, startedAt: now, finishedAt: now, message, code, retryable, phase } as const
  const { generation = 0, annotations = {} } = object.metadata
  const facts = { generation, observed: annotations[mirrorWriteAnnotation] }
  await saveStatus(object, (status) => nextStatus(status, facts, outcome), context)
  events.emit('sync.failed', { sync: refOf(object), error, durationMs: 0 })
}

/** Removes the objects of a Sync that is being deleted, and then its finalizer. Its status says why it is still there. */
async function remove(cached: KubeObject, context: SyncContext): Promise<void> {
  const ref = refOf(cached)
  // The cache can be behind, and what is deleted by mistake does not come back: a Sync that was recreated under this name has the same objects.
  const object = await inTime(context, (signal) => context.store.get(ref, { signal }))
  if (object === undefined || object.metadata.uid !== cached.metadata.uid) return
  const held = withoutFinalizer(object, syncFinalizer)
  if (held === object) return
  try {
    await removeApplied(object, context)
    const statuses = objectStatusStore(context.store, context)
    await inTime(context, (signal) => statuses.remove(ref, syncStatusOf(object), { signal }))
    await inTime(context, (signal) => context.store.update(held, { signal }))
  } catch (error) {
    if (error instanceof FleetkitError && !context.signal.aborted && error.code !== 'store/conflict')
      await recordFailure(object, error, error.code === 'sync/dependants' ? undefined : 'prune', context)
    throw error
  }
}

/** Removes what a Sync has applied, as its deletion policy says, also when the rest of its specification is invalid. */
async function removeApplied(object: KubeObject, context: SyncContext): Promise<void> {
  const { clock, signal, logger, kind } = context
  const { spec, problems } = deletionSpecOf(object)
  if (problems.length > 0) logger.warn('what is to become of the objects cannot be read', { problems: problems.map(formatProblem) })
  if (!deletesObjects(spec)) return
  const dependants = dependantsOf(object, context.cache, clock.now())
  if (dependants.refs.length > 0) {
    const message = `it is deleted after what depends on it: ${dependants.refs.map(formatRef).join(', ')}`
    throw new FleetkitError('sync/dependants', message, { ref: refOf(object), retryAfterMs: dependants.lookAgainMs })
  }
  const ms = parseDuration(spec.timeout) as number
  using limit = timeLimit(signal, ms, clock, `the objects were not gone within ${spec.timeout} (spec.timeout)`)
  const brake = () => handbrakeError(context.cache.get(refOf(object)))
  const held = kind.heldBy(object, context.cache)
  if (held !== undefined) throw new FleetkitError('sync/cluster', held.message, { ref: refOf(object) })
  const limited = { ...context, signal: limit.signal }
  const target = await kind.target(object, limited)
  const { owner, cluster, memory } = target
  const removal = { ...limited, ...memory, cluster, brake }
  const status = await objectStatusStore(context.store, context).complete(refOf(object), syncStatusOf(object), { signal: limit.signal })
  // What is removed now is looked after by no one later.
  const searches = isBeforeRestore(status, kind.restoredAt(object, context.cache)) || (await kind.mayHoldMore(object, target, limited))
  await removeObjects(owner, status, { wait: spec.deletionPolicy === 'WaitForTermination', searches }, removal)
}
