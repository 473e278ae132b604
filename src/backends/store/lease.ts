import { AbortScope } from '../../async/abort-scope.ts'
import { onAbort } from '../../async/on-abort.ts'
import { type TimeLimit, timeLimit } from '../../async/time-limit.ts'
import { throwIfAborted } from '../../model/errors/abort.ts'
import { FleetkitError, hasCode } from '../../model/errors/error.ts'
import { invalid } from '../../model/errors/invalid.ts'
import type { KubeObject } from '../../model/object.ts'
import type { ObjectRef } from '../../model/reference.ts'
import { type Clock, systemClock } from '../../ports/clock.ts'
import type { Lease, LeaseOptions, Store } from '../../ports/store.ts'

/** Parts of the duration. The holder gives up a fifth before a challenger can take over. */
const renewAfter = 1 / 3
const retryAfter = 1 / 10
const giveUpAfter = 4 / 5
/** A call to the store that takes longer is tried again. */
const callAtMost = 1 / 5

/** The fields of a Lease of `coordination.k8s.io/v1` that are read and written. */
interface LeaseSpec {
  readonly holderIdentity?: string
  readonly leaseDurationSeconds?: number
  readonly acquireTime?: string
  readonly renewTime?: string
  readonly leaseTransitions?: number
}

/** What of a store a lease needs. */
export type LeaseStore = Pick<Store, 'get' | 'create' | 'update'>

/**
 * {@link Store.lease} over the objects of any store: the whole of it, for the author of one. The lease is a Lease object of
 * `coordination.k8s.io/v1`, compatible with the leader election of client-go, and safe by the same rule
 * (k8s.io/client-go/tools/leaderelection): no time of another machine is trusted. A challenger takes over when it has seen
 * the record unchanged for the whole duration that is written in it; the holder renews it after a third of the duration and
 * gives up after four fifths, counted from before the renewal was sent. Both count time by sleeping, never by reading the
 * clock, so that setting a clock does no harm. `leaseTransitions` is the term. A record with the holder's own name is taken
 * over at once.
 *
 * Rejects with `model/invalid` for an empty holder or a duration that is not positive, with `aborted`, and with the first
 * error of the store that is not retryable.
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
    const deadline = timeLimit(undefined, durationMs * giveUpAfter, clock, 'the lease could not be had in time')
    try {
      using scope = new AbortScope(signal, deadline.signal)
      const limits = { ...options, signal: scope.signal }
      const current = await store.get(refOf(options), limits)
      const resourceVersion = current?.metadata.resourceVersion
      const unchangedMs = seen?.resourceVersion === resourceVersion ? (seen?.unchangedMs ?? 0) : 0
      if (current === undefined || isFree(specOf(current), options, unchangedMs)) {
        const held = await acquire(store, clock, limits, current)
        if (!deadline.signal.aborted) return new HeldLease(store, clock, options, held, deadline)
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
function isFree({ holderIdentity, leaseDurationSeconds }: LeaseSpec, { holder, durationMs }: LeaseOptions, unchangedMs: number): boolean {
  if (holderIdentity === undefined || holderIdentity === '' || holderIdentity === holder) return true
  return unchangedMs >= (typeof leaseDurationSeconds === 'number' && leaseDurationSeconds > 0 ? leaseDurationSeconds * 1000 : durationMs)
}

function acquire(store: LeaseStore, clock: Clock, options: LeaseOptions, current: KubeObject | undefined): Promise<KubeObject> {
  const { holder, namespace, name, durationMs, signal } = options
  const time = microTime(clock)
  const spec: LeaseSpec = {
    holderIdentity: holder,
    leaseDurationSeconds: Math.ceil(durationMs / 1000),
    acquireTime: time,
    renewTime: time,
    leaseTransitions: (current === undefined ? 0 : (specOf(current).leaseTransitions ?? 0)) + 1,
  }
  if (current === undefined) return store.create({ ...leaseType, metadata: { namespace, name }, spec }, { signal })
  return store.update({ ...current, spec: { ...specOf(current), ...spec } }, { signal })
}

class HeldLease implements Lease {
  readonly holder: string
  readonly term: number
  readonly #store: LeaseStore
  readonly #clock: Clock
  readonly #options: LeaseOptions
  readonly #lost = new AbortController()
  readonly #stopped = new AbortController()
  readonly #renewing: Promise<void>
  #record: KubeObject
  #deadline: TimeLimit
  #released: Promise<void> | undefined

  constructor(store: LeaseStore, clock: Clock, options: LeaseOptions, record: KubeObject, deadline: TimeLimit) {
    this.holder = options.holder
    this.term = specOf(record).leaseTransitions as number
    this.#store = store
    this.#clock = clock
    this.#options = options
    this.#record = record
    this.#deadline = deadline
    this.#watch(deadline)
    this.#renewing = this.#renewLoop()
  }

  get signal(): AbortSignal {
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
    const deadline = timeLimit(undefined, this.#options.durationMs * giveUpAfter, this.#clock, 'the lease could not be renewed in time')
    try {
      const spec: LeaseSpec = { ...specOf(this.#record), renewTime: microTime(this.#clock) }
      const renewed = await this.#store.update({ ...this.#record, spec }, { signal })
      if (this.#lost.signal.aborted) return deadline[Symbol.dispose]()
      this.#record = renewed
      this.#deadline[Symbol.dispose]()
      this.#deadline = deadline
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
    const record = await this.#store.get(refOf(this.#options), { signal })
    if (record === undefined) return this.#lose('its record was deleted')
    const { holderIdentity, leaseTransitions } = specOf(record)
    if (holderIdentity !== this.holder || leaseTransitions !== this.term)
      return this.#lose(holderIdentity === undefined ? 'it has no holder' : `${holderIdentity} holds it`)
    this.#record = record
  }

  #watch(deadline: TimeLimit): void {
    onAbort(deadline.signal, () => this.#lose('it could not be renewed in time'))
  }

  #lose(why: string, cause?: unknown): void {
    this.#deadline[Symbol.dispose]()
    this.#lost.abort(new FleetkitError('store/lease-lost', why, { ref: refOf(this.#options), cause }))
  }

  async #release(): Promise<void> {
    const held = !this.#lost.signal.aborted
    this.#stopped.abort()
    // The record is given back only after the signal is aborted, and only while no one else can have it.
    this.#lost.abort(new FleetkitError('store/lease-lost', 'it was given back', { ref: refOf(this.#options) }))
    await this.#renewing
    if (!held) return
    try {
      await this.#giveBack()
    } catch {
      // It expires by itself.
    } finally {
      this.#deadline[Symbol.dispose]()
    }
  }

  async #giveBack(): Promise<void> {
    const { signal } = this.#deadline
    const record = await this.#store.get(refOf(this.#options), { signal })
    if (record === undefined) return
    const { holderIdentity, ...spec } = specOf(record)
    if (holderIdentity !== this.holder || spec.leaseTransitions !== this.term) return
    await this.#store.update({ ...record, spec: { ...spec, renewTime: microTime(this.#clock) } }, { signal })
  }
}

/** Whether the next try can succeed: the race was lost, or the store failed for now. */
function isTransient(error: unknown): boolean {
  return error instanceof FleetkitError && (error.retryable || hasCode(error, 'store/exists', 'store/not-found'))
}

const leaseType = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' }

function refOf({ namespace, name }: LeaseOptions): ObjectRef {
  return { ...leaseType, namespace, name }
}

function specOf(record: KubeObject): LeaseSpec {
  return (record.spec ?? {}) as LeaseSpec
}

/** A `MicroTime`, for people who read the record. */
function microTime(clock: Clock): string {
  return new Date(clock.now()).toISOString().replace('Z', '000Z')
}

function checkOptions(options: LeaseOptions): void {
  const { holder, durationMs } = options
  if (typeof holder !== 'string' || holder === '') throw invalid(refOf(options), [{ path: 'holder', found: 'nothing', accepted: 'a name' }])
  if (!(Number.isFinite(durationMs) && durationMs > 0))
    throw invalid(refOf(options), [{ path: 'durationMs', found: String(durationMs), accepted: 'a number of milliseconds above 0' }])
}
