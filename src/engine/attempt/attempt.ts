import { timeLimit } from '../../async/time-limit.ts'
import { inventoryOf, narrowInventory, parseInventory } from '../../manifest/inventory.ts'
import { getCondition } from '../../model/condition.ts'
import { parseDuration } from '../../model/duration.ts'
import { FleetkitError, hasCode } from '../../model/errors/error.ts'
import { jsonEqual } from '../../model/json-equal.ts'
import { requestedAtAnnotation } from '../../model/kinds/sync/ownership.ts'
import type { Sync } from '../../model/kinds/sync/sync.ts'
import type { Inventory, SyncStatus } from '../../model/kinds/sync/types.generated.ts'
import type { KubeObject } from '../../model/object.ts'
import { formatRef, isDefinition, type ObjectRef, refKey, refOf, typeKey } from '../../model/reference.ts'
import type { RenderedObject } from '../../model/rendered-object.ts'
import type { EventSink } from '../../observe/event-bus.ts'
import { type ApplyPlan, actionsOf, countActions, hasChanges } from '../../plan/apply/plan.ts'
import { planApply } from '../../plan/apply/plan-apply.ts'
import { prepareObjects } from '../../plan/apply/prepare-objects.ts'
import { type AttemptFacts, nextStatus, progressingStatus } from '../../plan/sync/next-status.ts'
import type { Clock } from '../../ports/clock.ts'
import type { ClusterApi } from '../../ports/cluster.ts'
import type { Git } from '../../ports/git.ts'
import type { Logger } from '../../ports/logger.ts'
import type { Renderer } from '../../ports/renderer.ts'
import { checkDependencies } from './dependencies.ts'
import { type Execution, executePlan } from './execute-plan.ts'
import { readLive } from './read-live.ts'
import { type ResolvedSource, renderSource, resolveSource } from './source.ts'
import type { SyncRecords } from './status-store.ts'
import { waitHealthy } from './wait-healthy.ts'

/** What an attempt at a Sync works with. */
export interface AttemptContext {
  readonly cluster: ClusterApi
  readonly git: Git
  readonly renderers: readonly Renderer[]
  readonly records: SyncRecords
  readonly clock: Clock
  readonly logger: Logger
  readonly events: EventSink
  readonly signal: AbortSignal
}

/** A version on its way to the cluster: what is known, and what is to be done. */
export interface PlannedSync {
  readonly plan: ApplyPlan
  readonly live: readonly KubeObject[]
  readonly facts: AttemptFacts
}

/** How an attempt ended. */
export interface AttemptResult {
  readonly status: SyncStatus
  readonly error?: FleetkitError | undefined
  /** How many objects were written or deleted. */
  readonly changed: number
}

/** Finds out what applying a Sync takes. Reads git and the cluster, writes nothing. */
export async function planSync(
  sync: Sync,
  previous: SyncStatus,
  context: Omit<AttemptContext, 'logger'>,
  onResolved?: (source: ResolvedSource) => void,
): Promise<PlannedSync> {
  const { signal, events } = context
  const source = await resolveSource(sync, context, previous.admitted ?? [], signal)
  onResolved?.(source)
  events.emit('sync.resolved', { sync: sync.ref, revision: source.revision })
  const rendered = await renderSource(sync, context, source, signal)
  return planObjects(sync, previous, rendered, source, context)
}

async function planObjects(
  sync: Sync,
  previous: SyncStatus,
  rendered: readonly RenderedObject[],
  source: ResolvedSource,
  { cluster, records, signal }: Pick<AttemptContext, 'cluster' | 'records' | 'signal'>,
): Promise<PlannedSync> {
  const scopes = await readScopes(cluster, rendered, signal)
  const namespaced = (object: KubeObject): boolean | undefined => scopes.get(typeKey(object))
  const desired = prepareObjects(rendered, { sync: sync.ref, targetNamespace: sync.spec.targetNamespace, namespaced })
  refuseRecord(desired, records.reserved?.(sync.ref))
  const inventory = parseInventory(previous.inventory)
  const refs = new Map([...inventory, ...desired.map(({ object }) => refOf(object))].map((ref) => [refKey(ref), ref]))
  const live = await readLive(cluster, sync.ref, [...refs.values()], signal)
  const plan = planApply({
    sync: sync.ref,
    policy: sync.spec,
    revision: source.revision,
    lastAppliedRevision: previous.lastAppliedRevision,
    desired,
    live,
    inventory,
    unknown: desired.filter(({ object }) => namespaced(object) === undefined).map(({ object }) => refOf(object)),
  })
  const { revision, admitted, tagMoved, sourceUnavailable } = source
  return { plan, live, facts: { generation: sync.metadata.generation ?? 0, revision, admitted, tagMoved, sourceUnavailable } }
}

/** A version that holds the object of its own record would overwrite it, or prune it later. */
function refuseRecord(desired: readonly RenderedObject[], record: ObjectRef | undefined): void {
  const found = record && desired.find(({ object }) => refKey(refOf(object)) === refKey(record))
  if (found === undefined) return
  const message = `${found.origin}: found the object in which this Sync's own record is kept, accepted another name`
  throw new FleetkitError('source/object-invalid', message, { ref: record })
}

/** Whether each type of the version is namespaced: as the version itself defines it, else as the cluster says. */
async function readScopes(
  cluster: ClusterApi,
  rendered: readonly RenderedObject[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, boolean>> {
  const defined = new Map(rendered.flatMap(({ object }) => definedTypes(object)))
  const types = new Map(rendered.map(({ object }) => [typeKey(object), object]))
  const asked = [...types].filter(([key]) => !defined.has(key))
  const found = await Promise.all(asked.map(async ([key, type]) => [key, (await cluster.discover(type, { signal }))?.namespaced] as const))
  return new Map([...defined, ...found.filter((entry): entry is readonly [string, boolean] => entry[1] !== undefined)])
}

function definedTypes(object: KubeObject): readonly (readonly [string, boolean])[] {
  if (!isDefinition(object)) return []
  const { group, scope, names, versions } = (object.spec ?? {}) as {
    group?: string
    scope?: string
    names?: { kind?: string }
    versions?: readonly { name?: string }[]
  }
  return (versions ?? []).map(({ name }) => [typeKey({ apiVersion: `${group}/${name}`, kind: names?.kind ?? '' }), scope === 'Namespaced'])
}

/**
 * One attempt at a Sync, from git to the recorded status. It never throws for what can go wrong with a Sync: that is in
 * the result and in the status; an aborted attempt rejects, and leaves an inventory that holds all it has touched.
 */
export async function attemptSync(sync: Sync, previous: SyncStatus, context: AttemptContext): Promise<AttemptResult> {
  const { clock, events, records, logger, signal } = context
  const startedAt = clock.now()
  const requestedAt = sync.metadata.annotations?.[requestedAtAnnotation]
  events.emit('sync.started', { sync: sync.ref })
  const attempt: Progress = { facts: { generation: sync.metadata.generation ?? 0 }, applied: false, changed: 0 }
  let recorded = previous
  let overtaken = false
  const record = async (status: SyncStatus): Promise<void> => {
    try {
      await records.save(sync.ref, recorded, status, { signal })
    } catch (error) {
      overtaken = hasCode(error, 'store/conflict')
      throw error
    }
    recorded = status
  }
  const finish = async (error?: FleetkitError): Promise<AttemptResult> => {
    const finishedAt = clock.now()
    const { facts, applied, changed, healthy } = attempt
    const common = { startedAt, finishedAt, applied, healthy, requestedAt }
    const status = nextStatus(
      recorded,
      facts,
      error === undefined
        ? { ...common, succeeded: true, message: successMessage(facts.revision as string, changed, healthy) }
        : { ...common, succeeded: false, message: error.message, code: error.code, retryable: error.retryable, phase: attempt.phase },
    )
    const durationMs = finishedAt - startedAt
    const fields = { sync: formatRef(sync.ref), revision: facts.revision, changed, durationMs }
    const tellFailed = (failure: FleetkitError): void => {
      events.emit('sync.failed', { sync: sync.ref, error: failure, durationMs })
      logger.warn('sync failed', { ...fields, code: failure.code, error: failure.message })
    }
    try {
      await record(status)
    } catch (cause) {
      if (!(cause instanceof FleetkitError) || cause.code === 'aborted' || cause.code === 'closed' || overtaken) throw cause
      const unrecorded = unrecordedError(sync.ref, status, cause)
      tellFailed(unrecorded)
      throw unrecorded
    }
    if (error === undefined) {
      events.emit('sync.finished', { sync: sync.ref, revision: facts.revision as string, durationMs, changed })
      logger.info('sync finished', fields)
    } else tellFailed(error)
    return { status, error, changed }
  }
  const timeoutMs = parseDuration(sync.spec.timeout) as number
  using limit = timeLimit(signal, timeoutMs, clock, `the attempt did not end within ${sync.spec.timeout} (spec.timeout)`)
  try {
    await runAttempt(sync, previous, { ...context, signal: limit.signal }, attempt, record, startedAt + timeoutMs)
  } catch (error) {
    // An abort is the caller's; whatever else is unknown is a defect. Neither is a state of the Sync.
    if (!(error instanceof FleetkitError) || error.code === 'aborted' || error.code === 'closed' || error.code === 'internal') throw error
    // Who was overtaken must not write over the other's record.
    if (overtaken) throw error
    return finish(error)
  }
  return finish()
}

/** What an attempt has come to know and done so far. */
interface Progress {
  facts: AttemptFacts
  applied: boolean
  changed: number
  healthy?: boolean
  phase?: 'prune'
}

async function runAttempt(
  sync: Sync,
  previous: SyncStatus,
  context: AttemptContext,
  attempt: Progress,
  record: (status: SyncStatus) => Promise<void>,
  deadline: number,
): Promise<void> {
  const { clock, events } = context
  await checkDependencies(sync, context)
  const { plan, facts } = await planSync(sync, previous, context, ({ revision, tagMoved, sourceUnavailable }) => {
    // A version that cannot be read was attempted, but is not admitted yet.
    attempt.facts = { ...attempt.facts, revision, tagMoved, sourceUnavailable }
  })
  attempt.facts = facts
  events.emit('sync.planned', { sync: sync.ref, revision: plan.revision, actions: countActions(plan) })
  const [refusal] = plan.refusals
  if (refusal !== undefined) throw new FleetkitError(refusal.code, refusal.message)

  const before = inventoryOf(plan.inventoryBefore)
  if (hasChanges(plan) || !jsonEqual(previous.inventory ?? { entries: [] }, before)) {
    attempt.facts = { ...facts, inventory: before }
    await recordAhead(record(progressingStatus(previous, attempt.facts, clock.now())), sync.ref)
  }
  const execution = await executePlan(plan, { ...context, force: sync.spec.force })
  attempt.changed = execution.changed
  throwAny(execution.applyErrors, sync.ref)
  attempt.applied = true
  attempt.facts = { ...attempt.facts, inventory: remaining(plan, before, execution) }
  if (execution.pruneErrors.length > 0) attempt.phase = 'prune'
  throwAny(execution.pruneErrors, sync.ref)

  const checks = await healthChecksOf(sync, plan, context)
  if (checks.length === 0) return
  attempt.healthy = false
  await waitHealthy(sync.ref, checks, { ...context, deadline })
  attempt.healthy = true
}

async function recordAhead(saved: Promise<void>, sync: ObjectRef): Promise<void> {
  try {
    await saved
  } catch (error) {
    if (!(error instanceof FleetkitError) || error.code === 'aborted' || error.code === 'store/conflict') throw error
    const message = `the inventory could not be recorded, so nothing was written to the cluster: ${error.message}`
    throw new FleetkitError('sync/record', message, { ref: sync, cause: error, retryable: error.retryable })
  }
}

/** Says what happened even though it could not be written down: often the cluster that went away holds the record too. */
function unrecordedError(sync: ObjectRef, { conditions }: SyncStatus, cause: FleetkitError): FleetkitError {
  const message = `the outcome could not be recorded: ${cause.message}; it was: ${getCondition(conditions, 'Ready')?.message}`
  return new FleetkitError('sync/record', message, { ref: sync, cause, retryable: cause.retryable })
}

/** What stays recorded: everything that the plan keeps, and what could not be deleted. */
function remaining(plan: ApplyPlan, before: Inventory, { pruned }: Execution): Inventory {
  const gone = new Set(pruned.map(refKey))
  const stuck = plan.prunes.filter(({ type, ref }) => type === 'prune' && !gone.has(refKey(ref))).map(({ ref }) => ref)
  return narrowInventory(before, inventoryOf([...plan.inventoryAfter, ...stuck]))
}

async function healthChecksOf(sync: Sync, plan: ApplyPlan, { cluster, signal }: AttemptContext): Promise<readonly ObjectRef[]> {
  if (sync.spec.wait) {
    return actionsOf({ ...plan, prunes: [] })
      .filter(({ reason }) => reason.code !== 'disabled')
      .map(({ ref }) => ref)
  }
  const own = sync.spec.targetNamespace ?? sync.metadata.namespace
  return Promise.all(
    (sync.spec.healthChecks ?? []).map(async ({ apiVersion, kind, name, namespace }) => {
      const namespaced = (await cluster.discover({ apiVersion, kind }, { signal }))?.namespaced
      return namespaced === false ? { apiVersion, kind, name } : { apiVersion, kind, namespace: namespace ?? own, name }
    }),
  )
}

function throwAny(errors: readonly FleetkitError[], sync: ObjectRef): void {
  const [first] = errors
  if (first === undefined) return
  if (errors.length === 1) throw first
  const listed = errors.slice(0, 5).map(({ message }) => message)
  const more = errors.length > listed.length ? `; and ${errors.length - listed.length} more` : ''
  throw new FleetkitError('sync/partial', `${errors.length} objects failed: ${listed.join('; ')}${more}`, {
    ref: sync,
    errors,
    retryable: errors.some(({ retryable }) => retryable),
  })
}

function successMessage(revision: string, changed: number, healthy: boolean | undefined): string {
  const did = changed === 0 ? 'nothing to change' : `${changed} ${changed === 1 ? 'object' : 'objects'} changed`
  return `${revision} is applied: ${did}${healthy === true ? ', everything is healthy' : ''}`
}
