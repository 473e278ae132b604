import { AnySignal } from '../../async/any-signal.ts'
import { throwIfAborted } from '../../model/errors/abort.ts'
import { FleetkitError, hasCode } from '../../model/errors/error.ts'
import { invalid } from '../../model/errors/invalid.ts'
import type { KubeObject } from '../../model/object.ts'
import type { ObjectRef } from '../../model/reference.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Lease, LeaseOptions, Store } from '../../ports/store.ts'

/** Parts of the duration. The holder gives up a fifth before anybody can take over. */
const renewAfter = 1 / 3
const retryAfter = 1 / 10
const giveUpAfter = 4 / 5
/** A call to the store that takes longer is tried again. */
const callAtMost = 1 / 5

/** What a Lease of `coordination.k8s.io/v1` says, as far as it matters here. */
interface LeaseSpec {
  readonly holderIdentity?: string
  readonly leaseDurationSeconds?: number
  readonly acquireTime?: string
  readonly renewTime?: string
  readonly leaseTransitions?: number
}

/**
 * {@link Store.lease} for any store, on a Lease object of `coordination.k8s.io/v1`, and compatible with the leader election
 * of client-go. The rule of safety is theirs too (k8s.io/client-go/tools/leaderelection): no time of another machine is
 * believed. A challenger takes over when it has seen the record unchanged for the whole duration that is written in it,
 * and the holder, who counts from before it sent the renewal, gives up earlier. Both count time by sleeping, never by
 * reading the clock, so that a clock that is set does no harm. Errors that are not retryable end the wait.
 */
export async function leaseOn(store: Store, clock: Clock, options: LeaseOptions): Promise<Lease> {
  const { durationMs, signal } = options
  checkOptions(options)
  let seen: { readonly version: string | undefined; readonly unchangedMs: number } | undefined
  for (;;) {
    throwIfAborted(signal)
    // Counts from before the write, so that it ends before the challengers' count does.
    const deadline = new Deadline(clock, durationMs * giveUpAfter)
    try {
      using either = new AnySignal(signal, deadline.signal)
      const limits = { ...options, signal: either.signal }
      const current = await store.get(refOf(options), limits)
      const version = current?.metadata.resourceVersion
      const unchangedMs = seen?.version === version ? (seen?.unchangedMs ?? 0) : 0
      if (current === undefined || isFree(specOf(current), options, unchangedMs)) {
        const held = await acquire(store, clock, limits, current)
        if (!deadline.signal.aborted) return new HeldLease(store, clock, options, held, deadline)
      }
      seen = { version, unchangedMs }
    } catch (error) {
      deadline.cancel()
      throwIfAborted(signal)
      // Lost the race, or the store is not well: the next look tells. What was seen before stays seen.
      if (!deadline.signal.aborted && !isTransient(error)) throw error
    }
    deadline.cancel()
    await clock.sleep(durationMs * retryAfter, { signal })
    if (seen !== undefined) seen = { ...seen, unchangedMs: seen.unchangedMs + durationMs * retryAfter }
  }
}

/** A record of our own name is of our own past, because names are unique. */
function isFree({ holderIdentity, leaseDurationSeconds }: LeaseSpec, { holder, durationMs }: LeaseOptions, unchangedMs: number): boolean {
  if (holderIdentity === undefined || holderIdentity === '' || holderIdentity === holder) return true
  return unchangedMs >= (typeof leaseDurationSeconds === 'number' && leaseDurationSeconds > 0 ? leaseDurationSeconds * 1000 : durationMs)
}

function acquire(store: Store, clock: Clock, options: LeaseOptions, current: KubeObject | undefined): Promise<KubeObject> {
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
  readonly #store: Store
  readonly #clock: Clock
  readonly #options: LeaseOptions
  readonly #lost = new AbortController()
  readonly #stopped = new AbortController()
  readonly #renewing: Promise<void>
  #record: KubeObject
  #deadline: Deadline
  #released: Promise<void> | undefined

  constructor(store: Store, clock: Clock, options: LeaseOptions, record: KubeObject, deadline: Deadline) {
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

  [Symbol.asyncDispose](): Promise<void> {
    this.#released ??= this.#release()
    return this.#released
  }

  async #renewLoop(): Promise<void> {
    const { durationMs } = this.#options
    using ended = new AnySignal(this.#stopped.signal, this.#lost.signal)
    const { signal } = ended
    let pause = renewAfter
    while (!signal.aborted) {
      await this.#clock.sleep(durationMs * pause, { signal }).catch(() => {})
      if (signal.aborted) return
      const call = new Deadline(this.#clock, durationMs * callAtMost)
      try {
        using either = new AnySignal(signal, call.signal)
        await this.#renew(either.signal)
        pause = renewAfter
      } catch (error) {
        if (signal.aborted) return
        if (!call.signal.aborted && !isTransient(error)) this.#lose('it could not be renewed', error)
        pause = retryAfter
      } finally {
        call.cancel()
      }
    }
  }

  /** Writes the record again; throws when that did not work, and loses the lease when it is not ours any more. */
  async #renew(signal: AbortSignal): Promise<void> {
    const deadline = new Deadline(this.#clock, this.#options.durationMs * giveUpAfter)
    try {
      const spec: LeaseSpec = { ...specOf(this.#record), renewTime: microTime(this.#clock) }
      const renewed = await this.#store.update({ ...this.#record, spec }, { signal })
      if (this.#lost.signal.aborted) return deadline.cancel()
      this.#record = renewed
      this.#deadline.cancel()
      this.#deadline = deadline
      this.#watch(deadline)
    } catch (error) {
      deadline.cancel()
      if (hasCode(error, 'store/not-found')) return this.#lose('its record was deleted', error)
      if (hasCode(error, 'store/conflict')) await this.#look(signal)
      throw error
    }
  }

  /** After a conflict: a stranger may have touched the record, or an earlier renewal of ours arrived without our knowing. */
  async #look(signal: AbortSignal): Promise<void> {
    const record = await this.#store.get(refOf(this.#options), { signal })
    if (record === undefined) return this.#lose('its record was deleted')
    const { holderIdentity, leaseTransitions } = specOf(record)
    if (holderIdentity !== this.holder || leaseTransitions !== this.term) return this.#lose(`${holderIdentity ?? 'nobody'} holds it`)
    this.#record = record
  }

  #watch(deadline: Deadline): void {
    const expire = (): void => this.#lose('it could not be renewed in time')
    if (deadline.signal.aborted) expire()
    else deadline.signal.addEventListener('abort', expire, { once: true })
  }

  #lose(why: string, cause?: unknown): void {
    this.#deadline.cancel()
    this.#lost.abort(new FleetkitError('store/lease-lost', why, { ref: refOf(this.#options), cause }))
  }

  async #release(): Promise<void> {
    const held = !this.#lost.signal.aborted
    this.#stopped.abort()
    // The record is given back only after the signal is aborted, and only while nobody else can have it.
    this.#lost.abort(new FleetkitError('store/lease-lost', 'it was given back', { ref: refOf(this.#options) }))
    await this.#renewing
    if (!held) return
    try {
      await this.#giveBack()
    } catch {
      // Then it ends by itself.
    } finally {
      this.#deadline.cancel()
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

/** Whether the next try can go better: the race was lost, or the store is not well. */
function isTransient(error: unknown): boolean {
  return error instanceof FleetkitError && (error.retryable || hasCode(error, 'store/exists', 'store/not-found'))
}

/** Aborts its signal after a time, unless cancelled. */
class Deadline {
  readonly #reached = new AbortController()
  readonly #cancelled = new AbortController()

  constructor(clock: Clock, ms: number) {
    clock.sleep(ms, { signal: this.#cancelled.signal }).then(
      () => this.#reached.abort(),
      () => {},
    )
  }

  get signal(): AbortSignal {
    return this.#reached.signal
  }

  cancel(): void {
    this.#cancelled.abort()
  }
}

const leaseType = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' }

function refOf({ namespace, name }: LeaseOptions): ObjectRef {
  return { ...leaseType, namespace, name }
}

function specOf(record: KubeObject): LeaseSpec {
  return (record.spec ?? {}) as LeaseSpec
}

/** A `MicroTime`, for those who look at the record. */
function microTime(clock: Clock): string {
  return new Date(clock.now()).toISOString().replace('Z', '000Z')
}

function checkOptions(options: LeaseOptions): void {
  const { holder, durationMs } = options
  if (typeof holder !== 'string' || holder === '') throw invalid(refOf(options), [{ path: 'holder', found: 'nothing', accepted: 'a name' }])
  if (!(Number.isFinite(durationMs) && durationMs > 0))
    throw invalid(refOf(options), [{ path: 'durationMs', found: String(durationMs), accepted: 'a number of milliseconds above 0' }])
}
