import type { KubeObject } from 'fleetkit'
import { BootstrapModule } from 'fleetkit/bootstrap-module'
import { abortAnnotation, allModules, type HistoryOptions, historyOfLogs, Rollout, readLogs } from 'fleetkit/fleet'
import { RolloutOperations } from 'fleetkit/operations'
import { describe, expect, test } from 'vitest'
import { url } from '../sync/scenarios.ts'
import { apiVersion, FleetWorld, namespace, refOf } from './fleet-world.ts'

const minute = 60_000
const oneByOne = { rolling: { maxUnavailable: 1 } } as const
const by = 'ann'
const reason = 'incident 42'

const operationsOf = (w: FleetWorld) => new RolloutOperations({ store: w.store, namespace, clock: w.clock })

async function fleetEvents(w: FleetWorld, of?: HistoryOptions): Promise<readonly string[]> {
  const { items } = await w.store.list({ apiVersion, kind: 'RolloutLog' }, { namespace })
  return historyOfLogs(readLogs(items).logs)
    .newest(of)
    .map(({ type, why }) => `${type}: ${why}`)
}

describe('the handbrake', () => {
  test('stops the whole fleet at once, says who pulled it, and lets it go on when it is released', async () => {
    await using w = new FleetWorld()
    await w.clusters(['a', 'b'])
    const stop = w.manage()
    await w.module('shop')
    await w.clock.advance(minute)
    const fleet = operationsOf(w)
    await fleet.pullHandbrake({ by, reason })
    await w.clock.advance(1000)
    await w.module('shop', { tag: 'v2' })
    await w.module('web')
    await w.clusters(['c'])
    await w.clock.advance(10 * minute)
    expect(await w.assigned('shop')).toEqual({ a: 'v1', b: 'v1' })
    expect(await w.assigned('web')).toEqual({})
    expect(await w.status('shop')).toMatchObject({ phase: 'Paused' })
    expect(await fleetEvents(w)).toEqual(['paused: ann pulled the handbrake: incident 42'])
    await fleet.releaseHandbrake()
    await w.clock.advance(minute)
    expect(await w.assigned('shop')).toEqual({ a: 'v2', b: 'v2', c: 'v2' })
    expect(await w.assigned('web')).toEqual({ a: 'v1', b: 'v1', c: 'v1' })
    expect((await fleetEvents(w))[0]).toBe('resumed: the handbrake was released')
    await stop()
  })

  test('can be pulled while no manager runs, and is not released by the policy of a program', async () => {
    await using w = new FleetWorld()
    await operationsOf(w).pullHandbrake({ by, reason })
    await w.clusters(['a'])
    const stop = w.manage({ policy: () => ({ handbrake: false }) })
    await w.module('shop')
    await w.clock.advance(minute)
    expect(await w.assigned('shop')).toEqual({})
    await stop()
  })

  test('is in the Rollout of all Modules and in no other', async () => {
    await using w = new FleetWorld()
    await w.clusters(['a'])
    const stop = w.manage()
    await w.module('shop')
    await w.clock.advance(minute)
    const fleet = operationsOf(w)
    const unnamed = fleet.pullHandbrake({ by: '', reason })
    await expect(unnamed).rejects.toMatchObject({ code: 'model/invalid', message: expect.stringContaining('spec.handbrake.by') })
    expect((await w.store.get(refOf('Rollout', allModules)))?.spec).toEqual({})
    await stop()
  })
})

describe('an emergency', () => {
  const freezes = [{ name: 'holidays', from: '2020-01-01T00:00:00Z', to: '2099-01-01T00:00:00Z' }]

  test('passes a freeze with the revision that was wanted, within the budgets, and is in the log', async () => {
    await using w = new FleetWorld()
    await w.clusters(['a', 'b'])
    const stop = w.manage()
    await w.module('shop')
    await w.clock.advance(minute)
    await w.module('shop', { tag: 'v2', freezes, rollout: oneByOne })
    await w.clock.advance(minute)
    expect(await w.assigned('shop')).toEqual({ a: 'v1', b: 'v1' })
    w.answer = () => undefined
    const fleet = operationsOf(w)
    expect(await fleet.declareEmergency('shop', { by, reason })).toBe((await w.status('shop')).revision)
    await w.clock.advance(minute)
    expect(await w.assigned('shop')).toEqual({ a: 'v2', b: 'v1' })
    w.answer = () => 'Ready'
    await w.answerAgain()
    await w.clock.advance(minute)
    expect(await w.assigned('shop')).toEqual({ a: 'v2', b: 'v2' })
    for (const cluster of ['a', 'b'])
      expect((await fleetEvents(w, { module: 'shop', cluster }))[1]).toMatch(/^assigned: .*, in an emergency \(ann: incident 42\)$/)
    // Another revision is none.
    await w.module('shop', { tag: 'v3', freezes, rollout: oneByOne })
    await w.clock.advance(10 * minute)
    expect(await w.assigned('shop')).toEqual({ a: 'v2', b: 'v2' })
    await stop()
  })

  test('is over when it is ended, and is of a Module with a revision', async () => {
    await using w = new FleetWorld()
    await w.clusters(['a'])
    const stop = w.manage()
    const fleet = operationsOf(w)
    await w.module('shop', { freezes })
    await w.clock.advance(minute)
    await fleet.declareEmergency('shop', { by, reason })
    await fleet.endEmergency('shop')
    await w.clock.advance(minute)
    expect(await w.assigned('shop')).toEqual({})
    w.gitFault = new Error('no route to host')
    await w.module('web')
    await w.clock.advance(minute)
    await expect(fleet.declareEmergency('web', { by, reason })).rejects.toMatchObject({
      code: 'operation/refused',
      message: expect.stringContaining('no revision of it is known'),
    })
    const ofAll = {
      apiVersion,
      kind: 'Rollout',
      metadata: { name: allModules, namespace },
      spec: { emergency: { revision: 'shop-1', by, reason } },
    }
    expect(() => Rollout.from(ofAll)).toThrow('spec.emergency: found an object, accepted none in all.modules')
    await stop()
  })
})

describe('a Module', () => {
  test('is paused, resumed, aborted and tried again', async () => {
    await using w = new FleetWorld()
    await w.clusters(['a', 'b', 'c'])
    const stop = w.manage()
    const fleet = operationsOf(w)
    w.answer = () => undefined
    await w.module('shop', { rollout: oneByOne })
    await w.clock.advance(minute)
    await fleet.pause('shop')
    w.answer = () => 'Ready'
    await w.answerAgain()
    await w.clock.advance(minute)
    expect(await w.assigned('shop')).toEqual({ a: 'v1' })
    await fleet.resume('shop')
    await w.clock.advance(minute)
    expect(await w.assigned('shop')).toEqual({ a: 'v1', b: 'v1', c: 'v1' })
    w.answer = (_, { generation }) => (generation === 1 ? 'Ready' : undefined)
    await w.module('shop', { rollout: oneByOne, tag: 'v2' })
    await w.clock.advance(minute)
    await fleet.abort('shop')
    await w.clock.advance(minute)
    expect(await w.status('shop')).toMatchObject({ phase: 'Aborted' })
    w.answer = () => 'Ready'
    await w.answerAgain()
    await w.clock.advance(minute)
    expect(await w.assigned('shop')).toEqual({ a: 'v2', b: 'v1', c: 'v1' })
    await fleet.retry('shop')
    await w.clock.advance(10 * minute)
    expect(await w.assigned('shop')).toEqual({ a: 'v2', b: 'v2', c: 'v2' })
    expect((await w.store.get(refOf('Module', 'shop')))?.metadata.annotations).not.toHaveProperty([abortAnnotation])
    await stop()
  })

  test('is rolled back to what was completed last, with all that it said then, while the git server is down', async () => {
    await using w = new FleetWorld()
    await w.clusters(['a', 'b'])
    const stop = w.manage()
    const fleet = operationsOf(w)
    await w.module('shop', { rollout: oneByOne, path: './one', parameters: [{ name: 'ring', value: '1' }] })
    await w.clock.advance(10 * minute)
    const { completed, revision: first } = await w.status('shop')
    w.answer = (_, { revision }) => (revision === first ? 'Ready' : 'Failed')
    await w.module('shop', { rollout: oneByOne, tag: 'v2', path: './two', priority: 3 })
    await w.clock.advance(minute)
    expect(await w.status('shop')).toMatchObject({ phase: 'Halted' })
    w.gitFault = new Error('no route to host')
    expect(await fleet.rollBack('shop')).toBe(completed?.revision)
    await w.clock.advance(10 * minute)
    expect(await w.status('shop')).toMatchObject({ phase: 'Complete', revision: first })
    expect(await w.assigned('shop')).toEqual({ a: 'v1', b: 'v1' })
    // What a revision does not say is as it was.
    expect((await w.store.get(refOf('Module', 'shop')))?.spec).toMatchObject({ path: './one', priority: 3, rollout: oneByOne })
    await expect(fleet.rollBack('shop')).rejects.toMatchObject({
      code: 'operation/refused',
      message: expect.stringContaining('is the one that is wanted'),
    })
    await stop()
  })

  test('is rolled back to a revision that is named, if that is one of its own', async () => {
    await using w = new FleetWorld()
    await w.clusters(['a'])
    const stop = w.manage()
    const fleet = operationsOf(w)
    await w.module('web')
    await w.module('shop')
    await w.clock.advance(minute)
    const { revision: first } = await w.status('shop')
    await w.module('shop', { tag: 'v2' })
    await w.clock.advance(minute)
    const { revision: other } = await w.status('web')
    await expect(fleet.rollBack('shop', { to: other })).rejects.toMatchObject({
      code: 'operation/refused',
      message: expect.stringContaining('it is a revision of web, not of shop'),
    })
    await expect(fleet.rollBack('shop', { to: 'shop-0' })).rejects.toMatchObject({ code: 'store/not-found' })
    expect(await fleet.rollBack('shop', { to: first })).toBe(first)
    await w.clock.advance(minute)
    expect(await w.assigned('shop')).toEqual({ a: 'v1' })
    await stop()
  })

  test('that is a BootstrapModule is operated on in the same way', async () => {
    await using w = new FleetWorld()
    const source = (tag: string) => ({ git: { url, tag } })
    const agent = new BootstrapModule({
      metadata: { name: 'agent', namespace },
      spec: { source: source('v1'), clusters: {}, rollout: oneByOne },
    })
    const fleet = operationsOf(w)
    await w.store.create(agent.toObject())
    await fleet.pause('agent')
    const ref = refOf('BootstrapModule', 'agent')
    expect((await w.store.get(ref))?.spec).toMatchObject({ suspend: true, rollout: oneByOne })
    await fleet.resume('agent')
    expect((await w.store.get(ref))?.spec).toMatchObject({ suspend: false })
  })

  test('that is not there, or of which nothing is known, is named', async () => {
    await using w = new FleetWorld()
    const fleet = operationsOf(w)
    await expect(fleet.pause('shop')).rejects.toMatchObject({
      code: 'store/not-found',
      message: expect.stringContaining('there is no Module fleet/shop'),
    })
    await expect(fleet.awaiting('shop')).rejects.toMatchObject({
      code: 'store/not-found',
      message: expect.stringContaining('there is no Rollout fleet/shop'),
    })
    await w.module('shop')
    await expect(fleet.abort('shop')).rejects.toMatchObject({ code: 'operation/refused' })
    await expect(fleet.rollBack('shop')).rejects.toMatchObject({
      code: 'operation/refused',
      message: expect.stringContaining('no revision of it was rolled out'),
    })
  })
})

describe('a cluster', () => {
  test('is pinned to a revision, keeps it while the others go on, and catches up when it is unpinned', async () => {
    await using w = new FleetWorld()
    await w.clusters(['a', 'b'])
    const stop = w.manage()
    const fleet = operationsOf(w)
    await w.module('shop')
    await w.clock.advance(minute)
    const { revision: first } = await w.status('shop')
    await w.module('shop', { tag: 'v2' })
    await w.clock.advance(minute)
    await fleet.pin({ module: 'shop', cluster: 'a' }, { revision: first as string, by, reason })
    await w.clock.advance(minute)
    expect(await w.assigned('shop')).toEqual({ a: 'v1', b: 'v2' })
    expect(w.rollouts.explain({ namespace, cluster: 'a', module: 'shop' })).toMatchObject({ state: 'held', reason: 'pinned' })
    await w.module('shop', { tag: 'v3' })
    await w.clock.advance(minute)
    expect(await w.assigned('shop')).toEqual({ a: 'v1', b: 'v3' })
    await fleet.unpin({ module: 'shop', cluster: 'a' })
    await w.clock.advance(minute)
    expect(await w.assigned('shop')).toEqual({ a: 'v3', b: 'v3' })
    const unknown = fleet.pin({ module: 'shop', cluster: 'a' }, { revision: 'shop-0', by, reason })
    await expect(unknown).rejects.toMatchObject({ code: 'store/not-found' })
    await stop()
  })

  test('is restored to the last revision that was ready there, by the log', async () => {
    await using w = new FleetWorld()
    await w.clusters(['a', 'b'])
    const stop = w.manage()
    const fleet = operationsOf(w)
    for (const tag of ['v1', 'v2']) {
      await w.module('shop', { tag })
      await w.clock.advance(minute)
    }
    const { revision: second } = await w.status('shop')
    w.answer = (cluster, { revision }) => (cluster === 'a' && ![second].includes(revision) ? 'Failed' : 'Ready')
    await w.module('shop', { tag: 'v3', rollout: { rolling: { maxUnavailable: 'all', maxFailures: 1 } } })
    await w.clock.advance(minute)
    expect(await w.assigned('shop')).toEqual({ a: 'v3', b: 'v3' })
    expect(await fleet.restore({ module: 'shop', cluster: 'a' }, { by, reason })).toBe(second)
    await w.clock.advance(minute)
    expect(await w.assigned('shop')).toEqual({ a: 'v2', b: 'v3' })
    const rollout = (await w.store.get(refOf('Rollout', 'shop'))) as KubeObject
    expect(rollout.spec).toEqual({ module: 'shop', pins: [{ cluster: 'a', revision: second, by, reason }] })
    const none = fleet.restore({ module: 'shop', cluster: 'nowhere' }, { by, reason })
    await expect(none).rejects.toMatchObject({
      code: 'operation/refused',
      message: expect.stringContaining('no other revision of it was ready on nowhere'),
    })
    await stop()
  })

  test('that a parameter has no value for is given nothing, pinned or not', async () => {
    await using w = new FleetWorld()
    await w.clusters(['a'], () => ({ region: 'eu' }))
    const parameters = [{ name: 'region', valueFrom: { clusterFieldRef: { pointer: '/metadata/labels/region' } } }]
    const stop = w.manage()
    await w.module('shop', { parameters })
    await w.clock.advance(minute)
    const { revision: first } = await w.status('shop')
    await w.module('shop', { parameters, tag: 'v2' })
    await w.clock.advance(minute)
    const cluster = (await w.store.get(refOf('Cluster', 'a'))) as KubeObject
    await w.store.update({ ...cluster, metadata: { ...cluster.metadata, labels: {} } })
    await w.clock.advance(minute)
    await operationsOf(w).pin({ module: 'shop', cluster: 'a' }, { revision: first as string, by, reason })
    await w.clock.advance(minute)
    expect(await w.assigned('shop')).toEqual({ a: 'v2' })
    expect(w.events.filter(({ type }) => type === 'rollout.assigned')).toHaveLength(2)
    await stop()
  })

  test('that is pinned and lost gets it when it is back', async () => {
    await using w = new FleetWorld()
    await w.clusters(['a'])
    const stop = w.manage()
    await w.module('shop')
    await w.clock.advance(minute)
    const { revision: first } = await w.status('shop')
    await w.module('shop', { tag: 'v2' })
    await w.clock.advance(minute)
    await w.reach('a', false)
    await w.clock.advance(minute)
    await operationsOf(w).pin({ module: 'shop', cluster: 'a' }, { revision: first as string, by, reason })
    await w.clock.advance(minute)
    expect(await w.assigned('shop')).toEqual({ a: 'v2' })
    await w.reach('a', true)
    await w.clock.advance(minute)
    expect(await w.assigned('shop')).toEqual({ a: 'v1' })
    await stop()
  })
})
