import { getEventListeners } from 'node:events'
import {
  type ClusterApi,
  controller,
  type FleetEvent,
  FleetkitError,
  type Logger,
  Manager,
  type ManagerOptions,
  type Runnable,
  type Store,
} from 'fleetkit'
import { memoryCluster, memoryStore } from 'fleetkit/memory'
import { VirtualClock } from 'fleetkit/testing'
import { expect, test } from 'vitest'

const app = { apiVersion: 'example.com/v1', kind: 'App' }
const appNamed = (name: string) => ({ ...app, metadata: { name, namespace: 'default' }, spec: {} })
const leaderElection = { namespace: 'fleet', name: 'test', holder: 'me' }

/** A manager at work on a virtual clock, with what it said. */
function run(runnables: readonly Runnable[], options: Partial<ManagerOptions> = {}, clock = new VirtualClock()) {
  const logged: string[] = []
  const note =
    (fields: object) =>
    (message: string, more: object = {}): void =>
      void logged.push(`${message} ${Object.values({ ...fields, ...more })[0] ?? ''}`.trim())
  const loggerOf = (fields: object): Logger => ({
    debug: note(fields),
    info: () => {},
    warn: note(fields),
    error: note(fields),
    child: (more) => loggerOf({ ...fields, ...more }),
  })
  const manager = new Manager({ store: memoryStore({ clock }), clock, random: () => 1, logger: loggerOf({}), ...options })
  const events: FleetEvent[] = []
  // What its one controller does is not the matter here.
  manager.events.on('*', (event) => event.type.startsWith('controller.') || events.push(event))
  manager.add(controller({ for: app, reconcile: async () => {} }), ...runnables)
  const stop = new AbortController()
  const done = manager.run({ signal: stop.signal })
  done.catch(() => {})
  return { manager, clock, events, logged, stop, done }
}

/** A store whose lease is given to the manager at once, and is lost with `lost`. */
function leasingStore(inner: Store): { readonly store: Store; readonly lost: AbortController } {
  const lost = new AbortController()
  const lease = { holder: 'me', term: 7, signal: lost.signal, [Symbol.asyncDispose]: async () => {} }
  const store: Store = new Proxy(inner, {
    get: (target, property) =>
      property === 'lease' ? async () => lease : (Reflect.get(target, property) as (...all: unknown[]) => unknown).bind(target),
  })
  return { store, lost }
}

test('a runnable starts with the manager, has its ports, and is waited for when the manager stops', async () => {
  const notes: unknown[] = []
  const clock = new VirtualClock()
  const store = memoryStore({ clock })
  await store.create(appNamed('web'))
  const runnable: Runnable = {
    name: 'report',
    async run({ cache, store, cluster, clock, events, random, signal }) {
      await clock.sleep(1000, { signal })
      notes.push(cache.list(app).map(({ metadata }) => metadata.name))
      notes.push((await store.get({ ...app, namespace: 'default', name: 'web' }))?.metadata.name)
      notes.push((await cluster?.discover({ apiVersion: 'v1', kind: 'ConfigMap' }))?.plural)
      events.emit('sync.suspended', { sync: { ...app, name: 'web' } })
      notes.push(random())
      await clock.sleep(60_000, { signal }).catch(() => notes.push('aborted'))
      await clock.sleep(3000)
      notes.push('ended')
    },
  }
  const { events, logged, stop, done } = run([runnable], { store, cluster: memoryCluster({ clock }), gracePeriodMs: 5000 }, clock)
  await clock.advance(2000)
  expect(notes).toEqual([['web'], 'web', 'configmaps', 1])
  expect(events.map(({ type }) => type)).toEqual(['manager.started', 'sync.suspended'])
  stop.abort()
  await clock.advance(2999)
  expect(notes.slice(4)).toEqual(['aborted'])
  expect(events.at(-1)).toMatchObject({ type: 'sync.suspended' })
  await clock.advance(1)
  await done
  expect(notes.slice(4)).toEqual(['aborted', 'ended'])
  expect(events.at(-1)).toMatchObject({ type: 'manager.stopped', reason: 'aborted' })
  expect(logged).toEqual([])
  expect(clock.nextWakeAt).toBeUndefined()
})

test('a runnable may end early: the manager goes on', async () => {
  let ran = 0
  const { clock, events, stop, done } = run([{ name: 'once', run: async () => void ran++ }])
  await clock.advance(60_000)
  expect([ran, events.map(({ type }) => type)]).toEqual([1, ['manager.started']])
  stop.abort()
  await clock.advance(0)
  await done
})

test.each([true, false])(
  'a runnable that throws stops the manager with its error (needsLeaderElection: %s)',
  async (needsLeaderElection) => {
    const error = new TypeError('a bug')
    const notes: string[] = []
    const failing: Runnable = {
      name: 'failing',
      needsLeaderElection,
      async run({ clock, signal }) {
        await clock.sleep(1000, { signal })
        throw error
      },
    }
    const other: Runnable = {
      name: 'other',
      async run({ clock, signal }) {
        await clock.sleep(60_000, { signal }).catch(({ code }: FleetkitError) => notes.push(code))
        await clock.sleep(2000)
        notes.push('ended')
      },
    }
    const { clock, events, logged, done } = run([failing, other])
    await clock.advance(999)
    expect(notes).toEqual([])
    await clock.advance(1)
    expect(notes).toEqual(['aborted'])
    await clock.advance(2000)
    await expect(done).rejects.toBe(error)
    expect(notes).toEqual(['aborted', 'ended'])
    expect(events.slice(1)).toMatchObject([
      { type: 'runnable.failed', runnable: 'failing', error },
      { type: 'manager.stopped', reason: 'failed' },
    ])
    expect(logged).toEqual(['the runnable failed failing'])
  },
)

test('a runnable that throws before its first wait stops the manager too', async () => {
  const runnable = {
    name: 'broken',
    run(): Promise<void> {
      throw new Error('not even a promise')
    },
  }
  const { clock, done } = run([runnable])
  await clock.advance(0)
  await expect(done).rejects.toThrow('not even a promise')
})

test('what a runnable throws after it was stopped concerns no one', async () => {
  const runnable: Runnable = {
    name: 'late',
    async run({ clock, signal }) {
      await clock.sleep(60_000, { signal })
    },
  }
  const { clock, events, logged, stop, done } = run([runnable])
  await clock.advance(1000)
  stop.abort()
  await clock.advance(0)
  await done
  expect(events.map(({ type }) => type)).toEqual(['manager.started', 'manager.stopped'])
  expect(logged).toEqual(['the runnable ended with an error after it was stopped late'])
})

test('a runnable that ignores its signal is given up after the grace period, and can write nothing more', async () => {
  const notes: string[] = []
  const deaf: Runnable = {
    name: 'deaf',
    async run({ clock, store }) {
      await clock.sleep(60_000)
      // A signal of its own does not get it past the fence.
      await store.create(appNamed('zombie'), { signal: new AbortController().signal }).catch(({ code }: FleetkitError) => notes.push(code))
    },
  }
  const { clock, logged, stop, done } = run([deaf], { gracePeriodMs: 5000 })
  let ended = false
  done.then(() => {
    ended = true
  })
  await clock.advance(1000)
  stop.abort()
  await clock.advance(4999)
  expect(ended).toBe(false)
  await clock.advance(1)
  expect(ended).toBe(true)
  expect(logged).toEqual(['the runnable ignores its signal and was given up deaf'])
  await clock.advance(60_000)
  expect(notes).toEqual(['aborted'])
})

test('without the lease only a runnable that does not need it runs', async () => {
  const clock = new VirtualClock()
  const store = memoryStore({ clock })
  const held = await store.lease({ namespace: 'fleet', name: 'test', holder: 'other', durationMs: 15_000 })
  const started: string[] = []
  const named = (name: string, needsLeaderElection?: boolean): Runnable => ({
    name,
    needsLeaderElection,
    async run({ clock, signal }) {
      started.push(name)
      await clock.sleep(600_000, { signal })
    },
  })
  const { events, stop, done } = run([named('leader'), named('also', true), named('metrics', false)], { store, leaderElection }, clock)
  await clock.advance(5000)
  expect(started).toEqual(['metrics'])
  await held[Symbol.asyncDispose]()
  await clock.advance(20_000)
  expect(started.toSorted()).toEqual(['also', 'leader', 'metrics'])
  expect(events.map(({ type }) => type)).toEqual(['leader.acquired', 'manager.started'])
  stop.abort()
  await clock.advance(1000)
  await done
})

test('a runnable that fails while another manager has the lease stops this one', async () => {
  const clock = new VirtualClock()
  const store = memoryStore({ clock })
  await using _held = await store.lease({ namespace: 'fleet', name: 'test', holder: 'other', durationMs: 15_000 })
  const failing: Runnable = {
    name: 'metrics',
    needsLeaderElection: false,
    async run({ clock, signal }) {
      await clock.sleep(5000, { signal })
      throw new Error('the port is taken')
    },
  }
  const { events, done } = run([failing], { store, leaderElection }, clock)
  await clock.advance(6000)
  await expect(done).rejects.toThrow('the port is taken')
  expect(events.map(({ type }) => type)).toEqual(['runnable.failed', 'manager.stopped'])
})

test('a lost lease aborts every runnable at once and fences it', async () => {
  const clock = new VirtualClock()
  const { store, lost } = leasingStore(memoryStore({ clock }))
  const notes: string[] = []
  const named = (name: string, needsLeaderElection: boolean): Runnable => ({
    name,
    needsLeaderElection,
    async run({ clock, signal, store }) {
      await clock.sleep(60_000, { signal }).catch(({ code }: FleetkitError) => notes.push(`${name}: ${code}`))
      await store.create(appNamed(name)).catch(({ code }: FleetkitError) => notes.push(`${name}: ${code}`))
      if (name === 'deaf') await clock.sleep(600_000)
    },
  })
  const { events, done } = run([named('leader', true), named('metrics', false), named('deaf', true)], { store, leaderElection }, clock)
  await clock.advance(1000)
  lost.abort(new FleetkitError('store/lease-lost', 'gone'))
  await clock.advance(1000)
  await expect(done).rejects.toMatchObject({ code: 'store/lease-lost' })
  expect(notes.toSorted()).toEqual(['deaf', 'deaf', 'leader', 'leader', 'metrics', 'metrics'].map((name) => `${name}: store/lease-lost`))
  expect(events.at(-1)).toMatchObject({ type: 'manager.stopped', reason: 'lease-lost' })
})

test('a line to the cluster as another user is fenced too', async () => {
  const clock = new VirtualClock()
  const users: string[] = []
  const codes: string[] = []
  const inner = memoryCluster({ clock })
  const cluster: ClusterApi = Object.assign(inner, {
    impersonate: ({ user }: { readonly user: string }) => {
      users.push(user)
      return inner
    },
  })
  const runnable: Runnable = {
    name: 'jane',
    async run({ clock, signal, cluster }) {
      const jane = cluster?.impersonate?.({ user: 'jane' })
      await jane?.close()
      await jane?.get({ ...app, namespace: 'default', name: 'a' }).catch(({ code }: FleetkitError) => codes.push(code))
      await clock.sleep(60_000, { signal }).catch(() => {})
      await jane?.create(appNamed('late')).catch(({ code }: FleetkitError) => codes.push(code))
    },
  }
  const { stop, done } = run([runnable], { cluster }, clock)
  await clock.advance(1000)
  stop.abort()
  await clock.advance(1000)
  await done
  expect(users).toEqual(['jane'])
  expect(codes).toEqual(['cluster/unknown-kind', 'aborted'])
})

test('a manager that is stopped before it runs starts no runnable', async () => {
  const stopped = AbortSignal.abort()
  const clock = new VirtualClock()
  const manager = new Manager({ store: memoryStore({ clock }), clock })
  let ran = 0
  manager.add({ name: 'one', run: async () => void ran++ }, { name: 'two', needsLeaderElection: false, run: async () => void ran++ })
  await manager.run({ signal: stopped })
  expect(ran).toBe(0)
})

test('a manager takes runnables only before it runs, and each name only once', async () => {
  const runnable: Runnable = { name: 'report', run: async () => {} }
  const { manager, stop, done, clock } = run([runnable])
  expect(() => manager.add({ name: 'another', run: async () => {} })).toThrow(/runs already/)
  stop.abort()
  await clock.advance(0)
  await done
  const fresh = new Manager({ store: memoryStore() })
  expect(() => fresh.add(runnable, runnable)).toThrow(/two runnables are named 'report'/)
  expect(() => fresh.add({ name: 'nothing' } as unknown as Runnable)).toThrow(/'nothing' is neither a controller nor a runnable/)
  // A controller of the same name is another thing.
  fresh.add(controller({ name: 'report', for: app, reconcile: async () => {} }))
})

test('a manager leaves nothing on the signal that it is given', async () => {
  const lasting = new AbortController()
  const clock = new VirtualClock()
  await using manager = new Manager({ store: memoryStore({ clock }), clock })
  manager.add({ name: 'failing', run: () => Promise.reject(new Error('at once')) })
  await expect(manager.run({ signal: lasting.signal })).rejects.toThrow('at once')
  expect(getEventListeners(lasting.signal, 'abort')).toHaveLength(0)
})
