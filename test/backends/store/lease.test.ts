import fc from 'fast-check'
import { type Clock, FleetkitError, type Lease, type Store } from 'fleetkit'
import { memoryStore } from 'fleetkit/memory'
import { leaseOver } from 'fleetkit/store'
import { VirtualClock } from 'fleetkit/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { runs } from '../../random-tests.ts'

const durationMs = 15_000
const record = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace: 'default', name: 'leader' }

describe('a lease', () => {
  let clock: VirtualClock
  let store: Store
  beforeEach(() => {
    clock = new VirtualClock()
    store = memoryStore({ clock })
  })
  afterEach(() => store[Symbol.asyncDispose]())

  const acquire = (holder: string, through: Store = store, at: Clock = clock): Promise<Lease> =>
    leaseOver(through, { namespace: 'default', name: 'leader', holder, durationMs }, at)

  test('is renewed three times in its duration', async () => {
    await using _lease = await acquire('one')
    const before = Number((await store.get(record))?.metadata.resourceVersion)
    await clock.advance(10 * durationMs)
    expect(Number((await store.get(record))?.metadata.resourceVersion) - before).toBe(30)
  })

  test('of a holder that is cut off ends before a challenger has it', async () => {
    const line = new Line(store)
    const one = await acquire('one', line)
    const lost: number[] = []
    one.signal.addEventListener('abort', () => lost.push(clock.now()))
    const had = acquire('two').then((lease) => ({ lease, at: clock.now() }))
    await clock.advance(durationMs)
    const cutAt = clock.now()
    line.state = 'hangs'
    await clock.advance(3 * durationMs)
    const { lease: two, at } = await had
    expect(lost).toHaveLength(1)
    expect((lost[0] as number) - cutAt).toBeLessThanOrEqual(durationMs * 0.8)
    expect(at - (lost[0] as number)).toBeGreaterThanOrEqual(durationMs * 0.2)
    expect(two.term).toBe(one.term + 1)
    await two[Symbol.asyncDispose]()
  })

  test('survives a cut that is shorter than its patience', async () => {
    const line = new Line(store)
    await using lease = await acquire('one', line)
    await clock.advance(durationMs / 3 - 1)
    line.state = 'fails'
    await clock.advance(durationMs * 0.4)
    line.state = 'works'
    await clock.advance(2 * durationMs)
    expect(lease.signal.aborted).toBe(false)
  })

  test('survives a call that never ends', async () => {
    const line = new Line(store)
    await using lease = await acquire('one', line)
    line.state = 'hangs'
    await clock.advance(durationMs / 3 + 1)
    line.state = 'works'
    await clock.advance(2 * durationMs)
    expect(lease.signal.aborted).toBe(false)
  })

  test('is kept when the answer to a renewal is lost', async () => {
    const line = new Line(store)
    await using lease = await acquire('one', line)
    line.state = 'loses answers'
    await clock.advance(durationMs / 3)
    line.state = 'works'
    await clock.advance(durationMs)
    expect(lease.signal.aborted).toBe(false)
    expect(lease.term).toBe(1)
  })

  test('is waited for through failures of the store', async () => {
    const line = new Line(store)
    line.state = 'hangs'
    const waiting = acquire('one', line)
    await clock.advance(durationMs / 2)
    line.state = 'fails'
    await clock.advance(durationMs)
    line.state = 'works'
    await clock.advance(durationMs)
    await (await waiting)[Symbol.asyncDispose]()
  })

  test('is not waited for when the store is closed', async () => {
    await using _lease = await acquire('one')
    const waiting = acquire('two')
    const outcome = expect(waiting).rejects.toMatchObject({ code: 'closed' })
    await clock.advance(durationMs)
    await store[Symbol.asyncDispose]()
    await clock.advance(durationMs)
    await outcome
  })

  test('ends when its record is deleted', async () => {
    const lease = await acquire('one')
    await store.delete(record)
    await clock.advance(durationMs)
    expect(lease.signal.reason).toMatchObject({ code: 'store/lease-lost' })
  })

  test('is taken up at once by a holder of the same name, with a new term', async () => {
    const line = new Line(store)
    const dead = await acquire('one', line)
    line.state = 'hangs'
    await using again = await acquire('one')
    expect(again.term).toBe(dead.term + 1)
  })

  test('does not end because the clock is set', async () => {
    let shift = 0
    const skewed: Clock = { now: () => clock.now() + shift, sleep: (ms, options) => clock.sleep(ms, options) }
    await using one = await acquire('one')
    const abort = new AbortController()
    const two = leaseOver(store, { namespace: 'default', name: 'leader', holder: 'two', durationMs, signal: abort.signal }, skewed)
    const outcome = expect(two).rejects.toMatchObject({ code: 'aborted' })
    for (const jump of [86_400_000, -86_400_000 * 2]) {
      await clock.advance(durationMs / 2)
      shift += jump
    }
    await clock.advance(2 * durationMs)
    expect(one.signal.aborted).toBe(false)
    abort.abort()
    await outcome
  })

  /** A clock whose timers do not run while time goes on, as in a process that is stopped. */
  class Paused implements Clock {
    slept = 0
    now = (): number => clock.now()
    monotonic = (): number => clock.monotonic() + this.slept
    sleep: Clock['sleep'] = (ms, options) => clock.sleep(ms, options)
  }

  test('is over in a process that was paused past its end, before any timer could run', async () => {
    const paused = new Paused()
    const lease = await acquire('one', store, paused)
    paused.slept = durationMs * 0.79
    expect(lease.signal.aborted).toBe(false)
    paused.slept = durationMs * 0.81
    const config = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'default' } }
    await expect(store.create(config, { lease })).rejects.toMatchObject({ code: 'store/lease-lost' })
    expect(lease.signal.aborted).toBe(true)
    expect((await store.list(config)).items).toEqual([])
  })

  test('does not come back by a renewal that was under way when it ended', async () => {
    const paused = new Paused()
    const line = new Line(store)
    const lease = await acquire('one', line, paused)
    line.onUpdate = () => {
      paused.slept = 10 * durationMs
    }
    await clock.advance(durationMs / 3 + 1)
    expect(lease.signal.aborted).toBe(true)
  })

  test('that another holder has ends the writes of the one before, whatever that one believes', async () => {
    const line = new Line(store)
    const old = await acquire('one', line)
    line.state = 'hangs'
    await using next = await acquire('one')
    const config = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' } })
    const created = await store.create(config('a'), { lease: next })
    expect(old.signal.aborted).toBe(false)
    for (const write of [
      () => store.create(config('b'), { lease: old }),
      () => store.update({ ...created, data: { a: 'b' } }, { lease: old }),
      () => store.delete({ ...config('a'), namespace: 'default', name: 'a' }, { lease: old }),
    ])
      await expect(write()).rejects.toMatchObject({ code: 'store/lease-lost' })
    expect(await store.get({ ...config('a'), namespace: 'default', name: 'a' })).toEqual(created)
    // Another store knows nothing of the lease.
    await using other = memoryStore({ clock })
    await other.create(config('c'), { lease: old })
    line.state = 'works'
    await old[Symbol.asyncDispose]()
  })

  test.each([
    ['x', undefined],
    [-1, undefined],
    [1.5, undefined],
    [2 ** 31 - 1, undefined],
    [[], undefined],
    [null, 1],
    [undefined, 1],
    [7, 8],
  ])('whose record has the leaseTransitions %j goes on from them, or is refused by name', async (leaseTransitions, term) => {
    const spec = { leaseTransitions, leaseDurationSeconds: 'x', holderIdentity: null } as object
    await store.create({ ...record, metadata: { namespace: 'default', name: 'leader' }, spec })
    const acquired = acquire('one')
    if (term === undefined)
      await expect(acquired).rejects.toMatchObject({ code: 'model/invalid', problems: [{ path: 'spec.leaseTransitions' }], ref: record })
    else {
      await using lease = await acquired
      expect(lease.term).toBe(term)
    }
  })

  test.each([null, 'x', [], 7, { holderIdentity: 7 }, { holderIdentity: {}, leaseDurationSeconds: -1 }])(
    'whose record has the spec %j is waited for at most its duration',
    async (spec) => {
      await store.create({ ...record, metadata: { namespace: 'default', name: 'leader' }, spec })
      const acquired = acquire('one')
      await clock.advance(durationMs * 1.2)
      await using lease = await acquired
      expect(lease.term).toBe(1)
      expect(lease).toMatchObject({ namespace: 'default', name: 'leader', uid: (await store.get(record))?.metadata.uid })
    },
  )

  test('ends when its record is spoilt', async () => {
    const lease = await acquire('one')
    const current = await store.get(record)
    await store.update({ ...(current as object), spec: { leaseTransitions: 'x' } } as never)
    await clock.advance(durationMs)
    expect(lease.signal.reason).toMatchObject({ code: 'store/lease-lost' })
  })

  test('aborts its signal before it is given back', async () => {
    const seen: unknown[] = []
    const watched = new Line(store)
    const lease = await acquire('one', watched)
    watched.onUpdate = () => seen.push(lease.signal.aborted)
    await lease[Symbol.asyncDispose]()
    expect(seen).toEqual([true])
    expect((await store.get(record))?.spec).not.toHaveProperty('holderIdentity')
  })
})

test('whatever fails, a lease has one holder at a time, and terms grow', async () => {
  const state = fc.constantFrom<LineState>('works', 'works', 'works', 'fails', 'hangs', 'loses answers')
  const step = fc.record({ holder: fc.nat(2), state, restart: fc.boolean(), ms: fc.integer({ min: 100, max: 20_000 }) })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
      const clock = new VirtualClock()
      await using store = memoryStore({ clock })
      const holding = new Map<number, Lease>()
      const terms: number[] = []
      const stop = new AbortController()
      const lines = [0, 1, 2].map(() => new Line(store))
      const compete = async (index: number): Promise<void> => {
        while (!stop.signal.aborted) {
          const options = { namespace: 'default', name: 'leader', holder: `h${index}`, durationMs, signal: stop.signal }
          const lease = await leaseOver(lines[index] as Line, options, clock)
          expect([...holding.values()].filter(({ signal }) => !signal.aborted)).toEqual([])
          holding.set(index, lease)
          terms.push(lease.term)
          await new Promise((resolve) => lease.signal.addEventListener('abort', resolve, { once: true }))
          holding.delete(index)
        }
      }
      const running = Promise.allSettled([0, 1, 2].map(compete))
      for (const { holder, state, restart, ms } of steps) {
        ;(lines[holder] as Line).state = state
        if (restart) await Promise.race([holding.get(holder)?.[Symbol.asyncDispose](), clock.advance(1)])
        await clock.advance(ms)
      }
      for (const line of lines) line.state = 'works'
      await clock.advance(5 * durationMs)
      expect(holding.size).toBe(1)
      expect(terms).toEqual([...new Set(terms)].sort((a, b) => a - b))
      stop.abort()
      for (const lease of holding.values()) await lease[Symbol.asyncDispose]()
      await clock.advance(durationMs)
      for (const result of await running) if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'aborted' })
    }),
    { numRuns: runs(25) },
  )
}, 60_000)

type LineState = 'works' | 'fails' | 'hangs' | 'loses answers'

/** The store as one holder reaches it. */
class Line implements Store {
  state: LineState = 'works'
  onUpdate: () => void = () => {}
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  get: Store['get'] = (ref, options) => this.#carry(options?.signal, () => this.#store.get(ref, options))
  create: Store['create'] = (object, options) => this.#carry(options?.signal, () => this.#store.create(object, options))
  update: Store['update'] = (object, options) => {
    this.onUpdate()
    return this.#carry(options?.signal, () => this.#store.update(object, options))
  }
  list: Store['list'] = (type, options) => this.#store.list(type, options)
  watch: Store['watch'] = (type, options) => this.#store.watch(type, options)
  delete: Store['delete'] = (ref, options) => this.#store.delete(ref, options)
  lease: Store['lease'] = (options) => this.#store.lease(options)

  close(): Promise<void> {
    return this[Symbol.asyncDispose]()
  }
  async [Symbol.asyncDispose](): Promise<void> {}

  async #carry<T>(signal: AbortSignal | undefined, call: () => Promise<T>): Promise<T> {
    const { state } = this
    if (state === 'fails') throw new FleetkitError('cluster/unreachable', 'cut off')
    if (state === 'hangs') {
      return new Promise((_, reject) => {
        const abort = (): void => reject(new FleetkitError('aborted', 'given up'))
        if (signal?.aborted) abort()
        signal?.addEventListener('abort', abort, { once: true })
      })
    }
    const answer = await call()
    if (state === 'loses answers') throw new FleetkitError('timeout', 'the answer was lost')
    return answer
  }
}
