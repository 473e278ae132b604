import { timeLimit } from '../../async/time/time-limit.ts'
import { parseDuration } from '../../model/duration.ts'
import { FleetkitError } from '../../model/errors/error.ts'
import { RemoteSync } from '../../model/kinds/remote-sync/remote-sync.ts'
import type { RemoteSyncSpecInput } from '../../model/kinds/remote-sync/types.generated.ts'
import { Sync } from '../../model/kinds/sync/sync.ts'
import type { SyncPin, SyncSpecInput, SyncStatus } from '../../model/kinds/sync/types.generated.ts'
import { parseRevision } from '../../model/revision.ts'
import type { EventBus } from '../../observe/event-bus.ts'
import type { SyncPlan } from '../../plan/contract/sync-plan.ts'
import { deletesObjects } from '../../plan/sync/deletes-objects.ts'
import { findRevision } from '../../plan/sync/find-revision.ts'
import { pinMessage } from '../../plan/sync/pin.ts'
import { systemClock } from '../../ports/clock.ts'
import type { Git } from '../../ports/git.ts'
import { silentLogger } from '../../ports/logger.ts'
import type { CallOptions } from '../../ports/store.ts'
import { Attempt } from '../attempt/attempt.ts'
import type { AttemptContext, AttemptInput, PlannedSync } from '../attempt/context.ts'
import { planSync } from '../attempt/plan/plan-sync.ts'
import { removeObjects } from '../attempt/remove.ts'
import { defaultRenderers } from '../attempt/source/default-renderers.ts'
import { resolveSource } from '../attempt/source/source.ts'
import { healthChecksOf } from '../attempt/wait-healthy.ts'
import type { AppliedObject } from './applied-kind.ts'
import { attemptInputOf } from './attempt-input.ts'
import { checkExpected, checkUnchanged, codeSource, contractOf, reviewedPlan } from './contract.ts'
import { type HandbrakeWatch, handbrakeError, watchHandbrake } from './handbrake.ts'
import { peersOf } from './peers.ts'
import { type RunTarget, RunTargets } from './run-targets.ts'
import type { AppliedInput, PlanOptions, RunOptions, SyncRunnerOptions } from './runner-options.ts'

/** What an attempt works with, and for whom. */
interface RunContext extends AttemptContext, Pick<RunTarget, 'owner'> {}

/** The work of a `SyncRunner`, loaded with its first call. */
export class SyncRuns implements AsyncDisposable {
  readonly #options: SyncRunnerOptions
  readonly #common: Pick<AttemptContext, 'git' | 'renderers' | 'clock' | 'logger' | 'events' | 'healthRules' | 'applyStages'>
  readonly #targets: RunTargets

  constructor(options: SyncRunnerOptions, events: EventBus) {
    const { git = noGit, renderers = defaultRenderers, clock = systemClock, logger = silentLogger } = options
    const { healthRules, applyStages } = options
    this.#options = options
    this.#common = { git, renderers, clock, logger, events, healthRules, applyStages }
    this.#targets = new RunTargets(options)
  }

  async plan(sync: AppliedInput, { signal = never(), ...options }: PlanOptions = {}): Promise<SyncPlan> {
    const named = appliedObject(sync, options)
    using limit = this.#limit(named, signal)
    const context = await this.#contextOf(named, options.peers, limit.signal)
    const previous = await context.statuses.load(named.ref, { signal: limit.signal })
    const given = this.#at(options.revision, named, previous)
    const input = await this.#input(given, context, options)
    const source = await resolveSource(input, previous.admitted ?? [], context)
    const planned = await planSync(input, previous, source, context, { creates: true })
    return this.#contract(given, input, previous, planned, context)
  }

  async run(sync: AppliedInput, { signal = never(), plan, expect, ...options }: RunOptions = {}): Promise<SyncStatus> {
    const named = appliedObject(sync, options)
    const { ref, spec } = named
    if (spec.suspend) throw new FleetkitError('sync/suspended', 'it is suspended (spec.suspend)', { ref })
    using handbrake = await this.#handbrake(named, signal)
    const reviewed = plan && (await reviewedPlan(plan, expect, ref))
    const context = await this.#contextOf(named, options.peers, signal)
    const previous = await context.statuses.load(ref, { signal })
    const given = this.#at(options.revision, named, previous)
    const input = await this.#input(given, context, options, reviewed)
    const review = async (planned: PlannedSync): Promise<void> => {
      const current = await this.#contract(given, input, previous, planned, context)
      if (reviewed !== undefined) checkUnchanged(reviewed, current)
      else if (expect !== undefined) checkExpected(expect, current)
    }
    const reviews = plan !== undefined || expect !== undefined
    const { status, error } = await new Attempt(input, previous, {
      ...context,
      review: reviews ? review : undefined,
      brake: handbrake?.brake,
    }).run()
    if (error !== undefined) throw error
    return status
  }

  async apply(
    plan: SyncPlan,
    { objects, ...options }: Omit<RunOptions, 'plan' | 'partial' | 'revision' | 'confirmPrune'> = {},
  ): Promise<SyncStatus> {
    const { sync, spec, generation } = await reviewedPlan(plan, options.expect, undefined)
    if (spec.source === undefined && objects === undefined) throw new FleetkitError('model/invalid', objectsMissing, { ref: sync })
    const { name, namespace } = sync
    return this.run({ metadata: { name, namespace, generation }, spec }, { ...options, objects, plan })
  }

  async status(sync: AppliedInput, { signal = never() }: CallOptions = {}): Promise<SyncStatus> {
    const named = appliedObject(sync, { objects: [] })
    const statuses = await this.#targets.statusesOf(named, signal)
    return statuses.load(named.ref, { signal })
  }

  async remove(sync: AppliedInput, { signal = never() }: CallOptions = {}): Promise<void> {
    const named = appliedObject(sync, { objects: [] })
    const { ref, spec } = named
    using handbrake = await this.#handbrake(named, signal)
    using limit = this.#limit(named, signal)
    const context = await this.#contextOf(named, [], limit.signal)
    const { statuses, owner } = context
    const options = { signal: limit.signal }
    const status = await statuses.load(ref, options)
    const wait = spec.deletionPolicy === 'WaitForTermination'
    if (deletesObjects(spec)) await removeObjects(owner, status, { wait }, { ...context, brake: handbrake?.brake })
    await statuses.remove(ref, status, options)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#targets[Symbol.asyncDispose]()
  }

  /** What an attempt at an object works with. */
  async #contextOf(named: AppliedObject, peers: readonly AppliedObject[] | undefined, signal: AbortSignal): Promise<RunContext> {
    const { memory, kind, ...target } = await this.#targets.of(named, signal)
    const self = { owner: target.owner, object: named.toObject() }
    return { ...this.#common, ...memory, ...target, peers: peersOf(self, kind, target.statuses, peers), signal }
  }

  /** What an attempt has to know of an object, and of what was reviewed. */
  async #input(
    sync: AppliedObject,
    { owner }: RunContext,
    { objects, partial = sync.spec.partial ?? this.#options.partial, confirmPrune }: PlanOptions & Pick<RunOptions, 'confirmPrune'>,
    reviewed?: SyncPlan,
  ): Promise<AttemptInput> {
    return {
      ...attemptInputOf(sync, owner),
      actor: this.#options.actor ?? sync.spec.pin?.by ?? 'runner',
      confirmedPrune: confirmPrune,
      partial: reviewed === undefined ? partial : reviewed.partial,
      reviewedCommit: reviewed && parseRevision(reviewed.revision)?.commit,
      objects: objects && (await codeSource(objects)),
    }
  }

  /** Throws when the handbrake of a Sync is pulled, and looks out for it in the store that the Sync is kept in. */
  async #handbrake(sync: AppliedObject, signal: AbortSignal): Promise<HandbrakeWatch | undefined> {
    const { store } = this.#options
    const kept = await store?.get(sync.ref, { signal })
    const error = handbrakeError(sync.toObject()) ?? handbrakeError(kept)
    if (error !== undefined) throw error
    return store && kept && watchHandbrake(store, kept)
  }

  /** A Sync at a revision of its history. */
  #at(revision: string | undefined, sync: AppliedObject, status: SyncStatus): AppliedObject {
    if (revision === undefined) return sync
    const { ref, spec } = sync
    const found = findRevision(status, revision)?.revision
    if (found === undefined) {
      const known = (status.history ?? []).map((entry) => entry.revision).join(', ')
      throw new FleetkitError('sync/revision', `revision: found ${revision}, accepted one of its history: ${known || 'it is empty'}`, {
        ref,
      })
    }
    if (spec.pin !== undefined && spec.pin.revision !== found)
      throw new FleetkitError('sync/revision', `revision: found ${found}, but it is ${pinMessage(spec.pin, spec.source)}`, { ref })
    const pin = spec.pin ?? { revision: found, by: this.#options.actor ?? 'runner', reason: 'a rollback' }
    const pinned = (draft: { spec: { pin?: SyncPin | undefined } }): void => {
      draft.spec.pin = pin
    }
    return sync instanceof Sync ? sync.with(pinned) : sync.with(pinned)
  }

  async #contract(
    sync: AppliedObject,
    input: AttemptInput,
    previous: SyncStatus,
    planned: PlannedSync,
    context: AttemptContext,
  ): Promise<SyncPlan> {
    const healthChecks = await healthChecksOf(input, planned.plan, context)
    const recordInCluster = context.statuses.recordOf !== undefined
    return contractOf(planned, { sync, input, previous, healthChecks, recordInCluster })
  }

  #limit({ spec }: AppliedObject, signal: AbortSignal): Disposable & { readonly signal: AbortSignal } {
    const { timeout } = spec
    return timeLimit(signal, parseDuration(timeout) as number, this.#common.clock, `it took longer than ${timeout} (spec.timeout)`)
  }
}

const objectsMissing = 'objects: found nothing, accepted the objects that were planned: their values are not in the plan'

/** The object that is meant; it needs no source when what it applies is made in code. */
function appliedObject(given: AppliedInput, { objects }: Pick<PlanOptions, 'objects'>): AppliedObject {
  if (given instanceof Sync || given instanceof RemoteSync) return given
  const spec = objects === undefined ? given.spec : { source: unread, ...given.spec }
  if ('cluster' in spec) return new RemoteSync({ ...given, spec: spec as RemoteSyncSpecInput })
  return new Sync({ ...given, spec: spec as SyncSpecInput })
}

/** Stands for the source of a Sync whose objects are given. */
const unread: SyncSpecInput['source'] = { git: { url: 'https://objects.invalid/', commit: '0'.repeat(40) } }
/** Stands for the git port of a runner that reads none. */
const noGit: Git = { resolve: refuseGit, tree: refuseGit, blobs: refuseGit, close: async () => {}, [Symbol.asyncDispose]: async () => {} }

async function refuseGit(): Promise<never> {
  throw new FleetkitError('model/invalid', 'git: found nothing, accepted a git port: a source is to be read')
}

/** A signal for callers that gave none. */
function never(): AbortSignal {
  return new AbortController().signal
}
