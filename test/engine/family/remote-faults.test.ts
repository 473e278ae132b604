import { type Connect, FleetkitError, type Git, type KubeObject, type ManagerOptions } from 'fleetkit'
import { memoryFleet } from 'fleetkit/memory'
import { describe, expect, test } from 'vitest'
import { configMap, intercepted, repository } from '../sync/scenarios.ts'
import { type FamilyWorld, familyWorld, type Member, mapRef, members, type Run } from './world.ts'

const minute = 60_000
const remote = members.find(({ kind }) => kind === 'RemoteSync') as Member
const shop = (): ReturnType<typeof repository> =>
  repository({
    v1: { 'a.yaml': configMap('a', { x: '1' }), 'b.yaml': configMap('b', { y: '1' }) },
    v2: { 'a.yaml': configMap('a', { x: '2' }) },
  })

/** Never answers. */
const hang = (signal: AbortSignal | undefined): Promise<never> =>
  new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason as Error)))

describe('what comes back with a backup is pruned again', () => {
  /** A world in which v2 is applied that lacks what v1 had, and what restores the cluster to v1. */
  async function upgraded(git: Git = shop()): Promise<{ readonly w: FamilyWorld; readonly run: Run; readonly restore: () => void }> {
    const w = await familyWorld(remote, git)
    await w.put({ timeout: '5m' })
    const run = w.start()
    await w.clock.advance(1000)
    const backup = w.target.backUp()
    await w.put({ tag: 'v2', timeout: '5m' })
    await w.clock.advance(6 * minute)
    return { w, run, restore: () => w.target.restore(backup) }
  }

  async function expectPruned(w: FamilyWorld, run: Run): Promise<void> {
    await w.clock.advance(15 * minute)
    expect([await w.data('a'), await w.data('b')]).toEqual([{ x: '2' }, undefined])
    expect(await w.ready()).toMatchObject({ status: 'True' })
    await run.finish()
  }

  test('although the first attempts since then fail', async () => {
    const { w, run, restore } = await upgraded()
    restore()
    w.fault = (method) => {
      if (method === 'apply') throw new FleetkitError('cluster/busy', 'too many requests')
    }
    await w.clock.advance(5 * minute)
    expect([(await w.ready())?.status, await w.data('b')]).toEqual(['False', { y: '1' }])
    w.fault = undefined
    await expectPruned(w, run)
  })

  test('although the look at the cluster that found it restored fails in the end', async () => {
    const { w, run, restore } = await upgraded()
    restore()
    w.fault = (method) => {
      if (method === 'discover') throw new FleetkitError('cluster/busy', 'too many requests')
    }
    await w.clock.advance(5 * minute)
    expect((await w.cluster())?.status).toMatchObject({ conditions: [{ type: 'Ready', status: 'False' }] })
    w.fault = undefined
    await expectPruned(w, run)
  })

  test('although an attempt that began before the restore ended after it', async () => {
    let wait: (() => Promise<void>) | undefined
    const git = intercepted(shop(), (method) => (method === 'resolve' ? wait?.() : undefined))
    const { w, run, restore } = await upgraded(git)
    wait = () => w.clock.sleep(3 * minute)
    // The next one begins ten minutes after the last.
    await w.clock.advance(5 * minute)
    restore()
    await w.clock.advance(4 * minute)
    wait = undefined
    await expectPruned(w, run)
  })

  test('although the clock of the manager that attempted it last was ahead', async () => {
    const { w, run, restore } = await upgraded()
    await run.finish()
    const { clock } = w
    const ahead: ManagerOptions['clock'] = {
      now: () => clock.now() + 60 * minute,
      monotonic: () => clock.monotonic(),
      sleep: (ms, options) => clock.sleep(ms, options),
    }
    const other = w.start({ clock: ahead })
    await clock.advance(minute)
    await other.finish()
    restore()
    await expectPruned(w, w.start())
  })
})

test('nothing is applied to another cluster that is reached since the last look, nor removed there', async () => {
  const w = await familyWorld(remote, shop())
  const fleet = memoryFleet({ clock: w.clock })
  const eu = fleet.cluster('eu')
  await w.put({ deletionPolicy: 'Delete' })
  const run = w.start({ connect: fleet.connect })
  await w.clock.advance(minute + 1000)
  const { metadata, ...applied } = (await eu.get(mapRef('a'))) as KubeObject
  fleet.remove('eu')
  const other = fleet.cluster('eu')
  // A line is looked at again each ten seconds of use, a cluster each minute.
  await w.clock.advance(20_000)
  await w.put({ tag: 'v2', deletionPolicy: 'Delete' })
  await w.clock.advance(1000)
  expect(await other.get(mapRef('a'))).toBeUndefined()
  const { name, namespace, labels } = metadata
  await other.create({ ...applied, metadata: { name, namespace, labels } })
  await w.store.delete(w.refOf())
  await w.clock.advance(1000)
  expect((await w.cluster())?.status).toMatchObject({ conditions: [{ type: 'Ready', status: 'True' }] })
  await w.clock.advance(10 * minute)
  expect((await w.cluster())?.status).toMatchObject({ conditions: [{ type: 'Ready', reason: 'AnotherCluster' }] })
  expect((await other.get(mapRef('a')))?.data).toEqual({ x: '1' })
  await run.finish()
})

describe('one who may list ConfigMaps of a namespace, and nothing else,', () => {
  const limited =
    (w: FamilyWorld): Connect =>
    async (_, { current }) =>
      current ??
      intercepted(w.target, (method, [type, options]) => {
        if (method === 'close') return true
        const { kind } = type
        const permitted = kind === 'Lease' || (kind === 'ConfigMap' && options?.namespace === 'default')
        if (method === 'list' && !permitted) throw new FleetkitError('cluster/forbidden', `cannot list ${kind}`)
        return undefined
      })

  test.each([false, true])('finds there what came back with a backup (when it is deleted: %s)', async (isDeleted) => {
    const w = await familyWorld(remote, shop())
    await w.put()
    const run = w.start({ connect: limited(w) })
    await w.clock.advance(1000)
    const backup = w.target.backUp()
    await w.put({ tag: 'v2' })
    await w.clock.advance(6 * minute)
    expect([await w.data('a'), await w.data('b')]).toEqual([{ x: '2' }, undefined])
    w.target.restore(backup)
    if (isDeleted) await w.store.delete(w.refOf())
    await w.clock.advance(5 * minute)
    expect([await w.data('a'), await w.data('b')]).toEqual([isDeleted ? undefined : { x: '2' }, undefined])
    expect(await w.store.get(w.refOf())).toEqual(isDeleted ? undefined : expect.anything())
    await run.finish()
  })
})

describe('what never answers holds up nothing for ever', () => {
  test('a store that is to save what a cluster was found to be', async () => {
    const w = await familyWorld(remote, shop())
    await w.put()
    let hangs = true
    const store = intercepted(w.store, (method, [object, options]) => {
      if (!hangs || method !== 'update' || object.kind !== 'Cluster') return undefined
      hangs = false
      return hang(options?.signal)
    })
    const run = w.start({ store })
    await w.clock.advance(5 * minute)
    expect([hangs, (await w.ready())?.status]).toEqual([false, 'True'])
    await run.finish()
  })

  test('a connection, when all that was applied is to be removed', async () => {
    const w = await familyWorld(remote, shop())
    await w.put({ deletionPolicy: 'Delete' })
    const first = w.start()
    await w.clock.advance(minute)
    await first.finish()
    await w.store.delete(w.refOf())
    let hangs = true
    const connect: Connect = async (_, { current, signal }) => {
      if (current !== undefined || !hangs) return current ?? w.target
      hangs = false
      return hang(signal)
    }
    const second = w.start({ connect })
    await w.clock.advance(5 * minute)
    expect([hangs, await w.store.get(w.refOf()), await w.data('a')]).toEqual([false, undefined, undefined])
    await second.finish()
  })
})
