import { timeLimit } from '../../async/time-limit.ts'
import { parseDuration } from '../../model/duration.ts'
import { FleetkitError } from '../../model/errors/error.ts'
import type { Sync } from '../../model/kinds/sync/sync.ts'
import type { SyncStatus } from '../../model/kinds/sync/types.generated.ts'
import { EventBus } from '../../observe/event-bus.ts'
import type { ApplyPlan } from '../../plan/apply/plan.ts'
import { deletesObjects } from '../../plan/sync/deletes-objects.ts'
import { type Clock, systemClock } from '../../ports/clock.ts'
import type { ClusterApi } from '../../ports/cluster.ts'
import type { Git } from '../../ports/git.ts'
import { type Logger, silentLogger } from '../../ports/logger.ts'
import type { Renderer } from '../../ports/renderer.ts'
import type { CallOptions, Store } from '../../ports/store.ts'
import type { AttemptContext } from '../attempt/context.ts'
import { defaultRenderers } from '../attempt/default-renderers.ts'
import type { KindRules } from '../attempt/kind-rules.ts'
import { loadAttempt } from '../attempt/load.ts'
import { objectStatusStore } from '../attempt/object-status-store.ts'
import type { StatusStore } from '../attempt/status-store.ts'
import { attemptInputOf } from './attempt-input.ts'
import { configMapStatusStore } from './config-map-status-store.ts'

/**
 * Options of {@link SyncRunner}. It disposes of none of them.
 *
 * @category Sync
 */
export interface SyncRunnerOptions extends KindRules {
  /** The cluster to apply to. */
  readonly cluster: ClusterApi
  readonly git: Git
  /**
   * Where the Sync objects are kept; their statuses hold the inventories. Without it, each inventory is kept in a
   * ConfigMap `sync-<name>` in the Sync's namespace of the cluster itself.
   */
  readonly store?: Store | undefined
  /** The first one that accepts a directory renders it. Plain YAML, and kustomize where its program is, by default. */
  readonly renderers?: readonly Renderer[] | undefined
  readonly clock?: Clock | undefined
  /** Silent by default. */
  readonly logger?: Logger | undefined
}

/**
 * Applies a Sync once, for scripts: what the Sync controller does at each interval.
 *
 * @example
 * ```ts
 * import { formatPlan, Sync, SyncRunner } from 'fleetkit'
 * import { gitRepositories } from 'fleetkit/git'
 * import { kubernetesCluster } from 'fleetkit/kubernetes'
 *
 * await using cluster = await kubernetesCluster({ context: 'staging' })
 * await using git = gitRepositories()
 * const runner = new SyncRunner({ cluster, git })
 * const sync = Sync.parse('…')
 * console.log(formatPlan(await runner.plan(sync)))
 * const status = await runner.run(sync, { signal: AbortSignal.timeout(120_000) })
 * console.log(status.lastAppliedRevision)
 * ```
 *
 * @category Sync
 */
export class SyncRunner {
  /** What happens, as it happens. */
  readonly events: EventBus
  readonly #context: Omit<AttemptContext, 'signal'>
  readonly #statuses: StatusStore

  constructor(options: SyncRunnerOptions) {
    const { cluster, git, store, renderers = defaultRenderers, clock = systemClock, logger = silentLogger } = options
    const { healthRules, applyStages } = options
    this.events = new EventBus({ clock, logger })
    this.#statuses = store === undefined ? configMapStatusStore(cluster) : objectStatusStore(store)
    this.#context = { cluster, git, renderers, statuses: this.#statuses, clock, logger, events: this.events, healthRules, applyStages }
  }

  /**
   * What `run` would do, each action with its reason. It comes from dry runs in the cluster, so it is exact but for what
   * depends on objects that the plan itself would create. Nothing is written.
   *
   * @throws FleetkitError of the git, source, render and cluster codes.
   */
  async plan(sync: Sync, { signal = never() }: CallOptions = {}): Promise<ApplyPlan> {
    using limit = this.#limit(sync, signal)
    const { planSync, resolveSource } = await loadAttempt()
    const context = { ...this.#context, signal: limit.signal }
    const input = attemptInputOf(sync)
    const previous = await this.#statuses.load(sync.ref, { signal: limit.signal })
    const source = await resolveSource(input, previous.admitted ?? [], context)
    return (await planSync(input, previous, source, context, { creates: true })).plan
  }

  /**
   * Applies the source of the Sync, and returns its status as recorded. When the cluster agrees with the source already,
   * none of its objects is written.
   *
   * @throws FleetkitError what went wrong, after it has been recorded in the status: the git, source, render, cluster and
   * sync codes; `sync/suspended`; `store/conflict` when another writer works on the same Sync; `aborted`.
   */
  async run(sync: Sync, { signal = never() }: CallOptions = {}): Promise<SyncStatus> {
    if (sync.spec.suspend) throw new FleetkitError('sync/suspended', 'it is suspended (spec.suspend)', { ref: sync.ref })
    const { Attempt } = await loadAttempt()
    const previous = await this.#statuses.load(sync.ref, { signal })
    const { status, error } = await new Attempt(attemptInputOf(sync), previous, { ...this.#context, signal }).run()
    if (error !== undefined) throw error
    return status
  }

  /**
   * Deletes what the Sync has applied, as its deletion policy says, and then its recorded status.
   *
   * @throws FleetkitError `sync/partial` when objects could not be deleted; the status stays then.
   */
  async remove(sync: Sync, { signal = never() }: CallOptions = {}): Promise<void> {
    using limit = this.#limit(sync, signal)
    const options = { signal: limit.signal }
    const status = await this.#statuses.load(sync.ref, options)
    const wait = sync.spec.deletionPolicy === 'WaitForTermination'
    const { removeObjects } = await loadAttempt()
    if (deletesObjects(sync.spec)) await removeObjects(sync.ref, status, wait, { ...this.#context, ...options })
    await this.#statuses.remove(sync.ref, status, options)
  }

  #limit(sync: Sync, signal: AbortSignal): Disposable & { readonly signal: AbortSignal } {
    const { timeout } = sync.spec
    return timeLimit(signal, parseDuration(timeout) as number, this.#context.clock, `it took longer than ${timeout} (spec.timeout)`)
  }
}

/** A signal for callers that gave none. */
function never(): AbortSignal {
  return new AbortController().signal
}
