import {
  type Change,
  type Controller,
  controller,
  type FleetEvent,
  FleetkitError,
  generationChanged,
  type KubeObject,
  type LeaseOptions,
  Manager,
  type ManagerOptions,
  type ObjectRef,
  refOf,
  type Store,
  terminal,
} from 'fleetkit'
import { memoryStore } from 'fleetkit/memory'
import { leaseOver } from 'fleetkit/store'
import { VirtualClock, withFaults } from 'fleetkit/testing'
import { expect, test } from 'vitest'

const app = { apiVersion: 'example.com/v1', kind: 'App' }
const configMap = { apiVersion: 'v1', kind: 'ConfigMap' }
const appNamed = (name: string, spec: unknown = {}): KubeObject => ({ ...app, metadata: { name, namespace: 'default' }, spec })
const refTo = (type: typeof app, name: string): ObjectRef => ({ ...type, namespace: 'default', name })

function run(
  controllers: readonly Controller[],
  options: Partial<ManagerOptions> = {},
  clock = new VirtualClock(),
  store: Store = memoryStore({ clock }),
) {
  const manager = new Manager({ store, clock, random: () => 1, ...options })
  const events: FleetEvent[] = []
  manager.events.on('*', (event) => events.push(event))
  manager.add(...controllers)
  const stop = new AbortController()
  const done = manager.run({ signal: stop.signal })
  done.catch(() => {})
  const finish = async (): Promise<void> => {
    stop.abort()
    await clock.advance(0)
    await done
  }
  return { manager, store, clock, events, stop, done, finish }
}

const failuresIn = (events: readonly FleetEvent[]) =>
  events.filter(({ type }) => type === 'controller.error' || type === 'controller.terminal')

/** Keeps a ConfigMap for each App, with the text of its spec, and says in the status when it is there. */
const apps = (seen: string[] = []): Controller =>
  controller({
    for: app,
    owns: [configMap],
    async reconcile({ ref, object }, { store, cache }) {
      seen.push(ref.name)
      if (object === undefined || object.metadata.deletionTimestamp !== undefined) return
      const { text } = object.spec as { text: string }
      const copy = cache.get(refTo(configMap, ref.name))
      const ownerReferences = [{ ...app, name: ref.name, uid: object.metadata.uid as string, controller: true }]
      if (copy === undefined)
        await store.create({ ...configMap, metadata: { name: ref.name, namespace: ref.namespace, ownerReferences }, data: { text } })
      else if ((copy.data as { text: string }).text !== text) await store.update({ ...copy, data: { text } })
      else await store.update({ ...object, status: { ready: true } }, { subresource: 'status' })
    },
  })

test("a user's controller keeps what it owns, through edits and deletions by others", async () => {
  const { manager, store, clock, finish } = run([apps()])
  await store.create(appNamed('web', { text: 'one' }))
  await clock.advance(5000)
  const read = async () => (await store.get(refTo(configMap, 'web')))?.data
  expect(await read()).toEqual({ text: 'one' })
  expect((await store.get(refTo(app, 'web')))?.status).toEqual({ ready: true })

  const edited = (await store.get(refTo(configMap, 'web'))) as KubeObject
  await store.update({ ...edited, data: { text: 'by hand' } })
  await clock.advance(5000)
  expect(await read()).toEqual({ text: 'one' })

  await store.delete(refTo(configMap, 'web'))
  await clock.advance(5000)
  expect(await read()).toEqual({ text: 'one' })

  const object = (await store.get(refTo(app, 'web'))) as KubeObject
  await store.update({ ...object, spec: { text: 'two' } })
  await clock.advance(5000)
  expect(await read()).toEqual({ text: 'two' })
  expect(manager.cache.list(app).map(({ metadata }) => metadata.name)).toEqual(['web'])
  await finish()
})

test('it gets there over a store that fails, loses answers and drops watches', async () => {
  const clock = new VirtualClock()
  const store = memoryStore({ clock })
  const faulty = withFaults(store, { seed: 3, fail: 0.3, lose: 0.2, drop: 0.3, relist: 0.1 })
  const { finish } = run([apps()], {}, clock, faulty)
  for (let i = 0; i < 10; i++) await store.create(appNamed(`app${i}`, { text: `text ${i}` }))
  await clock.advance(120_000)
  faulty.faults.heal()
  await clock.advance(1_300_000)
  for (let i = 0; i < 10; i++) {
    expect((await store.get(refTo(configMap, `app${i}`)))?.data).toEqual({ text: `text ${i}` })
    expect((await store.get(refTo(app, `app${i}`)))?.status).toEqual({ ready: true })
  }
  expect(new Set(faulty.faults.injected.map(({ fault }) => fault))).toEqual(new Set(['fail', 'lose', 'drop', 'relist']))
  await finish()
})

test('owned objects of another owner, or of a deleted object of the same name, reconcile nothing', async () => {
  const seen: string[] = []
  const { store, clock, finish } = run([
    controller({ for: app, owns: [configMap], reconcile: async ({ ref }) => void seen.push(ref.name) }),
  ])
  const { metadata } = await store.create(appNamed('web'))
  await clock.advance(1000)
  seen.length = 0
  const owned = (name: string, owner: object): KubeObject => ({
    ...configMap,
    metadata: {
      name,
      namespace: 'default',
      ownerReferences: [{ ...app, name: 'web', uid: metadata.uid as string, controller: true, ...owner }],
    },
  })
  await store.create(owned('a', { uid: 'another' }))
  await store.create(owned('b', { kind: 'Other' }))
  await store.create(owned('c', { apiVersion: 'other.com/v1' }))
  await store.create(owned('d', { controller: false }))
  await clock.advance(1000)
  expect(seen).toEqual([])
  await store.create(owned('e', { apiVersion: 'example.com/v2' }))
  await clock.advance(1000)
  expect(seen).toEqual(['web'])
  await finish()
})

test('a specification is another one by its generation, by its uid, and by itself where a restored server gives a generation again', () => {
  const previous = { ...appNamed('a', { size: 1 }), metadata: { name: 'a', uid: 'u1', generation: 2 } }
  const changed = (object: KubeObject): boolean => generationChanged({ type: 'MODIFIED', object, previous } as Change)
  expect(changed({ ...previous, status: { phase: 'x' } })).toBe(false)
  expect(changed({ ...previous, metadata: { ...previous.metadata, generation: 3 } })).toBe(true)
  expect(changed({ ...previous, metadata: { ...previous.metadata, uid: 'u2' } })).toBe(true)
  expect(changed({ ...previous, metadata: { ...previous.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } })).toBe(true)
  expect(changed({ ...previous, spec: { size: 2 } })).toBe(true)
  expect(generationChanged({ type: 'DELETED', object: previous, previous } as Change)).toBe(true)
})

test('watched objects reconcile what they map to, before and after a change; predicates and indexes apply', async () => {
  const seen: string[] = []
  const { store, clock, finish } = run([
    controller({
      for: app,
      predicate: generationChanged,
      indexes: [{ type: app, name: 'settings', values: ({ spec }) => [(spec as { settings: string }).settings] }],
      watches: [
        {
          type: configMap,
          map: ({ metadata }, cache) => cache.indexed(app, 'settings', metadata.labels?.settings ?? '').map(refOf),
          predicate: ({ object }) => object.metadata.name !== 'ignored',
        },
      ],
      reconcile: async ({ ref }) => void seen.push(ref.name),
    }),
  ])
  await store.create(appNamed('a', { settings: 'x' }))
  await store.create(appNamed('b', { settings: 'y' }))
  await clock.advance(1000)
  expect(seen.sort()).toEqual(['a', 'b'])
  seen.length = 0
  const settings = (name: string, value: string): KubeObject => ({
    ...configMap,
    metadata: { name, namespace: 'default', labels: { settings: value } },
  })
  await store.create(settings('ignored', 'x'))
  const made = await store.create(settings('s', 'x'))
  await clock.advance(1000)
  expect(seen).toEqual(['a'])
  await store.update({ ...made, metadata: { ...made.metadata, labels: { settings: 'y' } } })
  await clock.advance(1000)
  expect(seen).toEqual(['a', 'a', 'b'])
  const a = (await store.get(refTo(app, 'a'))) as KubeObject
  await store.update({ ...a, status: { phase: 'x' } }, { subresource: 'status' })
  await clock.advance(1000)
  expect(seen).toHaveLength(3)
  await store.delete(refTo(app, 'a'))
  await clock.advance(1000)
  expect(seen).toHaveLength(4)
  await finish()
})

test('every error is tried again with a backoff, whatever its code; a terminal one waits until the object changes', async () => {
  const calls: Record<string, number> = {}
  const { store, clock, events, finish } = run([
    controller({
      for: app,
      async reconcile({ ref }) {
        calls[ref.name] = (calls[ref.name] ?? 0) + 1
        if (ref.name === 'again') throw new FleetkitError('cluster/unreachable', 'down')
        if (ref.name === 'final') throw terminal(new FleetkitError('git/ref-missing', 'no such tag', { ref }))
        if (ref.name === 'refused') throw new FleetkitError('cluster/namespace-missing', 'no namespace yet')
        throw new TypeError('a bug')
      },
      backoff: { baseMs: 1000, maxMs: 4000 },
    }),
  ])
  for (const name of ['again', 'final', 'refused', 'bug']) await store.create(appNamed(name))
  await clock.advance(3500)
  expect(calls).toEqual({ again: 3, final: 1, refused: 3, bug: 3 })
  const object = (await store.get(refTo(app, 'final'))) as KubeObject
  await store.update({ ...object, spec: { changed: true } })
  await clock.advance(100)
  expect(calls.final).toBe(2)
  const terminals = events.filter(({ type }) => type === 'controller.terminal')
  expect(terminals).toHaveLength(2)
  expect(terminals[0]).toMatchObject({ controller: 'app', ref: { name: 'final' }, error: { code: 'git/ref-missing' } })
  const again = events.flatMap((event) =>
    event.type === 'controller.error' && event.ref.name === 'again' ? [[event.failures, event.retryInMs]] : [],
  )
  expect(again).toEqual([
    [1, 1000],
    [2, 2000],
    [3, 4000],
  ])
  await finish()
})

test('an object that is gone is reconciled once more, without an object', async () => {
  const seen: unknown[] = []
  const { store, clock, finish } = run([
    controller({ for: app, reconcile: async ({ ref, object }) => void seen.push([ref.name, object?.metadata.name]) }),
  ])
  await store.create(appNamed('a'))
  await clock.advance(1000)
  await store.delete(refTo(app, 'a'))
  await clock.advance(1000)
  expect(seen).toEqual([
    ['a', 'a'],
    ['a', undefined],
  ])
  await finish()
})

test('controllers of one type share an informer, and a type that cannot be listed holds up no other controller', async () => {
  const clock = new VirtualClock()
  const store = memoryStore({ clock })
  const lists: string[] = []
  const wrapped = new Proxy(store, {
    get: (target, property) => {
      const member = (Reflect.get(target, property) as (...all: unknown[]) => unknown).bind(target)
      if (property !== 'list') return member
      return async (type: typeof app, ...rest: unknown[]) => {
        lists.push(type.kind)
        if (type.kind === 'Missing') throw new FleetkitError('cluster/unknown-kind', 'no such kind')
        return member(type, ...rest)
      }
    },
  })
  const seen: string[] = []
  const reconcile =
    (name: string) =>
    async ({ ref }: { ref: ObjectRef }) =>
      void seen.push(`${name} ${ref.name}`)
  const { events, finish } = run(
    [
      controller({ name: 'one', for: app, reconcile: reconcile('one') }),
      controller({ name: 'two', for: app, reconcile: reconcile('two') }),
      controller({
        for: { apiVersion: 'example.com/v1', kind: 'Missing' },
        watches: [{ type: app, map: () => [] }],
        reconcile: reconcile('never'),
      }),
    ],
    {},
    clock,
    wrapped,
  )
  await store.create(appNamed('a'))
  await clock.advance(1000)
  expect(seen.sort()).toEqual(['one a', 'two a'])
  expect(lists.filter((kind) => kind === 'App')).toHaveLength(1)
  expect(events.some((event) => event.type === 'informer.error' && event.of.kind === 'Missing')).toBe(true)
  await finish()
})

test('stopping lets reconciles end, aborts them after the grace period, silently, and then nothing can be written', async () => {
  const notes: string[] = []
  const { store, clock, events, stop, done } = run(
    [
      controller({
        for: app,
        async reconcile({ ref }, context) {
          await context.clock.sleep(1000)
          if (ref.name === 'slow') await context.clock.sleep(60_000, { signal: context.signal })
          if (ref.name === 'deaf') {
            await context.clock.sleep(60_000)
            // A signal of its own does not get it past the fence.
            const { signal } = new AbortController()
            await context.store.create(appNamed('zombie'), { signal }).catch((error: FleetkitError) => notes.push(error.code))
          }
          notes.push(`${ref.name} ended`)
        },
      }),
    ],
    { gracePeriodMs: 5000 },
  )
  for (const name of ['quick', 'slow', 'deaf']) await store.create(appNamed(name))
  await clock.advance(500)
  stop.abort()
  await clock.advance(4999)
  expect(notes).toEqual(['quick ended'])
  await clock.advance(1001)
  await done
  expect(events.at(-1)).toMatchObject({ type: 'manager.stopped', reason: 'aborted' })
  expect(failuresIn(events)).toEqual([])
  await clock.advance(60_000)
  expect(notes).toEqual(['quick ended', 'aborted', 'deaf ended'])
  expect(await store.get(refTo(app, 'zombie'))).toBeUndefined()
  expect(clock.nextWakeAt).toBeUndefined()
})

test('of two managers one leads; when it is cut off it is fenced, and the other takes over', async () => {
  const clock = new VirtualClock()
  const store = memoryStore({ clock })
  const active: string[] = []
  const candidate = (holder: string) => {
    // What one process sees of the store: its lease is renewed over the same line as everything else.
    let cutOff = false
    const line: Store = new Proxy(store, {
      get: (target, property) => {
        const member = (Reflect.get(target, property) as (...all: unknown[]) => unknown).bind(target)
        if (property === 'lease') return (options: LeaseOptions) => leaseOver(line, options, clock)
        if (property === 'watch' || typeof property === 'symbol') return member
        return async (...all: unknown[]) => {
          if (cutOff) throw new FleetkitError('cluster/unreachable', 'cut off')
          return member(...all)
        }
      },
    })
    const cut = (): void => {
      cutOff = true
    }
    const work = controller({
      for: app,
      async reconcile({ ref }, { clock, signal, store }) {
        active.push(holder)
        try {
          await clock.sleep(5000, { signal })
          const current = (await store.get(ref, { signal })) as KubeObject
          await store.update({ ...current, status: { by: holder } }, { subresource: 'status', signal })
        } finally {
          active.splice(active.indexOf(holder), 1)
        }
        return { requeueAfterMs: 100 }
      },
      predicate: generationChanged,
    })
    const running = run([work], { leaderElection: { namespace: 'fleet', name: 'test', holder, durationMs: 10_000 } }, clock, line)
    return { ...running, cut }
  }
  await store.create(appNamed('a'))
  const first = candidate('first')
  await clock.advance(100)
  const second = candidate('second')
  const both: string[][] = []
  const advance = async (seconds: number): Promise<void> => {
    for (let i = 0; i < seconds * 4; i++) {
      await clock.advance(250)
      if (new Set(active).size > 1) both.push([...active])
    }
  }
  const by = async () => ((await store.get(refTo(app, 'a')))?.status as { by: string } | undefined)?.by
  await advance(30)
  expect(await by()).toBe('first')
  expect(second.events.some(({ type }) => type === 'leader.acquired')).toBe(false)

  first.cut()
  await advance(40)
  await expect(first.done).rejects.toMatchObject({ code: 'store/lease-lost' })
  expect(first.events.slice(-2)).toMatchObject([
    { type: 'leader.lost', holder: 'first', term: 1 },
    { type: 'manager.stopped', reason: 'lease-lost' },
  ])
  expect(second.events.find(({ type }) => type === 'leader.acquired')).toMatchObject({ holder: 'second', term: 2 })
  expect(await by()).toBe('second')
  expect(both).toEqual([])

  second.stop.abort()
  await clock.advance(6000)
  await second.done
  const third = candidate('third')
  await clock.advance(2000)
  expect(third.events.some(({ type }) => type === 'leader.acquired')).toBe(true)
  third.stop.abort()
  await clock.advance(6000)
  await third.done
})

test('a lost lease aborts every reconcile at once, without a grace period, and fences it', async () => {
  const clock = new VirtualClock()
  const inner = memoryStore({ clock })
  const lost = new AbortController()
  const lease = { holder: 'me', term: 7, signal: lost.signal, [Symbol.asyncDispose]: async () => {} }
  const store: Store = new Proxy(inner, {
    get: (target, property) =>
      property === 'lease' ? async () => lease : (Reflect.get(target, property) as (...all: unknown[]) => unknown).bind(target),
  })
  const notes: unknown[] = []
  const { done, events } = run(
    [
      controller({
        for: app,
        async reconcile({ ref }, context) {
          await context.clock.sleep(60_000, { signal: context.signal }).catch((error) => notes.push(error.code))
          await context.store.delete(ref, { signal: new AbortController().signal }).catch((error) => notes.push(error.code))
          throw new FleetkitError('git/ref-missing', 'an error after the loss is ignored')
        },
      }),
    ],
    { leaderElection: { namespace: 'fleet', name: 'test' } },
    clock,
    store,
  )
  await inner.create(appNamed('a'))
  await clock.advance(1000)
  lost.abort(new FleetkitError('store/lease-lost', 'gone'))
  await clock.advance(0)
  await expect(done).rejects.toMatchObject({ code: 'store/lease-lost' })
  expect(notes).toEqual(['store/lease-lost', 'store/lease-lost'])
  expect(await inner.get(refTo(app, 'a'))).toBeDefined()
  expect(failuresIn(events)).toEqual([])
  expect(events.at(-1)).toMatchObject({ type: 'manager.stopped', reason: 'lease-lost' })
})

test('a running manager keeps its process alive, a stopped one does not', async () => {
  const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
  const before = timers()
  const { clock, finish } = run([apps()])
  await clock.advance(10)
  expect(timers()).toBe(before + 1)
  await finish()
  expect(timers()).toBe(before)
})

test('a manager that is stopped while it waits for the lease just ends', async () => {
  const clock = new VirtualClock()
  const store = memoryStore({ clock })
  await using _held = await store.lease({ namespace: 'fleet', name: 'test', holder: 'other', durationMs: 60_000 })
  const { events, finish } = run([apps()], { leaderElection: { namespace: 'fleet', name: 'test' } }, clock, store)
  await clock.advance(5000)
  await finish()
  expect(events.map(({ type }) => type)).toEqual(['manager.stopped'])
})

test('a manager runs once, takes controllers only before, and names only once', async () => {
  const { manager, finish } = run([apps()])
  await expect(manager.run()).rejects.toMatchObject({ code: 'closed' })
  expect(() => manager.add(apps())).toThrow(/runs already/)
  await finish()
  await expect(manager.run()).rejects.toMatchObject({ code: 'closed' })
  expect(() => new Manager({ store: memoryStore() }).add(apps(), apps())).toThrow(/two controllers are named 'app'/)
})

test('what is not in the cache is said, with what is', async () => {
  const { manager, finish } = run([apps()])
  expect(() => manager.cache.list({ apiVersion: 'v1', kind: 'Secret' })).toThrow(/no controller names Secret \(v1\)/)
  expect(() => controller({ for: 'Snyc' as 'Sync', reconcile: async () => {} })).toThrow(/'Snyc' is no kind of fleetkit/)
  await finish()
})

test('disposing of a manager stops it and ends the streams of its events', async () => {
  const clock = new VirtualClock()
  const manager = new Manager({ store: memoryStore({ clock }), clock })
  manager.add(apps())
  const types: string[] = []
  const reading = (async () => {
    for await (const { type } of manager.events.stream()) types.push(type)
  })()
  const done = manager.run()
  await clock.advance(1000)
  await manager[Symbol.asyncDispose]()
  await done
  await reading
  expect(types).toEqual(['manager.started', 'manager.stopped'])
  await expect(manager.run()).rejects.toMatchObject({ code: 'closed' })
})
