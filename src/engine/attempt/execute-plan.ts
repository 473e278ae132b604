import './error-codes.ts'
import '../../ports/error-codes.ts'
import { assessHealth } from '../../manifest/health/assess.ts'
import { FleetkitError, hasCode } from '../../model/errors/error.ts'
import type { JsonObject, KubeObject } from '../../model/object.ts'
import { formatRef, isDefinition, type ObjectRef } from '../../model/reference.ts'
import type { EventSink } from '../../observe/event-bus.ts'
import type { Action } from '../../plan/apply/action.ts'
import { mayReplace } from '../../plan/apply/confirm-plan.ts'
import type { ApplyPlan } from '../../plan/apply/plan.ts'
import type { Clock } from '../../ports/clock.ts'
import type { ApplyResult, ClusterApi } from '../../ports/cluster.ts'

/** What executing works with. */
export interface ExecuteContext {
  readonly cluster: ClusterApi
  readonly clock: Clock
  readonly events: EventSink
  readonly signal: AbortSignal
  /** `spec.force` of the Sync. */
  readonly force: boolean
}

/** What became of a plan. */
export interface Execution {
  /** How many objects were written or deleted. */
  readonly changed: number
  /** Objects that were deleted, or were gone. */
  readonly pruned: readonly ObjectRef[]
  /** What went wrong while applying; then later stages and the pruning were not begun. */
  readonly applyErrors: readonly FleetkitError[]
  readonly pruneErrors: readonly FleetkitError[]
}

const writing: ReadonlySet<Action['type']> = new Set(['create', 'update', 'adopt', 'replace'])
const pollMs = 200

/**
 * Carries out a plan: stage by stage, every object of a stage whatever becomes of the others, no later stage after an
 * error, and deletions only when everything was applied.
 */
export async function executePlan(plan: ApplyPlan, context: ExecuteContext): Promise<Execution> {
  let changed = 0
  for (const stage of plan.stages) {
    const results = await Promise.all(stage.map((action) => attempt(() => apply(plan, action, context))))
    changed += results.filter((result) => result === true).length
    const applyErrors = results.filter((result) => result instanceof FleetkitError)
    if (applyErrors.length > 0) return { changed, pruned: [], applyErrors, pruneErrors: [] }
    await Promise.all(stage.filter(definesTypes).map((action) => established(action.ref, context)))
  }
  const pruned: ObjectRef[] = []
  const pruneErrors: FleetkitError[] = []
  // Objects of one kind go together, kinds one after the other.
  for (const batch of batchesOf(plan.prunes.filter(({ type }) => type === 'prune'))) {
    const results = await Promise.all(batch.map((action) => attempt(() => prune(plan, action, context))))
    for (const [index, result] of results.entries()) {
      if (result instanceof FleetkitError) pruneErrors.push(result)
      else pruned.push((batch[index] as Action).ref)
    }
  }
  return { changed: changed + pruned.length, pruned, applyErrors: [], pruneErrors }
}

/** An error of one object must not hide what becomes of the others; an abort ends them all. */
async function attempt<T>(work: () => Promise<T>): Promise<T | FleetkitError> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof FleetkitError && error.code !== 'aborted' && error.code !== 'closed') return error
    throw error
  }
}

/** Whether the object was written. */
async function apply(plan: ApplyPlan, action: Action, context: ExecuteContext): Promise<boolean> {
  if (action.type === 'refuse') throw refusal(action)
  if (!writing.has(action.type)) return false
  const { cluster, events, signal } = context
  const object = action.object as KubeObject
  const options = { fieldManager: plan.fieldManager, force: action.force, signal }
  if (action.reason.code === 'drifted') {
    events.emit('sync.drift', { sync: plan.sync, ref: action.ref, fields: action.changes.map(({ path }) => path) })
  }
  let done: Action['type'] = action.type
  try {
    only(await cluster.apply([object], options))
  } catch (error) {
    // Without a uid it was not there when it was looked for: it is somebody's who was quicker.
    if (!hasCode(error, 'cluster/immutable') || action.uid === undefined || !mayReplace(object, context.force)) throw error
    await replace(plan, action, context)
    done = 'replace'
  }
  events.emit('sync.applied', { sync: plan.sync, ref: action.ref, action: done })
  return true
}

/**
 * Deletes an object and makes it anew. The new one is tried under another name first: what the cluster would not take
 * costs nothing then.
 */
async function replace(plan: ApplyPlan, { ref, object, uid }: Action, { cluster, clock, signal }: ExecuteContext): Promise<void> {
  const wanted = object as KubeObject
  const options = { fieldManager: plan.fieldManager, signal }
  only(await cluster.apply([trialOf(wanted, uid)], { ...options, dryRun: true }))
  try {
    await cluster.delete(ref, { uid, propagation: 'Background', signal })
  } catch (error) {
    if (!hasCode(error, 'store/not-found')) throw error
  }
  await gone(cluster, ref, uid, clock, signal)
  only(await cluster.apply([wanted], options))
}

/** An object under a name that nothing has, without what only one Service at a time can have and the old one still has. */
function trialOf(object: KubeObject, uid: string | undefined): KubeObject {
  const metadata = { ...object.metadata, name: `trial-${uid}` }
  if (object.kind !== 'Service' || object.apiVersion !== 'v1') return { ...object, metadata }
  const { clusterIP, clusterIPs: _, healthCheckNodePort: __, ports, ...spec } = (object.spec ?? {}) as JsonObject
  const free = (ports as readonly JsonObject[] | undefined)?.map(({ nodePort: _, ...port }) => port)
  const headless = clusterIP === 'None' ? { clusterIP } : {}
  return { ...object, metadata, spec: { ...spec, ...headless, ...(free === undefined ? {} : { ports: free }) } }
}

async function prune(plan: ApplyPlan, { ref, uid }: Action, { cluster, events, signal }: ExecuteContext): Promise<void> {
  try {
    await cluster.delete(ref, { uid, propagation: 'Background', signal })
  } catch (error) {
    if (!hasCode(error, 'store/not-found')) throw error
  }
  events.emit('sync.pruned', { sync: plan.sync, ref })
}

/** Waits until the object with a uid is gone. A new one of the name is another. */
export async function gone(cluster: ClusterApi, ref: ObjectRef, uid: string | undefined, clock: Clock, signal: AbortSignal): Promise<void> {
  for (;;) {
    const object = await cluster.get(ref, { signal })
    if (object === undefined || object.metadata.uid !== uid) return
    await clock.sleep(pollMs, { signal })
  }
}

/** Waits until a definition has taken effect, so that what it defines can be applied. */
async function established(ref: ObjectRef, { cluster, clock, signal }: ExecuteContext): Promise<void> {
  for (;;) {
    const object = await cluster.get(ref, { signal })
    if (object !== undefined) {
      const { status, message } = assessHealth(object, { now: clock.now() })
      if (status === 'Current') return
      if (status === 'Failed') throw new FleetkitError('cluster/invalid', message, { ref })
    }
    await clock.sleep(pollMs, { signal })
  }
}

function definesTypes({ type, ref }: Action): boolean {
  return writing.has(type) && isDefinition(ref)
}

function refusal({ ref, reason, conflicts, origin }: Action): FleetkitError {
  const where = origin === undefined ? '' : ` (${origin})`
  switch (reason.code) {
    case 'field-conflict':
      return new FleetkitError('cluster/field-conflict', reason.message + where, { ref, conflicts })
    case 'owned-by-other':
      return new FleetkitError('sync/owned', reason.message + where, { ref })
    case 'unknown-kind':
      return new FleetkitError('cluster/unknown-kind', reason.message + where, { ref })
    case 'terminating':
      return new FleetkitError('sync/terminating', reason.message + where, { ref })
    default:
      return new FleetkitError('internal', `${formatRef(ref)}: refused for ${reason.code}`, { ref })
  }
}

function only([result]: readonly ApplyResult[]): KubeObject {
  if (result === undefined) throw new FleetkitError('internal', 'an apply of one object gave no result')
  if ('error' in result) throw result.error
  return result.object
}

function batchesOf(actions: readonly Action[]): readonly (readonly Action[])[] {
  const batches: Action[][] = []
  for (const action of actions) {
    const last = batches.at(-1)
    if (last?.[0] !== undefined && last[0].ref.kind === action.ref.kind && last[0].ref.apiVersion === action.ref.apiVersion)
      last.push(action)
    else batches.push([action])
  }
  return batches
}
