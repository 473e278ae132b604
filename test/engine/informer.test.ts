import fc from 'fast-check'
import {
  type Change,
  EventBus,
  type FleetEvent,
  FleetkitError,
  Informer,
  type KubeObject,
  type ListOptions,
  type Store,
  type WatchOptions,
} from 'fleetkit'
import { memoryStore } from 'fleetkit/memory'
import { VirtualClock, withFaults } from 'fleetkit/testing'
import { expect, test } from 'vitest'
import { runs } from '../random-tests.ts'

const type = { apiVersion: 'v1', kind: 'ConfigMap' }
const configMap = (name: string, fields: Partial<KubeObject> = {}, labels: Record<string, string> = {}): KubeObject => ({
  ...type,
  metadata: { name, namespace: 'default', labels },
  ...fields,
})
const refTo = (name: string) => ({ ...type, namespace: 'default', name })

function setUp(wrap: (store: Store) => Store = (store) => store) {
  const clock = new VirtualClock()
  const inner = memoryStore({ clock })
  const events = new EventBus({ clock })
  const seen: FleetEvent[] = []
  events.on('*', (event) => seen.push(event))
  const informer = new Informer({ store: wrap(inner), type, clock, events, random: () => 1, pageSize: 3 })
  const changes: Change[] = []
  informer.subscribe((change) => changes.push(change))
  return { clock, store: inner, informer, changes, seen }
}
const short = (changes: readonly Change[]): string[] => changes.map(({ type, object }) => `${type} ${object.metadata.name}`)

test('it lists in pages, then follows', async () => {
  const limits: (number | undefined)[] = []
  const { clock, store, informer, changes } = setUp(
    (inner) =>
      new Proxy(inner, {
        get: (target, property) =>
          property === 'list'
            ? (of: typeof type, options: ListOptions) => {
                limits.push(options.limit)
                return target.list(of, options)
              }
            : (Reflect.get(target, property) as () => unknown).bind(target),
      }),
  )
  for (let i = 0; i < 7; i++) await store.create(configMap(`c${i}`))
  informer.start()
  await informer.synced
  expect(limits).toEqual([3, 3, 3])
  expect(informer.size).toBe(7)
  const one = informer.get(refTo('c0')) as KubeObject
  await store.update({ ...one, data: { a: '1' } })
  await store.delete(refTo('c1'))
  await clock.advance(1000)
  expect(short(changes).slice(7)).toEqual(['MODIFIED c0', 'DELETED c1'])
  expect(changes[7]?.previous).toBe(one)
  expect(informer.get(refTo('c0'))?.data).toEqual({ a: '1' })
  expect(informer.get(refTo('c1'))).toBeUndefined()
  await informer[Symbol.asyncDispose]()
})

test('what it holds is deeply frozen', async () => {
  await using store = memoryStore()
  await store.create(configMap('a', { data: { nested: { deep: 1 } } }))
  await using informer = new Informer({ store, type }).start()
  await informer.synced
  const object = informer.get(refTo('a')) as KubeObject & { data: { nested: { deep: number } } }
  expect(() => {
    object.data.nested.deep = 2
  }).toThrow(TypeError)
})

test('objects are found by namespace, labels and indexes, which follow every change', async () => {
  const { clock, store, informer } = setUp()
  informer.addIndex('app', ({ metadata }) => Object.values(metadata.labels ?? {}))
  await store.create(configMap('a', {}, { app: 'web' }))
  await store.create(configMap('b', {}, { app: 'web' }))
  informer.start()
  await informer.synced
  const names = (objects: readonly KubeObject[]): string[] => objects.map(({ metadata }) => metadata.name).sort()
  expect(names(informer.indexed('app', 'web'))).toEqual(['a', 'b'])
  expect(names(informer.list({ namespace: 'other' }))).toEqual([])
  expect(names(informer.list({ labelSelector: { matchLabels: { app: 'web' } } }))).toEqual(['a', 'b'])
  const a = informer.get(refTo('a')) as KubeObject
  await store.update({ ...a, metadata: { ...a.metadata, labels: { app: 'api' } } })
  await store.delete(refTo('b'))
  await clock.advance(1000)
  expect(names(informer.indexed('app', 'web'))).toEqual([])
  expect(names(informer.indexed('app', 'api'))).toEqual(['a'])
  expect(() => informer.indexed('size', '1')).toThrow(/no index 'size'/)
  await informer[Symbol.asyncDispose]()
})

test('a later subscriber gets an ADDED for each known object, and a handler that throws harms no other', async () => {
  const { clock, store, informer, changes } = setUp()
  await store.create(configMap('a'))
  informer.subscribe(() => {
    throw new Error('mine')
  })
  informer.start()
  await informer.synced
  const late: Change[] = []
  const subscription = informer.subscribe((change) => late.push(change))
  await store.create(configMap('b'))
  await clock.advance(1000)
  subscription[Symbol.dispose]()
  await store.create(configMap('c'))
  await clock.advance(1000)
  expect(short(late)).toEqual(['ADDED a', 'ADDED b'])
  expect(short(changes)).toEqual(['ADDED a', 'ADDED b', 'ADDED c'])
  await informer[Symbol.asyncDispose]()
})

/** A store whose watch can be cut. */
function cuttable() {
  const cut = { error: undefined as Error | undefined }
  const wrap = (inner: Store): Store =>
    new Proxy(inner, {
      get: (target, property) => {
        const member = (Reflect.get(target, property) as (...all: unknown[]) => unknown).bind(target)
        if (property !== 'watch') return member
        return async function* (...all: unknown[]) {
          if (cut.error !== undefined) throw cut.error
          for await (const event of member(...all) as AsyncIterable<unknown>) {
            if (cut.error !== undefined) throw cut.error
            yield event
          }
        }
      },
    })
  return { cut, wrap }
}

test('after a gap it lists again and reports what was missed: additions, changes, deletions, replacements', async () => {
  const { cut, wrap } = cuttable()
  const { clock, store, informer, changes, seen } = setUp(wrap)
  for (const name of ['kept', 'changed', 'gone', 'replaced']) await store.create(configMap(name))
  informer.start()
  await informer.synced
  await clock.advance(0)
  changes.length = 0
  cut.error = new FleetkitError('store/relist', 'compacted')
  const object = await store.get(refTo('changed'))
  await store.update({ ...(object as KubeObject), data: { a: '1' } })
  await store.delete(refTo('gone'))
  await store.delete(refTo('replaced'))
  await store.create(configMap('replaced'))
  await store.create(configMap('new'))
  await clock.advance(10)
  cut.error = undefined
  await clock.advance(60_000)
  expect(short(changes).sort()).toEqual(['ADDED new', 'ADDED replaced', 'DELETED gone', 'DELETED replaced', 'MODIFIED changed'])
  expect(seen.filter(({ type }) => type === 'informer.relisted')[0]).toMatchObject({
    objects: 4,
    missed: { added: 2, modified: 1, deleted: 2 },
  })
  await informer[Symbol.asyncDispose]()
})

test('a watch that goes on makes place for a list after a while, if asked to', async () => {
  const clock = new VirtualClock()
  let lists = 0
  // A server that was restored from a backup, and whose watch says nothing of it.
  const silent = (inner: Store): Store =>
    new Proxy(inner, {
      get(target, property) {
        if (property === 'list') lists++
        if (property !== 'watch') return (Reflect.get(target, property) as () => unknown).bind(target)
        return async function* (_: unknown, { signal }: WatchOptions) {
          await new Promise((resolve) => signal?.addEventListener('abort', resolve, { once: true }))
        }
      },
    })
  const inner = memoryStore({ clock })
  const options = { store: silent(inner), type, clock, random: () => 0.5 }
  const seen: FleetEvent[] = []
  const events = new EventBus({ clock })
  events.on('*', (event) => seen.push(event))
  await using informer = new Informer({ ...options, events, relistAfterMs: 600_000 }).start()
  await informer.synced
  await inner.create(configMap('a'))
  await clock.advance(599_999)
  expect([informer.size, lists]).toEqual([0, 1])
  await clock.advance(1)
  expect([informer.size, lists]).toEqual([1, 2])
  await clock.advance(600_000)
  expect(lists).toBe(3)
  expect(seen.map((event) => event.type)).toEqual(['informer.relisted', 'informer.relisted'])
  await using never = new Informer(options).start()
  await never.synced
  await clock.advance(86_400_000 - 600_000)
  expect(lists).toBe(3 + 143 + 1)
})

test('what is listed counts, also under a resourceVersion that was seen with something else', async () => {
  const clock = new VirtualClock()
  let text = 'before the restore'
  const object = (): KubeObject => ({
    ...configMap('a'),
    metadata: { ...configMap('a').metadata, uid: 'u', resourceVersion: '7' },
    data: { text },
  })
  const restored = (inner: Store): Store =>
    new Proxy(inner, {
      get(target, property) {
        if (property === 'list') return async () => ({ items: [object()], resourceVersion: '7' })
        if (property !== 'watch') return (Reflect.get(target, property) as () => unknown).bind(target)
        return async function* (_: unknown, { signal }: WatchOptions) {
          await new Promise((resolve) => signal?.addEventListener('abort', resolve, { once: true }))
        }
      },
    })
  await using informer = new Informer({
    store: restored(memoryStore({ clock })),
    type,
    clock,
    random: () => 0.5,
    relistAfterMs: 60_000,
  }).start()
  await informer.synced
  text = 'after it'
  await clock.advance(60_000)
  expect(informer.get(refTo('a'))?.data).toEqual({ text })
})

test('errors are reported, waited for with growing delays, and the watch goes on where it broke', async () => {
  const { cut, wrap } = cuttable()
  const { clock, store, informer, changes, seen } = setUp(wrap)
  informer.start()
  await informer.synced
  await clock.advance(0)
  cut.error = new FleetkitError('cluster/unreachable', 'down')
  await store.create(configMap('a'))
  await clock.advance(500 + 1000 + 2000)
  expect(seen.map((event) => (event.type === 'informer.error' ? event.retryInMs : event.type))).toEqual([500, 1000, 2000, 4000])
  cut.error = undefined
  await clock.advance(4000)
  expect(short(changes)).toEqual(['ADDED a'])
  await informer[Symbol.asyncDispose]()
})

test('disposing before the first list ends it and rejects synced', async () => {
  const { clock, informer } = setUp((store) => withFaults(store, { seed: 1, fail: 1 }))
  informer.start()
  await clock.advance(5000)
  await informer[Symbol.asyncDispose]()
  await expect(informer.synced).rejects.toMatchObject({ code: 'aborted' })
  expect(clock.nextWakeAt).toBeUndefined()
})

test('whatever breaks, the cache ends up as the store, and handlers saw each version once and in order', async () => {
  const operation = fc.oneof(
    fc.record({
      op: fc.constantFrom('create' as const, 'update' as const, 'delete' as const),
      name: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    }),
    fc.record({ op: fc.constant('advance' as const), name: fc.constant(''), ms: fc.nat(3000) }),
  )
  const share = fc.constantFrom(0, 0.1, 0.4)
  const plans = fc.record({ seed: fc.integer(), fail: share, drop: share, relist: share })
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { maxLength: 40 }), plans, async (operations, plan) => {
      const clock = new VirtualClock()
      const store = memoryStore({ clock })
      const faulty = withFaults(store, plan)
      const informer = new Informer({ store: faulty, type, clock, random: () => 0.5, pageSize: 2 })
      const mirror = new Map<string, KubeObject>()
      const wrong: Change[] = []
      informer.subscribe((change) => {
        const { type, object, previous } = change
        const key = object.metadata.name
        const known = mirror.get(key)
        const fits =
          type === 'ADDED'
            ? known === undefined
            : known !== undefined &&
              (type === 'DELETED' || (known === previous && known.metadata.resourceVersion !== object.metadata.resourceVersion))
        if (!fits) wrong.push(change)
        if (type === 'DELETED') mirror.delete(key)
        else mirror.set(key, object)
      })
      informer.start()
      let count = 0
      for (const each of operations) {
        if (each.op === 'advance') {
          await clock.advance(each.ms)
          continue
        }
        const object = await store.get(refTo(each.name))
        if (each.op === 'create' && object === undefined) await store.create(configMap(each.name))
        if (each.op === 'update' && object !== undefined) await store.update({ ...object, data: { count: String(count++) } })
        if (each.op === 'delete' && object !== undefined) await store.delete(refTo(each.name))
      }
      faulty.faults.heal()
      await clock.advance(120_000)
      const { items } = await store.list(type)
      const versions = (objects: Iterable<KubeObject>): string[] =>
        [...objects].map(({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`).sort()
      expect(wrong).toEqual([])
      expect(versions(informer.list())).toEqual(versions(items))
      expect(versions(mirror.values())).toEqual(versions(items))
      await informer[Symbol.asyncDispose]()
      await store[Symbol.asyncDispose]()
    }),
    { numRuns: runs(60) },
  )
})
