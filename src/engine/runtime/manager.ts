import { once } from 'node:events'
import { AbortScope } from '../../async/abort-scope.ts'
import { onAbort } from '../../async/on-abort.ts'
import { abortError } from '../../model/errors/abort.ts'
import { FleetkitError } from '../../model/errors/error.ts'
import { invalid } from '../../model/errors/invalid.ts'
import { describeValue } from '../../model/errors/problem.ts'
import { groupKindOf, type ObjectRef, type TypeRef, typeKey } from '../../model/reference.ts'
import type { LabelSelector } from '../../model/selector.ts'
import { EventBus } from '../../observe/event-bus.ts'
import type { FleetEvent } from '../../observe/events.ts'
import { guardedLogger } from '../../observe/guarded-logger.ts'
import { type Clock, systemClock } from '../../ports/clock.ts'
import { type Logger, silentLogger } from '../../ports/logger.ts'
import type { CallOptions, Lease } from '../../ports/store.ts'
import { waitForCaches } from './cache/cache-sync.ts'
import { Informer } from './cache/informer.ts'
import { Informers } from './cache/informers.ts'
import type { CacheReader, ManagerContext, Ports } from './context.ts'
import type { Controller } from './controller.ts'
import { ControllerRun } from './controller-run.ts'
import type { Fence } from './fence.ts'
import { type FleetKind, typeOf } from './fleet-kind.ts'
import { acquireLease, type LeaderElection } from './leader-election.ts'
import { Lines } from './lines/lines.ts'
import type { ManagedRun } from './managed-run.ts'
import { ManagementId } from './management/management-id.ts'
import { type ManagerReadiness, readinessIn } from './readiness.ts'
import type { Runnable } from './runnable.ts'
import { RunnableRun } from './runnable-run.ts'
import { terminal } from './terminal.ts'

/**
 * Which objects of one type a manager sees.
 *
 * @category Manager
 */
export interface CacheSelector {
  readonly type: FleetKind | TypeRef
  /** Instead of the manager's. */
  readonly namespaces?: readonly string[] | undefined
  readonly labelSelector?: LabelSelector | undefined
}

/**
 * Options of a {@link Manager}.
 *
 * @category Manager
 */
export interface ManagerOptions extends Ports {
  /**
   * The id of the management, by which what its objects apply to other clusters is told from what others apply. Made once when absent, and kept in the
   * ConfigMap `default/fleetkit-management` of the store.
   */
  readonly management?: string | undefined
  readonly clock?: Clock | undefined
  readonly logger?: Logger | undefined
  /** Uniform in [0, 1). */
  readonly random?: (() => number) | undefined
  readonly leaderElection?: LeaderElection | undefined
  /**
   * The namespaces whose objects it sees; all of them when absent. Each is listed and watched for itself, so that a Role in
   * each is enough. Types that are in no namespace are not limited by it.
   */
  readonly namespaces?: readonly string[] | undefined
  /** Which objects of single types it sees, for a manager that does one part of the work. */
  readonly selectors?: readonly CacheSelector[] | undefined
  /** How long the first lists may take before it stops with `manager/cache-sync`, in milliseconds. 2 minutes by default. */
  readonly cacheSyncTimeoutMs?: number | undefined
  /**
   * Each object is reconciled at the latest this many milliseconds after its last reconcile, though nothing changed. 10 hours by
   * default, as in controller-runtime; `Infinity` for never.
   */
  readonly resyncMs?: number | undefined
  /** Whether its caches keep `metadata.managedFields`, which are half of many an object. They do not by default. */
  readonly managedFields?: boolean | undefined
  /** How long reconciles and runnables have to end when the manager stops, in milliseconds. 30 seconds by default. */
  readonly gracePeriodMs?: number | undefined
  /** Receives what a listener of `events` threw. Logs it by default. */
  readonly onListenerError?: ((error: unknown, event: FleetEvent) => void) | undefined
}

/**
 * Runs controllers over one store, with one shared informer per type, and runnables beside them. With a lease, one of
 * many managers works, and the others stand by with warm caches; one that loses its lease is fenced: all that it runs is
 * aborted at once and its store refuses every call.
 *
 * @example
 * ```ts
 * import { controller, Manager } from 'fleetkit'
 * import { memoryStore } from 'fleetkit/memory'
 *
 * await using store = memoryStore()
 * await using manager = new Manager({ store, leaderElection: { namespace: 'fleet', name: 'example' } })
 * manager.add(
 *   controller({
 *     for: 'Sync',
 *     reconcile: async ({ ref, object }, { logger }) => logger.info('seen', { name: ref.name, gone: object === undefined }),
 *   }),
 * )
 * manager.events.on('controller.error', ({ ref, error }) => console.error(ref.name, error.message))
 * await manager.run({ signal: AbortSignal.timeout(1000) })
 * ```
 *
 * @category Manager
 */
export class Manager implements AsyncDisposable {
  readonly events: EventBus
  /** What the informers know. Empty until {@link Manager.run}. */
  readonly cache: CacheReader
  /**
   * Resolves when the caches of all controllers are complete. Rejects with `manager/cache-sync` when they are not in time, with
   * which the manager also stops, and with `aborted` when it is stopped before.
   */
  readonly synced: Promise<void>
  readonly #options: ManagerOptions
  readonly #context: ManagerContext
  readonly #controllers: Controller[] = []
  readonly #runnables: Runnable[] = []
  readonly #informers: Informers
  readonly #stop: AbortController = new AbortController()
  /** Aborts with an error after which the manager cannot go on. */
  readonly #failed: AbortController = new AbortController()
  readonly #sync: PromiseWithResolvers<void> = Promise.withResolvers()
  readonly #fence: Fence = {}
  readonly #lines: Lines | undefined
  #phase: ManagerReadiness['phase'] = 'stopped'
  #leaseLost = false
  #running: Promise<void> | undefined

  /** Throws `model/invalid` for an empty list of namespaces, and for a selector of a kind that is unknown. */
  constructor(options: ManagerOptions) {
    const { clock = systemClock, random = Math.random, onListenerError, namespaces, selectors = [] } = options
    requireNamespaces('namespaces', namespaces)
    for (const selector of selectors) requireNamespaces(`selectors[${typeOf(selector.type).kind}].namespaces`, selector.namespaces)
    const logger = guardedLogger(options.logger ?? silentLogger)
    this.#options = options
    this.synced = this.#sync.promise
    // It need not be awaited.
    this.synced.catch(() => {})
    this.events = new EventBus({ clock, logger, onListenerError })
    this.#informers = new Informers((type) => this.#informer(type))
    this.cache = this.#informers.cache
    const { store, cluster, git, renderers, connect, management } = options
    const id = new ManagementId({ management, store, clock, random, signal: this.#stop.signal })
    const find = async (ref: ObjectRef, signal: AbortSignal) => this.#informers.find(ref)?.get(ref) ?? (await store.get(ref, { signal }))
    this.#lines = connect && new Lines({ connect, find, store, clock, logger })
    const common = { cache: this.cache, clock, logger, events: this.events, random }
    this.#context = {
      ...common,
      store,
      cluster,
      git,
      renderers,
      clusterOf: (ref) => this.#allLines().to(ref),
      identityOf: async (ref, signal) => this.#allLines().identityOf(ref, signal),
      management: () => id.get(this.#stop.signal),
    }
  }

  /** Adds controllers and runnables, before the manager runs. Throws `model/invalid` for a name that is taken. */
  add(...parts: readonly (Controller | Runnable)[]): this {
    if (this.#running !== undefined) throw new FleetkitError('closed', 'the manager runs already; add controllers and runnables before')
    for (const part of parts) {
      if ('reconcile' in part) addNamed(this.#controllers, part, 'controllers')
      else if (typeof part.run === 'function') addNamed(this.#runnables, part, 'runnables')
      else
        throw new FleetkitError('model/invalid', `'${String(part.name)}' is neither a controller nor a runnable`, {
          problems: [{ path: 'run', found: typeof part.run, accepted: 'a function; or what controller() returns' }],
        })
    }
    return this
  }

  /**
   * Runs controllers and runnables until `signal` aborts, then lets them end within the grace period, and resolves.
   * Rejects with `store/lease-lost` when the lease is lost, with the error of a runnable that failed, and with `closed`
   * when it has been run before.
   */
  run({ signal }: CallOptions = {}): Promise<void> {
    if (this.#running !== undefined) return Promise.reject(new FleetkitError('closed', 'a manager runs once; make another one'))
    this.#running = this.#run(signal)
    return this.#running
  }

  /** Whether it can do its work, now. One that stands by is ready. */
  get readiness(): ManagerReadiness {
    return readinessIn(this.#phase)
  }

  /** Stops it like an abort does, and ends the streams of its events. The ports stay open: they are their maker's. */
  async close(): Promise<void> {
    const error = new FleetkitError('aborted', 'the manager was closed')
    this.#stop.abort(error)
    this.#running ??= Promise.resolve()
    // The caller of run() has the error.
    await this.#running.catch(() => {})
    this.#sync.reject(error)
    this.events.close()
  }

  /** The same as {@link Manager.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #run(signal: AbortSignal | undefined): Promise<void> {
    // Watches need not hold anything open; a manager at work keeps the process alive.
    const alive = setInterval(() => {}, 2 ** 30)
    using stop = new AbortScope(signal, this.#stop.signal, this.#failed.signal)
    let reason: 'aborted' | 'lease-lost' | 'failed' = 'failed'
    try {
      await this.#work(stop.signal)
      reason = 'aborted'
    } catch (error) {
      if (this.#leaseLost) reason = 'lease-lost'
      throw error
    } finally {
      this.#phase = 'stopped'
      clearInterval(alive)
      await this.#informers[Symbol.asyncDispose]()
      await this.#lines?.[Symbol.asyncDispose]()
      this.#context.logger.info('manager stopped', { reason })
      this.events.emit('manager.stopped', { reason })
    }
  }

  /** Starts everything, waits for the end, and ends everything. */
  async #work(stop: AbortSignal): Promise<void> {
    const { controllers, elected, others } = this.#prepare()
    const runs = [...controllers, ...elected, ...others]
    this.#phase = 'starting'
    this.#informers.start()
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
    const graceMs = lost?.aborted ? 0 : (this.#options.gracePeriodMs ?? 30_000)
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
    const { resyncMs = 36_000_000 } = this.#options
    const seen = new Set(this.#controllers.flatMap(typesOf).map(typeKey))
    const sees = (type: TypeRef): boolean => seen.has(typeKey(type))
    const common = { informerOf: (type: TypeRef) => this.#informers.of(type), sees, context: this.#context, fence: this.#fence, resyncMs }
    const controllers = this.#controllers.map((controller) => new ControllerRun({ controller, ...common }))
    this.#checkSelectors()
    const runs = (needsLeaderElection: boolean): readonly RunnableRun[] =>
      this.#runnables
        .filter((runnable) => (runnable.needsLeaderElection ?? true) === needsLeaderElection)
        .map((runnable) => new RunnableRun(runnable, this.#context, this.#fence))
    return { controllers, elected: runs(true), others: runs(false) }
  }

  /** A selector of a type that no controller names is a mistake, with which the manager would see too much. */
  #checkSelectors(): void {
    for (const { type } of this.#options.selectors ?? []) this.#informers.known(typeOf(type))
  }

  async #syncCaches(stop: AbortSignal): Promise<void> {
    const { cacheSyncTimeoutMs = 120_000 } = this.#options
    try {
      await waitForCaches(this.#informers.all, cacheSyncTimeoutMs, this.#context.clock, stop)
      if (this.#phase === 'starting') this.#phase = 'standby'
      this.#sync.resolve()
    } catch (error) {
      this.#sync.reject(error)
      if (!stop.aborted) this.#failed.abort(error)
    }
  }

  async #start(runs: readonly ManagedRun[]): Promise<void> {
    await Promise.all(runs.map((run) => run.start().catch((error: unknown) => this.#failed.abort(error))))
  }

  #reportStarted(): void {
    this.#phase = 'running'
    const controllers = this.#controllers.map(({ name }) => name)
    this.#context.logger.info('manager started', { controllers })
    this.events.emit('manager.started', { controllers })
  }

  /** The lease, once this manager holds it. `undefined` without leader election, or when the manager stops before. */
  async #acquireLease(stop: AbortSignal): Promise<Lease | undefined> {
    const { leaderElection } = this.#options
    try {
      return leaderElection && (await acquireLease(leaderElection, this.#context, stop))
    } catch (error) {
      this.#failed.abort(error)
      return undefined
    }
  }

  #reportLost({ holder, term, signal }: Lease): FleetkitError {
    this.#leaseLost = true
    const { namespace, name } = this.#options.leaderElection as LeaderElection
    const error = abortError(signal)
    const lease = `${namespace}/${name}`
    this.#context.logger.error('the lease was lost', { lease, term, error })
    this.events.emit('leader.lost', { lease, holder, term, error })
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

  #informer(type: TypeRef): Informer {
    const { store, clock, logger, events, random } = this.#context
    const { selectors = [], managedFields = false } = this.#options
    const selector = selectors.find((each) => groupKindOf(typeOf(each.type)) === groupKindOf(type))
    const namespaces = selector?.namespaces ?? this.#options.namespaces
    const { labelSelector } = selector ?? {}
    return new Informer({ store, type, namespaces, labelSelector, managedFields, clock, logger, events, random })
  }
}

/** The types that a controller sees whatever others do. */
function typesOf({ for: type, owns, watches }: Controller): readonly TypeRef[] {
  return [type, ...owns, ...watches.filter(({ optional = false }) => !optional).map((source) => source.type)]
}

function requireNamespaces(path: string, namespaces: readonly string[] | undefined): void {
  if (namespaces === undefined || (namespaces.length > 0 && namespaces.every((name) => typeof name === 'string' && name !== ''))) return
  throw invalid(undefined, [{ path, found: describeValue(namespaces), accepted: 'names of namespaces; leave it out for all' }])
}

function addNamed<Part extends Controller | Runnable>(parts: Part[], part: Part, what: string): void {
  if (parts.some(({ name }) => name === part.name))
    throw new FleetkitError('model/invalid', `two ${what} are named '${part.name}'; give one another name`)
  parts.push(part)
}
