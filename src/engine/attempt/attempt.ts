import { AbortScope } from '../../async/abort-scope.ts'
import { monotonic } from '../../async/time/monotonic.ts'
import { timeLimit } from '../../async/time/time-limit.ts'
import { withinTime } from '../../async/time/within-time.ts'
import { isWrittenSince } from '../../manifest/fields/is-written-since.ts'
import { inventoryOf, narrowInventory } from '../../manifest/inventory.ts'
import { holdsInventory } from '../../manifest/inventory-shards.ts'
import { Redactor } from '../../manifest/substitute/redactor.ts'
import { getCondition } from '../../model/condition.ts'
import { parseDuration } from '../../model/duration.ts'
import { FleetkitError, hasCode } from '../../model/errors/error.ts'
import type { Inventory, SyncStatus } from '../../model/kinds/sync/types.generated.ts'
import { formatRef, type ObjectRef, refKey, refOf } from '../../model/reference.ts'
import { refuse } from '../../plan/apply/decide.ts'
import { creationOfNamespace } from '../../plan/apply/home-namespace.ts'
import { type ApplyPlan, countActions, hasChanges } from '../../plan/apply/plan.ts'
import { sameWrite } from '../../plan/contract/contract-action.ts'
import { contentionsOf, formatContentions, recordCorrections } from '../../plan/fields/contention.ts'
import { withholdPrunes } from '../../plan/sync/confirm-prunes.ts'
import { type AttemptFacts, type AttemptOutcome, nextStatus, progressingStatus } from '../../plan/sync/next-status.ts'
import { pinMessage } from '../../plan/sync/pin.ts'
import type { AttemptContext, AttemptInput, PlannedSync } from './context.ts'
import { checkDependencies } from './dependencies.ts'
import { type ExecuteContext, type Execution, executePlan, refusedPart } from './execute-plan.ts'
import { healthJudgeOf } from './health-judge.ts'
import { planSync } from './plan/plan-sync.ts'
import { combineErrors, resultOf } from './result.ts'
import { objectsDigest } from './source/objects-digest.ts'
import { type ResolvedSource, resolveSource } from './source/source.ts'
import { healthChecksOf, waitHealthy } from './wait-healthy.ts'

/** How long recording the outcome may hold up a caller who has aborted. */
const saveAfterAbortMs = 1000
/** How long a save may take: a store that never answers must not end all attempts. */
const saveAtMostMs = 30_000

/** How an attempt ended. */
export interface AttemptResult {
  readonly status: SyncStatus
  readonly error?: FleetkitError | undefined
}

interface SaveLimit {
  readonly signal: AbortSignal | undefined
  readonly ms: number
}

/** The context of one attempt: `signal` aborts when its time is up. */
interface TimedContext extends AttemptContext {
  /** When its time is up, as `monotonic` tells the time. */
  readonly deadline: number
}

/**
 * One attempt to apply a revision to a cluster, from git to the saved status. Each step returns the error that it failed
 * with, if any; the first one becomes the conditions of the status. An attempt rejects only for what is no state of its
 * owner: an abort, a defect, a conflicting writer. The saved inventory then still names every object that was touched.
 */
export class Attempt {
  readonly #input: AttemptInput
  readonly #context: AttemptContext
  /** The status as last saved. */
  #saved: SyncStatus
  #facts: AttemptFacts
  #execution: Execution | undefined
  #healthy: boolean | undefined
  /** How many objects were written or deleted. */
  #changed = 0

  constructor(input: AttemptInput, previous: SyncStatus, context: AttemptContext) {
    this.#input = input
    this.#context = context
    this.#saved = previous
    const { pin, source, revisionHistoryLimit } = input.spec
    const pinned = pin === undefined ? undefined : pinMessage(pin, source)
    const { generation, observed } = input
    this.#facts = { generation, observed, historyLimit: revisionHistoryLimit, pinned }
  }

  /** Makes the attempt, once. */
  async run(): Promise<AttemptResult> {
    const { owner, spec } = this.#input
    const { clock, events, signal } = this.#context
    const startedAt = clock.now()
    events.emit('sync.started', { sync: owner })
    const known = getCondition(this.#saved.conditions, 'Pinned')?.message
    if (spec.pin !== undefined && known !== this.#facts.pinned) events.emit('sync.pinned', { sync: owner, ...spec.pin })
    const timeoutMs = parseDuration(spec.timeout) as number
    using limit = timeLimit(signal, timeoutMs, clock, `the attempt did not end within ${spec.timeout} (spec.timeout)`)
    const failure = await this.#failureOrAbort({ ...this.#context, signal: limit.signal, deadline: monotonic(clock) + timeoutMs })
    // A defect of this library, or a caller who has reviewed something else: the status says nothing of either.
    if (failure?.code === 'internal' || failure?.code === 'sync/plan-changed') {
      if (failure.code !== 'internal') this.#report(failure, clock.now() - startedAt)
      throw failure
    }
    if (failure?.code !== 'aborted') return this.#finish(failure, startedAt)
    await this.#finishAborted(failure, startedAt)
    throw failure
  }

  async #failureOrAbort(context: TimedContext): Promise<FleetkitError | undefined> {
    try {
      return await this.#failure(context)
    } catch (error) {
      if (hasCode(error, 'aborted')) return error
      throw error
    }
  }

  /** Records an attempt that was aborted. What keeps it from being recorded is not what the caller has to know. */
  async #finishAborted(failure: FleetkitError, startedAt: number): Promise<void> {
    const finishedAt = this.#context.clock.now()
    const status = nextStatus(this.#saved, this.#facts, this.#outcome(failure, startedAt, finishedAt))
    if (this.#facts.revision !== undefined) await this.#saveAfterAbort(status).catch(() => {})
  }

  /** Saves an outcome although the caller wants to stop: for a moment, and only what is already so. */
  async #saveAfterAbort(status: SyncStatus): Promise<FleetkitError | undefined> {
    return this.#save(status, { signal: undefined, ms: saveAfterAbortMs })
  }

  async #saveOutcome(status: SyncStatus): Promise<FleetkitError | undefined> {
    try {
      return await this.#save(status)
    } catch (error) {
      if (!hasCode(error, 'aborted')) throw error
      return this.#saveAfterAbort(status)
    }
  }

  /** Takes the steps of the attempt. Returns the error of the one that failed. */
  async #failure(context: TimedContext): Promise<FleetkitError | undefined> {
    const planned = await resultOf(() => this.#plan(context))
    if (planned instanceof FleetkitError) return planned
    const { plan, redactor = new Redactor([]) } = planned
    const [refusal] = plan.refusals
    if (refusal !== undefined) return new FleetkitError(refusal.code, refusal.message)
    const refused = refusedPart(plan)
    if (refused !== undefined) return refused
    const rest = await this.#createHome(plan, context)
    if (rest instanceof FleetkitError) return redactor.error(rest)
    const failure =
      (await this.#saveInventoryFirst(plan)) ??
      (await this.#execute(rest, { ...context, actionNow: actionNowOf(planned, context) })) ??
      (await resultOf(() => this.#waitHealthy(plan, context))) ??
      this.#unconfirmed()
    return failure && redactor.error(failure)
  }

  /** What is left when everything else is done. */
  #unconfirmed(): FleetkitError | undefined {
    const { unconfirmed } = this.#facts
    return unconfirmed && new FleetkitError('sync/prune-unconfirmed', unconfirmed.message)
  }

  async #plan(context: TimedContext): Promise<PlannedSync> {
    const { owner } = this.#input
    await checkDependencies(this.#input, (ref) => context.statuses.get(ref, { signal: context.signal }))
    const source = await this.#resolve(context)
    const { revision, tagMoved, sourceUnavailable, admitted } = source
    this.#facts = { ...this.#facts, revision, tagMoved, sourceUnavailable }
    // What was reviewed was tried as a whole, and what is to be applied as a whole has to be.
    const creates = context.review !== undefined || this.#input.partial === 'never'
    const planned = await planSync(this.#input, this.#saved, source, context, { creates })
    await context.review?.(planned, this.#saved)
    const { plan, unconfirmed } = this.#confirmed({ ...planned.plan, partial: this.#input.partial }, context)
    const digest = await objectsDigest(planned.rendered, planned.redactor ?? new Redactor([]))
    // A source that cannot be planned was attempted, but its tag is not admitted.
    this.#facts = { ...this.#facts, admitted, unconfirmed, digest }
    if (plan.recovered.length > 0) {
      context.events.emit('sync.recovered', { sync: owner, refs: plan.recovered })
      context.logger.warn('the inventory lacked objects, which were found by their labels', {
        sync: formatRef(owner),
        objects: plan.recovered.length,
      })
    }
    context.events.emit('sync.planned', { sync: owner, revision, actions: countActions(plan) })
    return { ...planned, plan }
  }

  #resolve(context: TimedContext): Promise<ResolvedSource> {
    const { pin, source } = this.#input.spec
    const resolve = (): Promise<ResolvedSource> => resolveSource(this.#input, this.#saved.admitted ?? [], context)
    // What a tag stands for is a short answer, or none. A commit is fetched.
    return pin === undefined && source.git.tag !== undefined && context.idle !== undefined ? context.idle(resolve) : resolve()
  }

  /** A plan of which nothing is deleted that has to be confirmed and is not. Who has reviewed all of it has confirmed that too. */
  #confirmed(plan: ApplyPlan, { review }: TimedContext): ReturnType<typeof withholdPrunes> {
    const { spec, confirmedPrune } = this.#input
    return spec.confirmPrune && review === undefined ? withholdPrunes(plan, confirmedPrune) : { plan }
  }

  /** Where the plan itself creates the namespace in which the status is kept, that comes first. Returns the plan without it. */
  async #createHome(plan: ApplyPlan, context: TimedContext): Promise<ApplyPlan | FleetkitError> {
    const { owner } = this.#input
    const home = creationOfNamespace(plan, context.statuses.recordOf?.(owner).namespace)
    if (home === undefined) return plan
    const { changed, errors } = await executePlan({ ...plan, stages: [[home]], prunes: [] }, context)
    this.#changed += changed
    return combineErrors(owner, errors) ?? { ...plan, stages: plan.stages.map((stage) => stage.filter((action) => action !== home)) }
  }

  /** Before the first write to the cluster, the saved inventory names everything that is going to be written. */
  async #saveInventoryFirst(plan: ApplyPlan): Promise<FleetkitError | undefined> {
    const inventory = inventoryOf(plan.inventoryBefore)
    const dependencies = this.#input.dependencies.map(({ ref: { kind, namespace, name } }) => ({ kind, namespace, name }))
    this.#facts = { ...this.#facts, dependencies, restoredAt: this.#input.restoredAt }
    if (!hasChanges(plan) && holdsInventory(this.#saved.inventory, inventory)) return undefined
    this.#facts = { ...this.#facts, inventory }
    const cause = await this.#save(progressingStatus(this.#saved, this.#facts, this.#context.clock.now()))
    return cause && this.#unsaved(`the inventory could not be recorded, so nothing was written to the cluster: ${cause.message}`, cause)
  }

  async #execute(plan: ApplyPlan, context: TimedContext & Pick<ExecuteContext, 'actionNow'>): Promise<FleetkitError | undefined> {
    const { owner } = this.#input
    const waitFor = (refs: readonly ObjectRef[]) => this.#judgeHealth(refs, context)
    const execution = await executePlan(plan, { ...context, waitHealthy: waitFor })
    this.#execution = execution
    this.#changed += execution.changed
    this.#recordContention(plan)
    // Otherwise what was recorded before the first write is what there is; an empty inventory is recorded too, as one that is not lost.
    const isKnown = (this.#facts.inventory ?? this.#saved.inventory) !== undefined
    const isSame = isKnown && plan.prunes.length === 0 && execution.remaining.length === 0
    if (execution.applied && !isSame) this.#facts = { ...this.#facts, inventory: remainingInventory(plan, execution) }
    return combineErrors(owner, execution.errors)
  }

  /** Says which fields another manager writes again each time they are corrected. */
  #recordContention(plan: ApplyPlan): void {
    const { contentions, clock, events } = this.#context
    const { corrections, begun } = recordCorrections(contentions.of(plan.fieldManager), plan, clock.now())
    contentions.set(plan.fieldManager, corrections)
    for (const { ref, field, author, until } of begun)
      events.emit('sync.contention', { sync: this.#input.owner, ref, field, manager: author?.manager, until })
    this.#facts = { ...this.#facts, contention: formatContentions(contentionsOf(corrections)) ?? '' }
  }

  async #waitHealthy(plan: ApplyPlan, context: TimedContext): Promise<undefined> {
    const refs = await healthChecksOf(this.#input, plan, context)
    if (refs.length === 0) return
    this.#healthy = false
    await this.#judgeHealth(refs, context)
    this.#healthy = true
  }

  async #judgeHealth(refs: readonly ObjectRef[], context: TimedContext): Promise<void> {
    const judge = await healthJudgeOf(this.#input.spec, context)
    const wait = context.wait ?? ((work) => work(context.signal))
    await wait(async (signal) => {
      using scope = new AbortScope(context.signal, signal)
      await waitHealthy(this.#input.owner, refs, { ...context, judge, signal: scope.signal })
    })
  }

  async #finish(failure: FleetkitError | undefined, startedAt: number): Promise<AttemptResult> {
    const finishedAt = this.#context.clock.now()
    const status = nextStatus(this.#saved, this.#facts, this.#outcome(failure, startedAt, finishedAt))
    const cause = await this.#saveOutcome(status)
    // The cluster that became unreachable often holds the status too: the error says what the status would have said.
    const outcome = getCondition(status.conditions, 'Ready')?.message
    const unsaved = cause && this.#unsaved(`the outcome could not be recorded: ${cause.message}; it was: ${outcome}`, cause)
    this.#report(unsaved ?? failure, finishedAt - startedAt)
    if (unsaved !== undefined) throw unsaved
    return { status: this.#saved, error: failure }
  }

  #outcome(failure: FleetkitError | undefined, startedAt: number, finishedAt: number): AttemptOutcome {
    const { applied, errors } = this.#execution ?? { applied: false, errors: [] }
    const healthy = this.#healthy
    const { requestedAt, actor } = this.#input
    const common = { startedAt, finishedAt, healthy, requestedAt, actor }
    if (failure === undefined)
      return { ...common, succeeded: true, message: successMessage(this.#facts.revision as string, this.#changed, healthy) }
    const { message, code } = failure
    // An abort ends this attempt, and says nothing of the next.
    const retryable = failure.retryable || code === 'aborted'
    return { ...common, succeeded: false, message, code, retryable, phase: !applied ? undefined : errors.length > 0 ? 'prune' : 'health' }
  }

  /** Saves a status. Returns the error when that fails; rejects for a conflicting writer, whose status must stay. */
  async #save(
    status: SyncStatus,
    { signal, ms }: SaveLimit = { signal: this.#context.signal, ms: saveAtMostMs },
  ): Promise<FleetkitError | undefined> {
    const { statuses, clock } = this.#context
    const save = (within: AbortSignal) => statuses.save(this.#input.owner, this.#saved, status, { signal: within })
    const saved = await resultOf(() => withinTime(ms, 'the status was not saved in time', { clock, signal }, save))
    if (saved instanceof FleetkitError) {
      if (saved.code === 'store/conflict') throw saved
      return saved
    }
    this.#saved = saved
    return undefined
  }

  #unsaved(message: string, cause: FleetkitError): FleetkitError {
    return new FleetkitError('sync/record', message, { ref: this.#input.owner, cause, retryable: cause.retryable })
  }

  #report(failure: FleetkitError | undefined, durationMs: number): void {
    const { events, logger } = this.#context
    const { owner } = this.#input
    const revision = this.#facts.revision
    const changed = this.#changed
    const fields = { sync: formatRef(owner), revision, changed, durationMs }
    if (failure === undefined) {
      events.emit('sync.finished', { sync: owner, revision: revision as string, durationMs, changed })
      logger.info('sync finished', fields)
    } else {
      events.emit('sync.failed', { sync: owner, error: failure, durationMs })
      logger.warn('sync failed', { ...fields, code: failure.code, error: failure.message })
    }
  }
}

/** Decides again about objects that others have written since they were planned. What was reviewed is done as it was then, or not at all. */
function actionNowOf({ live: planned, decide }: PlannedSync, { review }: AttemptContext): ExecuteContext['actionNow'] {
  if (decide === undefined) return undefined
  const known = new Map(planned.map((object) => [refKey(refOf(object)), object]))
  return async (action, live, left) => {
    const before = left ?? known.get(refKey(action.ref))
    if (before !== undefined && !isWrittenSince(before, live)) return action
    const [now = action] = await decide([action.ref], [live])
    const isAgreed = review === undefined || now.type === 'skip' || sameWrite(action, now)
    return isAgreed ? now : refuse(now, 'field-conflict', 'it was written since the plan was reviewed, and is to be planned anew')
  }
}

/** What the inventory holds after executing a plan: what the plan keeps, and what is still there. */
function remainingInventory(plan: ApplyPlan, { remaining }: Execution): Inventory {
  return narrowInventory(inventoryOf(plan.inventoryBefore), inventoryOf([...plan.inventoryAfter, ...remaining.map(({ ref }) => ref)]))
}

function successMessage(revision: string, changed: number, healthy: boolean | undefined): string {
  const did = changed === 0 ? 'nothing to change' : `${changed} ${changed === 1 ? 'object' : 'objects'} changed`
  return `${revision} is applied: ${did}${healthy === true ? ', everything is healthy' : ''}`
}
