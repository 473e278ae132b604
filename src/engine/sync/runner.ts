import { loadOnce } from '../../async/load-once.ts'
import { timeLimit } from '../../async/time-limit.ts'
import { parseDuration } from '../../model/duration.ts'
import { FleetkitError } from '../../model/errors/error.ts'
import { Sync } from '../../model/kinds/sync/sync.ts'
import type { SyncSpecInput, SyncStatus } from '../../model/kinds/sync/types.generated.ts'
import type { ObjectMeta } from '../../model/object.ts'
import { parseRevision } from '../../model/revision.ts'
import { EventBus } from '../../observe/event-bus.ts'
import type { PartialPolicy } from '../../plan/apply/plan.ts'
import type { SyncPlan } from '../../plan/contract/sync-plan.ts'
import { deletesObjects } from '../../plan/sync/deletes-objects.ts'
import { findRevision } from '../../plan/sync/history.ts'
import { pinMessage } from '../../plan/sync/pin.ts'
import { type Clock, systemClock } from '../../ports/clock.ts'
import type { ClusterApi } from '../../ports/cluster.ts'
import type { Git } from '../../ports/git.ts'
import { type Logger, silentLogger } from '../../ports/logger.ts'
import type { Renderer } from '../../ports/renderer.ts'
import type { CallOptions, Store } from '../../ports/store.ts'
import { ContentionLog } from '../attempt/contention-log.ts'
import type { AttemptContext, AttemptInput, PlannedSync } from '../attempt/context.ts'
import type { KindRules } from '../attempt/kind-rules.ts'
import { loadAttempt } from '../attempt/load.ts'
import { SettledCache } from '../attempt/plan/settled-cache.ts'
import { SharedReads } from '../attempt/plan/shared-reads.ts'
import { objectStatusStore } from '../attempt/record/object-status-store.ts'
import type { InventoryOptions } from '../attempt/record/sharded-status-store.ts'
import type { StatusStore } from '../attempt/record/status-store.ts'
import { defaultRenderers } from '../attempt/source/default-renderers.ts'
import { attemptInputOf } from './attempt-input.ts'
import { configMapStatusStore } from './config-map-status-store.ts'
import { type HandbrakeWatch, handbrakeError, watchHandbrake } from './handbrake.ts'
import { peersOf } from './peers.ts'

/**
 * Options of {@link SyncRunner}. It disposes of none of them.
 *
 * @category Sync
 */
export interface SyncRunnerOptions extends KindRules, InventoryOptions {
  /** The cluster to apply to. */
  readonly cluster: ClusterApi
  /** Where the sources are. Not needed when all objects are made in code. */
  readonly git?: Git | undefined
  /**
   * Where the Sync objects are kept; their statuses hold the inventories. Without it, each inventory is kept in a
   * ConfigMap `sync-<name>` in the Sync's namespace of the cluster itself.
   */
  readonly store?: Store | undefined
  /**
   * The first one that accepts a directory renders it. `defaultRenderers` when absent: plain YAML, and kustomize where its
   * program is. To have those too: `[mine, ...defaultRenderers]`.
   */
  readonly renderers?: readonly Renderer[] | undefined
  /** What is done with a plan of which a part is refused, where the Sync does not say so itself: the rest of it, by default. */
  readonly partial?: PartialPolicy | undefined
  /** Who runs it: the actor in `status.history`. `runner` by default. */
  readonly actor?: string | undefined
  readonly clock?: Clock | undefined
  /** Silent by default. */
  readonly logger?: Logger | undefined
}

/**
 * A Sync whose objects are made in code: without a source.
 *
 * @category Sync
 */
export interface ObjectsSync {
  readonly metadata: ObjectMeta
  readonly spec: Omit<SyncSpecInput, 'source' | 'path'>
}

/**
 * Options of {@link SyncRunner.plan}.
 *
 * @category Sync
 */
export interface PlanOptions extends CallOptions {
  /**
   * The objects to apply, made in code: by cdk8s, from templates, or as plain values. The source of the Sync is not read, if it
   * has one; the digest of the objects is the revision, as `objects@sha256:…`.
   */
  readonly objects?: readonly unknown[] | undefined
  /** What is done when a part is refused. What the Sync says, or else the runner, by default. */
  readonly partial?: PartialPolicy | undefined
  /**
   * Back to a revision of the history instead of what the source names: by its whole revision, its tag or its commit. It is an ordinary plan,
   * and pins the Sync for this once; see `lastGood`.
   */
  readonly revision?: string | undefined
  /**
   * Other Syncs, as they are about to be run: an object that one of them releases is taken over, and one that they are to have is left to
   * them, whichever is run first.
   */
  readonly peers?: readonly Sync[] | undefined
}

/**
 * Options of {@link SyncRunner.run}.
 *
 * @category Sync
 */
export interface RunOptions extends PlanOptions {
  /** The plan that was reviewed: exactly this is done, or nothing. */
  readonly plan?: SyncPlan | undefined
  /**
   * The digest of the plan that was approved. Beside `plan` it says that this is the one, wherever it was kept; alone it says what is to be
   * done, and an error cannot tell what differs.
   */
  readonly expect?: string | undefined
  /**
   * The deletions that are confirmed, where `spec.confirmPrune` asks for that: what `pruneDigestOf` gives for the plan. A plan that was
   * reviewed, by `plan` or `expect`, confirms its own.
   */
  readonly confirmPrune?: string | undefined
}

/**
 * Applies a Sync once, for scripts: what the Sync controller does at each interval.
 *
 * @example
 * ```ts
 * import { formatPlan, outcomeOf, Sync, SyncRunner } from 'fleetkit'
 * import { gitRepositories } from 'fleetkit/git'
 * import { kubernetesCluster } from 'fleetkit/kubernetes'
 *
 * await using cluster = await kubernetesCluster({ context: 'staging' })
 * await using git = gitRepositories()
 * const runner = new SyncRunner({ cluster, git })
 * const sync = Sync.parse('…')
 * const plan = await runner.plan(sync)
 * console.log(formatPlan(plan))
 * if (outcomeOf(plan) === 'changes') await runner.apply(plan, { signal: AbortSignal.timeout(120_000) })
 * console.log((await runner.status(sync)).lastAppliedRevision)
 * ```
 *
 * @category Sync
 */
export class SyncRunner {
  /** What happens, as it happens. */
  readonly events: EventBus
  readonly #context: Omit<AttemptContext, 'signal'>
  readonly #store: Store | undefined
  readonly #statuses: StatusStore
  readonly #partial: PartialPolicy | undefined
  readonly #actor: string | undefined

  constructor(options: SyncRunnerOptions) {
    const { cluster, git = noGit, store, renderers = defaultRenderers, clock = systemClock, logger = silentLogger } = options
    const { healthRules, applyStages, partial, actor } = options
    this.events = new EventBus({ clock, logger })
    this.#store = store
    this.#partial = partial
    this.#actor = actor
    this.#statuses = store === undefined ? configMapStatusStore(cluster, options) : objectStatusStore(store, options)
    this.#context = {
      cluster,
      git,
      renderers,
      statuses: this.#statuses,
      settled: new SettledCache(),
      contentions: new ContentionLog(),
      reads: new SharedReads(),
      clock,
      logger,
      events: this.events,
      healthRules,
      applyStages,
    }
  }

  /**
   * What `run` would do, each action with its reason. It comes from dry runs in the cluster, so it is exact but for what
   * depends on objects that the plan itself would create. Nothing is written. The plan is plain data without secrets: it can be
   * stored as JSON, read back with `parsePlan` of `fleetkit/plan`, and handed to `apply`.
   *
   * @throws FleetkitError of the git, source, render and cluster codes.
   */
  async plan(sync: Sync | ObjectsSync, { signal = never(), ...options }: PlanOptions = {}): Promise<SyncPlan> {
    const named = syncOf(sync, options)
    using limit = this.#limit(named, signal)
    const context = { ...this.#context, peers: peersOf(named.ref, this.#statuses, options.peers), signal: limit.signal }
    const { planSync, resolveSource } = await loadAttempt()
    const previous = await this.#statuses.load(named.ref, { signal: limit.signal })
    const given = this.#at(options.revision, named, previous)
    const input = await this.#input(given, options)
    const source = await resolveSource(input, previous.admitted ?? [], context)
    const planned = await planSync(input, previous, source, context, { creates: true })
    return this.#contract(given, input, previous, planned, context)
  }

  /**
   * Applies the source of the Sync, and returns its status as recorded. When the cluster agrees with the source already,
   * none of its objects is written. With a `plan` it does as {@link SyncRunner.apply}.
   *
   * @throws FleetkitError what went wrong, after it has been recorded in the status: the git, source, render, cluster and
   * sync codes; `sync/suspended`; `sync/handbrake`; `sync/revision`; `store/conflict` when another writer works on the same Sync; `aborted`.
   */
  async run(sync: Sync | ObjectsSync, { signal = never(), plan, expect, ...options }: RunOptions = {}): Promise<SyncStatus> {
    const named = syncOf(sync, options)
    const { ref, spec } = named
    if (spec.suspend) throw new FleetkitError('sync/suspended', 'it is suspended (spec.suspend)', { ref })
    using handbrake = await this.#handbrake(named, signal)
    const reviewed = plan && (await (await loadContract()).reviewedPlan(plan, expect, ref))
    const previous = await this.#statuses.load(ref, { signal })
    const given = this.#at(options.revision, named, previous)
    const input = await this.#input(given, options, reviewed)
    const review = async (planned: PlannedSync): Promise<void> => {
      const { checkExpected, checkUnchanged } = await loadContract()
      const current = await this.#contract(given, input, previous, planned, { ...this.#context, signal })
      if (reviewed !== undefined) checkUnchanged(reviewed, current)
      else if (expect !== undefined) checkExpected(expect, current)
    }
    const reviews = plan !== undefined || expect !== undefined
    const { Attempt } = await loadAttempt()
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

  /**
   * Carries out a plan that was reviewed: exactly its commit and its actions, or nothing. It is planned again, and compared.
   *
   * @throws FleetkitError `sync/plan-changed` with each difference, and nothing has been written, not even the status;
   * `plan/invalid`; `plan/edited` when it is not what was planned, or has not the digest that is expected; what `run` throws.
   */
  async apply(
    plan: SyncPlan,
    { objects, ...options }: Omit<RunOptions, 'plan' | 'partial' | 'revision' | 'confirmPrune'> = {},
  ): Promise<SyncStatus> {
    const { sync, spec, generation } = await (await loadContract()).reviewedPlan(plan, options.expect, undefined)
    if (spec.source === undefined && objects === undefined) throw new FleetkitError('model/invalid', objectsMissing, { ref: sync })
    const { name, namespace } = sync
    return this.run({ metadata: { name, namespace, generation }, spec }, { ...options, objects, plan })
  }

  /** The recorded status of a Sync; `{}` when it was never run. `lastGood` tells its last good revision. */
  status(sync: Sync | ObjectsSync, options: CallOptions = {}): Promise<SyncStatus> {
    return this.#statuses.load(syncOf(sync, { objects: [] }).ref, options)
  }

  /**
   * Deletes what the Sync has applied, as its deletion policy says, and then its recorded status.
   *
   * @throws FleetkitError `sync/partial` when objects could not be deleted; the status stays then.
   */
  async remove(sync: Sync | ObjectsSync, { signal = never() }: CallOptions = {}): Promise<void> {
    const named = syncOf(sync, { objects: [] })
    const { ref, spec } = named
    using handbrake = await this.#handbrake(named, signal)
    using limit = this.#limit({ spec }, signal)
    const options = { signal: limit.signal }
    const status = await this.#statuses.load(ref, options)
    const wait = spec.deletionPolicy === 'WaitForTermination'
    const { removeObjects } = await loadAttempt()
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
      objects: objects && (await (await loadContract()).codeSource(objects)),
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
    const { healthChecksOf } = await loadAttempt()
    const healthChecks = await healthChecksOf(input, planned.plan, context)
    const recordInCluster = this.#statuses.recordOf !== undefined
    return (await loadContract()).contractOf(planned, { sync, input, previous, healthChecks, recordInCluster })
  }

  #limit({ spec }: Pick<Sync, 'spec'>, signal: AbortSignal): Disposable & { readonly signal: AbortSignal } {
    const { timeout } = spec
    return timeLimit(signal, parseDuration(timeout) as number, this.#context.clock, `it took longer than ${timeout} (spec.timeout)`)
  }
}

const objectsMissing = 'objects: found nothing, accepted the objects that were planned: their values are not in the plan'

/** What makes a plan a contract: loaded with the first one. */
const loadContract: () => Promise<typeof import('./contract.ts')> = loadOnce(() => import('./contract.ts'))

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
