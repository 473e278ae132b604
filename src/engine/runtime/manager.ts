import { Backoff } from '../../async/backoff.ts'
import { abortError } from '../../model/errors/abort.ts'
import { FleetkitError } from '../../model/errors/error.ts'
import { type TypeRef, typeKey } from '../../model/reference.ts'
import { EventBus } from '../../observe/event-bus.ts'
import type { FleetEvent } from '../../observe/events.ts'
import { type Clock, systemClock } from '../../ports/clock.ts'
import { type Logger, silentLogger } from '../../ports/logger.ts'
import type { CallOptions, Lease } from '../../ports/store.ts'
import type { CacheReader, Ports } from './context.ts'
import type { Controller } from './controller.ts'
import { ControllerRun } from './controller-run.ts'
import { typeOf } from './fleet-kind.ts'
import { Informer } from './informer.ts'

/** Of several managers with the same lease, one works at a time. */
export interface LeaderElection {
  readonly namespace: string
  readonly name: string
  /** Who this is among them. A random id by default. */
  readonly holder?: string | undefined
  /** How long the others wait for a holder that is silent, in milliseconds. 15 seconds by default. */
  readonly durationMs?: number | undefined
}

export interface ManagerOptions extends Ports {
  readonly clock?: Clock | undefined
  readonly logger?: Logger | undefined
  /** Uniform in [0, 1). */
  readonly random?: (() => number) | undefined
  readonly leaderElection?: LeaderElection | undefined
  /** How long reconciles may go on when the manager is told to stop, in milliseconds. 30 seconds by default. */
  readonly gracePeriodMs?: number | undefined
  /** Is told what a listener of `events` threw. Logs it by default. */
  readonly onListenerError?: ((error: unknown, event: FleetEvent) => void) | undefined
}

/**
 * Runs controllers over one store, with one shared informer per type. With a lease, one of many managers works, and
 * the others stand by with warm caches; one that loses its lease is fenced: its reconciles are aborted at once and
 * their store refuses every call.
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
 */
export class Manager implements AsyncDisposable {
  readonly events: EventBus
  /** What the informers know. Empty until {@link Manager.run}. */
  readonly cache: CacheReader
  readonly #options: ManagerOptions
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #random: () => number
  readonly #controllers: Controller[] = []
  readonly #informers: Map<string, Informer> = new Map()
  readonly #stop: AbortController = new AbortController()
  #running: Promise<void> | undefined

  constructor(options: ManagerOptions) {
    const { clock = systemClock, logger = silentLogger, random = Math.random, onListenerError } = options
    this.#options = options
    this.#clock = clock
    this.#logger = logger
    this.#random = random
    this.events = new EventBus({ clock, logger, onListenerError })
    this.cache = {
      get: (ref) => this.#known(ref).get(ref),
      list: (type, select) => this.#known(typeOf(type)).list(select),
      indexed: (type, name, value) => this.#known(typeOf(type)).indexed(name, value),
    }
  }

  /** Adds controllers, before the manager runs. Throws `model/invalid` for a name that is taken. */
  add(...controllers: readonly Controller[]): this {
    if (this.#running !== undefined) throw new FleetkitError('closed', 'the manager runs already; add controllers before')
    for (const controller of controllers) {
      if (this.#controllers.some(({ name }) => name === controller.name))
        throw new FleetkitError('model/invalid', `two controllers are named '${controller.name}'; give one another name`)
      this.#controllers.push(controller)
    }
    return this
  }

  /**
   * Runs the controllers until `signal` aborts, then lets reconciles end within the grace period, and resolves.
   * Rejects with `store/lease-lost` when the lease is lost, and with `closed` when it has been run before.
   */
  run({ signal }: CallOptions = {}): Promise<void> {
    if (this.#running !== undefined) return Promise.reject(new FleetkitError('closed', 'a manager runs once; make another one'))
    this.#running = this.#run(signal === undefined ? this.#stop.signal : AbortSignal.any([signal, this.#stop.signal]))
    return this.#running
  }

  /** Stops it like an abort does, and ends the streams of its events. The ports stay open: they are their maker's. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new FleetkitError('aborted', 'the manager was disposed of'))
    this.#running ??= Promise.resolve()
    // Whoever called run() has the error.
    await this.#running.catch(() => {})
    this.events[Symbol.dispose]()
  }

  async #run(stop: AbortSignal): Promise<void> {
    // Watches need not hold anything open; a manager at work keeps the process alive.
    const alive = setInterval(() => {}, 2 ** 30)
    let reason: 'aborted' | 'lease-lost' | 'failed' = 'failed'
    try {
      const runs = this.#controllers.map((controller) => this.#prepare(controller))
      for (const informer of this.#informers.values()) informer.start()
      const lease = await this.#lead(stop)
      try {
        if (!stop.aborted) await this.#work(runs, stop, lease)
        reason = 'aborted'
      } catch (error) {
        if (lease?.signal.aborted) reason = 'lease-lost'
        throw error
      } finally {
        await lease?.[Symbol.asyncDispose]()
      }
    } finally {
      clearInterval(alive)
      await Promise.all([...this.#informers.values()].map((informer) => informer[Symbol.asyncDispose]()))
      this.#logger.info('manager stopped', { reason })
      this.events.emit('manager.stopped', { reason })
    }
  }

  async #work(runs: readonly ControllerRun[], stop: AbortSignal, lease: Lease | undefined): Promise<void> {
    // One controller whose type cannot be listed does not hold up the others. A start fails only by being stopped.
    for (const run of runs) run.start().catch(() => {})
    this.#logger.info('manager started', { controllers: this.#controllers.map(({ name }) => name) })
    this.events.emit('manager.started', { controllers: this.#controllers.map(({ name }) => name) })
    const lost = lease?.signal
    const onLost = (): void => {
      for (const run of runs) run.abort(lost?.reason)
    }
    if (lost?.aborted) onLost()
    lost?.addEventListener('abort', onLost, { once: true })
    await (lost === undefined ? aborted(stop) : Promise.race([aborted(stop), aborted(lost)]))
    await Promise.all(runs.map((run) => run.drain(this.#options.gracePeriodMs ?? 30_000)))
    lost?.removeEventListener('abort', onLost)
    if (lease === undefined || lost === undefined || !lost.aborted) return
    const error = abortError(lost)
    this.#logger.error('the lease was lost', { lease: this.#leaseName(), term: lease.term, error })
    this.events.emit('leader.lost', { lease: this.#leaseName(), holder: lease.holder, term: lease.term, error })
    throw error
  }

  #prepare(controller: Controller): ControllerRun {
    const { store, cluster, git, renderers } = this.#options
    return new ControllerRun({
      controller,
      informerOf: (type) => this.#informer(type),
      cache: this.cache,
      ports: { store, cluster, git, renderers },
      clock: this.#clock,
      logger: this.#logger,
      events: this.events,
      random: this.#random,
    })
  }

  #informer(type: TypeRef): Informer {
    const key = typeKey(type)
    const { store } = this.#options
    const known = this.#informers.get(key)
    const informer =
      known ?? new Informer({ store, type, clock: this.#clock, logger: this.#logger, events: this.events, random: this.#random })
    this.#informers.set(key, informer)
    return informer
  }

  #known(type: TypeRef): Informer {
    const informer = this.#informers.get(typeKey(type))
    if (informer !== undefined) return informer
    const accepted = [...this.#informers.values()].map((other) => `${other.type.kind} (${other.type.apiVersion})`).join(', ') || 'none'
    throw new FleetkitError('model/invalid', `no controller names ${type.kind} (${type.apiVersion}), so it is not in the cache`, {
      problems: [{ path: 'type', found: `${type.kind} (${type.apiVersion})`, accepted }],
    })
  }

  /** Waits for the lease, through failures of the store. `undefined` without election, or when stopped before. */
  async #lead(stop: AbortSignal): Promise<Lease | undefined> {
    const election = this.#options.leaderElection
    if (election === undefined) return undefined
    const { namespace, name, holder = crypto.randomUUID(), durationMs = 15_000 } = election
    const backoff = new Backoff({ baseMs: 500, maxMs: durationMs }, this.#random)
    while (!stop.aborted) {
      try {
        const lease = await this.#options.store.lease({ namespace, name, holder, durationMs, signal: stop })
        this.#logger.info('holds the lease', { lease: this.#leaseName(), term: lease.term })
        this.events.emit('leader.acquired', { lease: this.#leaseName(), holder, term: lease.term })
        return lease
      } catch (error) {
        if (stop.aborted) return undefined
        if (error instanceof FleetkitError && !error.retryable) throw error
        const retryInMs = backoff.fail(name)
        this.#logger.warn('the lease could not be asked for', { lease: this.#leaseName(), error, retryInMs })
        await this.#clock.sleep(retryInMs, { signal: stop }).catch(() => {})
      }
    }
    return undefined
  }

  #leaseName(): string {
    const { namespace = '', name = '' } = this.#options.leaderElection ?? {}
    return `${namespace}/${name}`
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
