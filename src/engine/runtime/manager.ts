import { AbortScope } from '../../async/abort-scope.ts'
import { loadOnce } from '../../async/load-once.ts'
import { FleetkitError } from '../../model/errors/error.ts'
import { invalid } from '../../model/errors/invalid.ts'
import { describeValue } from '../../model/errors/problem.ts'
import { groupKindOf, type TypeRef, typeKey } from '../../model/reference.ts'
import { EventBus } from '../../observe/event-bus.ts'
import { guardedLogger } from '../../observe/guarded-logger.ts'
import { systemClock } from '../../ports/clock.ts'
import { silentLogger } from '../../ports/logger.ts'
import type { CallOptions } from '../../ports/store.ts'
import { Informer } from './cache/informer.ts'
import { Informers } from './cache/informers.ts'
import type { CacheReader } from './context.ts'
import type { Controller } from './controller.ts'
import { typeOf } from './fleet-kind.ts'
import { requireManagementId } from './management/pattern.ts'
import type { ManagerOptions } from './manager-options.ts'
import type { ManagerRun, ManagerRunOptions } from './manager-run.ts'
import { type ManagerPhase, type ManagerReadiness, readinessIn } from './readiness.ts'
import type { Runnable } from './runnable.ts'
import { type Sight, sourcesOf } from './sources.ts'

/** What a manager at work consists of, which is a sixth of the package: nothing else needs it. */
const loadRun = loadOnce(() => import('./manager-run.ts'))

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
  readonly #context: ManagerRunOptions['context']
  readonly #controllers: Controller[] = []
  readonly #runnables: Runnable[] = []
  readonly #informers: Informers
  readonly #stop: AbortController = new AbortController()
  readonly #sync: PromiseWithResolvers<void> = Promise.withResolvers()
  #phase: ManagerPhase = 'stopped'
  #running: Promise<void> | undefined

  /** Throws `model/invalid` for an empty list of namespaces, and for a selector of a kind that is unknown. */
  constructor(options: ManagerOptions) {
    const { clock = systemClock, random = Math.random, onListenerError, namespaces, selectors = [] } = options
    requireNamespaces('namespaces', namespaces)
    for (const selector of selectors) requireNamespaces(`selectors[${typeOf(selector.type).kind}].namespaces`, selector.namespaces)
    requireManagementId(options.management)
    const logger = guardedLogger(options.logger ?? silentLogger)
    this.#options = options
    this.synced = this.#sync.promise
    // It need not be awaited.
    this.synced.catch(() => {})
    this.events = new EventBus({ clock, logger, onListenerError })
    this.#informers = new Informers((type) => this.#informer(type))
    this.cache = this.#informers.cache
    const { store, cluster, git, renderers } = options
    this.#context = { cache: this.cache, clock, logger, events: this.events, random, store, cluster, git, renderers }
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
    using stop = new AbortScope(signal, this.#stop.signal)
    let reason: 'aborted' | 'lease-lost' | 'failed' = 'failed'
    let run: ManagerRun | undefined
    try {
      const sees = this.#startInformers()
      run = await this.#load(sees)
      await run.run(stop.signal)
      reason = 'aborted'
    } catch (error) {
      if (run?.leaseLost) reason = 'lease-lost'
      throw error
    } finally {
      this.#phase = 'stopped'
      clearInterval(alive)
      await this.#informers[Symbol.asyncDispose]()
      await run?.close()
      this.#context.logger.info('manager stopped', { reason })
      this.events.emit('manager.stopped', { reason })
    }
  }

  /** At once: they list while the rest is loaded. Says which types are seen. */
  #startInformers(): Sight['sees'] {
    const seen = new Set(this.#controllers.flatMap(typesOf).map(typeKey))
    const sees = (type: TypeRef): boolean => seen.has(typeKey(type))
    for (const controller of this.#controllers) sourcesOf(controller, { informerOf: (type) => this.#informers.of(type), sees })
    // A selector of a type that no controller names is a mistake, with which the manager would see too much.
    for (const { type } of this.#options.selectors ?? []) this.#informers.known(typeOf(type))
    this.#phase = 'starting'
    this.#informers.start()
    return sees
  }

  async #load(sees: Sight['sees']): Promise<ManagerRun> {
    const { ManagerRun } = await loadRun()
    return new ManagerRun({
      options: this.#options,
      controllers: this.#controllers,
      runnables: this.#runnables,
      informers: this.#informers,
      sees,
      context: this.#context,
      closed: this.#stop.signal,
      onSynced: () => this.#onSynced(),
      onNotSynced: (error) => this.#sync.reject(error),
      onStarted: () => {
        this.#phase = 'running'
      },
    })
  }

  #onSynced(): void {
    if (this.#phase === 'starting') this.#phase = 'standby'
    this.#sync.resolve()
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
