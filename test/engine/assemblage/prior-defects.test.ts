/**
 * Defects of fleeet, the project that the kinds of this family follow, by their numbers: those of what an Assemblage is made of. The others are in `test/engine/family`
 * and `test/rollout`, in files of this name.
 */
import {
  Assemblage,
  type AssemblageStatus,
  assemblageLabel,
  assembledSyncLabel,
  FleetkitError,
  getCondition,
  type KubeObject,
} from 'fleetkit'
import { fleetkitDriver, fluxDriver } from 'fleetkit/drivers'
import { memoryStore } from 'fleetkit/memory'
import { VirtualClock } from 'fleetkit/testing'
import { describe, expect, test } from 'vitest'
import { kustomizations, PlayedFlux, repositories } from '../../plan/assemblage/played-flux.ts'
import { url } from '../sync/scenarios.ts'
import { apiVersion, assemblageRef, chain, commits, namespace, sync, syncRef, type World, world } from './world.ts'

const minute = 60_000

/** What makes the syncs of an Assemblage, and the kinds of that. */
const drivers = [
  { driver: 'fleetkit', kinds: [{ apiVersion, kind: 'Sync' }] },
  { driver: 'flux', kinds: [kustomizations, repositories] },
] as const
type DriverCase = (typeof drivers)[number]

interface Made {
  readonly w: World
  /** Lets minutes pass, in which Flux does its part. */
  readonly pass: () => Promise<void>
  readonly stop: () => Promise<void>
}

/** A store is enough: nothing applies Syncs, and Flux is played. */
async function made({ driver }: DriverCase): Promise<Made> {
  const clock = new VirtualClock()
  const w = await world(clock, memoryStore({ clock }))
  const flux = new PlayedFlux(w.cluster)
  await w.put({ driver, syncs: ['a', 'b', 'c'].map((name, at) => sync(name, commits[0], { source: sourceOf(at) })) })
  const stop = w.manage([fleetkitDriver(), fluxDriver()])
  const pass = async (): Promise<void> => {
    for (let step = 0; step < 5; step++) {
      await clock.advance(minute)
      await flux.settle()
    }
  }
  await pass()
  return { w, pass, stop }
}

/** Another repository for each sync. */
const sourceOf = (at: number) => ({ git: { url: `${url}/${at}`, commit: commits[0] } })

async function objectsOf(w: World, { kinds }: DriverCase): Promise<ReadonlyMap<string, KubeObject>> {
  const lists = await Promise.all(kinds.map((type) => w.cluster.list(type, { namespace })))
  return new Map(lists.flatMap(({ items }) => items).map((object) => [`${object.kind} ${object.metadata.name}`, object]))
}

const repositoryOf = (object: KubeObject | undefined): string | undefined =>
  (object?.spec as { readonly url?: string } | undefined)?.url?.replace(`${url}/`, '')

const identityOf = (object: KubeObject | undefined): unknown => [object?.metadata.uid, object?.metadata.generation, object?.spec]

describe.each(drivers)('made by the driver $driver', (driver) => {
  test('1: removing a sync in the middle re-points no other', async () => {
    const { w, pass, stop } = await made(driver)
    const before = await objectsOf(w, driver)
    await w.put({ syncs: [0, 2].map((at) => sync('abc'[at] as string, commits[0], { source: sourceOf(at) })) })
    await pass()
    const after = await objectsOf(w, driver)
    expect(after.size).toBe((before.size / 3) * 2)
    for (const [name, object] of after) expect(identityOf(object), name).toEqual(identityOf(before.get(name)))
    await stop()
  })

  test('2: a sync that is taken out, and an Assemblage that is deleted, leave nothing behind', async () => {
    const { w, pass, stop } = await made(driver)
    await w.put({ syncs: [sync('b', commits[0], { source: sourceOf(1) })] })
    await pass()
    const left = await objectsOf(w, driver)
    expect([...left.keys()].filter((name) => !name.startsWith('GitRepository'))).toEqual([`${driver.kinds[0].kind} eu-b`])
    expect([...left.values()].flatMap((object) => repositoryOf(object) ?? [])).toEqual(driver.driver === 'flux' ? ['1'] : [])
    await w.cluster.delete(assemblageRef)
    await pass()
    expect([...(await objectsOf(w, driver)).keys()]).toEqual([])
    expect(await w.cluster.get(assemblageRef)).toBeUndefined()
    await stop()
  })

  test('3: what a sync says of pruning, intervals, the namespace and variables is what its object says, and is never left to a default', async () => {
    const { w, pass, stop } = await made(driver)
    const said = { prune: false, interval: '7m', targetNamespace: 'shop', postBuild: { substitute: { region: 'eu' } } }
    await w.put({ syncs: [sync('a', commits[0], said), sync('b')] })
    await pass()
    const objects = await objectsOf(w, driver)
    const specOf = (name: string): unknown => objects.get(`${driver.kinds[0].kind} eu-${name}`)?.spec
    expect(specOf('a')).toMatchObject(said)
    expect(specOf('b')).toMatchObject({ prune: true, interval: '10m' })
    expect(specOf('b')).not.toHaveProperty('targetNamespace')
    await stop()
  })

  test('19: what is written names a commit and no branch, and a stray object with the marks of the Assemblage goes', async () => {
    const branch = { git: { url, commit: commits[0], branch: 'main' } }
    expect(() => new Assemblage({ metadata: { name: 'eu' }, spec: { syncs: [sync('a', commits[0], { source: branch })] } })).toThrow(
      /spec\.syncs\[0\]\.source\.git\.branch: /,
    )
    const { w, pass, stop } = await made(driver)
    const objects = await objectsOf(w, driver)
    const [, own] = [...objects].find(([name]) => name.endsWith('eu-a')) as [string, KubeObject]
    const exact = { fleetkit: 'source.git.commit', flux: 'ref.commit' }[driver.driver].split('.')
    for (const object of objects.values()) {
      const text = JSON.stringify(object.spec)
      expect(text).not.toContain('branch')
      if (object.kind !== 'Kustomization') expect(object.spec).toHaveProperty(exact, commits[0])
    }
    // As one of before is there, of which the status says nothing.
    const stray = (name: string, assemblage: string): KubeObject => ({
      ...own,
      metadata: { name, namespace, labels: { [assemblageLabel]: assemblage, [assembledSyncLabel]: 'z' } },
    })
    await w.cluster.create(stray('eu-z', 'eu'))
    await w.cluster.create(stray('us-z', 'us'))
    await pass()
    expect([...(await objectsOf(w, driver)).keys()].toSorted()).toEqual([...objects.keys(), `${own.kind} us-z`].toSorted())
    await stop()
  })
})

/** The same data, with the fields of each object in the reverse order. */
function reversed<Value>(value: Value): Value {
  if (Array.isArray(value)) return value.map(reversed) as Value
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, each]) => [key, reversed(each)]),
  ) as Value
}

test('4: equal input in another order issues no write', async () => {
  const w = await world()
  const substitute = { region: 'eu', tier: 'prod', zone: '1' }
  await w.put({ syncs: ['a', 'b', 'c'].map((name) => sync(name, commits[0], { postBuild: { substitute } })) })
  let stop = w.manage()
  const leave = w.apply()
  await w.clock.advance(minute)
  expect(await w.ready()).toMatchObject({ status: 'True' })
  for (const order of ['another order of fields', 'another order of syncs']) {
    const kept = (await w.cluster.get(assemblageRef)) as KubeObject
    const { syncs, ...spec } = kept.spec as Assemblage['spec']
    await w.cluster.update({ ...kept, spec: reversed({ syncs: order.endsWith('syncs') ? syncs.toReversed() : syncs, ...spec }) })
    w.writes.length = 0
    await w.clock.advance(30 * minute)
    await stop()
    stop = w.manage()
    await w.clock.advance(30 * minute)
    expect(
      w.writes.filter((write) => write !== 'update eu/status'),
      order,
    ).toEqual([])
    // The order of its syncs is that of the specification.
    expect(w.writes.length, order).toBe(order.endsWith('syncs') ? 1 : 0)
    expect(await w.ready()).toMatchObject({ status: 'True' })
  }
  await leave()
  await stop()
})

test('7: one sync that is refused skips no other, and the status is written', async () => {
  const w = await world()
  w.fault = (method, object) => {
    if (method === 'create' && object.metadata.name === 'eu-b') throw new FleetkitError('cluster/invalid', 'a policy forbids it')
  }
  await w.put({ syncs: [sync('b'), sync('a'), sync('c')] })
  const [stop, leave] = [w.manage(), w.apply()]
  await w.clock.advance(minute)
  expect([await w.version('a'), await w.version('b'), await w.version('c')]).toEqual(['1', undefined, '1'])
  expect((await w.status()).syncs?.map(({ name, state }) => [name, state])).toEqual([
    ['b', 'Failed'],
    ['a', 'Ready'],
    ['c', 'Ready'],
  ])
  expect(await w.ready()).toMatchObject({ status: 'False', reason: 'SyncsFailed', observedGeneration: 1 })
  await leave()
  await stop()
})

test('8: what is said of all syncs, and what of each, is one write: no reader sees it half', async () => {
  const w = await world()
  const seen: AssemblageStatus[] = []
  w.fault = (_, object, options) => {
    if (options?.subresource === 'status' && object.metadata.name === 'eu') seen.push(object.status)
  }
  await w.put()
  const [stop, leave] = [w.manage(), w.apply()]
  const wanted = new Map<number | undefined, string>()
  for (const commit of [commits[0], commits[1], commits[0]]) {
    const { metadata } = await w.put({ syncs: chain(commit) })
    wanted.set(metadata.generation, `sha1:${commit}`)
    await w.clock.advance(minute)
  }
  expect(wanted.size).toBe(3)
  const ready = new Set<number>()
  for (const { conditions, syncs = [], observedGeneration } of seen) {
    const said = getCondition(conditions, 'Ready')
    const done = syncs.filter(({ state }) => state === 'Ready').length
    for (const { state, revision, lastAppliedRevision } of syncs) {
      expect(revision).toBe(wanted.get(said?.observedGeneration))
      if (state === 'Ready') expect(lastAppliedRevision).toBe(revision)
    }
    if (said?.status === 'True') ready.add(observedGeneration as number)
    if (said?.reason === 'Progressing' && syncs.length > 0) expect(said.message).toMatch(new RegExp(`^${done} of 3 syncs are ready`))
    expect(said?.status === 'True').toBe(syncs.length > 0 && done === syncs.length)
  }
  expect([...ready]).toEqual([...wanted.keys()])
  await leave()
  await stop()
})

test('10: taking several syncs out at once removes exactly these, each once', async () => {
  const w = await world()
  await w.put({ syncs: [sync('a'), sync('b'), sync('c')] })
  const [stop, leave] = [w.manage(), w.apply()]
  await w.clock.advance(minute)
  const kept = await w.cluster.get(syncRef('b'))
  w.writes.length = 0
  await w.put({ syncs: [sync('b')] })
  await w.clock.advance(minute)
  expect(w.writes.filter((write) => write !== 'update eu/status')).toEqual(['delete eu-a', 'delete eu-c'])
  expect(await w.cluster.get(syncRef('b'))).toEqual(kept)
  expect([await w.version('a'), await w.version('b'), await w.version('c')]).toEqual([undefined, '1', undefined])
  expect((await w.status()).syncs?.map(({ name }) => name)).toEqual(['b'])
  await leave()
  await stop()
})

test('11: deleting an Assemblage removes exactly its syncs, also where the name of another begins with its own', async () => {
  const w = await world()
  await w.put({ syncs: [sync('a'), sync('b')] })
  const other = new Assemblage({ metadata: { name: 'eu-a' }, spec: { syncs: [sync('c'), sync('x', commits[0], { path: './c' })] } })
  await w.cluster.create(other.with((draft) => void draft.spec.syncs.pop()).toObject())
  const [stop, leave] = [w.manage(), w.apply()]
  await w.clock.advance(minute)
  const kept = await w.cluster.get(syncRef('a-c'))
  expect(kept).toBeDefined()
  await w.cluster.delete(assemblageRef)
  await w.clock.advance(2 * minute)
  expect([await w.cluster.get(assemblageRef), await w.cluster.get(syncRef('a')), await w.cluster.get(syncRef('b'))]).toEqual([
    undefined,
    undefined,
    undefined,
  ])
  expect([await w.version('a'), await w.version('b'), await w.version('c')]).toEqual([undefined, undefined, '1'])
  expect(await w.cluster.get(syncRef('a-c'))).toEqual(kept)
  await leave()
  await stop()
})

test('15: syncs whose names are long and begin alike have objects of their own, with names that a Sync can have', async () => {
  const w = await world()
  const names = ['x'.repeat(60).concat('one'), 'x'.repeat(60).concat('two'), 'y'.repeat(55)]
  const syncs = names.map((name, at) => sync(name, commits[0], { path: `./${'abc'[at]}` }))
  await w.put({ syncs })
  const [stop, leave] = [w.manage(), w.apply()]
  await w.clock.advance(minute)
  expect(await w.ready()).toMatchObject({ status: 'True', message: '3 syncs are ready' })
  const { items } = await w.cluster.list({ apiVersion, kind: 'Sync' })
  const objects = items.map(({ metadata }) => metadata.name)
  expect(new Set(objects).size).toBe(3)
  for (const name of objects) expect(name).toMatch(/^eu-(x+|y+)-[0-9a-f]{10}$/)
  expect(objects.every((name) => name.length <= 53)).toBe(true)
  expect([await w.version('a'), await w.version('b'), await w.version('c')]).toEqual(['1', '1', '1'])
  await leave()
  await stop()
})
