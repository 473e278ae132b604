import { formatOwner } from '../../model/kinds/owner.ts'
import './error-codes.ts'
import '../../ports/error-codes.ts'
import { mapAtMost } from '../../async/map-at-most.ts'
import { retryOnConflict } from '../../async/retry-on-conflict.ts'
import { sameRank } from '../../manifest/order.ts'
import { FleetkitError, hasCode } from '../../model/errors/error.ts'
import type { JsonObject, KubeObject } from '../../model/object.ts'
import { isDefinition, type ObjectRef, refKey } from '../../model/reference.ts'
import type { EventSink } from '../../observe/event-bus.ts'
import type { Action } from '../../plan/apply/action.ts'
import { type ApplyPlan, actionsOf } from '../../plan/apply/plan.ts'
import { authorsOf } from '../../plan/fields/authors.ts'
import { newOwnerIn } from '../../plan/fields/resolve-conflicts.ts'
import type { ApplyOptions } from '../../ports/cluster.ts'
import { applyKept } from './apply-kept.ts'
import { applyOne } from './apply-one.ts'
import { batchesOf, executePrunes, maxWrites } from './execute-prunes.ts'
import type { SettledCache } from './plan/settled-cache.ts'
import { combinedError, resultOf } from './result.ts'
import { readOwn, takeOverFields } from './take-over-fields.ts'
import { type WaitForObjectContext, waitForDeletion, waitForEstablished } from './wait-for-object.ts'

/** What executing a plan works with. */
export interface ExecuteContext extends WaitForObjectContext {
  readonly events: EventSink
  readonly settled: SettledCache
  /** Waits until objects are healthy on which others depend. Without it they are only applied first. */
  readonly waitHealthy?: ((refs: readonly ObjectRef[]) => Promise<void>) | undefined
  /** Looked at before each write: why none may follow. */
  readonly brake?: (() => FleetkitError | undefined) | undefined
  /** What is to be done with an object as it is now, where that is not as it was when its action was decided, or as it was `left` since. */
  readonly actionNow?: ((action: Action, live: KubeObject, left: KubeObject | undefined) => Promise<Action>) | undefined
}

/** What became of a plan. */
export interface Execution {
  /** How many objects were written or deleted. */
  readonly changed: number
  /** Whether every stage was applied. Otherwise nothing was pruned. */
  readonly applied: boolean
  /** Deletions whose objects are still there: they failed, or finalizers hold the objects. */
  readonly remaining: readonly Action[]
  /** What went wrong: while pruning when everything was applied, while applying otherwise. */
  readonly errors: readonly FleetkitError[]
}

const writing: ReadonlySet<Action['type']> = new Set(['create', 'update', 'adopt', 'replace'])

/**
 * Executes a plan: stage by stage, in a stage kind by kind where their order matters (a ServiceAccount before what uses it),
 * every object of a stage whatever becomes of the others, no later stage after an error, and deletions only when everything
 * was applied. Rejects only for an abort and for errors that are not ours.
 */
export async function executePlan(plan: ApplyPlan, context: ExecuteContext): Promise<Execution> {
  let changed = 0
  const errors: FleetkitError[] = []
  for (const stage of plan.stages) {
    const healthy = await resultOf(() => waitForDependencies(stage, context))
    if (healthy instanceof FleetkitError) return { changed, applied: false, remaining: [], errors: [healthy] }
    const work = stage.filter(({ type }) => type !== 'skip')
    for (const batch of batchesOf(work, ([first], next) => sameRank(first.ref, next.ref))) {
      const results = await mapAtMost(batch, maxWrites, (action) => resultOf(() => apply(plan, action, context)))
      changed += results.filter((result) => result === true).length
      for (const result of results) if (result instanceof FleetkitError) errors.push(result)
    }
    if (errors.length === 0) {
      const definitions = stage.filter(definesTypes)
      const waited = await resultOf(() => Promise.all(definitions.map(({ ref }) => waitForEstablished(ref, context))))
      if (waited instanceof FleetkitError) errors.push(waited)
    }
    if (errors.length > 0) return { changed, applied: false, remaining: [], errors: withoutRepeats(errors) }
  }
  const pruned = await executePrunes(plan, context)
  return { ...pruned, errors: withoutRepeats(pruned.errors), changed: changed + pruned.changed, applied: true }
}

/** What stopped everything is one error, of however many objects it was the end. */
function withoutRepeats(errors: readonly FleetkitError[]): readonly FleetkitError[] {
  const braked = errors.find(({ code }) => code === 'sync/handbrake')
  return braked === undefined ? errors : [braked]
}

/** Whether the object was written, or why it was not. */
async function apply(plan: ApplyPlan, action: Action, context: ExecuteContext): Promise<boolean | FleetkitError> {
  if (action.type === 'refuse') return refusal(action)
  if (!writing.has(action.type)) return false
  const { events } = context
  const braked = context.brake?.()
  if (braked !== undefined) return braked
  if (action.reason.code === 'drifted') {
    const fields = action.changes.map(({ path }) => path)
    events.emit('sync.drift', { sync: plan.sync, ref: action.ref, fields, authors: authorsOf(action.changes) })
  }
  const outcome = await (action.type === 'replace' ? replace(plan, action, context) : write(plan, action, context))
  if (outcome === 'unchanged') return false
  const owner = outcome?.code === 'cluster/field-conflict' ? newOwnerIn(outcome.conflicts) : undefined
  if (owner !== undefined) return new FleetkitError('sync/owned', `it belongs to ${formatOwner(owner)}`, { ref: action.ref })
  if (outcome !== undefined) return outcome
  events.emit('sync.applied', { sync: plan.sync, ref: action.ref, action: action.type })
  return true
}

/**
 * Creates or changes an object. What takes anything from others is for the object as it was looked at: another Sync, or an autoscaler, can have
 * written it since the plan. Controllers write too, above all the status: another version than the one that was read is no surprise.
 */
function write(plan: ApplyPlan, action: Action, context: ExecuteContext): Promise<FleetkitError | 'unchanged' | undefined> {
  if (!takesAny(action)) return applyKept(action, optionsOf(plan, action, context), context)
  let now = action
  let left: KubeObject | undefined
  const attempt = async (): Promise<FleetkitError | 'unchanged' | undefined> => {
    // One that is gone: the apply deals with it.
    const live = await readOwn(plan, now, context)
    now = (live && (await context.actionNow?.(now, live, left))) ?? now
    if (now.type === 'refuse') return refusal(now)
    if (now.type === 'skip') return 'unchanged'
    left = live && (await takeOverFields(plan, now, live, context))
    const { force, uid, releasedBy } = now
    const isExact = force || releasedBy !== undefined
    const exact = { uid: force ? uid : undefined, resourceVersion: isExact ? left?.metadata.resourceVersion : undefined }
    const error = await applyKept(now, { ...optionsOf(plan, now, context), exact }, context)
    if (error !== undefined && exact.resourceVersion !== undefined) throw error
    return error
  }
  return resultOf(() => retryWhileBusy(attempt, context))
}

const firstPauseMs = 50

/** Tries again while others write the object as well: controllers answer each write of it with some of their own, in a second or so. */
function retryWhileBusy<T>(work: () => Promise<T>, { clock, signal }: ExecuteContext): Promise<T> {
  let tries = 0
  return retryOnConflict(async () => {
    if (tries > 0) await clock.sleep(firstPauseMs * 2 ** tries, { signal })
    tries += 1
    return work()
  })
}

/** Whether it takes fields, or the object, from others. */
function takesAny({ force, releasedBy, takeOver }: Action): boolean {
  return force || releasedBy !== undefined || takeOver.length > 0
}

function optionsOf({ fieldManager }: ApplyPlan, { force }: Action, { signal }: ExecuteContext): ApplyOptions {
  return { fieldManager, force, signal }
}

/** Deletes an object and creates it again. A dry run comes first, so that an object which the cluster refuses costs nothing. */
async function replace(plan: ApplyPlan, action: Action, context: ExecuteContext): Promise<FleetkitError | undefined> {
  const { ref, object, uid } = action
  const wanted = object as KubeObject
  const options = { fieldManager: plan.fieldManager, signal: context.signal }
  const refused = await applyOne(dryRunCopy(wanted, uid), { ...options, dryRun: true }, context)
  if (refused !== undefined) return refused
  const braked = context.brake?.()
  if (braked !== undefined) return braked
  await deleteOwn(plan, action, context)
  await waitForDeletion(ref, uid, context)
  // What was deleted is made again, brake or not: half a replacement is worse than either.
  return applyOne(wanted, options, context)
}

/** An object under an unused name, without what only one Service at a time can have and the existing one still has. */
function dryRunCopy(object: KubeObject, uid: string | undefined): KubeObject {
  const metadata = { ...object.metadata, name: `dry-run-${uid}` }
  if (object.kind !== 'Service' || object.apiVersion !== 'v1') return { ...object, metadata }
  const { clusterIP, clusterIPs: _, healthCheckNodePort: __, ports, ...spec } = (object.spec ?? {}) as JsonObject
  const free = (ports as readonly JsonObject[] | undefined)?.map(({ nodePort: _, ...port }) => port)
  const headless = clusterIP === 'None' ? { clusterIP } : {}
  return { ...object, metadata, spec: { ...spec, ...headless, ...(free === undefined ? {} : { ports: free }) } }
}

/** Deletes the object that was planned to be replaced, if it is there, as it is no other Sync's. */
async function deleteOwn(plan: ApplyPlan, action: Action, context: ExecuteContext): Promise<void> {
  const { ref, uid } = action
  try {
    await retryWhileBusy(async () => {
      const resourceVersion = (await readOwn(plan, action, context))?.metadata.resourceVersion
      await context.cluster.delete(ref, { uid, resourceVersion, propagation: 'Background', signal: context.signal })
    }, context)
  } catch (error) {
    if (!hasCode(error, 'store/not-found')) throw error
  }
}

function definesTypes({ type, ref }: Action): boolean {
  return writing.has(type) && isDefinition(ref)
}

/** The error of each refused action of a plan of which nothing may be done then (`partial: 'never'`). */
export function refusedPart(plan: ApplyPlan): FleetkitError | undefined {
  const errors =
    plan.partial === 'never'
      ? actionsOf(plan)
          .filter(({ type }) => type === 'refuse')
          .map(refusal)
      : []
  if (errors.length === 0) return undefined
  const what = `${errors.length} ${errors.length === 1 ? 'object is' : 'objects are'} refused, so nothing was written`
  return combinedError('sync/refused', what, plan.sync, errors)
}

function refusal({ ref, reason, conflicts, origin }: Action): FleetkitError {
  const where = origin === undefined ? '' : ` (${origin})`
  switch (reason.code) {
    case 'field-conflict':
      return new FleetkitError('cluster/field-conflict', reason.message + where, { ref, conflicts })
    case 'owned-by-other':
      return new FleetkitError('sync/owned', reason.message + where, { ref })
    case 'itself':
      return new FleetkitError('sync/itself', reason.message + where, { ref })
    case 'field-rule':
      return new FleetkitError('sync/field-rule', reason.message + where, { ref })
    case 'unknown-kind':
      return new FleetkitError('cluster/unknown-kind', reason.message + where, { ref })
    case 'terminating':
      return new FleetkitError('sync/terminating', reason.message + where, { ref })
    default:
      return new FleetkitError(reason.error ?? 'internal', reason.message + where, { ref })
  }
}

/** Waits until everything is healthy that the objects to write in a stage depend on. */
async function waitForDependencies(stage: readonly Action[], context: ExecuteContext): Promise<void> {
  const needed = stage.filter(({ type }) => writing.has(type)).flatMap((action) => action.dependsOn ?? [])
  const refs = [...new Map(needed.map((ref) => [refKey(ref), ref])).values()]
  if (refs.length > 0) await context.waitHealthy?.(refs)
}
