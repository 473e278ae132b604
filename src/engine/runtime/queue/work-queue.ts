import { AbortScope } from '../../../async/abort-scope.ts'
import { Backoff } from '../../../async/time/backoff.ts'
import { callAfter } from '../../../async/time/call-after.ts'
import { type Deadline, Deadlines } from '../../../async/time/deadlines.ts'
import { monotonic } from '../../../async/time/monotonic.ts'
import { settlesWithin } from '../../../async/time/settles-within.ts'
import { FleetkitError } from '../../../model/errors/error.ts'
import { type Clock, systemClock } from '../../../ports/clock.ts'
import { abandonAfterMs } from '../abandon.ts'
import { LentWorkers } from './lent-workers.ts'
import type { WorkCounts, WorkQueueOptions, WorkResult, WorkRetry } from './work.ts'

/** How many keys can have lent their worker away, for each worker. */
const lentPerWorker = 16

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
  /** Aborts when what the work waits for is out of date. */
  readonly superseded: AbortController
  readonly finished: Promise<void>
  /** Whether its worker works on another key, because it only waits. */
  waits: boolean
}

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
  /** How many of what runs holds no worker any more. */
  #waiting = 0
  /** Of what runs and holds no worker for now. */
  readonly #lent: LentWorkers
  #countsChanged = false
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
    // Without groups the workers are the limit.
    this.#groupConcurrency = groupOf === undefined ? Number.POSITIVE_INFINITY : groupConcurrency
    this.#lent = new LentWorkers({
      limit: lentPerWorker * concurrency,
      hasWorker: () => this.#running.size - this.#waiting - this.#lent.count < concurrency,
      onLent: () => this.#dispatch(),
    })
  }

  /** How many keys wait for a worker, for their time, or are worked on. */
  get counts(): WorkCounts {
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
   * being worked on is worked on once more; with `supersedes`, what that work only waits for is dropped. Nothing happens once
   * the queue is closed.
   */
  add(
    key: Key,
    { afterMs = 0, supersedes = false }: { readonly afterMs?: number | undefined; readonly supersedes?: boolean | undefined } = {},
  ): void {
    requireDelay('afterMs', afterMs)
    this.#addAt(key, monotonic(this.#clock) + afterMs)
    if (supersedes) this.#supersede(key)
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
  async close(): Promise<void> {
    this.abort()
    await this.drain()
  }

  /** The same as {@link WorkQueue.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
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
    this.#reportCounts()
  }

  #supersede(key: Key): void {
    const entry = this.#entries.get(this.#idOf(key))
    const running = entry && this.#running.get(entry)
    running?.superseded.abort(new FleetkitError('aborted', 'what it waits for has been superseded'))
  }

  #delay(entry: Entry<Key>, at: number): void {
    if (at <= monotonic(this.#clock)) {
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
      if (group.running === 0 && this.#groups.get(group.name) === group) this.#groups.delete(group.name)
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
    this.#lent.giveBack()
    for (const group of this.#turn) {
      if (this.#closed || this.#running.size - this.#waiting - this.#lent.count >= this.#concurrency) return
      this.#turn.delete(group)
      const entry = group.ready[group.head++] as Entry<Key>
      if (group.head * 2 > group.ready.length) {
        group.ready = group.ready.slice(group.head)
        group.head = 0
      }
      group.running++
      entry.state = 'running'
      // The work itself starts when the map knows of it: it may add its own key at once.
      const finished = Promise.resolve().then(() => this.#run(entry, group, running))
      const running: Running = { controller: new AbortController(), superseded: new AbortController(), finished, waits: false }
      this.#running.set(entry, running)
      this.#reportCounts()
      if (group.head < group.ready.length && group.running < this.#groupConcurrency) this.#turn.add(group)
    }
  }

  async #run(entry: Entry<Key>, group: Group<Key>, running: Running): Promise<void> {
    const { key, id } = entry
    const { signal } = running.controller
    const limit = this.#limit(running.controller)
    let againInMs: number | undefined
    let retry: WorkRetry<Key> | undefined
    try {
      const wait = <T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> => this.#wait(group, running, work)
      const idle = <T>(work: () => Promise<T>): Promise<T> => (running.waits ? work() : this.#lent.during(work, signal))
      const result: WorkResult | undefined =
        (await this.#options.work(key, { signal, failures: this.#backoff.failures(id), wait, idle })) ?? undefined
      againInMs = result?.requeueAfterMs
      if (againInMs !== undefined) {
        requireDelay('requeueAfterMs', againInMs)
        // Work that is requeued at once, again and again, must leave timers and I/O their turn.
        againInMs = Math.max(1, againInMs)
      }
      this.#backoff.forget(id)
    } catch (error) {
      // What waited for something out of date has not failed; it was added once more.
      if (!(running.waits && running.superseded.signal.aborted)) {
        const atLeastMs = error instanceof FleetkitError ? (error.retryAfterMs ?? 0) : 0
        againInMs = Math.max(this.#backoff.fail(id), atLeastMs)
        retry = { key, error, failures: this.#backoff.failures(id), retryInMs: againInMs }
      }
    }
    limit?.[Symbol.dispose]()
    this.#running.delete(entry)
    this.#entries.delete(id)
    this.#reportCounts()
    if (running.waits) this.#waiting--
    else group.running--
    if (this.#closed) {
      this.#dispatch()
      return
    }
    const at = Math.min(
      entry.againAt ?? Number.POSITIVE_INFINITY,
      againInMs === undefined ? Number.POSITIVE_INFINITY : monotonic(this.#clock) + againInMs,
    )
    if (at < Number.POSITIVE_INFINITY) this.#addAt(key, at)
    if (!running.waits) this.#offer(group)
    this.#dispatch()
    if (retry !== undefined) this.#options.onRetry?.(retry)
  }

  /** Gives the worker of running work to another key, for the rest of that work. */
  async #wait<T>(group: Group<Key>, running: Running, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (!running.waits) {
      running.waits = true
      this.#waiting++
      group.running--
      if (!this.#closed) this.#offer(group)
      this.#dispatch()
    }
    using scope = new AbortScope(running.controller.signal, running.superseded.signal)
    return await work(scope.signal)
  }

  /** Reports the counts once for all that changes in one turn. */
  #reportCounts(): void {
    const { onCounts } = this.#options
    if (onCounts === undefined || this.#countsChanged) return
    this.#countsChanged = true
    queueMicrotask(() => {
      this.#countsChanged = false
      if (!this.#closed) onCounts(this.counts)
    })
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
    this.#timer = { at: next.dueAt, sleep: callAfter(next.dueAt - monotonic(this.#clock), this.#clock, () => this.#wake()) }
  }

  #wake(): void {
    this.#timer = undefined
    const now = monotonic(this.#clock)
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
