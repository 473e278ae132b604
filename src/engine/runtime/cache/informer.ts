import { Backoff, type BackoffOptions } from '../../../async/time/backoff.ts'
import { settlesWithin } from '../../../async/time/settles-within.ts'
import { abortError } from '../../../model/errors/abort.ts'
import { FleetkitError } from '../../../model/errors/error.ts'
import { toError } from '../../../model/errors/to-error.ts'
import type { KubeObject } from '../../../model/object.ts'
import { type ObjectRef, refOf, type TypeRef } from '../../../model/reference.ts'
import type { LabelSelector } from '../../../model/selector.ts'
import type { EventSink } from '../../../observe/event-bus.ts'
import { type Clock, systemClock } from '../../../ports/clock.ts'
import { type Logger, silentLogger } from '../../../ports/logger.ts'
import type { Store } from '../../../ports/store.ts'
import { abandonAfterMs } from '../abandon.ts'
import { isNamespaced } from '../fleet-kind.ts'
import { type Kept, keep, type NotProjected, type ObjectIdentity } from './kept.ts'
import { type CacheListOptions, type Change, changeOf, type IdentifiedChange, ObjectCache } from './object-cache.ts'
import type { IndexFunction } from './object-index.ts'
import { Reflector } from './reflector.ts'

const defaultBackoff: BackoffOptions = { baseMs: 500, maxMs: 30_000 }

/**
 * Called with each change after the cache has it, and with which object it is of. What it throws is logged and harms no one else.
 *
 * @category Manager
 */
export type ChangeHandler<View = KubeObject> = (change: Change<View>, identity: ObjectIdentity) => void

/**
 * Options of an {@link Informer}. `View` is what it keeps of each object: the object itself without `project`.
 *
 * @category Manager
 */
export interface InformerOptions<View = KubeObject> {
  readonly store: Store
  /** What it keeps. */
  readonly type: TypeRef
  /**
   * Only these namespaces, each listed and watched for itself; all of them when absent. A type that is in no namespace is not
   * limited by it.
   */
  readonly namespaces?: readonly string[] | undefined
  readonly labelSelector?: LabelSelector | undefined
  /** Whether it keeps `metadata.managedFields`, which are half of many an object. It does by default. */
  readonly managedFields?: boolean | undefined
  /**
   * What it keeps of each object instead of the object, beside its {@link ObjectIdentity}: many large objects of which little is needed then take the memory of
   * that. Called with each object that is listed or seen to change, page by page, and before its last change when it is deleted. Lookups, indexes and handlers have
   * what it returns, which is deeply frozen; instances of classes and typed arrays are left as they are.
   *
   * Of an object for which it throws, the view before stays, and there is none if there was none; handlers hear nothing. The error is in the log and in an
   * `informer.unprojected`. It is called again when the object changes or is listed.
   */
  readonly project?: ((object: KubeObject) => View) | undefined
  /** How many objects one page of the list has. 500 by default. */
  readonly pageSize?: number | undefined
  /**
   * After how long a watch that goes on ends so that a list follows, in milliseconds, a tenth more or less. Never by default. For a server that
   * may be restored from a backup: a watch does not always notice that.
   */
  readonly relistAfterMs?: number | undefined
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
export class Informer<View = KubeObject> implements AsyncDisposable {
  /** What it keeps. */
  readonly type: TypeRef
  /** Resolves when the first list is in the cache. Rejects with `aborted` when it is disposed of before. */
  readonly synced: Promise<void>
  readonly #options: InformerOptions<View>
  readonly #clock: Clock
  readonly #backoff: Backoff
  readonly #cache: ObjectCache<View> = new ObjectCache()
  readonly #handlers: Set<{ readonly handle: ChangeHandler<View> }> = new Set()
  readonly #stop: AbortController = new AbortController()
  readonly #sync: PromiseWithResolvers<void> = Promise.withResolvers()
  /** The namespaces of which there was no list yet. */
  #unlisted: Set<string | undefined> = new Set()
  #lastError: Error | undefined
  #running: Promise<void> | undefined

  constructor(options: InformerOptions<View>) {
    this.#options = options
    this.type = options.type
    this.synced = this.#sync.promise
    // It need not be awaited.
    this.synced.catch(() => {})
    this.#clock = options.clock ?? systemClock
    this.#backoff = new Backoff(options.backoff ?? defaultBackoff, options.random ?? Math.random)
  }

  /** Begins to list and watch, once. */
  start(): this {
    if (!this.#stop.signal.aborted) this.#running ??= this.#run(this.#stop.signal)
    return this
  }

  /** What listing failed with last, until the first list is complete; later, what listing or watching failed with last. */
  get lastError(): Error | undefined {
    return this.#lastError
  }

  /** How many objects it has. */
  get size(): number {
    return this.#cache.size
  }

  /** The object as last seen, deeply frozen; its view, with `project`. */
  get(ref: ObjectRef): View | undefined {
    return this.#cache.get(ref)?.view
  }

  /** Which object, and which state of it, there is a view of: its `uid` and `resourceVersion` are what a write of it depends on. */
  identity(ref: ObjectRef): ObjectIdentity | undefined {
    return this.#cache.get(ref)?.identity
  }

  /** The objects as last seen, in no particular order. */
  list(options?: CacheListOptions): readonly View[] {
    return this.#cache.list(options).map(({ view }) => view)
  }

  /** Makes objects findable by the values that `valuesOf` gives for each. It must be pure. A name in use keeps its function. */
  addIndex(name: string, valuesOf: IndexFunction<View>): this {
    if (!this.#cache.hasIndex(name)) this.#cache.addIndex(name, valuesOf)
    return this
  }

  /** The objects that an index has under `value`. Throws `model/invalid` for an index that was never added. */
  indexed(name: string, value: string): readonly View[] {
    const objects = this.#cache.indexed(name, value)
    if (objects === undefined) throw new FleetkitError('model/invalid', `${this.type.kind} has no index '${name}'`)
    return objects
  }

  /** Calls `handle` with each change from now on, after an `ADDED` for each object that is known already. */
  subscribe(handle: ChangeHandler<View>): Disposable {
    const handler = { handle }
    this.#handlers.add(handler)
    for (const kept of this.#cache.list()) this.#notify(handler.handle, changeOf('ADDED', kept))
    return { [Symbol.dispose]: () => void this.#handlers.delete(handler) }
  }

  /** Stops it. What it has stays readable. */
  close(): Promise<void> {
    return this[Symbol.asyncDispose]()
  }

  /** The same as {@link Informer.close}. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new FleetkitError('aborted', `the informer of ${this.type.kind} was stopped`))
    // A store that ignores the signal of its call is given up.
    if (this.#running !== undefined) await settlesWithin(this.#running, abandonAfterMs, this.#clock)
    this.#sync.reject(abortError(this.#stop.signal))
  }

  /** Made when there is something to say: an informer of many has nothing. */
  get #logger(): Logger {
    return (this.#options.logger ?? silentLogger).child({ kind: this.type.kind })
  }

  async #run(signal: AbortSignal): Promise<void> {
    const namespaces = await this.#namespaces(signal)
    this.#unlisted = new Set(namespaces)
    await Promise.all(namespaces.map((namespace) => this.#reflector(namespace).run(signal)))
  }

  /** What is listed and watched: each namespace for itself, so that a Role in each is enough, or everything at once. */
  async #namespaces(signal: AbortSignal): Promise<readonly (string | undefined)[]> {
    const { store, namespaces } = this.#options
    if (namespaces === undefined) return [undefined]
    while (!signal.aborted) {
      try {
        return (await isNamespaced(store, this.type, signal)) ? [...new Set(namespaces)] : [undefined]
      } catch (error) {
        const retryInMs = this.#backoff.fail(this)
        if (!signal.aborted) this.#report(error, retryInMs)
        await this.#clock.sleep(retryInMs, { signal }).catch(() => {})
      }
    }
    return []
  }

  #reflector(namespace: string | undefined): Reflector<Kept<View> | NotProjected> {
    const { store, labelSelector, pageSize = 500, relistAfterMs, random = Math.random } = this.#options
    return new Reflector({
      store,
      type: this.type,
      namespace,
      labelSelector,
      pageSize,
      relistAfterMs,
      backoff: this.#backoff,
      clock: this.#clock,
      random,
      keep: (object) => this.#keep(object),
      onList: (objects) => this.#replace(objects, namespace),
      onChange: (type, object) => this.#publish(type === 'DELETED' ? this.#cache.delete(object) : this.#cache.set(object)),
      onError: (error, retryInMs) => this.#report(error, retryInMs),
    })
  }

  #keep(object: KubeObject): Kept<View> | NotProjected {
    const kept = keep(object, this.#options)
    if (!('error' in kept)) return kept
    const [ref, error] = [refOf(object), toError(kept.error)]
    this.#logger.error('an object could not be projected', { namespace: ref.namespace, name: ref.name, error })
    this.#options.events?.emit('informer.unprojected', { ref, error })
    return kept
  }

  /** Brings the cache up to a complete list of a namespace. */
  #replace(objects: readonly (Kept<View> | NotProjected)[], namespace: string | undefined): void {
    const changes = this.#cache.replace(objects, namespace)
    if (!this.#unlisted.delete(namespace)) {
      const count = (type: Change['type']): number => changes.filter(({ change }) => change.type === type).length
      const missed = { added: count('ADDED'), modified: count('MODIFIED'), deleted: count('DELETED') }
      this.#logger[changes.length > 0 ? 'info' : 'debug']('listed again', { namespace, objects: objects.length, missed })
      this.#options.events?.emit('informer.relisted', { of: this.type, objects: objects.length, missed })
    }
    this.#publish(changes)
    if (this.#unlisted.size > 0) return
    this.#lastError = undefined
    this.#sync.resolve()
  }

  #report(error: unknown, retryInMs: number): void {
    this.#lastError = toError(error)
    this.#logger.warn('listing or watching failed', { error, retryInMs })
    this.#options.events?.emit('informer.error', { of: this.type, error: this.#lastError, retryInMs })
  }

  #publish(changes: readonly IdentifiedChange<View>[]): void {
    // A copy: a handler that is added meanwhile has seen the whole cache.
    const handlers = [...this.#handlers]
    for (const change of changes) for (const { handle } of handlers) this.#notify(handle, change)
  }

  #notify(handle: ChangeHandler<View>, { change, identity }: IdentifiedChange<View>): void {
    try {
      handle(change, identity)
    } catch (error) {
      this.#logger.error('a handler of changes failed', { name: identity.metadata.name, error })
    }
  }
}
