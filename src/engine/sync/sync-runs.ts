import { timeLimit } from '../../async/time/time-limit.ts'
import { parseDuration } from '../../model/duration.ts'
import { FleetkitError } from '../../model/errors/error.ts'
import { Sync } from '../../model/kinds/sync/sync.ts'
import type { SyncSpecInput, SyncStatus } from '../../model/kinds/sync/types.generated.ts'
import { parseRevision } from '../../model/revision.ts'
import type { EventBus } from '../../observe/event-bus.ts'
import type { PartialPolicy } from '../../plan/apply/plan.ts'
import type { SyncPlan } from '../../plan/contract/sync-plan.ts'
import { deletesObjects } from '../../plan/sync/deletes-objects.ts'
import { findRevision } from '../../plan/sync/history.ts'
import { pinMessage } from '../../plan/sync/pin.ts'
import { systemClock } from '../../ports/clock.ts'
import type { Git } from '../../ports/git.ts'
import { silentLogger } from '../../ports/logger.ts'
import type { CallOptions, Store } from '../../ports/store.ts'
import { Attempt } from '../attempt/attempt.ts'
import type { AttemptContext, AttemptInput, PlannedSync } from '../attempt/context.ts'
import { emptyMemory } from '../attempt/memory.ts'
import { planSync } from '../attempt/plan/plan-sync.ts'
import { objectStatusStore } from '../attempt/record/object-status-store.ts'
import type { StatusStore } from '../attempt/record/status-store.ts'
import { removeObjects } from '../attempt/remove.ts'
import { defaultRenderers } from '../attempt/source/default-renderers.ts'
import { resolveSource } from '../attempt/source/source.ts'
import { healthChecksOf } from '../attempt/wait-healthy.ts'
import { attemptInputOf } from './attempt-input.ts'
import { configMapStatusStore } from './config-map-status-store.ts'
import { checkExpected, checkUnchanged, codeSource, contractOf, reviewedPlan } from './contract.ts'
import { type HandbrakeWatch, handbrakeError, watchHandbrake } from './handbrake.ts'
import { peersOf } from './peers.ts'
import type { ObjectsSync, PlanOptions, RunOptions, SyncRunnerOptions } from './runner-options.ts'

/** The work of a `SyncRunner`, loaded with its first call. */
export class SyncRuns {
  readonly #context: Omit<AttemptContext, 'signal'>
  readonly #store: Store | undefined
  readonly #statuses: StatusStore
  readonly #partial: PartialPolicy | undefined
  readonly #actor: string | undefined

  constructor(options: SyncRunnerOptions, events: EventBus) {
    const { cluster, git = noGit, store, renderers = defaultRenderers, clock = systemClock, logger = silentLogger } = options
    const { healthRules, applyStages, partial, actor } = options
    this.#store = store
    this.#partial = partial
    this.#actor = actor
    this.#statuses = store === undefined ? configMapStatusStore(cluster, options) : objectStatusStore(store, options)
    this.#context = {
      cluster,
      home: cluster,
      git,
      renderers,
      statuses: this.#statuses,
      ...emptyMemory(),
      clock,
      logger,
      events,
      healthRules,
      applyStages,
    }
  }

  async plan(sync: Sync | ObjectsSync, { signal = never(), ...options }: PlanOptions = {}): Promise<SyncPlan> {
    const named = syncOf(sync, options)
    using limit = this.#limit(named, signal)
    const context = { ...this.#context, peers: peersOf(named.ref, this.#statuses, options.peers), signal: limit.signal }
    const previous = await this.#statuses.load(named.ref, { signal: limit.signal })
    const given = this.#at(options.revision, named, previous)
    const input = await this.#input(given, options)
    const source = await resolveSource(input, previous.admitted ?? [], context)
    const planned = await planSync(input, previous, source, context, { creates: true })
    return this.#contract(given, input, previous, planned, context)
  }

  async run(sync: Sync | ObjectsSync, { signal = never(), plan, expect, ...options }: RunOptions = {}): Promise<SyncStatus> {
    const named = syncOf(sync, options)
    const { ref, spec } = named
    if (spec.suspend) throw new FleetkitError('sync/suspended', 'it is suspended (spec.suspend)', { ref })
    using handbrake = await this.#handbrake(named, signal)
    const reviewed = plan && (await reviewedPlan(plan, expect, ref))
    const previous = await this.#statuses.load(ref, { signal })
    const given = this.#at(options.revision, named, previous)
    const input = await this.#input(given, options, reviewed)
    const review = async (planned: PlannedSync): Promise<void> => {
      const current = await this.#contract(given, input, previous, planned, { ...this.#context, signal })
      if (reviewed !== undefined) checkUnchanged(reviewed, current)
      else if (expect !== undefined) checkExpected(expect, current)
    }
    const reviews = plan !== undefined || expect !== undefined
    const peers = peersOf(ref, this.#statuses, options.peers)
    const { status, error } = await new Attempt(input, previous, {
      ...this.#context,
      peers,
      review: reviews ? review : undefined,
      brake: handbrake?.brake,
      signal,
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

  status(sync: Sync | ObjectsSync, options: CallOptions = {}): Promise<SyncStatus> {
    return this.#statuses.load(syncOf(sync, { objects: [] }).ref, options)
  }

  async remove(sync: Sync | ObjectsSync, { signal = never() }: CallOptions = {}): Promise<void> {
    const named = syncOf(sync, { objects: [] })
    const { ref, spec } = named
    using handbrake = await this.#handbrake(named, signal)
    using limit = this.#limit({ spec }, signal)
    const options = { signal: limit.signal }
    const status = await this.#statuses.load(ref, options)
    const wait = spec.deletionPolicy === 'WaitForTermination'
    if (deletesObjects(spec)) await removeObjects(ref, status, wait, { ...this.#context, ...options, brake: handbrake?.brake })
    await this.#statuses.remove(ref, status, options)
  }

  /** What an attempt has to know of a Sync, and of what was reviewed. */
  async #input(
    sync: Sync,
    { objects, partial = sync.spec.partial ?? this.#partial, confirmPrune }: PlanOptions & Pick<RunOptions, 'confirmPrune'>,
    reviewed?: SyncPlan,
  ): Promise<AttemptInput> {
    return {
      ...attemptInputOf(sync),
      actor: this.#actor ?? sync.spec.pin?.by ?? 'runner',
      confirmedPrune: confirmPrune,
      partial: reviewed === undefined ? partial : reviewed.partial,
      reviewedCommit: reviewed && parseRevision(reviewed.revision)?.commit,
      objects: objects && (await codeSource(objects)),
    }
  }

  /** Throws when the handbrake of a Sync is pulled, and looks out for it in the store that the Sync is kept in. */
  async #handbrake(sync: Sync, signal: AbortSignal): Promise<HandbrakeWatch | undefined> {
    const kept = await this.#store?.get(sync.ref, { signal })
    const error = handbrakeError(sync.toObject()) ?? handbrakeError(kept)
    if (error !== undefined) throw error
    return this.#store && kept && watchHandbrake(this.#store, kept)
  }

  /** A Sync at a revision of its history. */
  #at(revision: string | undefined, sync: Sync, status: SyncStatus): Sync {
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
    const pin = spec.pin ?? { revision: found, by: this.#actor ?? 'runner', reason: 'a rollback' }
    return sync.with((draft) => {
      draft.spec.pin = pin
    })
  }

  async #contract(sync: Sync, input: AttemptInput, previous: SyncStatus, planned: PlannedSync, context: AttemptContext): Promise<SyncPlan> {
    const healthChecks = await healthChecksOf(input, planned.plan, context)
    const recordInCluster = this.#statuses.recordOf !== undefined
    return contractOf(planned, { sync, input, previous, healthChecks, recordInCluster })
  }

  #limit({ spec }: Pick<Sync, 'spec'>, signal: AbortSignal): Disposable & { readonly signal: AbortSignal } {
    const { timeout } = spec
    return timeLimit(signal, parseDuration(timeout) as number, this.#context.clock, `it took longer than ${timeout} (spec.timeout)`)
  }
}

const objectsMissing = 'objects: found nothing, accepted the objects that were planned: their values are not in the plan'

/** A Sync; without a source when its objects are made in code. */
function syncOf(sync: Sync | ObjectsSync, { objects }: Pick<PlanOptions, 'objects'>): Sync {
  if (sync instanceof Sync) return sync
  return new Sync({ ...sync, spec: objects === undefined ? (sync.spec as SyncSpecInput) : { source: unread, ...sync.spec } })
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
