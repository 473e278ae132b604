import { AbortScope } from '../../async/abort-scope.ts'
import { onAbort } from '../../async/on-abort.ts'
import { monotonic } from '../../async/time/monotonic.ts'
import { type TimeLimit, timeLimit } from '../../async/time/time-limit.ts'
import { throwIfAborted } from '../../model/errors/abort.ts'
import { FleetkitError, hasCode } from '../../model/errors/error.ts'
import { invalid } from '../../model/errors/invalid.ts'
import { describeValue } from '../../model/errors/problem.ts'
import { isMap } from '../../model/json/value.ts'
import type { Json, JsonObject, KubeObject } from '../../model/object.ts'
import type { ObjectRef } from '../../model/reference.ts'
import { type Clock, systemClock } from '../../ports/clock.ts'
import type { Lease, LeaseOptions, Store } from '../../ports/store.ts'

/** Parts of the duration. The holder gives up a fifth before a challenger can take over. */
const renewAfter = 1 / 3
const retryAfter = 1 / 10
const giveUpAfter = 4 / 5
/** A call to the store that takes longer is tried again. */
const callAtMost = 1 / 5
const tooLate = 'it could not be renewed in time'

/** The fields of a Lease of `coordination.k8s.io/v1` that are read, whatever any writer left there. */
interface LeaseRecord {
  /** The other fields, which are kept. */
  readonly rest: JsonObject
  readonly holder: Json | undefined
  readonly durationMs: number | undefined
  readonly term: number
}

/** As the API server has it, an int32. */
const maxTerm = 2 ** 31 - 1

/** What of a store a lease needs. */
export type LeaseStore = Pick<Store, 'get' | 'create' | 'update'>

/**
 * {@link Store.lease} over the objects of any store: the whole of it, for the author of one. The lease is a Lease object of
 * `coordination.k8s.io/v1`, compatible with the leader election of client-go, and safe by the same rule
 * (k8s.io/client-go/tools/leaderelection): no time of another machine is trusted. A challenger takes over when it has seen
 * the record unchanged for the whole duration that is written in it; the holder renews it after a third of the duration and
 * gives up after four fifths, counted from before the renewal was sent, by a monotonic clock that is asked whenever `signal` is read.
 * The challenger counts by sleeping, so a pause only makes it wait longer. The wall clock is only written, so that setting it does no
 * harm. `leaseTransitions` is the term. A record with the holder's own name is taken over at once.
 *
 * Rejects with `model/invalid` for an empty holder or a duration that is not positive, and for a record whose `leaseTransitions` is no
 * number to go on from: terms must grow. Rejects with `aborted`, and with the first error of the store that is not retryable.
 *
 * @param clock - for the waits. The system clock when absent.
 *
 * @example
 * ```ts
 * import type { Lease, LeaseOptions } from 'fleetkit'
 * import { type LeaseStore, leaseOver } from 'fleetkit/store'
 *
 * abstract class MyStore implements LeaseStore {
 *   abstract get: LeaseStore['get']
 *   abstract create: LeaseStore['create']
 *   abstract update: LeaseStore['update']
 *
 *   lease(options: LeaseOptions): Promise<Lease> {
 *     return leaseOver(this, options)
 *   }
 * }
 * ```
 */
export async function leaseOver(store: LeaseStore, options: LeaseOptions, clock: Clock = systemClock): Promise<Lease> {
  const { durationMs, signal } = options
  checkOptions(options)
  let seen: { readonly resourceVersion: string | undefined; readonly unchangedMs: number } | undefined
  for (;;) {
    throwIfAborted(signal)
    // Counts from before the write, so that it ends before the challengers' count does.
    const endsAt = monotonic(clock) + durationMs * giveUpAfter
    const deadline = timeLimit(undefined, durationMs * giveUpAfter, clock, 'the lease could not be had in time')
    try {
      using scope = new AbortScope(signal, deadline.signal)
      const limits = { ...options, signal: scope.signal }
      const current = await store.get(leaseRef(options), limits)
      const resourceVersion = current?.metadata.resourceVersion
      const unchangedMs = seen?.resourceVersion === resourceVersion ? (seen?.unchangedMs ?? 0) : 0
      if (current === undefined || isFree(readRecord(current), options, unchangedMs)) {
        const held = await acquire(store, clock, limits, current)
        if (!deadline.signal.aborted && monotonic(clock) < endsAt) return new HeldLease(store, clock, options, held, { deadline, endsAt })
      }
      seen = { resourceVersion, unchangedMs }
    } catch (error) {
      deadline[Symbol.dispose]()
      throwIfAborted(signal)
      // The race was lost, or the store failed for now: try again. What was seen before stays seen.
      if (!deadline.signal.aborted && !isTransient(error)) throw error
    }
    deadline[Symbol.dispose]()
    await clock.sleep(durationMs * retryAfter, { signal })
    if (seen !== undefined) seen = { ...seen, unchangedMs: seen.unchangedMs + durationMs * retryAfter }
  }
}

/** Holders have unique names, so a record with our name is from an earlier run of ours. */
function isFree({ holder, durationMs }: LeaseRecord, options: LeaseOptions, unchangedMs: number): boolean {
  if (holder === undefined || holder === null || holder === '' || holder === options.holder) return true
  return unchangedMs >= (durationMs ?? options.durationMs)
}

function acquire(store: LeaseStore, clock: Clock, options: LeaseOptions, current: KubeObject | undefined): Promise<KubeObject> {
  const { holder, namespace, name, durationMs, signal } = options
  const { term, rest } = current === undefined ? { term: 0, rest: {} } : readRecord(current)
  const time = microTime(clock)
  const spec = {
    ...rest,
    holderIdentity: holder,
    leaseDurationSeconds: Math.ceil(durationMs / 1000),
    acquireTime: time,
    renewTime: time,
    leaseTransitions: term + 1,
  }
  if (current === undefined) return store.create({ ...leaseType, metadata: { namespace, name }, spec }, { signal })
  return store.update({ ...current, spec }, { signal })
}

/** Until when a lease is held at most: a timer, and a time on the monotonic clock. */
interface HeldUntil {
  readonly deadline: TimeLimit
  readonly endsAt: number
}

class HeldLease implements Lease {
  readonly holder: string
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly term: number
  readonly #store: LeaseStore
  readonly #clock: Clock
  readonly #options: LeaseOptions
  readonly #lost = new AbortController()
  readonly #stopped = new AbortController()
  readonly #renewing: Promise<void>
  #record: KubeObject
  #until: HeldUntil
  #released: Promise<void> | undefined

  constructor(store: LeaseStore, clock: Clock, options: LeaseOptions, record: KubeObject, until: HeldUntil) {
    this.holder = options.holder
    this.namespace = options.namespace
    this.name = options.name
    this.uid = record.metadata.uid ?? ''
    this.term = readRecord(record).term
    this.#store = store
    this.#clock = clock
    this.#options = options
    this.#record = record
    this.#until = until
    this.#watch(until.deadline)
    this.#renewing = this.#renewLoop()
  }

  get signal(): AbortSignal {
    if (monotonic(this.#clock) >= this.#until.endsAt) this.#lose(tooLate)
    return this.#lost.signal
  }

  close(): Promise<void> {
    return this[Symbol.asyncDispose]()
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#released ??= this.#release()
    return this.#released
  }

  async #renewLoop(): Promise<void> {
    const { durationMs } = this.#options
    using ended = new AbortScope(this.#stopped.signal, this.#lost.signal)
    const { signal } = ended
    let pause = renewAfter
    while (!signal.aborted) {
      await this.#clock.sleep(durationMs * pause, { signal }).catch(() => {})
      if (signal.aborted) return
      using call = timeLimit(signal, durationMs * callAtMost, this.#clock, 'the lease could not be renewed in time')
      try {
        await this.#renew(call.signal)
        pause = renewAfter
      } catch (error) {
        if (signal.aborted) return
        if (!call.signal.aborted && !isTransient(error)) this.#lose('it could not be renewed', error)
        pause = retryAfter
      }
    }
  }

  /** Writes the record again. Throws when that failed; loses the lease when another holder has it. */
  async #renew(signal: AbortSignal): Promise<void> {
    const longest = this.#options.durationMs * giveUpAfter
    const endsAt = monotonic(this.#clock) + longest
    const deadline = timeLimit(undefined, longest, this.#clock, tooLate)
    try {
      const spec = { ...(this.#record.spec as JsonObject), renewTime: microTime(this.#clock) }
      const renewed = await this.#store.update({ ...this.#record, spec }, { signal })
      // That of before: a lease that was over meanwhile does not come back.
      if (this.signal.aborted) return deadline[Symbol.dispose]()
      this.#record = renewed
      this.#until.deadline[Symbol.dispose]()
      this.#until = { deadline, endsAt }
      this.#watch(deadline)
    } catch (error) {
      deadline[Symbol.dispose]()
      if (hasCode(error, 'store/not-found')) return this.#lose('its record was deleted', error)
      if (hasCode(error, 'store/conflict')) await this.#look(signal)
      throw error
    }
  }

  /** After a conflict: another writer changed the record, or an earlier renewal arrived and its answer was lost. */
  async #look(signal: AbortSignal): Promise<void> {
    const record = await this.#store.get(leaseRef(this.#options), { signal })
    if (record === undefined) return this.#lose('its record was deleted')
    const { holder, term } = readRecord(record)
    if (holder !== this.holder || term !== this.term)
      return this.#lose(typeof holder === 'string' && holder !== '' ? `${holder} holds it` : 'it has no holder')
    this.#record = record
  }

  #watch(deadline: TimeLimit): void {
    onAbort(deadline.signal, () => this.#lose(tooLate))
  }

  #lose(why: string, cause?: unknown): void {
    this.#until.deadline[Symbol.dispose]()
    this.#lost.abort(new FleetkitError('store/lease-lost', why, { ref: leaseRef(this.#options), cause }))
  }

  async #release(): Promise<void> {
    const held = !this.signal.aborted
    this.#stopped.abort()
    // The record is given back only after the signal is aborted, and only while no one else can have it.
    this.#lost.abort(new FleetkitError('store/lease-lost', 'it was given back', { ref: leaseRef(this.#options) }))
    await this.#renewing
    if (!held) return
    try {
      await this.#giveBack()
    } catch {
      // It expires by itself.
    } finally {
      this.#until.deadline[Symbol.dispose]()
    }
  }

  async #giveBack(): Promise<void> {
    const { signal } = this.#until.deadline
    const record = await this.#store.get(leaseRef(this.#options), { signal })
    if (record === undefined) return
    const { holder, term } = readRecord(record)
    if (holder !== this.holder || term !== this.term) return
    const { holderIdentity: _, ...spec } = record.spec as JsonObject
    await this.#store.update({ ...record, spec: { ...spec, renewTime: microTime(this.#clock) } }, { signal })
  }
}

/** Whether the next try can succeed: the race was lost, or the store failed for now. */
function isTransient(error: unknown): boolean {
  return error instanceof FleetkitError && (error.retryable || hasCode(error, 'store/exists', 'store/not-found'))
}

const leaseType = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' }

export function leaseRef({ namespace, name }: Pick<LeaseOptions, 'namespace' | 'name'>): ObjectRef {
  return { ...leaseType, namespace, name }
}

function readRecord({ spec, metadata }: KubeObject): LeaseRecord {
  const rest = isMap(spec) ? spec : {}
  const { holderIdentity: holder, leaseDurationSeconds: seconds, leaseTransitions: term = null } = rest
  // Started again from nothing it would be less than that of writes that are there.
  if (term !== null && !(Number.isInteger(term) && (term as number) >= 0 && (term as number) < maxTerm))
    throw invalid(leaseRef({ namespace: metadata.namespace ?? '', name: metadata.name }), [
      { path: 'spec.leaseTransitions', found: describeValue(term), accepted: `a whole number below ${maxTerm}` },
    ])
  return { rest, holder, durationMs: typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : undefined, term: Number(term) }
}

/** Throws `store/lease-lost` when `record` is the Lease object of `lease` and another term has begun in it. */
export function checkTerm(lease: Lease, record: KubeObject | undefined): void {
  if (record?.metadata.uid !== lease.uid) return
  const { holder, term } = readRecord(record)
  if (holder !== lease.holder || term !== lease.term)
    throw new FleetkitError('store/lease-lost', `term ${lease.term} is over`, { ref: leaseRef(lease) })
}

/** A `MicroTime`, for people who read the record. */
function microTime(clock: Clock): string {
  return new Date(clock.now()).toISOString().replace('Z', '000Z')
}

function checkOptions(options: LeaseOptions): void {
  const { holder, durationMs } = options
  if (typeof holder !== 'string' || holder === '')
    throw invalid(leaseRef(options), [{ path: 'holder', found: 'nothing', accepted: 'a name' }])
  if (!(Number.isFinite(durationMs) && durationMs > 0))
    throw invalid(leaseRef(options), [{ path: 'durationMs', found: String(durationMs), accepted: 'a number of milliseconds above 0' }])
}
