import assert from 'node:assert/strict'
import { setTimeout as realSleep } from 'node:timers/promises'
import type { KubeObject } from '../../../model/object.ts'
import type { Lease, LeaseOptions } from '../../../ports/store.ts'
import type { ConformanceCases } from '../register.ts'
import { rejects } from '../rejects.ts'
import type { StoreSubject } from './subject.ts'

const durationMs = 1500
const type = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' }

/** Leases among holders of one store. */
export const leaseCases: ConformanceCases<StoreSubject> = {
  'a free lease is held at once': async (subject) => {
    await using lease = await acquire(subject, 'one')
    assert.equal(lease.holder, 'one')
    assert.ok(Number.isInteger(lease.term) && lease.term > 0)
    assert.equal(lease.signal.aborted, false)
    const record = await readRecord(subject)
    assert.partialDeepStrictEqual(record.spec, { holderIdentity: 'one', leaseDurationSeconds: 2 })
  },

  'a held lease goes to the next holder when it is given back': async (subject) => {
    const first = await acquire(subject, 'one')
    const waiting = track(acquire(subject, 'two'))
    await sleep(subject, 2 * durationMs)
    assert.equal(waiting.done, false)
    assert.equal(first.signal.aborted, false)
    await first[Symbol.asyncDispose]()
    await first[Symbol.asyncDispose]()
    assert.equal(first.signal.aborted, true)
    await using second = await arrive(subject, waiting.promise)
    assert.equal(second.term, first.term + 1)
    assert.equal(second.holder, 'two')
  },

  'a lease whose holder is silent is taken over when it is over, not before': async (subject) => {
    const {
      store,
      namespaces: [namespace],
    } = subject
    const spec = { holderIdentity: 'dead', leaseDurationSeconds: 2, leaseTransitions: 4, renewTime: '2001-01-01T00:00:00.000000Z' }
    await store.create({ ...type, metadata: { namespace, name: 'leader' }, spec })
    const waiting = track(acquire(subject, 'one'))
    await sleep(subject, 1500)
    assert.equal(waiting.done, false)
    await using lease = await arrive(subject, waiting.promise)
    assert.equal(lease.term, 5)
  },

  'a lease that another holder took aborts its signal': async (subject) => {
    const lease = await acquire(subject, 'one')
    const record = await readRecord(subject)
    await subject.store.update({
      ...record,
      spec: { ...(record.spec as object), holderIdentity: 'thief', leaseTransitions: lease.term + 1 },
    })
    await sleep(subject, durationMs)
    assert.equal(lease.signal.aborted, true)
    assert.equal((lease.signal.reason as { code?: unknown }).code, 'store/lease-lost')
    await lease[Symbol.asyncDispose]()
    assert.partialDeepStrictEqual((await readRecord(subject)).spec, { holderIdentity: 'thief' })
  },

  'a change of the record by another writer does not lose the lease': async (subject) => {
    await using lease = await acquire(subject, 'one')
    const record = await readRecord(subject)
    await subject.store.update({ ...record, metadata: { ...record.metadata, labels: { seen: 'true' } } })
    await sleep(subject, 2 * durationMs)
    assert.equal(lease.signal.aborted, false)
  },

  'waiting for a lease ends with aborted when the signal aborts': async (subject) => {
    await using _first = await acquire(subject, 'one')
    const abort = new AbortController()
    const waiting = acquire(subject, 'two', abort.signal)
    const rejected = rejects(waiting, 'aborted')
    await sleep(subject, 300)
    abort.abort()
    await rejected
    assert.partialDeepStrictEqual((await readRecord(subject)).spec, { holderIdentity: 'one' })
  },

  'leases of different names are apart': async (subject) => {
    const {
      store,
      namespaces: [namespace, other],
    } = subject
    await using _one = await acquire(subject, 'one')
    await using _two = await store.lease({ namespace, name: 'other', holder: 'two', durationMs })
    await using _three = await store.lease({ namespace: other, name: 'leader', holder: 'three', durationMs })
  },

  'a lease without a holder or a duration is model/invalid': async ({ store, namespaces: [namespace] }) => {
    await rejects(store.lease({ namespace, name: 'leader', holder: '', durationMs }), 'model/invalid')
    await rejects(store.lease({ namespace, name: 'leader', holder: 'one', durationMs: 0 }), 'model/invalid')
  },
}

function acquire({ store, namespaces: [namespace] }: StoreSubject, holder: string, signal?: AbortSignal): Promise<Lease> {
  const options: LeaseOptions = { namespace, name: 'leader', holder, durationMs, signal }
  return store.lease(options)
}

async function readRecord({ store, namespaces: [namespace] }: StoreSubject): Promise<KubeObject> {
  const record = await store.get({ ...type, namespace, name: 'leader' })
  assert.ok(record !== undefined)
  return record
}

/** A promise that knows whether it has ended. */
function track<T>(promise: Promise<T>): { readonly promise: Promise<T>; done: boolean } {
  const tracked = { promise, done: false }
  const end = (): void => {
    tracked.done = true
  }
  promise.then(end, end)
  return tracked
}

/** Lets time pass until `promise` ends; fails after twenty durations. */
async function arrive<T>(subject: StoreSubject, promise: Promise<T>): Promise<T> {
  const tracked = track(promise)
  for (let slept = 0; !tracked.done && slept < 20 * durationMs; slept += 100) await sleep(subject, 100)
  assert.ok(tracked.done, 'the lease was not acquired')
  return promise
}

function sleep(subject: StoreSubject, ms: number): Promise<void> {
  return subject.sleep?.(ms) ?? realSleep(ms)
}
