import { monotonic } from '../../async/time/monotonic.ts'
import { hasCode } from '../../model/errors/error.ts'
import { toError } from '../../model/errors/to-error.ts'
import type { KubeObject } from '../../model/object.ts'
import { formatRef, groupOf, type ObjectRef, refKey, refOf } from '../../model/reference.ts'
import type { Logger } from '../../ports/logger.ts'
import type { Informer } from './cache/informer.ts'
import type { Change } from './cache/object-cache.ts'
import type { KeepOpen, ManagerContext, ReconcileContext } from './context.ts'
import type { Controller, ReconcileRequest, WatchSource } from './controller.ts'
import { type Fence, fencedContext } from './fence.ts'
import { KeptOpen } from './kept-open.ts'
import { ClusterWatches } from './lines/cluster-watches.ts'
import type { ManagedRun } from './managed-run.ts'
import type { WorkResult, WorkRetry, WorkRun } from './queue/work.ts'
import { WorkQueue } from './queue/work-queue.ts'
import { type Sight, sourcesOf, watchesOf } from './sources.ts'

/** How far a resync is put off at random, so that many objects do not come due together. */
const resyncJitter = 0.1

/** What a running controller has of its manager. */
export interface ControllerRunOptions extends Sight {
  readonly controller: Controller
  readonly context: ManagerContext
  readonly fence: Fence
  /** For a controller that has none of its own. */
  readonly resyncMs: number
}

/** A controller at work: turns changes into references, and reconciles them from a queue. */
export class ControllerRun implements ManagedRun {
  readonly #controller: Controller
  readonly #options: ControllerRunOptions
  readonly #informer: Informer
  readonly #watches: Controller['watches']
  readonly #sources: readonly Informer[]
  readonly #logger: Logger
  readonly #queue: WorkQueue<ObjectRef>
  readonly #subscriptions: Disposable[] = []
  /** Made by the first reconcile that follows another cluster. */
  #clusters: ClusterWatches | undefined
  /** Made by the first reconcile that leaves something at work. */
  #open: KeptOpen | undefined
  #stopped = false

  constructor(options: ControllerRunOptions) {
    const { controller } = options
    const { clock, logger, random } = options.context
    this.#controller = controller
    this.#options = options
    this.#informer = options.informerOf(controller.for)
    this.#watches = watchesOf(controller, options)
    this.#sources = sourcesOf(controller, options)
    this.#logger = logger.child({ controller: controller.name })
    const { concurrency, groupConcurrency, timeoutMs, backoff } = controller
    this.#queue = new WorkQueue<ObjectRef>({
      keyOf: refKey,
      work: (ref, run) => this.#reconcile(ref, run),
      onRetry: (retry) => this.#onRetry(retry),
      onCounts: (counts) => options.context.events.emit('controller.queue', { controller: controller.name, ...counts }),
      ...(controller.groupOf === undefined ? {} : { groupOf: (ref: ObjectRef) => this.#groupOf(ref) }),
      concurrency,
      groupConcurrency,
      timeoutMs,
      backoff,
      clock,
      random,
    })
  }

  /** Starts to work once the caches that it reads are complete; does nothing if it has been stopped meanwhile. */
  async start(): Promise<void> {
    const { owns, predicate } = this.#controller
    await Promise.all(this.#sources.map((informer) => informer.synced))
    if (this.#stopped) return
    this.#follow(this.#informer, predicate, (object) => [refOf(object)], true)
    for (const type of owns) this.#follow(this.#options.informerOf(type), undefined, (object) => this.#ownerOf(object))
    for (const source of this.#watches) this.#follow(this.#options.informerOf(source.type), source.predicate, source.map)
  }

  /** Ends what runs, within `graceMs`. Resolves to what did not end. */
  async drain(graceMs: number): Promise<void> {
    this.#unsubscribe()
    const closed = this.#closeOpen()
    const abandoned = await this.#queue.drain({ graceMs })
    await Promise.all([closed, this.#unwatch()])
    if (abandoned.length > 0) this.#logger.warn('reconciles ignore their signal and were given up', { objects: abandoned.map(formatRef) })
  }

  /** Stops at once. */
  abort(reason: unknown): void {
    this.#unsubscribe()
    void this.#closeOpen()
    void this.#unwatch()
    this.#queue.abort(reason)
  }

  async #closeOpen(): Promise<void> {
    await this.#open?.[Symbol.asyncDispose]()
  }

  async #unwatch(): Promise<void> {
    await this.#clusters?.[Symbol.asyncDispose]()
  }

  #unsubscribe(): void {
    this.#stopped = true
    for (const subscription of this.#subscriptions.splice(0)) subscription[Symbol.dispose]()
  }

  #follow(informer: Informer, predicate: WatchSource['predicate'], map: WatchSource['map'], supersedes = false): void {
    const handle = (change: Change): void => {
      if (predicate !== undefined && !predicate(change)) return
      // An object that the change no longer concerns is reconciled too.
      for (const object of change.previous === undefined ? [change.object] : [change.previous, change.object])
        for (const ref of map(object, this.#options.context.cache)) this.#queue.add(ref, { supersedes })
    }
    this.#subscriptions.push(informer.subscribe(handle))
  }

  /** The object of this controller that owns `object`: in its namespace, or in none. Another object of the same name is no owner. */
  #ownerOf(object: KubeObject): readonly ObjectRef[] {
    const { apiVersion, kind } = this.#controller.for
    const owner = object.metadata.ownerReferences?.find((reference) => reference.controller === true)
    if (owner === undefined || owner.kind !== kind || groupOf(owner.apiVersion) !== groupOf(apiVersion)) return []
    const named = { apiVersion, kind, name: owner.name }
    return [{ ...named, namespace: object.metadata.namespace }, named].filter((ref) => this.#informer.get(ref)?.metadata.uid === owner.uid)
  }

  #groupOf(ref: ObjectRef): string | undefined {
    try {
      return this.#controller.groupOf?.(this.#request(ref))
    } catch (error) {
      this.#logger.error('groupOf failed', { object: formatRef(ref), error })
      return undefined
    }
  }

  #request(ref: ObjectRef): ReconcileRequest {
    return { ref, object: this.#informer.get(ref) }
  }

  async #reconcile(ref: ObjectRef, { signal, failures, wait, idle }: WorkRun): Promise<WorkResult | undefined> {
    const { context, fence } = this.#options
    const logger = this.#logger.child({ namespace: ref.namespace, name: ref.name })
    const startedAt = monotonic(context.clock)
    let result: WorkResult | undefined
    try {
      const fenced = fencedContext({ ...context, logger }, fence, signal)
      const watchCluster: ReconcileContext['watchCluster'] = async (cluster, watch) => {
        this.#clusters ??= new ClusterWatches(context, (each) => this.#queue.add(each))
        return this.#clusters.of(cluster, watch, signal)
      }
      const keepOpen = this.#keepOpen(ref)
      const open = { watchCluster, keepOpen }
      result = (await this.#controller.reconcile(this.#request(ref), { ...fenced, failures, wait, idle, ...open })) ?? undefined
      if (this.#informer.get(ref) === undefined) await keepOpen(undefined)
      const durationMs = monotonic(context.clock) - startedAt
      const { requeueAfterMs } = result ?? {}
      context.events.emit('controller.reconciled', { controller: this.#controller.name, ref, durationMs, requeueAfterMs })
    } catch (error) {
      if (signal.aborted && !hasCode(signal.reason, 'timeout')) return undefined
      if (!hasCode(error, 'controller/terminal')) throw error
      const cause = toError(error.cause)
      logger.error('reconcile failed for good', { error: cause })
      context.events.emit('controller.terminal', { controller: this.#controller.name, ref, error: cause })
    }
    return this.#withResync(ref, result)
  }

  #keepOpen(ref: ObjectRef): KeepOpen {
    const key = refKey(ref)
    return (async (state: string | undefined, open: (reconcile: () => void) => AsyncDisposable) => {
      if (state === undefined) return this.#open?.close(key)
      this.#open ??= new KeptOpen()
      return this.#open.open(key, state, () => open(() => this.#queue.add(ref)))
    }) as KeepOpen
  }

  /** The result of a reconcile, with the time of the next resync. An object that is gone has none. */
  #withResync(ref: ObjectRef, result: WorkResult | undefined): WorkResult | undefined {
    if (this.#informer.get(ref) === undefined) return result
    const resyncMs = (this.#controller.resyncMs ?? this.#options.resyncMs) * (1 + resyncJitter * this.#options.context.random())
    return { requeueAfterMs: result?.requeueAfterMs === undefined ? resyncMs : Math.min(result.requeueAfterMs, resyncMs) }
  }

  #onRetry({ key, error, failures, retryInMs }: WorkRetry<ObjectRef>): void {
    this.#logger.warn('reconcile failed', { namespace: key.namespace, name: key.name, error, failures, retryInMs })
    this.#options.context.events.emit('controller.error', {
      controller: this.#controller.name,
      ref: key,
      error: toError(error),
      failures,
      retryInMs,
    })
  }
}
