import { type KubeObject, refOf } from 'fleetkit'
import { memoryStore } from 'fleetkit/memory'
import { VirtualClock } from 'fleetkit/testing'
import { describe, expect, test } from 'vitest'
import { customResource, MemoryTable, ObjectStore, settle } from '../../internals.ts'

const type = { apiVersion: 'fleetkit.dev/v1alpha1', kind: 'Sync' }
const sample = (name: string, spec: unknown = { path: './a' }): KubeObject => ({ ...type, metadata: { name, namespace: 'default' }, spec })

describe('a memory store', () => {
  test('gives out what is frozen to the bottom', async () => {
    await using store = memoryStore()
    const created = await store.create(sample('a', { list: [{ deep: true }] }))
    const { list } = created.spec as { list: [{ deep: boolean }] }
    for (const part of [created, created.metadata, created.spec, list, list[0]]) expect(Object.isFrozen(part)).toBe(true)
  })

  test('keeps __proto__ as data', async () => {
    await using store = memoryStore()
    const spec = JSON.parse('{"__proto__":{"polluted":true}}')
    const created = await store.create(sample('a', spec))
    expect(JSON.stringify(created.spec)).toBe('{"__proto__":{"polluted":true}}')
    expect((created.spec as { polluted?: unknown }).polluted).toBeUndefined()
    const same = await store.update({ ...created, spec: structuredClone(spec) })
    expect(same.metadata.resourceVersion).toBe(created.metadata.resourceVersion)
  })

  test('names the path of what is not JSON, and not its value', async () => {
    await using store = memoryStore()
    const cycle: { self?: unknown } = {}
    cycle.self = cycle
    for (const [value, found] of [
      [cycle, 'a cycle'],
      [{ self: new Date(0) }, 'an instance of Date'],
      [{ self: new Map([['secret', 1]]) }, 'an instance of Map'],
      [{ self: 1n }, 'a bigint'],
      [{ self: Number.NaN }, 'NaN'],
      [{ self: [Symbol('secret')] }, 'a symbol'],
    ] as const) {
      const error = await store.create(sample('a', value)).catch((reason: unknown) => reason)
      expect(error).toMatchObject({ code: 'model/invalid', message: expect.stringContaining(`spec.self`) })
      expect(error).toMatchObject({ message: expect.stringContaining(found) })
      expect(String(error)).not.toContain('secret')
    }
  })

  test('forgets the oldest changes first, and says so', async () => {
    await using store = memoryStore({ history: 10 })
    const versions: string[] = []
    for (let index = 0; index < 40; index++) versions.push((await store.create(sample(`a${index}`))).metadata.resourceVersion as string)
    const first = (resourceVersion: string) => store.watch(type, { resourceVersion })[Symbol.asyncIterator]().next()
    await expect(first(versions[15] as string)).rejects.toMatchObject({ code: 'store/relist', retryable: true })
    expect((await first(versions.at(-11) as string)).value).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'a30' } } })
    await expect(first('1000')).rejects.toMatchObject({ code: 'store/relist' })
    await expect(first('yesterday')).rejects.toMatchObject({ code: 'model/invalid' })
  })

  test('ends the watch of a consumer that fell behind the history', async () => {
    await using store = memoryStore({ history: 10 })
    const events = store.watch(type, { resourceVersion: '0' })[Symbol.asyncIterator]()
    await store.create(sample('a'))
    await events.next()
    for (let index = 0; index < 40; index++) await store.create(sample(`a${index}`))
    await expect(events.next()).rejects.toMatchObject({ code: 'store/relist' })
  })

  test('ends its watches when it is disposed of', async () => {
    const store = memoryStore()
    const next = store.watch(type, { resourceVersion: '0' })[Symbol.asyncIterator]().next()
    const outcome = expect(next).rejects.toMatchObject({ code: 'closed' })
    await store[Symbol.asyncDispose]()
    await outcome
  })

  test('shows an object in the API version that is requested', async () => {
    await using store = memoryStore()
    const created = await store.create(sample('a'))
    const beta = { ...type, apiVersion: 'fleetkit.dev/v1beta1' }
    expect(await store.get({ ...refOf(created), ...beta })).toEqual({ ...created, ...beta })
    expect((await store.list(beta)).items).toEqual([{ ...created, ...beta }])
    await expect(store.create({ ...sample('a'), ...beta })).rejects.toMatchObject({ code: 'store/exists' })
    expect((await store.list({ ...type, apiVersion: 'other.dev/v1' })).items).toEqual([])
  })

  test('repeats exactly with a virtual clock and given uids', async () => {
    const run = async (): Promise<KubeObject> => {
      let count = 0
      await using store = memoryStore({ clock: new VirtualClock(), uid: () => `uid-${++count}` })
      return store.create(sample('a'))
    }
    expect(await run()).toEqual(await run())
  })

  test('has 10,000 objects cheaply', async () => {
    await using store = memoryStore()
    const started = performance.now()
    for (let index = 0; index < 10_000; index++) await store.create(sample(`a${index}`))
    expect((await store.list(type)).items).toHaveLength(10_000)
    expect(performance.now() - started).toBeLessThan(5000)
  })
})

describe('the core, for stores with types of their own', () => {
  const traits = (kind: string) => (kind === 'ConfigMap' ? { namespaced: true, status: false, generation: false } : customResource)
  const make = () =>
    new ObjectStore({
      table: new MemoryTable(100),
      traits: ({ kind }) => traits(kind),
      admit: (next, { operation }) => ({ ...next, metadata: { ...next.metadata, annotations: { last: operation } } }),
    })

  test('serves a type without status and generation', async () => {
    await using store = make()
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'default' }, status: 'kept' }
    const created = await store.create(object)
    expect(created).toMatchObject({ status: 'kept' })
    expect(created.metadata).not.toHaveProperty('generation')
    expect((await store.update({ ...created, status: 'changed' })).status).toBe('changed')
    await expect(store.create({ ...object, metadata: { name: 'a' } })).rejects.toMatchObject({
      code: 'model/invalid',
      message: /namespace/,
    })
  })

  test('lets a write be admitted', async () => {
    await using store = make()
    const created = await store.create(sample('a'))
    expect(created.metadata.annotations).toEqual({ last: 'create' })
    const updated = await store.update({ ...created, status: { observedGeneration: 1 } }, { subresource: 'status' })
    expect(updated.metadata.annotations).toEqual({ last: 'status' })
  })

  test('writes by any rule, and nothing in a dry run', async () => {
    await using store = make()
    const created = await store.create(sample('a'))
    const decide = (current: KubeObject | undefined) =>
      settle({ ...(current as KubeObject), spec: { path: './b' } }, current as KubeObject, customResource)
    expect(store.write(created, decide, { dryRun: true })).toMatchObject({
      kind: 'stored',
      object: { spec: { path: './b' }, metadata: { generation: 2 } },
    })
    expect(await store.get(refOf(created))).toEqual(created)
    expect(store.write(created, decide).kind).toBe('stored')
    expect(store.write(created, decide).kind).toBe('unchanged')
    expect((await store.get(refOf(created)))?.spec).toEqual({ path: './b' })
  })

  test('keeps nothing of a write that throws', async () => {
    await using store = make()
    expect(() =>
      store.write(sample('a'), () => {
        throw new Error('no')
      }),
    ).toThrow('no')
    expect((await store.list(type)).resourceVersion).toBe('0')
  })
})
