import fc from 'fast-check'
import {
  type Change,
  EventBus,
  Informer,
  type InformerOptions,
  type KubeObject,
  type ListOptions,
  type Logger,
  type ObjectIdentity,
  type Store,
  silentLogger,
  type WatchEvent,
  type WatchOptions,
} from 'fleetkit'
import { memoryStore } from 'fleetkit/memory'
import { VirtualClock, withFaults } from 'fleetkit/testing'
import { expect, test } from 'vitest'
import { runs } from '../random-tests.ts'

const type = { apiVersion: 'v1', kind: 'ConfigMap' }
const configMap = (name: string, data: Record<string, string> = {}, labels: Record<string, string> = {}): KubeObject => ({
  ...type,
  metadata: { name, namespace: 'default', labels },
  data,
})
const refTo = (name: string) => ({ ...type, namespace: 'default', name })

interface View {
  readonly size: number
  readonly words: readonly string[]
}
/** A view of which nothing is a part of the object. Throws an error for data that is `broken`. */
function viewOf({ data }: KubeObject): View {
  const values = Object.values(data as Record<string, string>)
  if (values.includes('broken')) throw new Error('no such word')
  return { size: values.length, words: values.map((value) => value.toUpperCase()) }
}

function setUp(options: Partial<InformerOptions<View>> = {}) {
  const clock = new VirtualClock()
  const store = memoryStore({ clock })
  const events = new EventBus({ clock })
  const failed: string[] = []
  events.on('informer.unprojected', ({ ref, error }) => failed.push(`${ref.namespace}/${ref.name}: ${error.message}`))
  const logged: unknown[] = []
  const logger: Logger = { ...silentLogger, error: (message, fields) => logged.push([message, fields?.name]), child: () => logger }
  const informer = new Informer({ store, type, clock, events, logger, random: () => 1, project: viewOf, ...options })
  const seen: string[] = []
  const changes: Change<View>[] = []
  informer.subscribe((change, { metadata }) => {
    changes.push(change)
    const [before, now] = [change.previous, change.object].map((view) => view && `[${view.words}]`)
    seen.push(`${change.type} ${metadata.name} ${before === undefined ? '' : `${before} → `}${now}`)
  })
  const write = async (name: string, data: Record<string, string>, labels: Record<string, string> = {}) => {
    const known = await store.get(refTo(name))
    const object = { ...configMap(name, data, labels) }
    if (known === undefined) await store.create(object)
    else await store.update({ ...object, metadata: { ...known.metadata, labels } })
    await clock.advance(10)
  }
  return { clock, store, informer, seen, changes, failed, logged, write }
}

test('an informer with project has the views, and which objects they are of', async () => {
  const { clock, store, informer, seen, changes, write } = setUp()
  informer.addIndex('word', ({ words }) => words)
  await write('a', { one: 'x', two: 'y' }, { app: 'web' })
  await write('b', { one: 'x' })
  informer.start()
  await informer.synced
  await write('a', { one: 'z' }, { app: 'web' })
  await store.delete(refTo('b'))
  await clock.advance(10)
  expect(seen).toEqual(['ADDED a [X,Y]', 'ADDED b [X]', 'MODIFIED a [X,Y] → [Z]', 'DELETED b [X]'])
  expect(changes[2]?.previous).toBe(changes[0]?.object)
  expect(informer.get(refTo('a'))).toBe(changes[2]?.object)
  expect(informer.get(refTo('b'))).toBeUndefined()
  expect(informer.identity(refTo('b'))).toBeUndefined()
  expect(informer.size).toBe(1)
  expect(informer.indexed('word', 'Z')).toEqual([{ size: 1, words: ['Z'] }])
  expect(informer.indexed('word', 'X')).toEqual([])
  expect(informer.list({ labelSelector: { matchLabels: { app: 'web' } } })).toHaveLength(1)
  expect(informer.list({ labelSelector: { matchLabels: { app: 'api' } } })).toEqual([])
  expect(informer.list({ namespace: 'other' })).toEqual([])
  const { metadata } = (await store.get(refTo('a'))) as KubeObject
  const { uid, resourceVersion, labels } = metadata
  expect(informer.identity(refTo('a'))).toMatchObject({
    ...type,
    metadata: { name: 'a', namespace: 'default', uid, resourceVersion, labels },
  })
  const late: string[] = []
  informer.subscribe((change, identity) => late.push(`${change.type} ${identity.metadata.name} ${change.object.words}`))
  expect(late).toEqual(['ADDED a Z'])
  await informer.close()
})

test('what it has is deeply frozen, but for instances of classes and typed arrays', async () => {
  await using store = memoryStore()
  await store.create(configMap('a', { one: '1' }))
  class Row {
    words = ['x']
  }
  const project = () => ({ list: [{ text: 'a' }], row: new Row(), column: Uint8Array.of(1) })
  await using informer = new Informer({ store, type, project }).start()
  await informer.synced
  const view = informer.get(refTo('a')) as ReturnType<typeof project>
  const identity = informer.identity(refTo('a')) as ObjectIdentity
  expect([view, view.list, view.list[0], identity, identity.metadata].every(Object.isFrozen)).toBe(true)
  view.row.words = ['y']
  view.column[0] = 2
  expect(informer.get(refTo('a'))).toMatchObject({ row: { words: ['y'] }, column: Uint8Array.of(2) })
})

test('of an object for which project throws, the view before stays until the next one', async () => {
  const { clock, store, informer, seen, failed, logged, write } = setUp()
  informer.addIndex('word', ({ words }) => words)
  await write('a', { one: 'x' })
  await write('b', { one: 'broken' })
  informer.start()
  await informer.synced
  await write('a', { one: 'broken' })
  expect(informer.indexed('word', 'X')).toEqual([{ size: 1, words: ['X'] }])
  const known = informer.identity(refTo('a'))?.metadata.resourceVersion
  expect(known).not.toBe((await store.get(refTo('a')))?.metadata.resourceVersion)
  await write('a', { one: 'y' })
  await write('b', { one: 'y' })
  await write('b', { one: 'broken' })
  await store.delete(refTo('b'))
  await clock.advance(10)
  expect(seen).toEqual(['ADDED a [X]', 'MODIFIED a [X] → [Y]', 'ADDED b [Y]', 'DELETED b [Y]'])
  expect(informer.size).toBe(1)
  const each = (name: string) => `default/${name}: no such word`
  // Once for each state: listed, changed, and deleted.
  expect(failed).toEqual([each('b'), each('a'), each('b'), each('b')])
  expect(logged).toEqual(['b', 'a', 'b', 'b'].map((name) => ['an object could not be projected', name]))
  await informer.close()
})

test('an object that cannot be projected has no view of another one of its name', async () => {
  const { clock, store, informer, seen, write } = setUp({ labelSelector: { matchLabels: { app: 'web' } } })
  await write('a', { one: 'x' }, { app: 'web' })
  informer.start()
  await informer.synced
  // While nothing matches, the informer hears of the deletion; in a list it only sees another uid.
  await store.delete(refTo('a'))
  await store.create(configMap('a', { one: 'broken' }, { app: 'web' }))
  await clock.advance(10)
  expect([seen, informer.size]).toEqual([['ADDED a [X]', 'DELETED a [X]'], 0])
  await informer.close()
})

/** A store that lists what it is given, and whose watch says no more than it is given. */
function listing(objects: () => readonly KubeObject[], calls: string[] = [], events: readonly WatchEvent[] = []): Store {
  return new Proxy(memoryStore(), {
    get(target, property) {
      if (property === 'list')
        return async (_: unknown, { limit = 500, continue: token = '0' }: ListOptions) => {
          calls.push(`list from ${token}`)
          const [from, all] = [Number(token), objects()]
          const more = from + limit < all.length ? { continue: String(from + limit) } : {}
          return { items: all.slice(from, from + limit), resourceVersion: '7', ...more }
        }
      if (property !== 'watch') return (Reflect.get(target, property) as () => unknown).bind(target)
      return async function* (_: unknown, { signal }: WatchOptions) {
        yield* events
        if (!signal?.aborted) await new Promise((resolve) => signal?.addEventListener('abort', resolve, { once: true }))
      }
    },
  })
}
const listed = (name: string, uid: string, word: string): KubeObject => {
  const object = configMap(name, { word })
  return { ...object, metadata: { ...object.metadata, uid, resourceVersion: '7' } }
}

test('what is listed counts, also under a resourceVersion that it has a view of, and handlers do not hear of it', async () => {
  const clock = new VirtualClock()
  let objects = [listed('same', 'u', 'x'), listed('other', 'u1', 'x'), listed('unread', 'u3', 'x')]
  const { informer, seen } = setUp({ store: listing(() => objects), clock, random: () => 0.5, relistAfterMs: 60_000 })
  informer.addIndex('word', ({ words }) => words).start()
  await informer.synced
  objects = [listed('same', 'u', 'y'), listed('other', 'u2', 'broken'), listed('unread', 'u3', 'broken')]
  await clock.advance(60_000)
  expect(seen).toEqual(['ADDED same [X]', 'ADDED other [X]', 'ADDED unread [X]', 'DELETED other [X]'])
  expect(informer.get(refTo('same'))?.words).toEqual(['Y'])
  expect(informer.get(refTo('unread'))?.words).toEqual(['X'])
  expect(informer.indexed('word', 'X')).toHaveLength(1)
  expect(informer.indexed('word', 'Y')).toHaveLength(1)
  await informer.close()
})

test('what is deleted has the view of its last state', async () => {
  const last = listed('a', 'u', 'last')
  const events = [{ type: 'DELETED' as const, object: { ...last, metadata: { ...last.metadata, resourceVersion: '8' } } }]
  const { clock, informer, seen } = setUp({ store: listing(() => [listed('a', 'u', 'x')], [], events) })
  await informer.start().synced
  await clock.advance(0)
  expect(seen).toEqual(['ADDED a [X]', 'DELETED a [LAST]'])
  await informer.close()
})

test('it projects page by page: of a long list it never holds all objects', async () => {
  const calls: string[] = []
  const objects = Array.from({ length: 5 }, (_, index) => listed(`c${index}`, `u${index}`, 'x'))
  const project = ({ metadata }: KubeObject) => void calls.push(metadata.name)
  await using informer = new Informer({ store: listing(() => objects, calls), type, pageSize: 2, project }).start()
  await informer.synced
  expect(calls).toEqual(['list from 0', 'c0', 'c1', 'list from 2', 'c2', 'c3', 'list from 4', 'c4'])
  expect([informer.size, informer.get(refTo('c0'))]).toEqual([5, undefined])
})

const operation = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      op: fc.constantFrom('put' as const, 'delete' as const, 'replace' as const),
      name: fc.constantFrom('a', 'b', 'c'),
      word: fc.constantFrom('x', 'y', 'broken'),
      app: fc.constantFrom('web', 'api'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('advance' as const), ms: fc.nat(3000) }) },
)

type Operation = typeof operation extends fc.Arbitrary<infer Each> ? Each : never

/** What a handler saw. */
interface Seen {
  readonly type: Change['type']
  readonly name: string
  readonly version: string | undefined
  readonly word: string
  readonly before: string | undefined
}

const share = fc.constantFrom(0, 0.1, 0.4)
const plans = fc.record({ seed: fc.integer(), fail: share, drop: share, relist: share })
const names = ['a', 'b', 'c']
const wordOf = ({ data }: KubeObject): string => (data as { readonly word: string }).word

/** What handlers of an informer saw in a history of a store that fails, and what it knows in the end. */
async function historyOf<T>(
  operations: readonly Operation[],
  plan: { readonly seed: number; readonly fail: number; readonly drop: number; readonly relist: number },
  project: ((object: KubeObject) => T) | undefined,
  show: (view: T) => string,
) {
  const clock = new VirtualClock()
  let uids = 0
  await using store = memoryStore({ clock, uid: () => `uid-${++uids}` })
  const faulty = withFaults(store, plan)
  const labelSelector = { matchLabels: { app: 'web' } }
  const informer = new Informer<T>({ store: faulty, type, clock, random: () => 0.5, pageSize: 2, labelSelector, project })
  informer.addIndex('any', () => ['any'])
  const seen: Seen[] = []
  informer.subscribe(({ type, object, previous }, { metadata: { name, resourceVersion: version } }) => {
    seen.push({ type, name, version, word: show(object), before: previous && show(previous) })
  })
  informer.start()
  for (const each of operations) await carryOut(each, store, clock)
  faulty.faults.heal()
  await clock.advance(120_000)
  const known = names.map((name) => {
    const view = informer.get(refTo(name))
    return [informer.identity(refTo(name))?.metadata.resourceVersion, view && show(view)]
  })
  const sizes = [informer.list(), informer.indexed('any', 'any'), informer.list({ labelSelector })].map((all) => all.length)
  await informer.close()
  return { seen, known, sizes }
}

async function carryOut(each: Operation, store: Store, clock: VirtualClock): Promise<void> {
  if (each.op === 'advance') return await clock.advance(each.ms)
  const known = await store.get(refTo(each.name))
  const object = configMap(each.name, { word: each.word }, { app: each.app })
  if (known !== undefined && each.op !== 'put') await store.delete(refTo(each.name))
  if (each.op === 'delete') return
  if (known === undefined || each.op === 'replace') await store.create(object)
  else await store.update({ ...object, metadata: { ...known.metadata, labels: { app: each.app } } })
}

test('with project, handlers see the views of what they would see without', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { maxLength: 30 }), plans, async (operations, plan) => {
      const whole = await historyOf<KubeObject>(operations, plan, undefined, wordOf)
      const same = await historyOf<KubeObject>(operations, plan, (object) => object, wordOf)
      const words = await historyOf(operations, plan, wordOf, (word) => word)
      expect(same).toEqual(whole)
      expect(words).toEqual(whole)
    }),
    { numRuns: runs(100) },
  )
})

/** What handlers see of the same changes when what is broken has no view. */
function withoutBroken(all: readonly Seen[]): readonly Seen[] {
  const views = new Map<string, string>()
  return all.flatMap((each): readonly Seen[] => {
    const before = views.get(each.name)
    if (each.type === 'DELETED') {
      views.delete(each.name)
      return before === undefined ? [] : [{ ...each, word: each.word === 'broken' ? before : each.word }]
    }
    if (each.word === 'broken') return []
    views.set(each.name, each.word)
    return [{ ...each, type: before === undefined ? 'ADDED' : 'MODIFIED', before }]
  })
}

test('whatever project throws for, handlers see each view after the one before it, and no other', async () => {
  const project = (object: KubeObject): string => {
    if (wordOf(object) === 'broken') throw new Error('no such word')
    return wordOf(object)
  }
  // A deletion that only a list shows is of the state that is kept, and has its version.
  const withoutVersion = (all: readonly Seen[]) => all.map((each) => (each.type === 'DELETED' ? { ...each, version: '' } : each))
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { maxLength: 30 }), plans, async (operations, plan) => {
      const whole = await historyOf<KubeObject>(operations, plan, undefined, wordOf)
      const words = await historyOf(operations, plan, project, (word) => word)
      expect(withoutVersion(words.seen)).toEqual(withoutVersion(withoutBroken(whole.seen)))
    }),
    { numRuns: runs(100) },
  )
})
