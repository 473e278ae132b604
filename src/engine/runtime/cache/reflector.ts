import { AbortScope } from '../../../async/abort-scope.ts'
import { pagesOf } from '../../../async/pages-of.ts'
import type { Backoff } from '../../../async/time/backoff.ts'
import { callAfter } from '../../../async/time/call-after.ts'
import { monotonic } from '../../../async/time/monotonic.ts'
import { FleetkitError, hasCode } from '../../../model/errors/error.ts'
import type { KubeObject } from '../../../model/object.ts'
import type { TypeRef } from '../../../model/reference.ts'
import type { LabelSelector } from '../../../model/selector.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { ChangeEvent, ListOptions, Store } from '../../../ports/store.ts'

/** What a reflector follows, and what it keeps up to date by it. */
export interface ReflectorOptions<Kept> {
  readonly store: Store
  readonly type: TypeRef
  /** Only this namespace; all of them when absent. */
  readonly namespace: string | undefined
  readonly labelSelector: LabelSelector | undefined
  readonly pageSize: number
  /** Between failures: of this reflector, by itself. */
  readonly backoff: Backoff
  /** When a watch that goes on makes place for a list, a tenth more or less; never when absent. */
  readonly relistAfterMs: number | undefined
  readonly clock: Clock
  readonly random: () => number
  /** What is kept of an object: from a long list, no more than a page of whole objects is held at a time. */
  readonly keep: (object: KubeObject) => Kept
  /** Receives each complete list. */
  readonly onList: (objects: readonly Kept[]) => void
  /** Receives each change after it. */
  readonly onChange: (type: ChangeEvent['type'], object: Kept) => void
  /** Receives what went wrong and is tried again. A single relist is normal and no error. */
  readonly onError: (error: unknown, retryInMs: number) => void
}

/** Lists and watches the objects of one type in one namespace, or in all, and goes on after errors until it is stopped. */
export class Reflector<Kept> {
  readonly #options: ReflectorOptions<Kept>
  #waitedMs = 0

  constructor(options: ReflectorOptions<Kept>) {
    this.#options = options
  }

  /** Goes on until `signal` aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, backoff, store, type, namespace, labelSelector, keep, onChange } = this.#options
    let resourceVersion: string | undefined
    while (!signal.aborted) {
      let startedAt = monotonic(clock)
      let error: unknown
      try {
        resourceVersion ??= await this.#list(signal)
        startedAt = monotonic(clock)
        using scope = new AbortScope(signal)
        using _relist = this.#relistLater(scope)
        for await (const event of store.watch(type, { namespace, labelSelector, resourceVersion, signal: scope.signal })) {
          if (signal.aborted) return
          if (event.type !== 'BOOKMARK') onChange(event.type, keep(event.object))
          const { resourceVersion: version } = event.type === 'BOOKMARK' ? event : event.object.metadata
          resourceVersion = version ?? resourceVersion
        }
        scope.signal.throwIfAborted()
      } catch (thrown) {
        error = thrown
      }
      if (signal.aborted) return
      // A watch that lasted longer than it was waited for was healthy; one that ends at once is not, whatever it brought.
      if (monotonic(clock) - startedAt > Math.max(this.#waitedMs, backoff.baseMs)) backoff.forget(this)
      const relist = hasCode(error, 'store/relist')
      if (relist) resourceVersion = undefined
      await this.#pause(error, relist && backoff.failures(this) === 0, signal)
    }
  }

  /** Waits before going on. A single relist goes on at once; one after another they wait. */
  async #pause(error: unknown, atOnce: boolean, signal: AbortSignal): Promise<void> {
    const delay = this.#options.backoff.fail(this)
    const retryInMs = atOnce ? 0 : Math.max(delay, error instanceof FleetkitError ? (error.retryAfterMs ?? 0) : 0)
    this.#waitedMs = retryInMs
    if (error !== undefined && !hasCode(error, 'store/relist')) this.#options.onError(error, retryInMs)
    if (retryInMs > 0) await this.#options.clock.sleep(retryInMs, { signal }).catch(() => {})
  }

  /** Not all at the same time. */
  #relistLater(scope: AbortScope): Disposable | undefined {
    const { relistAfterMs, clock, random } = this.#options
    if (relistAfterMs === undefined) return undefined
    return callAfter(relistAfterMs * (0.9 + random() / 5), clock, () => scope.abort(new FleetkitError('store/relist', 'a list is due')))
  }

  /** Passes a complete list on. Returns the `resourceVersion` to watch from. */
  async #list(signal: AbortSignal): Promise<string> {
    const { store, type, namespace, labelSelector, pageSize, keep, onList } = this.#options
    const options: ListOptions = { namespace, labelSelector, signal }
    const items: Kept[] = []
    let resourceVersion = ''
    try {
      const pages = pagesOf(pageSize, (token) => store.list(type, { ...options, limit: pageSize, continue: token }))
      for await (const page of pages) {
        for (const item of page.items) items.push(keep(item))
        resourceVersion = page.resourceVersion
      }
      onList(items)
    } catch (error) {
      // The pages took longer than the store keeps a `resourceVersion`: a list in one piece has no such limit.
      if (!hasCode(error, 'store/relist')) throw error
      const whole = await store.list(type, options)
      resourceVersion = whole.resourceVersion
      onList(whole.items.map(keep))
    }
    return resourceVersion
  }
}
