import {
  type Controller,
  controller,
  type FleetEvent,
  FleetkitError,
  type KubeObject,
  Manager,
  type ManagerOptions,
  type Reconcile,
  type Store,
  WorkQueue,
} from 'fleetkit'
import { memoryStore } from 'fleetkit/memory'
import { VirtualClock } from 'fleetkit/testing'
import { expect, test, vi } from 'vitest'

const app = { apiVersion: 'example.com/v1', kind: 'App' }
const appNamed = (name: string, spec: unknown = {}): KubeObject => ({ ...app, metadata: { name, namespace: 'default' }, spec })
const refTo = (name: string) => ({ ...app, namespace: 'default', name })
const hour = 3_600_000

function run(controllers: readonly Controller[], options: Partial<ManagerOptions> = {}) {
  const clock = new VirtualClock()
  const store = memoryStore({ clock })
  const manager = new Manager({ store, clock, random: () => 0, ...options }).add(...controllers)
  const events: FleetEvent[] = []
  manager.events.on('*', (event) => events.push(event))
  const done = manager.run()
  done.catch(() => {})
  return { clock, store, manager, events, done }
}

test.each([
  [undefined, undefined, 10 * hour],
  [hour, undefined, hour],
  [hour, 2 * hour, 2 * hour],
])('an object is reconciled again though nothing changed (manager %d, controller %d)', async (ofManager, ofController, every) => {
  const seen: string[] = []
  const reconcile = async ({ ref }: { ref: { name: string } }) => {
    seen.push(ref.name)
    if (ref.name === 'soon') return { requeueAfterMs: every / 4 }
    if (ref.name === 'late') return { requeueAfterMs: every * 10 }
    return undefined
  }
  const { clock, store, manager } = run([controller({ for: app, reconcile, predicate: () => true, resyncMs: ofController })], {
    resyncMs: ofManager,
  })
  for (const name of ['plain', 'soon', 'late', 'gone']) await store.create(appNamed(name))
  await clock.advance(1000)
  await store.delete(refTo('gone'))
  await clock.advance(1000)
  seen.length = 0
  await clock.advance(every - 2000)
  expect(Object.groupBy(seen, (name) => name)).toEqual({ plain: ['plain'], late: ['late'], soon: Array(4).fill('soon') })
  await manager.close()
})

test('a resync that never comes can be asked for, and a terminal error waits for one', async () => {
  let calls = 0
  const { terminal } = await import('fleetkit')
  const reconcile = async () => {
    calls++
    throw terminal(new Error('no use'))
  }
  const never = run([controller({ for: app, reconcile })], { resyncMs: Number.POSITIVE_INFINITY })
  await never.store.create(appNamed('a'))
  await never.clock.advance(100 * hour)
  expect(calls).toBe(1)
  await never.manager.close()
  const daily = run([controller({ for: app, reconcile })], { resyncMs: 24 * hour })
  await daily.store.create(appNamed('a'))
  await daily.clock.advance(25 * hour)
  expect(calls).toBe(3)
  await daily.manager.close()
})

test('a success is an event, with how long it took, and so is how much waits', async () => {
  const { clock, store, manager, events } = run([
    controller({
      for: app,
      concurrency: 2,
      async reconcile(_, context) {
        await context.clock.sleep(1000)
        return { requeueAfterMs: 60_000 }
      },
    }),
  ])
  for (const name of ['a', 'b', 'c']) await store.create(appNamed(name))
  await clock.advance(2500)
  const counts = events.flatMap((event) => (event.type === 'controller.queue' ? [[event.ready, event.delayed, event.running]] : []))
  expect(counts.at(0)?.at(2)).toBeGreaterThan(0)
  expect(counts).toContainEqual([1, 0, 2])
  expect(counts.at(-1)).toEqual([0, 3, 0])
  expect(events.filter(({ type }) => type === 'controller.reconciled')).toHaveLength(3)
  expect(events.find(({ type }) => type === 'controller.reconciled')).toMatchObject({
    controller: 'app',
    durationMs: 1000,
    requeueAfterMs: 60_000,
  })
  await manager.close()
})

const unprintable: readonly [what: string, thrown: unknown][] = [
  ['an object without a prototype', Object.create(null)],
  ['a revoked proxy', revoked()],
  [
    'what throws when it is printed',
    {
      toString: () => {
        throw new Error('mine')
      },
    },
  ],
  ['a symbol', Symbol('s')],
  ['nothing', undefined],
]
function revoked(): unknown {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}
test.each(unprintable)('a reconcile that throws %s is tried again like any other', async (_, thrown) => {
  const unhandled = vi.fn()
  process.on('unhandledRejection', unhandled)
  let calls = 0
  const { clock, store, manager, events } = run(
    [
      controller({
        for: app,
        reconcile: async () => {
          calls++
          throw thrown
        },
      }),
    ],
    { random: () => 1 },
  )
  await store.create(appNamed('a'))
  await clock.advance(4000)
  expect(calls).toBe(3)
  expect(events.filter(({ type }) => type === 'controller.error').map((event) => (event as { error: Error }).error)).toEqual(
    Array(3).fill(expect.any(Error)),
  )
  await manager.close()
  await new Promise(setImmediate)
  process.off('unhandledRejection', unhandled)
  expect(unhandled).not.toHaveBeenCalled()
})

test('a logger that throws harms nothing', async () => {
  const fail = (): never => {
    throw new Error('the disk is full')
  }
  let calls = 0
  const { clock, store, manager } = run(
    [
      controller({
        for: app,
        async reconcile(_, { logger }) {
          calls++
          logger.info('seen')
          if (calls < 3) throw new Error('a bug')
        },
      }),
    ],
    { logger: { debug: fail, info: fail, warn: fail, error: fail, child: fail }, random: () => 1 },
  )
  await store.create(appNamed('a'))
  await clock.advance(60_000)
  expect(calls).toBe(3)
  await manager.close()
})

test('what only waits holds no worker, and is dropped when the object changes', async () => {
  const notes: string[] = []
  const { clock, store, manager, events } = run([
    controller({
      for: app,
      concurrency: 1,
      predicate: ({ object, previous }) => object.metadata.generation !== previous?.metadata.generation,
      async reconcile({ ref, object }, context) {
        notes.push(`${ref.name} ${object?.metadata.generation}`)
        await context.wait((signal) => context.clock.sleep(60_000, { signal }))
        notes.push(`${ref.name} ${object?.metadata.generation} ended`)
      },
    }),
  ])
  for (const name of ['a', 'b', 'c']) await store.create(appNamed(name))
  await clock.advance(1000)
  expect(notes).toEqual(['a 1', 'b 1', 'c 1'])
  const object = (await store.get(refTo('a'))) as KubeObject
  await store.update({ ...object, spec: { changed: true } })
  // A write of the status is no change that counts.
  const other = (await store.get(refTo('b'))) as KubeObject
  await store.update({ ...other, status: { seen: true } }, { subresource: 'status' })
  await clock.advance(1000)
  expect(notes).toEqual(['a 1', 'b 1', 'c 1', 'a 2'])
  await clock.advance(58_000)
  expect(notes.slice(4).sort()).toEqual(['b 1 ended', 'c 1 ended'])
  await clock.advance(1000)
  expect(notes.at(-1)).toBe('a 2 ended')
  expect(events.filter(({ type }) => type === 'controller.error')).toEqual([])
  await manager.close()
})

test('a queue keeps its limits while work waits, and its groups too', async () => {
  const clock = new VirtualClock()
  const active = new Set<string>()
  let most = 0
  const queue = new WorkQueue<string>({
    clock,
    concurrency: 2,
    groupConcurrency: 1,
    groupOf: (key) => key[0],
    async work(key, { wait }) {
      active.add(key)
      most = Math.max(most, active.size)
      await clock.sleep(100)
      active.delete(key)
      await wait((signal) => clock.sleep(10_000, { signal }))
    },
  })
  for (let index = 0; index < 10; index++) queue.add(`${index % 2 ? 'a' : 'b'}${index}`)
  await clock.advance(550)
  expect([most, queue.counts]).toEqual([2, { ready: 0, delayed: 0, running: 10 }])
  queue.add('b0')
  queue.add('a1', { supersedes: true })
  await clock.advance(0)
  expect([...active]).toEqual(['a1'])
  await clock.advance(30_000)
  expect(queue.counts).toEqual({ ready: 0, delayed: 0, running: 0 })
  await queue.close()
})

test('a process that was paused past the end of its lease writes nothing when it wakes, before any timer has run', async () => {
  const clock = new VirtualClock()
  const inner = memoryStore({ clock })
  const lost = new AbortController()
  let expired = false
  const held = await inner.lease({ namespace: 'fleet', name: 'test', holder: 'me', durationMs: 15_000 })
  const lease = {
    holder: held.holder,
    term: held.term,
    namespace: held.namespace,
    name: held.name,
    uid: held.uid,
    // As a lease does it: its time is looked at whenever the signal is read.
    get signal() {
      if (expired) lost.abort(new FleetkitError('store/lease-lost', 'its time is up'))
      return lost.signal
    },
    [Symbol.asyncDispose]: async () => {},
  }
  const store: Store = new Proxy(inner, {
    get: (target, property) =>
      property === 'lease' ? async () => lease : (Reflect.get(target, property) as (...all: unknown[]) => unknown).bind(target),
  })
  const codes: unknown[] = []
  const reconcile: Reconcile = async (_, context) => {
    await context.store.create(appNamed('before'))
    expired = true
    for (const call of [
      () => context.store.create(appNamed('after')),
      () => context.store.delete(refTo('before')),
      () => context.store.get(refTo('before')),
    ])
      await call().catch((error: FleetkitError) => codes.push(error.code))
    codes.push(context.signal.aborted)
  }
  const manager = new Manager({ store, clock, leaderElection: { namespace: 'fleet', name: 'test' } }).add(
    controller({ for: app, reconcile }),
  )
  const done = manager.run()
  done.catch(() => {})
  await inner.create(appNamed('a'))
  await clock.advance(1000)
  await expect(done).rejects.toMatchObject({ code: 'store/lease-lost' })
  expect(codes).toEqual(['store/lease-lost', 'store/lease-lost', 'store/lease-lost', true])
  expect((await inner.list(app)).items.map(({ metadata }) => metadata.name)).toEqual(['a', 'before'])
})

test('close() is what disposing is, for everything that is owned', async () => {
  const store = memoryStore()
  const owners = [
    [Manager, new Manager({ store })],
    [WorkQueue, new WorkQueue({ work: async () => {} })],
  ] as const
  for (const [, owner] of owners) {
    await owner.close()
    await owner[Symbol.asyncDispose]()
  }
  await expect(owners[0][1].run()).rejects.toBeInstanceOf(FleetkitError)
})
