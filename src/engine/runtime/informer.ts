import { Backoff, type BackoffOptions } from '../../async/backoff.ts'
import { abortError } from '../../model/errors/abort.ts'
import { FleetkitError, hasCode } from '../../model/errors/error.ts'
import { toError } from '../../model/errors/to-error.ts'
import type { KubeObject } from '../../model/object.ts'
import type { ObjectRef, TypeRef } from '../../model/reference.ts'
import type { LabelSelector } from '../../model/selector.ts'
import type { EventSink } from '../../observe/event-bus.ts'
import { type Clock, systemClock } from '../../ports/clock.ts'
import { type Logger, silentLogger } from '../../ports/logger.ts'
import type { ListOptions, Store } from '../../ports/store.ts'
import { type CacheListOptions, type Change, ObjectCache } from './object-cache.ts'
import type { IndexFunction } from './object-index.ts'

/**
 * Called with each change after the cache has it. What it throws is logged and harms no one else.
 *
 * @category Manager
 */
export type ChangeHandler = (change: Change) => void

/**
 * Options of an {@link Informer}.
 *
 * @category Manager
 */
export interface InformerOptions {
  readonly store: Store
  /** What it keeps. */
  readonly type: TypeRef
  readonly namespace?: string | undefined
  readonly labelSelector?: LabelSelector | undefined
  /** How many objects one page of the list has. 500 by default. */
  readonly pageSize?: number | undefined
  /** Between failures of listing and watching. From half a second to 30 seconds by default. */
  readonly backoff?: BackoffOptions | undefined
  readonly clock?: Clock | undefined
  readonly logger?: Logger | undefined
  readonly events?: EventSink | undefined
  /** Uniform in [0, 1). */
  readonly random?: (() => number) | undefined
}

/**
 * Keeps a copy of the objects of one type: lists them, watches for changes, and goes on after errors until it is
 * disposed of. After a gap that can no longer be watched it lists again and calls its handlers with exactly what they
 * missed, deletions included. Handlers see each `resourceVersion` of an object at most once.
 *
 * @example
 * ```ts
 * import { Informer } from 'fleetkit'
 * import { memoryStore } from 'fleetkit/memory'
 *
 * await using store = memoryStore()
 * await using informer = new Informer({ store, type: { apiVersion: 'v1', kind: 'ConfigMap' } })
 * informer.addIndex('app', ({ metadata }) => [metadata.labels?.app ?? ''])
 * using subscription = informer.subscribe(({ type, object }) => console.log(type, object.metadata.name))
 * await informer.start().synced
 * console.log(informer.indexed('app', 'web').length)
 * ```
 *
 * @category Manager
 */
export class Informer implements AsyncDisposable {
  /** What it keeps. */
  readonly type: TypeRef
  /** Resolves when the first list is in the cache. Rejects with `aborted` when it is disposed of before. */
  readonly synced: Promise<void>
  readonly #options: InformerOptions
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #backoffOptions: BackoffOptions
  readonly #backoff: Backoff
  readonly #cache: ObjectCache = new ObjectCache()
  readonly #handlers: Set<{ readonly handle: ChangeHandler }> = new Set()
  readonly #stop: AbortController = new AbortController()
  readonly #sync: PromiseWithResolvers<void> = Promise.withResolvers()
  #hasSynced = false
  #running: Promise<void> | undefined

  constructor(options: InformerOptions) {
    this.#options = options
    this.type = options.type
    this.synced = this.#sync.promise
    // It need not be awaited.
    this.synced.catch(() => {})
    this.#clock = options.clock ?? systemClock
    this.#logger = (options.logger ?? silentLogger).child({ kind: options.type.kind })
    this.#backoffOptions = options.backoff ?? { baseMs: 500, maxMs: 30_000 }
    this.#backoff = new Backoff(this.#backoffOptions, options.random ?? Math.random)
  }

  /** Begins to list and watch, once. */
  start(): this {
    if (!this.#stop.signal.aborted) this.#running ??= this.#run(this.#stop.signal)
    return this
  }

  /** How many objects it has. */
  get size(): number {
    return this.#cache.size
  }

  /** The object as last seen, deeply frozen. */
  get(ref: ObjectRef): KubeObject | undefined {
    return this.#cache.get(ref)
  }

  /** The objects as last seen, in no particular order. */
  list(options?: CacheListOptions): readonly KubeObject[] {
    return this.#cache.list(options)
  }

  /** Makes objects findable by the values that `valuesOf` gives for each. It must be pure. A name in use keeps its function. */
  addIndex(name: string, valuesOf: IndexFunction): this {
    if (!this.#cache.hasIndex(name)) this.#cache.addIndex(name, valuesOf)
    return this
  }

  /** The objects that an index has under `value`. Throws `model/invalid` for an index that was never added. */
  indexed(name: string, value: string): readonly KubeObject[] {
    const objects = this.#cache.indexed(name, value)
    if (objects === undefined) throw new FleetkitError('model/invalid', `${this.type.kind} has no index '${name}'`)
    return objects
  }

  /** Calls `handle` with each change from now on, after an `ADDED` for each object that is known already. */
  subscribe(handle: ChangeHandler): Disposable {
    const handler = { handle }
    this.#handlers.add(handler)
    for (const object of this.#cache.list()) this.#notify(handler.handle, { type: 'ADDED', object })
    return { [Symbol.dispose]: () => void this.#handlers.delete(handler) }
  }

  /** Ends what is under way; later calls are `closed`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new FleetkitError('aborted', `the informer of ${this.type.kind} was stopped`))
    await this.#running
    this.#sync.reject(abortError(this.#stop.signal))
  }

  async #run(signal: AbortSignal): Promise<void> {
    let resourceVersion: string | undefined
    while (!signal.aborted) {
      let startedAt = this.#clock.now()
      let error: unknown
      try {
        resourceVersion ??= await this.#list(signal)
        startedAt = this.#clock.now()
        const { namespace, labelSelector } = this.#options
        for await (const event of this.#options.store.watch(this.type, { namespace, labelSelector, resourceVersion, signal })) {
          if (signal.aborted) return
          this.#backoff.forget(this)
          if (event.type === 'BOOKMARK') resourceVersion = event.resourceVersion
          else {
            this.#publish(event.type === 'DELETED' ? this.#cache.delete(event.object) : this.#cache.set(event.object))
            resourceVersion = event.object.metadata.resourceVersion ?? resourceVersion
          }
        }
      } catch (thrown) {
        error = thrown
      }
      if (signal.aborted) return
      // A watch that lasted was healthy, even if nothing happened in it.
      if (this.#clock.now() - startedAt > this.#backoffOptions.maxMs) this.#backoff.forget(this)
      const relist = hasCode(error, 'store/relist')
      if (relist) resourceVersion = undefined
      await this.#pause(error, relist && this.#backoff.failures(this) === 0, signal)
    }
  }

  /** Waits before going on. A single relist is normal and goes on at once; one after another they wait. */
  async #pause(error: unknown, atOnce: boolean, signal: AbortSignal): Promise<void> {
    const delay = this.#backoff.fail(this)
    const atLeastMs = error instanceof FleetkitError ? (error.retryAfterMs ?? 0) : 0
    const retryInMs = atOnce ? 0 : Math.max(delay, atLeastMs)
    if (error !== undefined && !hasCode(error, 'store/relist')) {
      this.#logger.warn('listing or watching failed', { error, retryInMs })
      this.#options.events?.emit('informer.error', { of: this.type, error: toError(error), retryInMs })
    }
    if (retryInMs > 0) await this.#clock.sleep(retryInMs, { signal }).catch(() => {})
  }

  /** Brings the cache up to a complete list. Returns the `resourceVersion` to watch from. */
  async #list(signal: AbortSignal): Promise<string> {
    const { items, resourceVersion } = await this.#listAll(signal)
    const changes = this.#cache.replace(items)
    if (this.#hasSynced) {
      const count = (type: Change['type']): number => changes.filter((change) => change.type === type).length
      const missed = { added: count('ADDED'), modified: count('MODIFIED'), deleted: count('DELETED') }
      this.#logger.info('listed again', { objects: items.length, missed })
      this.#options.events?.emit('informer.relisted', { of: this.type, objects: items.length, missed })
    }
    this.#publish(changes)
    this.#hasSynced = true
    this.#sync.resolve()
    return resourceVersion
  }

  async #listAll(signal: AbortSignal): Promise<{ items: readonly KubeObject[]; resourceVersion: string }> {
    const { store, namespace, labelSelector, pageSize = 500 } = this.#options
    const options: ListOptions = { namespace, labelSelector, signal }
    try {
      const items: KubeObject[] = []
      for (let token: string | undefined; ; ) {
        const page = await store.list(this.type, { ...options, limit: pageSize, continue: token })
        for (const item of page.items) items.push(item)
        token = page.continue
        if (token === undefined) return { items, resourceVersion: page.resourceVersion }
      }
    } catch (error) {
      // The pages took longer than the store keeps a `resourceVersion`: a list in one piece has no such limit.
      if (!hasCode(error, 'store/relist')) throw error
      return await store.list(this.type, options)
    }
  }

  #publish(changes: readonly Change[]): void {
    // A copy: a handler that is added meanwhile has seen the whole cache.
    const handlers = [...this.#handlers]
    for (const change of changes) for (const { handle } of handlers) this.#notify(handle, change)
  }

  #notify(handle: ChangeHandler, change: Change): void {
    try {
      handle(change)
    } catch (error) {
      this.#logger.error('a handler of changes failed', { name: change.object.metadata.name, error })
    }
  }
}
