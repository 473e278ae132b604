import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { hasCode, type KubeObject, type LabelSelector, refKey, refOf, type WatchEvent } from 'fleetkit'
import { type EmbeddedStore, memoryStore } from 'fleetkit/memory'
import { sqliteStore } from 'fleetkit/sqlite'
import { VirtualClock } from 'fleetkit/testing'
import { expect, test } from 'vitest'
import { runs } from '../../random-tests.ts'

const types = ['Sync', 'Module'].map((kind) => ({ apiVersion: 'fleetkit.dev/v1alpha1', kind }))
const [sync] = types as [(typeof types)[number]]
const selector: LabelSelector = { matchLabels: { tier: 'prod' } }

/** What is known of the objects, by a second and simpler statement of the rules. */
type Model = Map<string, KubeObject>

/** Two stores that must not differ in anything. */
interface Stores {
  readonly clock: VirtualClock
  readonly all: readonly [EmbeddedStore, EmbeddedStore]
}

class Step implements fc.AsyncCommand<Model, Stores> {
  readonly #name: string
  readonly #run: (store: EmbeddedStore, model: Model) => Promise<unknown>
  readonly #expect: (model: Model, result: unknown) => void

  constructor(name: string, run: (store: EmbeddedStore, model: Model) => Promise<unknown>, check: (model: Model, result: unknown) => void) {
    this.#name = name
    this.#run = run
    this.#expect = check
  }

  check = (): boolean => true
  toString = (): string => this.#name

  async run(model: Model, { all, clock }: Stores): Promise<void> {
    await clock.advance(400)
    const [memory, sqlite] = await Promise.all(all.map((store) => outcome(this.#run(store, model))))
    expect(blind(sqlite)).toEqual(blind(memory))
    this.#expect(model, memory)
    const [one, two] = await Promise.all(all.map((store) => store.list(sync)))
    expect(blind(two)).toEqual(blind(one))
  }
}

const position = fc.record({ type: fc.constantFrom(...types), namespace: fc.constantFrom('a', 'b'), name: fc.constantFrom('x', 'y', 'z') })
const content: fc.Arbitrary<Content> = fc.record({
  labels: fc.constantFrom<Record<string, string>[]>({}, { tier: 'prod' }, { tier: 'test' }),
  finalizers: fc.constantFrom<string[][]>([], [], ['example.com/one'], ['example.com/one', 'example.com/two']),
  spec: fc.constantFrom({ a: 1 }, { a: 2 }, JSON.parse('{"__proto__":{"a":3},"constructor":null}')),
  status: fc.constantFrom(undefined, { observedGeneration: 1 }, { observedGeneration: 2 }),
})
type Position = { type: (typeof types)[number]; namespace: string; name: string }
type Content = { labels: Record<string, string>; finalizers: readonly string[]; spec: object; status: unknown }

const create = fc.tuple(position, content).map(([at, given]) => {
  const object = make(at, given)
  return new Step(
    `create ${at.namespace}/${at.name} ${JSON.stringify(given)}`,
    (store) => store.create(object),
    (model, result) => {
      if (model.has(refKey(refOf(object)))) return expect(result).toEqual({ code: 'store/exists' })
      const stored = result as KubeObject
      expect(stored.metadata.generation).toBe(1)
      expect(stored.status).toBeUndefined()
      expect(stored.spec).toEqual(given.spec)
      model.set(refKey(refOf(object)), stored)
    },
  )
})

const update = fc
  .tuple(position, content, fc.constantFrom(undefined, 'status' as const), fc.nat(9))
  .map(([at, given, subresource, luck]) => {
    const key = refKey({ ...at.type, ...at })
    const stale = luck === 0
    return new Step(
      `update ${subresource ?? ''} ${at.namespace}/${at.name} ${JSON.stringify(given)} ${stale ? 'stale' : ''}`,
      async (store) => {
        const { uid, resourceVersion } = (await store.get({ ...at.type, ...at }))?.metadata ?? {}
        const object = make(at, given)
        return store.update(
          { ...object, metadata: { ...object.metadata, uid, resourceVersion: stale ? '0' : resourceVersion } },
          { subresource },
        )
      },
      (model, result) => {
        const current = model.get(key)
        if (current === undefined) return expect(result).toEqual({ code: 'store/not-found' })
        if (stale) return expect(result).toEqual({ code: 'store/conflict' })
        const { metadata } = current
        if (subresource === undefined && metadata.deletionTimestamp !== undefined) {
          if (given.finalizers.some((finalizer) => !metadata.finalizers?.includes(finalizer)))
            return expect(result).toEqual({ code: 'model/invalid' })
          if (given.finalizers.length === 0) return void model.delete(key)
        }
        const stored = result as KubeObject
        expect(stored.spec).toEqual(subresource === 'status' ? current.spec : given.spec)
        expect(stored.status).toEqual(subresource === 'status' ? given.status : current.status)
        expect(stored.metadata.uid).toBe(metadata.uid)
        const changed = JSON.stringify(stored.spec) === JSON.stringify(current.spec) ? 0 : 1
        expect(stored.metadata.generation).toBe((metadata.generation as number) + changed)
        model.set(key, stored)
      },
    )
  })

const remove = position.map((at) => {
  const key = refKey({ ...at.type, ...at })
  return new Step(
    `delete ${at.namespace}/${at.name}`,
    async (store) => {
      await store.delete({ ...at.type, ...at })
      return store.get({ ...at.type, ...at })
    },
    (model, result) => {
      const current = model.get(key)
      if (current === undefined) return expect(result).toEqual({ code: 'store/not-found' })
      if (current.metadata.finalizers === undefined) {
        expect(result).toBeUndefined()
        model.delete(key)
      } else {
        expect((result as KubeObject).metadata.deletionTimestamp).toBeDefined()
        model.set(key, result as KubeObject)
      }
    },
  )
})

const list = fc
  .record({
    namespace: fc.constantFrom(undefined, 'a'),
    labelSelector: fc.constantFrom(undefined, selector),
    limit: fc.integer({ min: 1, max: 3 }),
  })
  .map(
    (options) =>
      new Step(
        `list ${JSON.stringify(options)}`,
        async (store) => {
          const items: KubeObject[] = []
          let page = await store.list(sync, options)
          for (;;) {
            items.push(...page.items)
            if (page.continue === undefined) return items
            page = await store.list(sync, { ...options, continue: page.continue })
          }
        },
        (model, result) => {
          const expected = [...model.values()]
            .filter(
              ({ kind, metadata }) => kind === 'Sync' && (options.namespace === undefined || metadata.namespace === options.namespace),
            )
            .filter(({ metadata }) => options.labelSelector === undefined || metadata.labels?.tier === 'prod')
            .sort((a, b) => (refKey(refOf(a)) < refKey(refOf(b)) ? -1 : 1))
          expect(result).toEqual(expected)
        },
      ),
  )

test('memory and sqlite are one store to their users', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'fleetkit-'))
  let run = 0
  try {
    await fc.assert(
      fc.asyncProperty(fc.commands([create, create, update, update, update, remove, list], { maxCommands: 40 }), async (commands) => {
        const clock = new VirtualClock()
        await using memory = memoryStore({ clock })
        await using sqlite = sqliteStore(join(folder, `${run++}.db`), { clock })
        const all = [memory, sqlite] as const
        const stop = new AbortController()
        const watch = (store: EmbeddedStore) => [watchAll(store, undefined, stop.signal), watchAll(store, selector, stop.signal)] as const
        const watched = [watch(memory), watch(sqlite)] as const
        const model: Model = new Map()
        await fc.asyncModelRun(() => ({ model, real: { clock, all } }), commands)
        await clock.advance(1000)
        stop.abort()
        const [[every, selected], [everySqlite, selectedSqlite]] = await Promise.all([Promise.all(watched[0]), Promise.all(watched[1])])
        expect(blind(everySqlite)).toEqual(blind(every))
        expect(blind(selectedSqlite)).toEqual(blind(selected))
        // A watch adds up to the list, whichever part of the objects it is about.
        expect(replay(every)).toEqual((await memory.list(sync)).items)
        expect(replay(selected)).toEqual((await memory.list(sync, { labelSelector: selector })).items)
      }),
      { numRuns: runs(120) },
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
}, 120_000)

async function watchAll(
  store: EmbeddedStore,
  labelSelector: LabelSelector | undefined,
  signal: AbortSignal,
): Promise<readonly WatchEvent[]> {
  const events: WatchEvent[] = []
  for await (const event of store.watch(sync, { resourceVersion: '0', labelSelector, signal })) events.push(event)
  return events
}

/** The objects that a watch from the beginning leaves. Events that cannot follow on one another fail. */
function replay(events: readonly WatchEvent[]): readonly KubeObject[] {
  const objects = new Map<string, KubeObject>()
  let version = 0
  for (const event of events) {
    if (event.type === 'BOOKMARK') continue
    const key = refKey(refOf(event.object))
    expect(objects.has(key)).toBe(event.type !== 'ADDED')
    expect(Number(event.object.metadata.resourceVersion)).toBeGreaterThan(version)
    version = Number(event.object.metadata.resourceVersion)
    if (event.type === 'DELETED') objects.delete(key)
    else objects.set(key, event.object)
  }
  return [...objects].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object)
}

function make({ type, namespace, name }: Position, { labels, finalizers, spec, status }: Content): KubeObject {
  return { ...type, metadata: { name, namespace, labels, finalizers }, spec, status }
}

async function outcome(promise: Promise<unknown>): Promise<unknown> {
  try {
    return await promise
  } catch (error) {
    if (hasCode(error, 'store/exists', 'store/not-found', 'store/conflict', 'model/invalid')) return { code: error.code }
    throw error
  }
}

/** Text without the uids, which are random. */
function blind(value: unknown): string {
  const seen: string[] = []
  return (
    JSON.stringify(value, (key, field) => {
      if (key !== 'uid') return field
      if (!seen.includes(field)) seen.push(field)
      return `uid ${seen.indexOf(field)}`
    }) ?? 'undefined'
  )
}
