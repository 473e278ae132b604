import { Backoff, type BackoffOptions } from '../../async/backoff.ts'
import { callAfter } from '../../async/call-after.ts'
import { type Deadline, Deadlines } from '../../async/deadlines.ts'
import { settlesWithin } from '../../async/settles-within.ts'
import { FleetkitError } from '../../model/errors/error.ts'
import { type Clock, systemClock } from '../../ports/clock.ts'

/**
 * What a piece of work may ask for.
 *
 * @category Manager
 */
export interface WorkResult {
  /** Do it again after this many milliseconds, or earlier if the key is added. */
  readonly requeueAfterMs?: number | undefined
}

/**
 * How a piece of work ends: with a request, or with none.
 *
 * @category Manager
 */
export type WorkOutcome = Promise<WorkResult | undefined> | Promise<void>

/**
 * What a piece of work gets besides its key.
 *
 * @category Manager
 */
export interface WorkRun {
  /** Aborts when the time limit is reached, or when the queue stops and cannot wait any longer. */
  readonly signal: AbortSignal
  /** How many times in a row the key has failed before. */
  readonly failures: number
}

/**
 * A failed piece of work that will be tried again.
 *
 * @category Manager
 */
export interface WorkRetry<Key> {
  readonly key: Key
  readonly error: unknown
  /** Failures in a row, this one included. */
  readonly failures: number
  readonly retryInMs: number
}

/**
 * What a {@link WorkQueue} does with its keys.
 *
 * @category Manager
 */
export interface WorkQueueOptions<Key> {
  /**
   * Does the work of a key. When it resolves, the failures of the key are forgotten; when it rejects, the key comes
   * back after a backoff, and not before the `retryAfterMs` of a {@link FleetkitError}.
   */
  readonly work: (key: Key, run: WorkRun) => WorkOutcome
  /** Keys are the same when this is. The key itself by default. */
  readonly keyOf?: ((key: Key) => unknown) | undefined
  /** How many keys are worked on at the same time. 4 by default. */
  readonly concurrency?: number | undefined
  /** The bulkhead that a key belongs to, e.g. its cluster; called each time the key becomes ready. Must not throw. */
  readonly groupOf?: ((key: Key) => string | undefined) | undefined
  /**
   * How many keys of one group are worked on at the same time, so that one that hangs leaves room for the others.
   * A quarter of `concurrency` by default, at least 1.
   */
  readonly groupConcurrency?: number | undefined
  /** How long one piece of work may take before its signal aborts with `timeout`. Not limited by default. */
  readonly timeoutMs?: number | undefined
  /** From 1 second to 10 minutes by default. */
  readonly backoff?: BackoffOptions | undefined
  readonly clock?: Clock | undefined
  /** Uniform in [0, 1). */
  readonly random?: (() => number) | undefined
  /** Called with each failure. Must not throw. */
  readonly onRetry?: ((retry: WorkRetry<Key>) => void) | undefined
}

interface Group<Key> {
  readonly name: string | undefined
  ready: Entry<Key>[]
  /** Index of the first of `ready`: taking it costs nothing. */
  head: number
  running: number
}

interface Entry<Key> extends Deadline {
  readonly id: unknown
  readonly key: Key
  state: 'delayed' | 'ready' | 'running'
  /** When to run once more, for a key that was added while it ran. */
  againAt: number | undefined
}

interface Running {
  readonly controller: AbortController
  readonly finished: Promise<void>
}

/** How long aborted work is waited for before it is given up. */
export const abandonAfterMs = 1000

/**
 * Works on keys: never twice at the same time on one, once for many adds, and once more for an add that came while it
 * ran. The order is first come, first served within a group, and round robin between groups.
 *
 * @example
 * ```ts
 * import { WorkQueue } from 'fleetkit'
 *
 * await using queue = new WorkQueue<string>({
 *   concurrency: 8,
 *   groupOf: (key) => key.split('/')[0],
 *   work: async (key, { signal }) => {
 *     console.log(key, signal.aborted)
 *     return { requeueAfterMs: 60_000 }
 *   },
 * })
 * queue.add('eu-west-1/podinfo')
 * queue.add('eu-west-2/podinfo', { afterMs: 5_000 })
 * ```
 *
 * @category Manager
 */
export class WorkQueue<Key> implements AsyncDisposable {
  readonly #options: WorkQueueOptions<Key>
  readonly #clock: Clock
  readonly #backoff: Backoff
  readonly #concurrency: number
  readonly #groupConcurrency: number
  readonly #entries: Map<unknown, Entry<Key>> = new Map()
  readonly #delayed: Deadlines<Entry<Key>> = new Deadlines()
  readonly #groups: Map<string | undefined, Group<Key>> = new Map()
  /** Groups with a ready key and room for it, in the order in which they are served. */
  readonly #turn: Set<Group<Key>> = new Set()
  readonly #running: Map<Entry<Key>, Running> = new Map()
  readonly #stop: AbortController = new AbortController()
  #timer: { readonly at: number; readonly sleep: Disposable } | undefined
  #scheduled = false
  #closed = false

  /** Throws `model/invalid` for limits that are no positive integers, or a group limit that lets one group take all. */
  constructor(options: WorkQueueOptions<Key>) {
    const { concurrency = 4, groupOf, timeoutMs } = options
    const groupConcurrency = groupOf === undefined ? concurrency : (options.groupConcurrency ?? Math.ceil(concurrency / 4))
    requirePositive('concurrency', concurrency)
    requirePositive('groupConcurrency', groupConcurrency)
    if (timeoutMs !== undefined) requirePositive('timeoutMs', timeoutMs)
    if (groupOf !== undefined && concurrency > 1 && groupConcurrency >= concurrency)
      throw invalid(
        'groupConcurrency',
        groupConcurrency,
        `less than concurrency (${concurrency}), so that one group cannot hold all workers`,
      )
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#backoff = new Backoff(options.backoff ?? { baseMs: 1000, maxMs: 600_000 }, options.random ?? Math.random)
    this.#concurrency = concurrency
    this.#groupConcurrency = groupConcurrency
  }

  /** How many keys wait for a worker, for their time, or are worked on. */
  get counts(): { readonly ready: number; readonly delayed: number; readonly running: number } {
    const delayed = this.#delayed.size
    const running = this.#running.size
    return { ready: this.#entries.size - delayed - running, delayed, running }
  }

  /** Failures in a row of a key. */
  failures(key: Key): number {
    return this.#backoff.failures(this.#idOf(key))
  }

  /**
   * Asks for work on `key`, now or after `afterMs` milliseconds. Of several adds the earliest counts. A key that is
   * being worked on is worked on once more. Nothing happens once the queue is closed.
   */
  add(key: Key, { afterMs = 0 }: { readonly afterMs?: number | undefined } = {}): void {
    requireDelay('afterMs', afterMs)
    this.#addAt(key, this.#clock.now() + afterMs)
  }

  /** Counts a failure of `key` and adds it after its backoff. Returns the milliseconds until then. */
  retry(key: Key): number {
    const afterMs = this.#backoff.fail(this.#idOf(key))
    this.add(key, { afterMs })
    return afterMs
  }

  /** Forgets the failures of `key`. */
  forget(key: Key): void {
    this.#backoff.forget(this.#idOf(key))
  }

  /**
   * Closes the queue: nothing more starts, and what runs may go on for `graceMs` milliseconds before it is aborted.
   * Resolves to the keys whose work has not ended even a second after that.
   */
  async drain({ graceMs = 0 }: { readonly graceMs?: number | undefined } = {}): Promise<readonly Key[]> {
    this.#close()
    if (!(await settlesWithin(this.#finished(), graceMs, this.#clock, this.#stop.signal))) {
      this.abort()
      await settlesWithin(this.#finished(), abandonAfterMs, this.#clock)
    }
    return [...this.#running.keys()].map(({ key }) => key)
  }

  /** Closes the queue and aborts what runs, at once. */
  abort(reason: unknown = new FleetkitError('aborted', 'the work queue was stopped')): void {
    this.#close()
    this.#stop.abort(reason)
    for (const { controller } of this.#running.values()) controller.abort(reason)
  }

  /** Aborts, and waits for what ran, at most a second. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.abort()
    await this.drain()
  }

  #idOf(key: Key): unknown {
    return this.#options.keyOf === undefined ? key : this.#options.keyOf(key)
  }

  #addAt(key: Key, at: number): void {
    if (this.#closed) return
    const id = this.#idOf(key)
    const entry = this.#entries.get(id)
    if (entry === undefined) {
      const fresh: Entry<Key> = { id, key, state: 'delayed', dueAt: at, slot: 0, againAt: undefined }
      this.#entries.set(id, fresh)
      this.#delay(fresh, at)
    } else if (entry.state === 'running') {
      entry.againAt = Math.min(entry.againAt ?? at, at)
    } else if (entry.state === 'delayed' && at < entry.dueAt) {
      this.#delayed.remove(entry)
      this.#delay(entry, at)
    }
  }

  #delay(entry: Entry<Key>, at: number): void {
    if (at <= this.#clock.now()) {
      this.#ready(entry)
      return
    }
    entry.state = 'delayed'
    entry.dueAt = at
    this.#delayed.add(entry)
    this.#arm()
  }

  #ready(entry: Entry<Key>): void {
    entry.state = 'ready'
    const name = this.#options.groupOf?.(entry.key)
    let group = this.#groups.get(name)
    if (group === undefined) {
      group = { name, ready: [], head: 0, running: 0 }
      this.#groups.set(name, group)
    }
    group.ready.push(entry)
    this.#offer(group)
  }

  /** Gives a group its turn if it has something to do and room to do it. */
  #offer(group: Group<Key>): void {
    if (group.head === group.ready.length) {
      if (group.running === 0) this.#groups.delete(group.name)
      return
    }
    if (group.running >= this.#groupConcurrency) return
    this.#turn.add(group)
    if (this.#scheduled) return
    this.#scheduled = true
    // In a turn of its own: adding never runs work, and a burst of adds is one dispatch.
    queueMicrotask(() => {
      this.#scheduled = false
      this.#dispatch()
    })
  }

  #dispatch(): void {
    for (const group of this.#turn) {
      if (this.#closed || this.#running.size >= this.#concurrency) return
      this.#turn.delete(group)
      const entry = group.ready[group.head++] as Entry<Key>
      if (group.head * 2 > group.ready.length) {
        group.ready = group.ready.slice(group.head)
        group.head = 0
      }
      group.running++
      entry.state = 'running'
      const controller = new AbortController()
      // The work itself starts when the map knows of it: it may add its own key at once.
      const finished = Promise.resolve().then(() => this.#run(entry, group, controller))
      this.#running.set(entry, { controller, finished })
      if (group.head < group.ready.length && group.running < this.#groupConcurrency) this.#turn.add(group)
    }
  }

  async #run(entry: Entry<Key>, group: Group<Key>, controller: AbortController): Promise<void> {
    const { key, id } = entry
    const limit = this.#limit(controller)
    let againInMs: number | undefined
    let retry: WorkRetry<Key> | undefined
    try {
      const result: WorkResult | undefined =
        (await this.#options.work(key, { signal: controller.signal, failures: this.#backoff.failures(id) })) ?? undefined
      againInMs = result?.requeueAfterMs
      if (againInMs !== undefined) {
        requireDelay('requeueAfterMs', againInMs)
        // Work that is requeued at once, again and again, must leave timers and I/O their turn.
        againInMs = Math.max(1, againInMs)
      }
      this.#backoff.forget(id)
    } catch (error) {
      const atLeastMs = error instanceof FleetkitError ? (error.retryAfterMs ?? 0) : 0
      againInMs = Math.max(this.#backoff.fail(id), atLeastMs)
      retry = { key, error, failures: this.#backoff.failures(id), retryInMs: againInMs }
    }
    limit?.[Symbol.dispose]()
    this.#running.delete(entry)
    this.#entries.delete(id)
    group.running--
    if (this.#closed) return
    const at = Math.min(
      entry.againAt ?? Number.POSITIVE_INFINITY,
      againInMs === undefined ? Number.POSITIVE_INFINITY : this.#clock.now() + againInMs,
    )
    if (at < Number.POSITIVE_INFINITY) this.#addAt(key, at)
    this.#offer(group)
    if (this.#turn.size > 0) this.#dispatch()
    if (retry !== undefined) this.#options.onRetry?.(retry)
  }

  /** Starts the time limit of one piece of work; disposing of it ends it. */
  #limit(controller: AbortController): Disposable | undefined {
    const { timeoutMs } = this.#options
    if (timeoutMs === undefined) return undefined
    return callAfter(timeoutMs, this.#clock, () =>
      controller.abort(new FleetkitError('timeout', `the work took longer than ${timeoutMs} ms`)),
    )
  }

  /** One sleep for all delayed keys: until the earliest is due. */
  #arm(): void {
    const next = this.#delayed.first()
    if (next === undefined || (this.#timer !== undefined && this.#timer.at <= next.dueAt)) return
    this.#timer?.sleep[Symbol.dispose]()
    this.#timer = { at: next.dueAt, sleep: callAfter(next.dueAt - this.#clock.now(), this.#clock, () => this.#wake()) }
  }

  #wake(): void {
    this.#timer = undefined
    const now = this.#clock.now()
    for (let next = this.#delayed.first(); next !== undefined && next.dueAt <= now; next = this.#delayed.first()) {
      this.#delayed.remove(next)
      this.#ready(next)
    }
    this.#arm()
  }

  async #finished(): Promise<void> {
    await Promise.allSettled([...this.#running.values()].map(({ finished }) => finished))
  }

  #close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#timer?.sleep[Symbol.dispose]()
    this.#delayed.clear()
    this.#turn.clear()
    this.#groups.clear()
    this.#entries.clear()
    for (const entry of this.#running.keys()) this.#entries.set(entry.id, entry)
  }
}

function invalid(path: string, found: number, accepted: string): FleetkitError {
  return new FleetkitError('model/invalid', `${path} is ${found}, accepted is ${accepted}`, {
    problems: [{ path, found: String(found), accepted }],
  })
}

function requirePositive(path: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 1) throw invalid(path, value, 'a whole number of at least 1')
}

function requireDelay(path: string, value: number): void {
  if (!(value >= 0)) throw invalid(path, value, 'a number of milliseconds of at least 0')
}
