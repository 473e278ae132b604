import {
  type Controller,
  controller,
  type FleetEvent,
  FleetkitError,
  Informer,
  type KubeObject,
  type ListOptions,
  Manager,
  type ManagerOptions,
  type Store,
  type TypeRef,
} from 'fleetkit'
import { memoryCluster, memoryStore } from 'fleetkit/memory'
import { VirtualClock } from 'fleetkit/testing'
import { expect, test } from 'vitest'

const app = { apiVersion: 'example.com/v1', kind: 'App' }
const appIn = (namespace: string, name: string, labels: Record<string, string> = {}): KubeObject => ({
  ...app,
  metadata: { name, namespace, labels },
})

/** A store with other methods in place of some of its own. */
function instead<Port extends Store>(port: Port, methods: Partial<Record<keyof Port, unknown>>): Port {
  return new Proxy(port, {
    get: (target, property) =>
      methods[property as keyof Port] ?? (Reflect.get(target, property, target) as (...all: unknown[]) => unknown).bind(target),
  })
}

function run(controllers: readonly Controller[], store: Store, clock: VirtualClock, options: Partial<ManagerOptions> = {}) {
  const manager = new Manager({ store, clock, random: () => 1, ...options }).add(...controllers)
  const events: FleetEvent[] = []
  manager.events.on('*', (event) => events.push(event))
  const done = manager.run()
  done.catch(() => {})
  return { manager, events, done }
}

test('synced resolves when every cache is complete, and readiness says where a manager stands', async () => {
  const clock = new VirtualClock()
  const inner = memoryStore({ clock })
  const slow = instead(inner, {
    list: async (type: TypeRef, options: ListOptions) => {
      await clock.sleep(type.kind === 'App' ? 1000 : 5000)
      return inner.list(type, options)
    },
  })
  const seen: string[] = []
  const other = { apiVersion: 'example.com/v1', kind: 'Other' }
  const controllers = [
    controller({ for: app, reconcile: async ({ ref }) => void seen.push(ref.name) }),
    controller({ for: other, reconcile: async () => {} }),
  ]
  await inner.create(appIn('default', 'a'))
  const manager = new Manager({ store: slow, clock }).add(...controllers)
  expect(manager.readiness).toEqual({ ready: false, phase: 'stopped', message: 'it does not run' })
  let synced = false
  manager.synced.then(() => {
    synced = true
  })
  const done = manager.run()
  await clock.advance(4999)
  expect([synced, manager.readiness.phase, manager.readiness.ready, seen]).toEqual([false, 'starting', false, ['a']])
  await clock.advance(1)
  expect([synced, manager.readiness.phase, manager.readiness.ready]).toEqual([true, 'running', true])
  const closing = manager.close()
  await clock.advance(0)
  await closing
  await done
  expect(manager.readiness.phase).toBe('stopped')
})

test('a standby is ready, with warm caches, and takes over', async () => {
  const clock = new VirtualClock()
  const store = memoryStore({ clock })
  const held = await store.lease({ namespace: 'fleet', name: 'test', holder: 'other', durationMs: 15_000 })
  const { manager, events } = run([controller({ for: app, reconcile: async () => {} })], store, clock, {
    leaderElection: { namespace: 'fleet', name: 'test' },
  })
  await clock.advance(5000)
  await manager.synced
  expect(manager.readiness).toMatchObject({ ready: true, phase: 'standby' })
  expect(events).toEqual([])
  await held[Symbol.asyncDispose]()
  await clock.advance(20_000)
  expect(manager.readiness).toMatchObject({ ready: true, phase: 'running' })
  await manager.close()
})

const failures: readonly [what: string, error: FleetkitError][] = [
  ['a forbidden list', new FleetkitError('cluster/forbidden', 'apps.example.com is forbidden')],
  ['a typo in a kind', new FleetkitError('cluster/unknown-kind', 'the server has no App of example.com/v1')],
]
test.each(failures)('%s stops the manager in time, with the cause', async (_, error) => {
  const clock = new VirtualClock()
  const inner = memoryStore({ clock })
  const store = instead(inner, { list: () => Promise.reject(error) })
  const { manager, events, done } = run([controller({ for: app, reconcile: async () => {} })], store, clock, { cacheSyncTimeoutMs: 30_000 })
  await clock.advance(29_999)
  expect(events.every(({ type }) => type === 'informer.error')).toBe(true)
  await clock.advance(1)
  const expected = {
    code: 'manager/cache-sync',
    message: `not listed within 30 s: App (example.com/v1): ${error.message}`,
    cause: error,
  }
  await expect(done).rejects.toMatchObject(expected)
  await expect(manager.synced).rejects.toMatchObject(expected)
  expect(events.at(-1)).toMatchObject({ type: 'manager.stopped', reason: 'failed' })
  expect(events.some(({ type }) => type === 'manager.started')).toBe(false)
  expect(clock.nextWakeAt).toBeUndefined()
})

test('two minutes are the default, a list that is complete in time is well, and a closed manager rejects synced', async () => {
  const clock = new VirtualClock()
  const inner = memoryStore({ clock })
  const silent = instead(inner, { list: () => new Promise(() => {}) })
  const { done } = run([controller({ for: app, reconcile: async () => {} })], silent, clock)
  await clock.advance(121_000)
  await expect(done).rejects.toThrow('not listed within 120 s: App (example.com/v1): no answer yet')

  const unused = new Manager({ store: inner, clock })
  await unused.close()
  await expect(unused.synced).rejects.toMatchObject({ code: 'aborted' })
})

test('a manager of some namespaces lists and watches only these, one by one', async () => {
  const clock = new VirtualClock()
  const inner = memoryStore({ clock })
  const asked = new Set<string | undefined>()
  const record =
    (method: 'list' | 'watch') =>
    (type: TypeRef, options: ListOptions & { resourceVersion: string }): unknown => {
      asked.add(`${method} ${options.namespace}`)
      return inner[method](type, options)
    }
  const store = instead(inner, { list: record('list'), watch: record('watch') })
  const seen: string[] = []
  for (const namespace of ['one', 'two', 'three']) await inner.create(appIn(namespace, 'early'))
  const reconcile = async ({ ref }: { ref: { namespace?: string | undefined; name: string } }) =>
    void seen.push(`${ref.namespace}/${ref.name}`)
  const { manager } = run([controller({ for: app, reconcile })], store, clock, { namespaces: ['one', 'two', 'one'] })
  await clock.advance(100)
  for (const namespace of ['one', 'two', 'three']) await inner.create(appIn(namespace, 'late'))
  await inner.delete({ ...app, namespace: 'one', name: 'early' })
  await clock.advance(100)
  expect(seen.sort()).toEqual(['one/early', 'one/early', 'one/late', 'two/early', 'two/late'])
  expect([...asked].sort()).toEqual(['list one', 'list two', 'watch one', 'watch two'])
  expect(manager.cache.list(app).map(({ metadata }) => metadata.namespace)).toEqual(['two', 'one', 'two'])
  await manager.close()
})

test('types that are in no namespace are seen all the same, as the cluster says it', async () => {
  const clock = new VirtualClock()
  const cluster = memoryCluster({ clock })
  const namespace = { apiVersion: 'v1', kind: 'Namespace' }
  const seen: string[] = []
  const { manager } = run(
    [
      controller({ for: namespace, reconcile: async ({ ref }) => void seen.push(ref.name) }),
      controller({ for: { apiVersion: 'v1', kind: 'ConfigMap' }, reconcile: async ({ ref }) => void seen.push(`map ${ref.namespace}`) }),
    ],
    cluster,
    clock,
    { namespaces: ['kube-system'] },
  )
  for (const name of ['kube-system', 'default'])
    await cluster.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'map', namespace: name } })
  await clock.advance(1000)
  expect(seen).toContain('default')
  expect(seen.filter((name) => name.startsWith('map'))).toEqual(['map kube-system'])
  await manager.close()
})

test('a relist of one namespace takes nothing of another for deleted', async () => {
  const clock = new VirtualClock()
  const inner = memoryStore({ clock })
  let cut = false
  const store = instead(inner, {
    watch: async function* (type: TypeRef, options: ListOptions & { resourceVersion: string }) {
      for await (const event of inner.watch(type, options)) {
        if (cut && options.namespace === 'one') throw new FleetkitError('store/relist', 'compacted')
        yield event
      }
    },
  })
  await inner.create(appIn('one', 'a'))
  await inner.create(appIn('two', 'b'))
  const informer = new Informer({ store, type: app, namespaces: ['one', 'two'], clock }).start()
  const changes: string[] = []
  informer.subscribe(({ type, object }) => changes.push(`${type} ${object.metadata.name}`))
  await clock.advance(10)
  cut = true
  await inner.delete({ ...app, namespace: 'one', name: 'a' })
  await inner.create(appIn('one', 'c'))
  await clock.advance(10)
  cut = false
  await clock.advance(60_000)
  expect(changes).toEqual(['ADDED a', 'ADDED b', 'DELETED a', 'ADDED c'])
  await informer.close()
})

test('selectors give a manager a part of the objects; an object that leaves it is reconciled as gone', async () => {
  const clock = new VirtualClock()
  const store = memoryStore({ clock })
  const seen: string[] = []
  const { manager } = run(
    [controller({ for: app, reconcile: async ({ ref, object }) => void seen.push(`${ref.name} ${object !== undefined}`) })],
    store,
    clock,
    { selectors: [{ type: app, labelSelector: { matchLabels: { shard: '1' } } }] },
  )
  const mine = await store.create(appIn('default', 'mine', { shard: '1' }))
  await store.create(appIn('default', 'theirs', { shard: '2' }))
  await clock.advance(10)
  await store.update({ ...mine, metadata: { ...mine.metadata, labels: { shard: '2' } } })
  await clock.advance(10)
  expect(seen).toEqual(['mine true', 'mine false'])
  await manager.close()
})

test('a scope that can only be a mistake is one clear error', async () => {
  const store = memoryStore()
  expect(() => new Manager({ store, namespaces: [] })).toThrow(
    'namespaces: found a list of 0, accepted names of namespaces; leave it out for all',
  )
  expect(() => new Manager({ store, selectors: [{ type: 'Sync', namespaces: [''] }] })).toThrow('selectors[Sync].namespaces')
  expect(() => new Manager({ store, selectors: [{ type: 'Snyc' as 'Sync' }] })).toThrow("'Snyc' is no kind of fleetkit")
  const manager = new Manager({ store, selectors: [{ type: 'Module' }] }).add(controller({ for: 'Sync', reconcile: async () => {} }))
  await expect(manager.run()).rejects.toThrow('no controller names Module')
})

test('caches leave out managedFields unless they are asked for', async () => {
  const clock = new VirtualClock()
  const cluster = memoryCluster({ clock })
  const type = { apiVersion: 'v1', kind: 'ConfigMap' }
  const object = { ...type, metadata: { name: 'a', namespace: 'default' }, data: { x: '1' } }
  await cluster.apply([object], { fieldManager: 'test' })
  for (const managedFields of [undefined, true]) {
    const { manager } = run([controller({ for: type, reconcile: async () => {} })], cluster, clock, { managedFields })
    await clock.advance(10)
    const [cached] = manager.cache.list(type)
    expect(cached?.data).toEqual({ x: '1' })
    expect(cached?.metadata.managedFields !== undefined).toBe(managedFields === true)
    // What is written from the cache keeps its managers.
    await cluster.update({ ...(cached as KubeObject), data: { x: '2' } })
    const stored = await cluster.get({ ...type, namespace: 'default', name: 'a' })
    expect(stored?.metadata.managedFields?.length).toBeGreaterThan(0)
    await cluster.apply([object], { fieldManager: 'test', force: true })
    await manager.close()
  }
})

test.each(['relist', 'end', 'event'])('a watch that ends at once (%s) is not asked again and again', async (how) => {
  const clock = new VirtualClock()
  const inner = memoryStore({ clock })
  let calls = 0
  const store = instead(inner, {
    watch: async function* () {
      calls++
      if (how === 'event') yield { type: 'BOOKMARK', resourceVersion: '1' }
      if (how !== 'end') throw new FleetkitError('store/relist', 'compacted')
    },
  })
  const informer = new Informer({ store, type: app, clock, random: () => 1 }).start()
  await clock.advance(60_000)
  expect(calls).toBeLessThan(12)
  await informer.close()
})

test('a server that asks to be left alone for years is asked again within minutes', async () => {
  const clock = new VirtualClock()
  const inner = memoryStore({ clock })
  let calls = 0
  const store = instead(inner, {
    list: async () => {
      calls++
      throw new FleetkitError('cluster/throttled', 'later', { retryAfterMs: 1e11 })
    },
  })
  const informer = new Informer({ store, type: app, clock, random: () => 1 }).start()
  await clock.advance(1_200_000)
  expect(calls).toBe(5)
  await informer.close()
})
