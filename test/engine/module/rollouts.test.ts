import { getCondition, Informer, type KubeObject, type ModuleStatus, type RemoteAssemblageSpec } from 'fleetkit'
import { abortAnnotation, compileClusterExpression, historyOfLogs, readLogs, retryAnnotation } from 'fleetkit/fleet'
import { describe, expect, test } from 'vitest'
import { configMap, url } from '../sync/scenarios.ts'
import { muted } from '../watches.ts'
import { apiVersion, FleetWorld, namespace, refOf } from './fleet-world.ts'

const minute = 60_000
const canary = { staged: { stages: [{ name: 'canary', limit: 1, soak: '10m' }, { name: 'fleet' }] } } as const
const oneByOne = { rolling: { maxUnavailable: 1 } } as const
const pair = (cluster: string, module = 'shop') => ({ namespace, cluster, module })

describe('a Module', () => {
  test('goes to all its clusters, stage by stage, and says how far it has come', async () => {
    await using w = new FleetWorld()
    await w.clusters(['a', 'b', 'c', 'd'])
    const stop = w.manage()
    await w.module('shop', { rollout: canary })
    await w.clock.advance(minute)
    expect(await w.assigned('shop')).toEqual({ a: 'v1' })
    expect(await w.status('shop')).toMatchObject({ phase: 'Running', summary: { clusters: 4, done: 1, updating: 0 } })
    expect(w.rollouts.explain(pair('b'))?.message).toMatch(/canary/)
    await w.clock.advance(10 * minute)
    expect(await w.assigned('shop')).toEqual({ a: 'v1', b: 'v1', c: 'v1', d: 'v1' })
    const status = await w.status('shop')
    const summary = { clusters: 4, done: 4, updating: 0, held: 0 }
    expect(status).toMatchObject({ phase: 'Complete', version: 'v1', summary, completed: { tag: 'v1' }, observedGeneration: 1 })
    expect(getCondition(status.conditions, 'Ready')).toMatchObject({ status: 'True', reason: 'Complete' })
    await stop()
  })

  test('that is done costs nothing, also after a restart', async () => {
    await using w = new FleetWorld()
    await w.clusters(['a', 'b'])
    const stop = w.manage()
    await w.module('shop', { rollout: oneByOne })
    await w.clock.advance(10 * minute)
    await stop()
    w.writes.length = 0
    const again = w.manage()
    await w.clock.advance(60 * minute)
    expect(w.writes).toEqual([])
    await again()
  })

  test('writes for each cluster once when modules change together, and nothing for the others', async () => {
    await using w = new FleetWorld()
    await w.clusters(['a', 'b'])
    const stop = w.manage()
    await w.module('shop')
    await w.module('web', { clusters: { names: ['a'] } })
    await w.clock.advance(minute)
    expect(w.writes.filter((write) => write.includes('RemoteAssemblage')).sort()).toEqual([
      'create RemoteAssemblage a',
      'create RemoteAssemblage b',
    ])
    w.writes.length = 0
    await w.module('web', { clusters: { names: ['a'] }, tag: 'v2' })
    await w.clock.advance(minute)
    expect(w.writes.filter((write) => write.includes('RemoteAssemblage'))).toEqual(['update RemoteAssemblage a'])
    expect(await w.assigned('shop')).toEqual({ a: 'v1', b: 'v1' })
    await stop()
  })

  test('stops where a cluster fails, goes on by another version, and says why', async () => {
    await using w = new FleetWorld()
    await w.clusters(['a', 'b', 'c'])
    const stop = w.manage()
    await w.module('shop', { rollout: oneByOne })
    await w.clock.advance(10 * minute)
    const { completed } = await w.status('shop')
    w.answer = (_, { revision }) => (revision === completed?.revision ? 'Ready' : 'Failed')
    await w.module('shop', { rollout: oneByOne, tag: 'v2' })
    await w.clock.advance(minute)
    expect(await w.assigned('shop')).toEqual({ a: 'v2', b: 'v1', c: 'v1' })
    const status = await w.status('shop')
    expect(status).toMatchObject({ phase: 'Halted', version: 'v1', completed: { tag: 'v1' } })
    expect(getCondition(status.conditions, 'Stalled')).toMatchObject({ status: 'True', reason: 'Halted' })
    expect(w.rollouts.explain(pair('b'))).toMatchObject({ state: 'held' })
    await w.module('shop', { rollout: oneByOne, tag: 'v1' })
    await w.clock.advance(10 * minute)
    expect(await w.assigned('shop')).toEqual({ a: 'v1', b: 'v1', c: 'v1' })
    expect(await w.status('shop')).toMatchObject({ phase: 'Complete' })
    await stop()
  })

  test('is tried again also where what has failed was written by a clock that is ahead', async () => {
    await using w = new FleetWorld()
    await w.clusters(['a'])
    w.answer = () => 'Failed'
    const stop = w.manage()
    await w.module('shop')
    await w.clock.advance(minute)
    await stop()
    const ahead = new Date(w.clock.now() + 7 * 3_600_000).toISOString()
    const ref = refOf('RemoteAssemblage', 'a')
    const later = (list: 'modules', of: object | undefined, field: string) =>
      ((of as Record<string, readonly object[]>)[list] ?? []).map((each) => ({ ...each, [field]: ahead }))
    const { spec, status, ...rest } = (await w.store.get(ref)) as KubeObject
    const written = await w.store.update({
      ...rest,
      spec: { ...(spec as object), modules: later('modules', spec as object, 'at') },
    } as KubeObject)
    await w.store.update(
      { ...written, status: { ...(status as object), modules: later('modules', status as object, 'since') } } as KubeObject,
      {
        subresource: 'status',
      },
    )
    await w.annotate('Module', 'shop', { [retryAnnotation]: 'once more' })
    w.answer = (_, { generation }) => (generation === 1 ? 'Failed' : 'Ready')
    const again = w.manage()
    await w.clock.advance(minute)
    expect(await w.status('shop')).toMatchObject({ phase: 'Complete' })
    await again()
  })

  test('is rolled back while the git server is down: what it had been is known', async () => {
    await using w = new FleetWorld()
    await w.clusters(['a'])
    const stop = w.manage()
    await w.module('shop', { tag: 'v1' })
    await w.clock.advance(minute)
    await w.module('shop', { tag: 'v2' })
    await w.clock.advance(minute)
    expect(await w.assigned('shop')).toEqual({ a: 'v2' })
    w.gitFault = new Error('no route to host')
    await w.module('shop', { tag: 'v1' })
    await w.clock.advance(minute)
    expect(await w.assigned('shop')).toEqual({ a: 'v1' })
    await w.module('shop', { tag: 'v3' })
    await w.clock.advance(minute)
    expect(await w.assigned('shop')).toEqual({ a: 'v1' })
    expect(getCondition((await w.status('shop')).conditions, 'Pinned')).toMatchObject({ status: 'False', reason: 'SourceUnavailable' })
    w.gitFault = undefined
    await w.clock.advance(10 * minute)
    expect(await w.assigned('shop')).toEqual({ a: 'v3' })
    await stop()
  })

  test('leaves out a cluster that cannot be reached, and catches up; one that joins gets what is right', async () => {
    await using w = new FleetWorld()
    await w.clusters(['a', 'b'])
    await w.reach('b', false)
    const stop = w.manage()
    await w.module('shop')
    await w.clock.advance(minute)
    expect(await w.assigned('shop')).toEqual({ a: 'v1' })
    expect(w.rollouts.explain(pair('b'))).toMatchObject({ state: 'held', reason: 'unreachable' })
    await w.reach('b', true)
    await w.clusters(['c'])
    await w.clock.advance(minute)
    expect(await w.assigned('shop')).toEqual({ a: 'v1', b: 'v1', c: 'v1' })
    await stop()
  })

  test('is taken from a cluster that it selects no longer, those first that need it', async () => {
    await using w = new FleetWorld()
    await w.clusters(['a', 'b'], (name) => ({ name }))
    const stop = w.manage()
    await w.module('base', { clusters: { matchLabels: { name: 'a' } } })
    await w.module('shop', { clusters: { matchLabels: { name: 'a' } }, dependsOn: [{ name: 'base' }] })
    await w.clock.advance(minute)
    expect([await w.assigned('base'), await w.assigned('shop')]).toEqual([{ a: 'v1' }, { a: 'v1' }])
    const seen: string[] = []
    w.answer = (cluster, module) => {
      seen.push(`${cluster} ${module.name}`)
      return 'Ready'
    }
    await w.module('base', { clusters: { matchLabels: { name: 'b' } } })
    await w.module('shop', { clusters: { matchLabels: { name: 'b' } }, dependsOn: [{ name: 'base' }] })
    await w.clock.advance(10 * minute)
    expect([await w.assigned('base'), await w.assigned('shop')]).toEqual([{ b: 'v1' }, { b: 'v1' }])
    const removed = w.events
      .filter(({ type }) => type === 'rollout.assigned')
      .map(
        (event) =>
          `${(event as never as { module: string }).module} ${(event as never as { revision: string | null }).revision === null ? 'removed' : 'assigned'}`,
      )
    expect(removed.indexOf('shop removed')).toBeLessThan(removed.indexOf('base removed'))
    await stop()
  })

  test('that is deleted leaves its clusters first, or goes and leaves them what they have', async () => {
    for (const deletionPolicy of ['Delete', 'Orphan', 'Refuse'] as const) {
      await using w = new FleetWorld()
      await w.clusters(['a', 'b'])
      const stop = w.manage()
      await w.module('shop', { deletionPolicy })
      await w.clock.advance(minute)
      await w.store.delete(refOf('Module', 'shop'))
      await w.clock.advance(10 * minute)
      const stays = deletionPolicy === 'Delete' ? {} : { a: 'v1', b: 'v1' }
      expect([deletionPolicy, await w.assigned('shop')]).toEqual([deletionPolicy, stays])
      expect([deletionPolicy, (await w.store.get(refOf('Module', 'shop'))) !== undefined]).toEqual([
        deletionPolicy,
        deletionPolicy === 'Refuse',
      ])
      const { items } = await w.store.list({ apiVersion, kind: 'ModuleRevision' }, { namespace })
      if (deletionPolicy === 'Orphan') expect(items.map(({ metadata }) => metadata.ownerReferences)).toEqual([undefined])
      await stop()
    }
  })

  test('counts with what it needs where it is, also before its new revision was seen by the next manager', async () => {
    await using w = new FleetWorld()
    await w.clusters(['a', 'b'])
    const stop = w.manage()
    await w.module('base')
    await w.module('shop', { dependsOn: [{ name: 'base' }] })
    await w.clock.advance(10 * minute)
    await stop()
    await w.module('shop', { dependsOn: [{ name: 'base' }], tag: 'v2' })
    await w.store.delete(refOf('Module', 'base'))
    const again = w.manage({}, { store: muted(w.store, ({ kind }) => kind === 'ModuleRevision') })
    await w.clock.advance(2 * minute)
    expect((await w.status('shop')).revision).toBeDefined()
    expect(await w.assigned('base')).toEqual({ a: 'v1', b: 'v1' })
    expect(w.rollouts.explain(pair('a', 'base'))?.message).toContain('base is still needed by shop')
    await w.clock.advance(10 * minute)
    expect([await w.assigned('base'), await w.assigned('shop')]).toEqual([
      { a: 'v1', b: 'v1' },
      { a: 'v1', b: 'v1' },
    ])
    await again()
  })

  test('is aborted by the name of the revision, and goes on with another one', async () => {
    await using w = new FleetWorld()
    await w.clusters(['a', 'b', 'c'])
    const stop = w.manage()
    w.answer = () => undefined
    await w.module('shop', { rollout: oneByOne })
    await w.clock.advance(minute)
    expect(await w.assigned('shop')).toEqual({ a: 'v1' })
    await w.annotate('Module', 'shop', { [abortAnnotation]: (await w.status('shop')).revision as string })
    w.answer = () => 'Ready'
    await w.answerAgain()
    await w.clock.advance(minute)
    expect(await w.assigned('shop')).toEqual({ a: 'v1' })
    expect(await w.status('shop')).toMatchObject({ phase: 'Aborted', summary: { done: 1, held: 2 } })
    await w.module('shop', { rollout: oneByOne, tag: 'v2' })
    await w.clock.advance(minute)
    expect(await w.assigned('shop')).toEqual({ a: 'v2', b: 'v2', c: 'v2' })
    await stop()
  })

  test('is tried again when that is asked, where it has failed too', async () => {
    await using w = new FleetWorld()
    await w.clusters(['a', 'b'])
    const stop = w.manage()
    w.answer = () => 'Failed'
    await w.module('shop', { rollout: oneByOne })
    await w.clock.advance(minute)
    expect(await w.status('shop')).toMatchObject({ phase: 'Halted' })
    w.answer = (_, { generation }) => (generation === 1 ? 'Failed' : 'Ready')
    await w.annotate('Module', 'shop', { [retryAnnotation]: 'once' })
    await w.clock.advance(minute)
    const { spec } = (await w.store.get(refOf('RemoteAssemblage', 'a'))) as KubeObject
    expect((spec as RemoteAssemblageSpec).modules?.[0]).toMatchObject({ generation: 2 })
    expect(await w.status('shop')).toMatchObject({ phase: 'Halted', summary: { done: 1 } })
    await stop()
  })

  test('keeps the commit that its tag had, and says that the tag has moved', async () => {
    await using w = new FleetWorld()
    await w.clusters(['a'])
    const stop = w.manage()
    await w.module('shop')
    await w.clock.advance(minute)
    const { revision } = await w.status('shop')
    w.git.tag(url, 'v1', w.git.commit(url, { 'map.yaml': configMap('shop', { tag: 'moved' }) }))
    await w.clock.advance(11 * minute)
    const status = await w.status('shop')
    expect(status.revision).toBe(revision)
    expect(getCondition(status.conditions, 'Pinned')).toMatchObject({ status: 'True', reason: 'TagMoved' })
    await stop()
  })

  test('follows what another one has completed, and not what that is rolling out', async () => {
    await using w = new FleetWorld()
    await w.clusters(['a', 'b'])
    const stop = w.manage()
    w.answer = () => undefined
    await w.module('staging', { clusters: { names: ['a'] } })
    await w.module('production', { clusters: { names: ['b'] }, promoteFrom: { name: 'staging' } })
    await w.clock.advance(minute)
    expect(await w.assigned('production')).toEqual({})
    expect(getCondition((await w.status('production')).conditions, 'Pinned')).toMatchObject({ status: 'False', reason: 'NothingToPromote' })
    w.answer = () => 'Ready'
    await w.answerAgain()
    await w.clock.advance(minute)
    expect(await w.assigned('production')).toEqual({ b: 'v1' })
    // At no moment is what was said of the version before said of the one that follows.
    const said: (readonly [string | undefined, string | undefined])[] = []
    await using seen = new Informer({ store: w.store, type: { apiVersion, kind: 'Module' }, clock: w.clock })
    seen.subscribe(({ object: { metadata, status } }) => {
      const { phase, revision } = (status ?? {}) as Partial<ModuleStatus>
      if (metadata.name === 'production') said.push([phase, revision])
    })
    seen.start()
    await w.module('staging', { clusters: { names: ['a'] }, tag: 'v3' })
    await w.clock.advance(minute)
    expect(await w.assigned('production')).toEqual({ b: 'v3' })
    const begins = said.filter(([, revision], at) => at > 0 && revision !== said[at - 1]?.[1])
    expect(begins.map(([phase]) => phase)).toEqual([undefined])
    expect(said.at(-1)?.[0]).toBe('Complete')
    w.answer = (_, { name }) => (name === 'staging' ? 'Failed' : 'Ready')
    await w.module('staging', { clusters: { names: ['a'] }, tag: 'v2' })
    await w.clock.advance(minute)
    expect([await w.assigned('staging'), await w.assigned('production')]).toEqual([{ a: 'v2' }, { b: 'v3' }])
    await stop()
  })

  test('with no version that could be found can be deleted', async () => {
    await using w = new FleetWorld()
    const stop = w.manage()
    await w.module('shop', { tag: 'v9' })
    await w.clock.advance(minute)
    await w.store.delete(refOf('Module', 'shop'))
    await w.clock.advance(minute)
    expect(await w.store.get(refOf('Module', 'shop'))).toBeUndefined()
    await stop()
  })

  test('that becomes invalid stays as it was, and nothing is started', async () => {
    await using w = new FleetWorld()
    await w.clusters(['a'])
    const stop = w.manage()
    const object = await w.module('shop')
    await w.clock.advance(minute)
    const present = (await w.store.get(refOf('Module', 'shop'))) as KubeObject
    await w.store.update({ ...present, spec: { ...(object.spec as object), interval: 'soon' } })
    await w.clusters(['b'])
    await w.clock.advance(minute)
    expect(await w.assigned('shop')).toEqual({ a: 'v1' })
    expect(getCondition((await w.status('shop')).conditions, 'Pinned')).toMatchObject({ status: 'False', reason: 'Invalid' })
    await stop()
  })
})

describe('what a cluster is assigned', () => {
  test('has the values of the cluster; one without a value is held alone, and named', async () => {
    await using w = new FleetWorld()
    await w.clusters(['a', 'b'], (name) => (name === 'a' ? { region: 'eu' } : {}))
    const stop = w.manage()
    await w.module('shop', {
      parameters: [{ name: 'region', valueFrom: { clusterFieldRef: { pointer: '/metadata/labels/region' } } }],
    })
    await w.clock.advance(minute)
    expect(await w.assigned('shop')).toEqual({ a: 'v1' })
    const { spec } = (await w.store.get(refOf('RemoteAssemblage', 'a'))) as KubeObject
    expect((spec as RemoteAssemblageSpec).modules?.[0]).toMatchObject({ name: 'shop', generation: 1, values: { region: 'eu' } })
    expect(w.rollouts.explain(pair('b'))?.message).toMatch(/^parameters\.region: found no such field/)
    const b = (await w.store.get(refOf('Cluster', 'b'))) as KubeObject
    await w.store.update({ ...b, metadata: { ...b.metadata, labels: { region: 'us' } } })
    await w.clock.advance(minute)
    expect(await w.assigned('shop')).toEqual({ a: 'v1', b: 'v1' })
    await stop()
  })

  test('has the value of an object once that is there', async () => {
    await using w = new FleetWorld()
    await w.clusters(['a'])
    const stop = w.manage()
    const objectFieldRef = { apiVersion: 'v1', kind: 'ConfigMap', name: 'settings', pointer: '/data/size' }
    await w.module('shop', { parameters: [{ name: 'size', valueFrom: { objectFieldRef } }] })
    await w.clock.advance(minute)
    expect(w.rollouts.explain(pair('a'))?.message).toMatch(/^parameters\.size: found no such object/)
    // The author of a Module may be one who may not read these.
    await w.module('other', { parameters: [{ name: 'size', valueFrom: { objectFieldRef: { ...objectFieldRef, namespace: 'default' } } }] })
    for (const where of [namespace, 'default'])
      await w.store.create({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'settings', namespace: where },
        data: { size: 'large' },
      })
    await w.clock.advance(2 * minute)
    const { spec } = (await w.store.get(refOf('RemoteAssemblage', 'a'))) as KubeObject
    expect((spec as RemoteAssemblageSpec).modules?.[0]).toMatchObject({ values: { size: 'large' } })
    expect(await w.assigned('other')).toEqual({})
    await stop()
  })

  test('by an expression that is none holds no other Module', async () => {
    await compileClusterExpression('true')
    await using w = new FleetWorld()
    await w.clusters(['a'])
    const stop = w.manage()
    await w.module('shop', { clusters: { expr: 'cluster.' } })
    await w.module('web')
    await w.clock.advance(minute)
    expect([await w.assigned('shop'), await w.assigned('web')]).toEqual([{}, { a: 'v1' }])
    expect(w.events.find(({ type }) => type === 'rollout.error')).toMatchObject({ error: { code: 'fleet/cluster-expression' } })
    await w.module('shop', { clusters: { expr: 'true' } })
    await w.clock.advance(minute)
    expect(await w.assigned('shop')).toEqual({ a: 'v1' })
    await stop()
  })

  test('can be chosen by an expression over the Cluster', async () => {
    // What it is loaded with takes real time.
    await compileClusterExpression('true')
    await using w = new FleetWorld()
    await w.clusters(['a', 'b'], (name) => ({ tier: name === 'a' ? 'prod' : 'test' }))
    const stop = w.manage()
    await w.module('shop', { clusters: { expr: "cluster.metadata.labels.tier == 'prod'" } })
    await w.clock.advance(minute)
    expect(await w.assigned('shop')).toEqual({ a: 'v1' })
    await stop()
  })

  test('is set right when someone edits it, and is not written over one of another make', async () => {
    await using w = new FleetWorld()
    await w.clusters(['a', 'b'])
    const other = {
      apiVersion,
      kind: 'RemoteAssemblage',
      metadata: { name: 'b', namespace },
      spec: { cluster: { name: 'b' }, template: { spec: { syncs: [] } } },
    }
    await w.store.create(other)
    const stop = w.manage()
    await w.module('shop')
    await w.clock.advance(minute)
    const { spec, ...object } = (await w.store.get(refOf('RemoteAssemblage', 'a'))) as KubeObject
    await w.store.update({ ...object, spec: { ...(spec as object), modules: [] } })
    await w.clock.advance(minute)
    expect(await w.assigned('shop')).toEqual({ a: 'v1' })
    expect((await w.store.get(refOf('RemoteAssemblage', 'b')))?.spec).toEqual(other.spec)
    expect(w.events.find(({ type }) => type === 'rollout.error')).toMatchObject({ error: { code: 'store/conflict' } })
    await stop()
  })

  test('is over also where another one has taken it out before', async () => {
    await using w = new FleetWorld()
    await w.clusters(['a'])
    const stop = w.manage()
    await w.module('shop')
    await w.clock.advance(minute)
    const { spec, ...object } = (await w.store.get(refOf('RemoteAssemblage', 'a'))) as KubeObject
    await w.store.update({ ...object, spec: { ...(spec as object), modules: [] } })
    // The cluster has reported on that before the manager looks.
    await w.clock.advance(0)
    expect((await w.store.get(refOf('RemoteAssemblage', 'a')))?.status).toMatchObject({ modules: [] })
    await w.store.delete(refOf('Module', 'shop'))
    await w.clock.advance(minute)
    expect(await w.store.get(refOf('Module', 'shop'))).toBeUndefined()
    await stop()
  })

  test('counts for nothing once its cluster is another one of the same name', async () => {
    await using w = new FleetWorld()
    await w.clusters(['a'])
    const stop = w.manage()
    await w.module('shop')
    await w.clock.advance(minute)
    await w.store.delete(refOf('Cluster', 'a'))
    await w.clock.advance(minute)
    w.answer = () => undefined
    await w.clusters(['a'])
    await w.clock.advance(minute)
    expect(await w.status('shop')).toMatchObject({ summary: { clusters: 1, done: 0, updating: 1 } })
    w.answer = () => 'Ready'
    await w.answerAgain()
    await w.clock.advance(minute)
    expect(await w.status('shop')).toMatchObject({ summary: { clusters: 1, done: 1, updating: 0 } })
    await stop()
  })
})

test('the log says what each cluster was assigned, when, and why', async () => {
  await using w = new FleetWorld()
  await w.clusters(['a', 'b'])
  const stop = w.manage()
  await w.module('shop', { rollout: oneByOne })
  await w.clock.advance(minute)
  await w.reach('b', false)
  await w.clock.advance(minute)
  await w.module('shop', { rollout: oneByOne, tag: 'v2' })
  await w.clock.advance(minute)
  await stop()
  const { items } = await w.store.list({ apiVersion, kind: 'RolloutLog' }, { namespace })
  const { logs, findings } = readLogs(items)
  expect(findings).toEqual([])
  const history = historyOfLogs(logs)
  const of = (cluster: string): readonly string[] => history.newest({ module: 'shop', cluster }).map(({ type }) => type)
  expect(of('a')).toEqual(['ready', 'assigned', 'ready', 'assigned'])
  expect(of('b')).toEqual(['ready', 'assigned'])
})

test('a manager that dies at any write leaves what the next one goes on from, and one cluster at a time is updated', async () => {
  let died = true
  for (let at = 0; died && at < 200; at++) {
    await using w = new FleetWorld()
    await w.clusters(['a', 'b', 'c'])
    let calls = 0
    died = false
    w.fault = (method) => {
      if (method === 'get' || method === 'list' || method === 'watch' || method === 'close' || method === 'lease') return
      if (calls++ === at) died = true
      if (died) throw new Error('the manager is dead')
    }
    let stop = w.manage({ policy: () => ({ budgets: [{ id: 'fleet', limit: 1 }] }) })
    await w.module('base')
    await w.module('shop', { rollout: oneByOne, dependsOn: [{ name: 'base' }] })
    await w.clock.advance(minute)
    await w.module('shop', { rollout: oneByOne, dependsOn: [{ name: 'base' }], tag: 'v2' })
    await w.clock.advance(minute)
    await stop()
    w.fault = undefined
    stop = w.manage({ policy: () => ({ budgets: [{ id: 'fleet', limit: 1 }] }) })
    await w.clock.advance(15 * minute)
    expect([at, await w.assigned('shop'), await w.assigned('base')]).toEqual([
      at,
      { a: 'v2', b: 'v2', c: 'v2' },
      { a: 'v1', b: 'v1', c: 'v1' },
    ])
    expect([at, (await w.status('shop')).phase, (await w.status('base')).phase]).toEqual([at, 'Complete', 'Complete'])
    const { items } = await w.store.list({ apiVersion, kind: 'RolloutLog' }, { namespace })
    const { logs, findings } = readLogs(items)
    expect(findings).toEqual([])
    const history = historyOfLogs(logs)
    for (const module of ['shop', 'base']) {
      const { revision } = await w.status(module)
      const said = history.newest({ module, limit: 1000 }).filter(({ type }) => type === 'revised' || type === 'completed')
      expect([at, module, said[0]?.type]).toEqual([at, module, 'completed'])
      expect(said).toContainEqual(expect.objectContaining({ type: 'revised', revision }))
    }
    expect([at, w.mostUpdating]).toEqual([at, 1])
    await stop()
  }
  expect(died).toBe(false)
}, 300_000)
