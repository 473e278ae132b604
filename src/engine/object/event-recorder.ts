import { BoundedCache } from '../../async/bounded-cache.ts'
import { monotonic } from '../../async/time/monotonic.ts'
import { formatTime } from '../../model/condition.ts'
import { FleetkitError, hasCode } from '../../model/errors/error.ts'
import { shortened } from '../../model/errors/shortened.ts'
import { isDnsSubdomain } from '../../model/names.ts'
import type { KubeObject } from '../../model/object.ts'
import { formatRef, refOf } from '../../model/reference.ts'
import { type Clock, systemClock } from '../../ports/clock.ts'
import { type Logger, silentLogger } from '../../ports/logger.ts'
import type { Store } from '../../ports/store.ts'

/** As client-go has them (tools/record): how many events are remembered, and how many of one object are let through. */
const remembered = 4096
const burst = 25
const refillMs = 300_000
/** Events are for people: when a store does not keep up, later ones are dropped. */
const maxPending = 1000
/** What an API server takes of a message. */
const maxMessageLength = 1024
const attempts = 3

/** Options of an {@link EventRecorder}. */
export interface EventRecorderOptions {
  /** Where the Events are written: that of the objects. It needs the rights to create and update `events`. */
  readonly store: Store
  /** Who says it, e.g. the name of the controller. */
  readonly component: string
  /** Which instance of it, e.g. the name of the Pod. */
  readonly instance?: string | undefined
  readonly clock?: Clock | undefined
  /** Says what could not be written. */
  readonly logger?: Logger | undefined
}

/** What an Event says of an object. */
export interface RecordedEvent {
  /** `Warning` for what a person should look at. */
  readonly type: 'Normal' | 'Warning'
  /** In CamelCase, for programs; of few different ones. */
  readonly reason: string
  /** For people. Secrets never appear in it. */
  readonly message: string
}

interface Bucket {
  readonly tokens: number
  readonly at: number
}

/**
 * Writes Kubernetes Events about objects, as `kubectl describe` shows them. It follows client-go's recorder: the same event again
 * counts up the one that is there, and an object that causes many is cut off after 25 until five minutes have passed. Recording
 * never waits, throws or fails what it reports about.
 *
 * @example
 * ```ts
 * import { controller } from 'fleetkit'
 * import { EventRecorder } from 'fleetkit/controller'
 * import { memoryStore } from 'fleetkit/memory'
 *
 * const store = memoryStore()
 * const recorder = new EventRecorder({ store, component: 'widgets' })
 * export const widgets = controller({
 *   for: { apiVersion: 'example.com/v1', kind: 'Widget' },
 *   async reconcile({ object }) {
 *     if (object !== undefined) recorder.record(object, { type: 'Normal', reason: 'Made', message: 'it is there' })
 *   },
 * })
 * // … at the end of the program:
 * await recorder.close()
 * ```
 */
export class EventRecorder implements AsyncDisposable {
  readonly #options: EventRecorderOptions
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #written: BoundedCache<KubeObject> = new BoundedCache(remembered)
  readonly #buckets: BoundedCache<Bucket> = new BoundedCache(remembered)
  readonly #stop: AbortController = new AbortController()
  #pending = 0
  #last: Promise<void> = Promise.resolve()

  constructor(options: EventRecorderOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#logger = options.logger ?? silentLogger
  }

  /** Writes an Event about `object`, soon. */
  record(object: KubeObject, event: RecordedEvent): void {
    if (this.#stop.signal.aborted || !this.#takeToken(object)) return
    if (this.#pending >= maxPending) {
      this.#logger.debug('an event was dropped', { object: formatRef(refOf(object)), reason: event.reason })
      return
    }
    this.#pending++
    const now = formatTime(this.#clock.now())
    this.#last = this.#last.then(() => this.#write(object, event, now)).finally(() => this.#pending--)
  }

  /** Waits for what is being written; nothing is recorded any more. */
  async close(): Promise<void> {
    const last = this.#last
    this.#stop.abort(new FleetkitError('closed', 'the recorder was closed'))
    await last
  }

  /** The same as {@link EventRecorder.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #takeToken(object: KubeObject): boolean {
    const key = object.metadata.uid ?? formatRef(refOf(object))
    const now = monotonic(this.#clock)
    const before = this.#buckets.get(key) ?? { tokens: burst, at: now }
    const refilled = Math.floor((now - before.at) / refillMs)
    const tokens = Math.min(burst, before.tokens + refilled)
    const at = refilled > 0 ? before.at + refilled * refillMs : before.at
    this.#buckets.set(key, { tokens: Math.max(0, tokens - 1), at }, 1)
    return tokens > 0
  }

  async #write(object: KubeObject, event: RecordedEvent, now: string): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#writeOnce(object, event, now)
      } catch (error) {
        if (attempt === attempts || !(error instanceof FleetkitError) || !error.retryable) {
          this.#logger.warn('an event could not be written', { object: formatRef(refOf(object)), reason: event.reason, error })
          return
        }
        await this.#clock.sleep(1000 * attempt, { signal: this.#stop.signal }).catch(() => {})
      }
    }
  }

  async #writeOnce(object: KubeObject, event: RecordedEvent, now: string): Promise<void> {
    const { store } = this.#options
    const key = JSON.stringify([object.metadata.uid, formatRef(refOf(object)), event.type, event.reason, event.message])
    const before = this.#written.get(key)
    if (before !== undefined) {
      try {
        const next = { ...before, count: (before.count as number) + 1, lastTimestamp: now }
        this.#written.set(key, await store.update(next), 1)
        return
      } catch (error) {
        // It has expired, or someone else has changed it: the next one is a new one.
        if (!hasCode(error, 'store/not-found', 'store/conflict')) throw error
      }
    }
    this.#written.set(key, await store.create(this.#eventOf(object, event, now)), 1)
  }

  #eventOf(object: KubeObject, { type, reason, message }: RecordedEvent, now: string): KubeObject {
    const { component, instance = component } = this.#options
    const { apiVersion, kind, metadata } = object
    const { name, namespace, uid, resourceVersion } = metadata
    const suffix = crypto.randomUUID()
    const wanted = `${name.slice(0, 200)}.${suffix}`
    return {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { namespace: namespace ?? 'default', name: isDnsSubdomain(wanted) ? wanted : suffix },
      involvedObject: { apiVersion, kind, name, ...(namespace === undefined ? {} : { namespace }), uid, resourceVersion },
      type,
      reason,
      message: shortened(message, maxMessageLength),
      source: { component },
      reportingComponent: component,
      reportingInstance: instance,
      firstTimestamp: now,
      lastTimestamp: now,
      count: 1,
    }
  }
}
