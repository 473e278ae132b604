import { once } from 'node:events'
import { AbortScope } from '../../async/abort-scope.ts'
import { onAbort } from '../../async/on-abort.ts'
import { abortError } from '../../model/errors/abort.ts'
import type { FleetkitError } from '../../model/errors/error.ts'
import { invalid } from '../../model/errors/invalid.ts'
import type { ObjectRef } from '../../model/reference.ts'
import type { Lease } from '../../ports/store.ts'
import { waitForCaches } from './cache/cache-sync.ts'
import type { Informers } from './cache/informers.ts'
import type { ManagerContext } from './context.ts'
import type { Controller } from './controller.ts'
import { ControllerRun } from './controller-run.ts'
import type { Fence } from './fence.ts'
import { acquireLease, type LeaderElection } from './leader-election.ts'
import { Lines } from './lines/lines.ts'
import type { ManagedRun } from './managed-run.ts'
import { ManagementId } from './management/management-id.ts'
import type { ManagerOptions } from './manager-options.ts'
import type { Runnable } from './runnable.ts'
import { RunnableRun } from './runnable-run.ts'
import type { Sight } from './sources.ts'
import { terminal } from './terminal.ts'

/** What a manager at work has of the manager. */
export interface ManagerRunOptions {
  readonly options: ManagerOptions
  readonly controllers: readonly Controller[]
  readonly runnables: readonly Runnable[]
  /** Started. */
  readonly informers: Informers
  readonly sees: Sight['sees']
  readonly context: Omit<ManagerContext, 'clusterOf' | 'identityOf' | 'management'>
  /** Aborts when the manager is closed. */
  readonly closed: AbortSignal
  /** Called when all caches are complete. */
  readonly onSynced: () => void
  /** Called with why they are not. */
  readonly onNotSynced: (error: unknown) => void
  /** Called when all controllers are at work. */
  readonly onStarted: () => void
}

/** A manager at work: starts what it runs, and ends it. */
export class ManagerRun {
  readonly #options: ManagerRunOptions
  readonly #context: ManagerContext
  readonly #lines: Lines | undefined
  readonly #fence: Fence = {}
  /** Aborts with an error after which the manager cannot go on. */
  readonly #failed: AbortController = new AbortController()
  #leaseLost = false

  constructor(options: ManagerRunOptions) {
    const { informers, context, closed } = options
    const { management, connect } = options.options
    const { store, clock, logger, random } = context
    const id = new ManagementId({ management, store, clock, random, signal: closed })
    const find = async (ref: ObjectRef, signal: AbortSignal) => informers.find(ref)?.get(ref) ?? (await store.get(ref, { signal }))
    this.#options = options
    this.#lines = connect && new Lines({ connect, find, store, clock, logger })
    this.#context = {
      ...context,
      clusterOf: (ref) => this.#allLines().to(ref),
      identityOf: async (ref, signal) => this.#allLines().identityOf(ref, signal),
      management: () => id.get(closed),
    }
  }

  /** Whether it ended because the lease was lost. */
  get leaseLost(): boolean {
    return this.#leaseLost
  }

  /** Starts everything, waits for the end, and ends everything. */
  async run(signal: AbortSignal): Promise<void> {
    using scope = new AbortScope(signal, this.#failed.signal)
    await this.#work(scope.signal)
  }

  async close(): Promise<void> {
    await this.#lines?.[Symbol.asyncDispose]()
  }

  async #work(stop: AbortSignal): Promise<void> {
    const { controllers, elected, others } = this.#prepare()
    const runs = [...controllers, ...elected, ...others]
    void this.#syncCaches(stop)
    if (!stop.aborted) void this.#start(others)
    const lease = await this.#acquireLease(stop)
    this.#fence.lease = lease
    const lost = lease?.signal
    using _link = onAbort(lost, () => {
      for (const run of runs) run.abort(lost?.reason)
    })
    using end = new AbortScope(stop, lost)
    if (!stop.aborted) {
      void this.#start(elected)
      this.#start(controllers).then(() => end.signal.aborted || this.#reportStarted())
    }
    if (!end.signal.aborted) await once(end.signal, 'abort')
    const graceMs = lost?.aborted ? 0 : (this.#options.options.gracePeriodMs ?? 30_000)
    await Promise.all(runs.map((run) => run.drain(graceMs)))
    const error = lost?.aborted ? this.#reportLost(lease as Lease) : undefined
    await lease?.[Symbol.asyncDispose]()
    if (error !== undefined) throw error
    this.#failed.signal.throwIfAborted()
  }

  /** What runs while this manager leads, and what runs regardless. */
  #prepare(): {
    readonly controllers: readonly ManagedRun[]
    readonly elected: readonly ManagedRun[]
    readonly others: readonly ManagedRun[]
  } {
    const { informers, sees, options } = this.#options
    const { resyncMs = 36_000_000 } = options
    const common = { informerOf: informers.of.bind(informers), sees, context: this.#context, fence: this.#fence, resyncMs }
    const runs = (needsLeaderElection: boolean): readonly RunnableRun[] =>
      this.#options.runnables
        .filter((runnable) => (runnable.needsLeaderElection ?? true) === needsLeaderElection)
        .map((runnable) => new RunnableRun(runnable, this.#context, this.#fence))
    const controllers = this.#options.controllers.map((controller) => new ControllerRun({ controller, ...common }))
    return { controllers, elected: runs(true), others: runs(false) }
  }

  async #syncCaches(stop: AbortSignal): Promise<void> {
    const { informers, options, onSynced, onNotSynced } = this.#options
    const { cacheSyncTimeoutMs = 120_000 } = options
    try {
      await waitForCaches(informers.all, cacheSyncTimeoutMs, this.#context.clock, stop)
      onSynced()
    } catch (error) {
      onNotSynced(error)
      if (!stop.aborted) this.#failed.abort(error)
    }
  }

  async #start(runs: readonly ManagedRun[]): Promise<void> {
    await Promise.all(runs.map((run) => run.start().catch((error: unknown) => this.#failed.abort(error))))
  }

  #reportStarted(): void {
    this.#options.onStarted()
    const controllers = this.#options.controllers.map(({ name }) => name)
    this.#context.logger.info('manager started', { controllers })
    this.#context.events.emit('manager.started', { controllers })
  }

  /** The lease, once this manager holds it. `undefined` without leader election, or when the manager stops before. */
  async #acquireLease(stop: AbortSignal): Promise<Lease | undefined> {
    const { leaderElection } = this.#options.options
    try {
      return leaderElection && (await acquireLease(leaderElection, this.#context, stop))
    } catch (error) {
      this.#failed.abort(error)
      return undefined
    }
  }

  #reportLost({ holder, term, signal }: Lease): FleetkitError {
    this.#leaseLost = true
    const { namespace, name } = this.#options.options.leaderElection as LeaderElection
    const error = abortError(signal)
    const lease = `${namespace}/${name}`
    this.#context.logger.error('the lease was lost', { lease, term, error })
    this.#context.events.emit('leader.lost', { lease, holder, term, error })
    return error
  }

  #allLines(): Lines {
    if (this.#lines !== undefined) return this.#lines
    const problem = {
      path: 'connect',
      found: 'nothing',
      accepted: 'what reaches clusters, e.g. kubeconfigSecrets() of fleetkit/kubernetes',
    }
    throw terminal(invalid(undefined, [problem]))
  }
}
