import diagnostics from 'node:diagnostics_channel'
import { EventEmitter } from 'eventemitter3'
import { type Clock, systemClock } from '../ports/clock.ts'
import { type Logger, silentLogger } from '../ports/logger.ts'
import { BufferedStream, type EventStream } from './event-stream.ts'
import type { FleetEvent, FleetEventFields, FleetEventType } from './events.ts'

/**
 * The `node:diagnostics_channel` on which every bus of the process publishes its events.
 *
 * @category Events
 */
export const eventChannel = 'fleetkit:event'

const channel: diagnostics.Channel = diagnostics.channel(eventChannel)

/**
 * Called with events of one type, or with all for `'*'`. What it throws or rejects with goes to `onListenerError`.
 *
 * @category Events
 */
export type EventListener<Type extends FleetEventType | '*' = '*'> = (
  event: Type extends FleetEventType ? FleetEvent<Type> : FleetEvent,
) => unknown

/**
 * The publishing side of a bus.
 *
 * @category Events
 */
export interface EventSink {
  /** Publishes an event. Never throws; listeners have been called when it returns. */
  emit<Type extends FleetEventType>(type: Type, fields: FleetEventFields[Type]): void
}

/**
 * Options of an {@link EventBus}.
 *
 * @category Events
 */
export interface EventBusOptions {
  /** Stamps the events. */
  readonly clock?: Clock | undefined
  /** Where failures of listeners go by default. */
  readonly logger?: Logger | undefined
  /** Called with what a listener threw or rejected with. Logs it as an error by default. */
  readonly onListenerError?: ((error: unknown, event: FleetEvent) => void) | undefined
}

/**
 * Options of {@link EventBus.stream}: which events it carries, and how many it keeps.
 *
 * @category Events
 */
export interface StreamOptions<Type extends FleetEventType> {
  /** Ends the stream at once, without an error. */
  readonly signal?: AbortSignal | undefined
  /** Only events of these types; all when absent. */
  readonly types?: readonly Type[] | undefined
  /** How many unread events are kept; then the oldest go, and a `stream.dropped` says how many. 1024 by default. */
  readonly limit?: number | undefined
}

/**
 * Carries the events of one manager or runner to its listeners. A listener that throws or rejects harms neither the
 * publisher nor other listeners.
 *
 * @example
 * ```ts
 * import { EventBus } from 'fleetkit'
 *
 * const events = new EventBus()
 * using subscription = events.on('sync.finished', ({ sync, revision }) => console.log(sync.name, revision))
 * for await (const event of events.stream({ types: ['sync.failed'], signal: AbortSignal.timeout(1000) })) {
 *   console.log(event.type, event.at)
 * }
 * ```
 *
 * @category Events
 */
export class EventBus implements EventSink, Disposable {
  readonly #emitter: EventEmitter<Record<string, [FleetEvent]>> = new EventEmitter()
  readonly #guarded: WeakMap<EventListener<never>, (event: FleetEvent) => void> = new WeakMap()
  readonly #streams: Set<BufferedStream> = new Set()
  readonly #clock: Clock
  readonly #onListenerError: (error: unknown, event: FleetEvent) => void
  #closed = false

  constructor({ clock = systemClock, logger = silentLogger, onListenerError }: EventBusOptions = {}) {
    this.#clock = clock
    this.#onListenerError = onListenerError ?? ((error, event) => logger.error('a listener of events failed', { event: event.type, error }))
  }

  emit<Type extends FleetEventType>(type: Type, fields: FleetEventFields[Type]): void {
    if (this.#closed) return
    const event = Object.freeze({ type, at: this.#clock.now(), ...fields }) as FleetEvent
    this.#emitter.emit(type, event)
    this.#emitter.emit('*', event)
    if (channel.hasSubscribers) channel.publish(event)
  }

  /** Calls `listener` on each event of `type`, until the subscription is disposed of. Twice is twice. */
  on<Type extends FleetEventType | '*'>(type: Type, listener: EventListener<Type>): Disposable {
    if (!this.#closed) this.#emitter.on(type, this.#guard(listener))
    return { [Symbol.dispose]: () => this.off(type, listener) }
  }

  /** Calls `listener` on the next event of `type`. */
  once<Type extends FleetEventType | '*'>(type: Type, listener: EventListener<Type>): Disposable {
    if (!this.#closed) this.#emitter.once(type, this.#guard(listener))
    return { [Symbol.dispose]: () => this.off(type, listener) }
  }

  /** Stops calling `listener` on events of `type`. */
  off<Type extends FleetEventType | '*'>(type: Type, listener: EventListener<Type>): void {
    this.#emitter.off(type, this.#guard(listener))
  }

  /** The events from now on, for `for await`. It ends with its signal, with the loop, or with the bus. */
  stream<Type extends FleetEventType = FleetEventType>(options: StreamOptions<Type> = {}): EventStream<Type> {
    const { signal, types, limit = 1024 } = options
    const wanted = types === undefined ? undefined : new Set<FleetEventType>(types)
    const listener = (event: FleetEvent): void => {
      if (wanted === undefined || wanted.has(event.type)) stream.push(event)
    }
    const abort = (): void => stream.end(true)
    const stream = new BufferedStream(
      limit,
      () => this.#clock.now(),
      () => {
        this.#emitter.off('*', listener)
        this.#streams.delete(stream)
        signal?.removeEventListener('abort', abort)
      },
    )
    if (this.#closed || signal?.aborted) stream.end(true)
    else {
      this.#emitter.on('*', listener)
      this.#streams.add(stream)
      signal?.addEventListener('abort', abort, { once: true })
    }
    return stream as unknown as EventStream<Type>
  }

  /** Ends the streams once they have been read to the end, and forgets the listeners. */
  close(): void {
    this.#closed = true
    for (const stream of [...this.#streams]) stream.end(false)
    this.#emitter.removeAllListeners()
  }

  /** The same as {@link EventBus.close}. */
  [Symbol.dispose](): void {
    this.close()
  }

  /** One guarded listener for each listener, so that `off` finds it again. */
  #guard<Type extends FleetEventType | '*'>(listener: EventListener<Type>): (event: FleetEvent) => void {
    const known = this.#guarded.get(listener)
    if (known !== undefined) return known
    const guarded = (event: FleetEvent): void => {
      try {
        const result = (listener as EventListener)(event)
        if (result instanceof Promise) result.catch((error: unknown) => this.#report(error, event))
      } catch (error) {
        this.#report(error, event)
      }
    }
    this.#guarded.set(listener, guarded)
    return guarded
  }

  #report(error: unknown, event: FleetEvent): void {
    try {
      this.#onListenerError(error, event)
    } catch {
      // The last resort has failed as well; publishing goes on.
    }
  }
}
