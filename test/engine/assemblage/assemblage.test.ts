import {
  type AssembledSyncStatus,
  assemblageLabel,
  assembledDigestAnnotation,
  assembledSyncLabel,
  type Driver,
  FleetkitError,
  getCondition,
  hasCode,
  type KubeObject,
  mirrorWriteAnnotation,
  type Store,
} from 'fleetkit'
import { fleetkitDriver } from 'fleetkit/drivers'
import { memoryStore } from 'fleetkit/memory'
import { VirtualClock } from 'fleetkit/testing'
import { describe, expect, test } from 'vitest'
import { longestTurn } from '../../long-turns.ts'
import { url } from '../sync/scenarios.ts'
import { apiVersion, assemblageRef, bad, chain, commits, namespace, type SyncInput, sync, syncRef, type World, world } from './world.ts'

const minute = 60_000

/** A store as one that is reached by requests: each ends a turn of the event loop, and so does its answer. */
function remote(store: Store): Store {
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
  return new Proxy(store, {
    get(target, property) {
      const member: unknown = Reflect.get(target, property, target)
      if (typeof member !== 'function' || typeof property === 'symbol' || property === 'watch') return member
      return async (...parameters: unknown[]) => {
        await turn()
        const answer: unknown = await member.apply(target, parameters)
        await turn()
        return answer
      }
    },
  })
}

describe('the syncs of an Assemblage', () => {
  test('become ready in their order, each at its commit, and cost nothing at rest', async () => {
    const w = await world()
    await w.put()
    const [stop, leave] = [w.manage(), w.apply()]
    await w.clock.advance(minute)
    expect(await w.ready()).toMatchObject({ status: 'True', reason: 'Succeeded', message: '3 syncs are ready', observedGeneration: 1 })
    expect(await w.status()).toMatchObject({ observedGeneration: 1, driver: 'fleetkit' })
    expect((await w.status()).syncs?.map(({ name, state, revision }) => [name, state, revision])).toEqual(
      ['c', 'b', 'a'].map((name) => [name, 'Ready', `sha1:${commits[0]}`]),
    )
    expect(w.writes.filter((write) => write.startsWith('create'))).toEqual(['create eu-a', 'create eu-b', 'create eu-c'])
    const applied = w.events.flatMap((event) => (event.type === 'sync.finished' ? [event.sync.name] : []))
    expect(applied.slice(0, 3)).toEqual(['eu-a', 'eu-b', 'eu-c'])
    w.writes.length = 0
    await w.clock.advance(20 * minute)
    expect(w.writes).toEqual([])
    await leave()
    await stop()
  })

  test('get a new version by one write each, dependencies first', async () => {
    const w = await world()
    await w.put()
    const [stop, leave] = [w.manage(), w.apply()]
    await w.clock.advance(minute)
    w.writes.length = 0
    await w.put({ syncs: chain(commits[1]) })
    await w.clock.advance(minute)
    expect(await w.ready()).toMatchObject({ status: 'True', observedGeneration: 2 })
    expect(await Promise.all(['a', 'b', 'c'].map((name) => w.version(name)))).toEqual(['2', '2', '2'])
    expect(w.writes.filter((write) => write !== 'update eu/status')).toEqual(['update eu-a', 'update eu-b', 'update eu-c'])
    await leave()
    await stop()
  })

  test('of which one changes cost that one write, and two of the status', async () => {
    const w = await world()
    const twenty = (commit: string): readonly SyncInput[] =>
      Array.from({ length: 20 }, (_, at) => sync(`s${at}`, at === 7 ? commit : commits[0], { path: './a', targetNamespace: `n${at}` }))
    for (let at = 0; at < 20; at++) await w.cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: `n${at}` } })
    await w.put({ syncs: twenty(commits[0]) })
    const [stop, leave] = [w.manage(), w.apply()]
    await w.clock.advance(minute)
    expect(await w.ready()).toMatchObject({ status: 'True', message: '20 syncs are ready' })
    w.writes.length = 0
    w.reads.length = 0
    await w.put({ syncs: twenty(commits[1]) })
    await w.clock.advance(minute)
    expect(await w.ready()).toMatchObject({ status: 'True', observedGeneration: 2 })
    expect(w.writes).toEqual(['update eu-s7', 'update eu/status', 'update eu/status'])
    expect(w.reads).toEqual([])
    await leave()
    await stop()
  })

  test('are told of each five seconds while they are in progress, and at once when one fails', async () => {
    const w = await world()
    await w.put()
    const stop = w.manage()
    await w.clock.advance(minute)
    const report = async (name: string, status: string, reason: string, message: string): Promise<void> => {
      const object = (await w.cluster.get(syncRef(name))) as KubeObject
      const lastTransitionTime = new Date(w.clock.now()).toISOString()
      const ready = { type: 'Ready', status, reason, message, observedGeneration: object.metadata.generation, lastTransitionTime }
      await w.cluster.update({ ...object, status: { conditions: [ready] } } as KubeObject, { subresource: 'status' })
    }
    const said = async (): Promise<string | undefined> => (await w.status()).syncs?.find(({ name }) => name === 'a')?.message
    w.writes.length = 0
    for (let second = 0; second < 20; second++) {
      await report('a', 'Unknown', 'Progressing', `step ${second}`)
      await w.clock.advance(1000)
    }
    expect(w.writes.filter((write) => write === 'update eu/status')).toHaveLength(5)
    expect(await said()).toContain('step 19')
    await report('a', 'Unknown', 'Progressing', 'step 20')
    await report('b', 'False', 'BuildFailed', 'there is no kustomization')
    await w.clock.advance(0)
    expect(await w.ready()).toMatchObject({ status: 'False', message: expect.stringContaining('there is no kustomization') })
    expect(await said()).toContain('step 20')
    await stop()
  })

  test('are told at once when one that was ready is in progress again', async () => {
    const w = await world()
    await w.put()
    const stop = w.manage()
    await w.clock.advance(minute)
    const report = async (status: string, reason: string, outcome: object): Promise<void> => {
      const object = (await w.cluster.get(syncRef('a'))) as KubeObject
      const lastTransitionTime = new Date(w.clock.now()).toISOString()
      const ready = { type: 'Ready', status, reason, message: '', observedGeneration: object.metadata.generation, lastTransitionTime }
      await w.cluster.update({ ...object, status: { ...outcome, conditions: [ready] } } as KubeObject, { subresource: 'status' })
      await w.clock.advance(0)
    }
    const revision = `sha1:${commits[0]}`
    await report('True', 'Succeeded', { observedGeneration: 1, lastAppliedRevision: revision, lastAttemptedRevision: revision })
    expect(await w.sync('a')).toMatchObject({ state: 'Ready' })
    await report('Unknown', 'Progressing', {})
    expect(await w.sync('a')).toMatchObject({ state: 'Progressing' })
    await stop()
  })

  test('are not ready because they were at the version before', async () => {
    const w = await world()
    await w.put()
    const stop = w.manage()
    const leave = w.apply()
    await w.clock.advance(minute)
    await leave()
    await w.put({ syncs: chain(commits[1]) })
    await w.clock.advance(minute)
    expect(await w.ready()).toMatchObject({
      status: 'Unknown',
      reason: 'Progressing',
      message: expect.stringMatching(/^0 of 3 syncs are ready; /),
    })
    expect(await w.sync('a')).toMatchObject({
      state: 'Progressing',
      revision: `sha1:${commits[1]}`,
      lastAppliedRevision: `sha1:${commits[0]}`,
    })
    await w.put({ syncs: chain(commits[0]) })
    await w.clock.advance(minute)
    // The objects of the first version are still there, and their Syncs have not said so since.
    expect(await w.ready()).toMatchObject({ status: 'Unknown' })
    const again = w.apply()
    await w.clock.advance(minute)
    expect(await w.ready()).toMatchObject({ status: 'True', observedGeneration: 3 })
    await again()
    await stop()
  })

  test('that are taken out are deleted with what they applied, and no other moves', async () => {
    const w = await world()
    await w.put()
    const [stop, leave] = [w.manage(), w.apply()]
    await w.clock.advance(minute)
    const before = (await w.cluster.get(syncRef('c')))?.metadata
    w.writes.length = 0
    await w.put({ syncs: [sync('a'), sync('c', commits[0], { dependsOn: [{ name: 'a' }] })] })
    await w.clock.advance(minute)
    expect(await w.cluster.get(syncRef('b'))).toBeUndefined()
    expect(await w.version('b')).toBeUndefined()
    expect(await Promise.all(['a', 'c'].map((name) => w.version(name)))).toEqual(['1', '1'])
    expect((await w.cluster.get(syncRef('c')))?.metadata.uid).toBe(before?.uid)
    expect(w.writes.filter((write) => write !== 'update eu/status')).toEqual(['update eu-c', 'delete eu-b'])
    expect((await w.status()).syncs?.map(({ name }) => name)).toEqual(['a', 'c'])
    expect(await w.ready()).toMatchObject({ status: 'True' })
    await leave()
    await stop()
  })

  test('say why they are not ready, and keep back those that depend on them', async () => {
    const w = await world()
    await w.put({ syncs: [sync('a'), sync('b', bad), sync('c', commits[0], { dependsOn: [{ name: 'b' }] })] })
    const [stop, leave] = [w.manage(), w.apply()]
    await w.clock.advance(minute)
    expect(await w.sync('a')).toMatchObject({ state: 'Ready' })
    expect(await w.sync('b')).toMatchObject({ state: 'Stalled', reason: 'BuildFailed' })
    expect(await w.sync('c')).toMatchObject({ state: 'Waiting', reason: 'DependencyNotReady' })
    expect(await w.ready()).toMatchObject({ status: 'False', reason: 'SyncsFailed', message: expect.stringMatching(/^b: /) })
    await w.put({ syncs: chain() })
    await w.clock.advance(minute)
    expect(await w.ready()).toMatchObject({ status: 'True' })
    await leave()
    await stop()
  })

  test('are ready while they are only looked at again', async () => {
    const w = await world()
    await w.put({ syncs: [sync('a')] })
    const [stop, leave] = [w.manage(), w.apply()]
    await w.clock.advance(minute)
    await leave()
    const report = async (status: string, revision = `sha1:${commits[0]}`, applied = `sha1:${commits[0]}`): Promise<void> => {
      const object = (await w.cluster.get(syncRef('a'))) as any
      const observedGeneration = object.metadata.generation
      const conditions = [{ ...getCondition(object.status.conditions, 'Ready'), status, observedGeneration }]
      await w.cluster.update(
        {
          ...object,
          status: { ...object.status, conditions, observedGeneration, lastAttemptedRevision: revision, lastAppliedRevision: applied },
        },
        { subresource: 'status' },
      )
      await w.clock.advance(1000)
    }
    await report('Unknown')
    expect(await w.sync('a')).toMatchObject({ state: 'Ready' })
    await report('False')
    expect(await w.sync('a')).toMatchObject({ state: 'Failed' })
    await report('Unknown')
    expect(await w.sync('a')).toMatchObject({ state: 'Progressing' })
    await report('True', `sha1:${commits[1]}`)
    expect(await w.sync('a')).toMatchObject({ state: 'Progressing' })
    await report('True', `sha1:${commits[1]}`, `sha1:${commits[1]}`)
    expect(await w.sync('a')).toMatchObject({ state: 'Progressing' })
    await report('True')
    expect(await w.sync('a')).toMatchObject({ state: 'Ready' })
    // Edited and taken back before it was seen: what was ready is another generation.
    const object = (await w.cluster.get(syncRef('a'))) as KubeObject
    const edited = await w.cluster.update({ ...object, spec: { ...(object.spec as object), path: './b' } })
    await w.cluster.update({ ...edited, spec: object.spec })
    await report('Unknown')
    expect(await w.sync('a')).toMatchObject({ state: 'Progressing' })
    await report('True')
    await report('Unknown')
    expect(await w.sync('a')).toMatchObject({ state: 'Ready' })
    await stop()
  })
})

describe('an Assemblage that cannot be made', () => {
  const refused: readonly [string, object, string, RegExp][] = [
    [
      'two syncs of one name',
      { syncs: [sync('a'), sync('a')] },
      'Invalid',
      /spec\.syncs\[1\]\.name: found string "a", accepted a name that no other sync has/,
    ],
    [
      'an unknown dependency',
      { syncs: [sync('a', commits[0], { dependsOn: [{ name: 'z' }] })] },
      'Invalid',
      /dependsOn\[0\]\.name: found string "z"/,
    ],
    [
      'a dependency on itself',
      { syncs: [sync('a', commits[0], { dependsOn: [{ name: 'a' }] })] },
      'Invalid',
      /dependsOn\[0\]\.name: found string "a"/,
    ],
    [
      'a cycle',
      { syncs: [sync('a', commits[0], { dependsOn: [{ name: 'b' }] }), sync('b', commits[0], { dependsOn: [{ name: 'a' }] }), sync('c')] },
      'DependencyCycle',
      /a → b → a/,
    ],
    ['a driver that is not there', { driver: 'argocd' }, 'UnknownDriver', /spec\.driver: found argocd, accepted one of those .*: fleetkit/],
  ]
  test.each(refused)('with %s says so, and nothing is written', async (_, spec, reason, message) => {
    const w = await world()
    const { kind } = assemblageRef
    await w.cluster.create({ apiVersion, kind, metadata: { name: 'eu', namespace }, spec: { syncs: [], ...spec } } as KubeObject, {
      fieldValidation: 'Ignore',
    })
    const stop = w.manage()
    await w.clock.advance(minute)
    expect(await w.ready()).toMatchObject({ status: 'False', reason, message: expect.stringMatching(message) })
    expect(getCondition((await w.status()).conditions, 'Stalled')).toMatchObject({ status: 'True', reason })
    expect(w.writes).toEqual(['update eu/status'])
    await stop()
  })

  test('as its driver cannot do what a sync asks for says which field', async () => {
    const w = await world()
    await w.put()
    const driver: Driver = {
      ...fleetkitDriver(),
      check: () => [{ path: 'spec.syncs[0].maxPrune', found: '3', accepted: 'nothing: it has no limit' }],
    }
    const stop = w.manage([driver])
    await w.clock.advance(minute)
    const message = 'the driver fleetkit cannot do this: spec.syncs[0].maxPrune: found 3, accepted nothing: it has no limit'
    expect(await w.ready()).toMatchObject({ status: 'False', reason: 'Unsupported', message })
    await stop()
  })

  test('by another driver than before is refused while there are syncs of that', async () => {
    const w = await world()
    await w.put()
    const other: Driver = { ...fleetkitDriver(), name: 'other' }
    const [stop, leave] = [w.manage([fleetkitDriver(), other]), w.apply()]
    await w.clock.advance(minute)
    await w.put({ driver: 'other' })
    await w.clock.advance(minute)
    expect(await w.ready()).toMatchObject({ status: 'False', reason: 'DriverChanged' })
    await w.put({ driver: 'fleetkit', syncs: [] })
    await w.clock.advance(minute)
    expect(await w.ready()).toMatchObject({ status: 'True', message: '0 syncs are ready' })
    await w.put({ driver: 'other', syncs: chain() })
    await w.clock.advance(minute)
    expect(await w.ready()).toMatchObject({ status: 'True', message: '3 syncs are ready' })
    expect(await w.status()).toMatchObject({ driver: 'other' })
    await leave()
    await stop()
  })
})

describe('what others do to the Syncs of an Assemblage', () => {
  const edit = async (w: World, change: (object: any) => object): Promise<void> => {
    const object = (await w.cluster.get(syncRef('a'))) as KubeObject
    await w.cluster.update({ ...object, ...change(object) } as KubeObject, { fieldManager: 'editor' })
    await w.clock.advance(1000)
  }
  const edits: readonly [string, (object: any) => object, string][] = [
    ['another value', ({ spec }) => ({ spec: { ...spec, path: './b' } }), 'spec.path'],
    ['a field more', ({ spec }) => ({ spec: { ...spec, retryInterval: '3s' } }), 'spec.retryInterval'],
    ['suspending it', ({ spec }) => ({ spec: { ...spec, suspend: true } }), 'spec.suspend'],
    [
      'another sync that it is of',
      ({ metadata }) => ({ metadata: { ...metadata, labels: { ...metadata.labels, [assembledSyncLabel]: 'z' } } }),
      `metadata.labels.${assembledSyncLabel}`,
    ],
  ]
  test('by taking away its digest is set right', async () => {
    const w = await world()
    await w.put({ syncs: [sync('a')] })
    const [stop, leave] = [w.manage(), w.apply()]
    await w.clock.advance(minute)
    await edit(w, ({ metadata }) => ({ metadata: { ...metadata, annotations: {} } }))
    expect((await w.cluster.get(syncRef('a')))?.metadata.annotations?.[assembledDigestAnnotation]).toBeDefined()
    expect(await w.ready()).toMatchObject({ status: 'True' })
    await leave()
    await stop()
  })

  test.each(edits)('(%s) is set right, and named', async (_, change, field) => {
    const w = await world()
    await w.put({ syncs: [sync('a')] })
    const [stop, leave] = [w.manage(), w.apply()]
    await w.clock.advance(minute)
    const before = (await w.cluster.get(syncRef('a')))?.spec
    await edit(w, change)
    expect((await w.cluster.get(syncRef('a')))?.spec).toEqual(before)
    expect(w.events.findLast(({ type }) => type === 'assemblage.written')).toMatchObject({ reason: 'edited', edits: [field] })
    await w.clock.advance(minute)
    expect(await w.ready()).toMatchObject({ status: 'True' })
    await leave()
    await stop()
  })

  test('is only told where that is wished', async () => {
    const w = await world()
    await w.put({ syncs: [sync('a')], edits: 'Report' })
    const [stop, leave] = [w.manage(), w.apply()]
    await w.clock.advance(minute)
    await edit(w, ({ spec }) => ({ spec: { ...spec, path: './b' } }))
    expect(await w.sync('a')).toMatchObject({ state: 'Unassigned', reason: 'Edited', message: 'others have edited Sync eu-a: spec.path' })
    expect(await w.ready()).toMatchObject({ status: 'False', reason: 'SyncsUnassigned' })
    await w.put({ syncs: [sync('a', commits[1])] })
    await w.clock.advance(minute)
    expect(await w.ready()).toMatchObject({ status: 'True' })
    await w.cluster.delete(syncRef('a'))
    await w.clock.advance(minute)
    expect(await w.sync('a')).toMatchObject({ state: 'Unassigned', reason: 'NotFound' })
    await leave()
    await stop()
  })

  test('again and again is set right each half minute at most', async () => {
    const w = await world()
    await w.put({ syncs: [sync('a')] })
    const [stop, leave] = [w.manage(), w.apply()]
    await w.clock.advance(minute)
    w.writes.length = 0
    for (let second = 0; second < 60; second++) await edit(w, ({ spec }) => ({ spec: { ...spec, path: './b' } }))
    const corrections = w.writes.filter((write) => write === 'update eu-a').length
    expect(corrections).toBeGreaterThanOrEqual(2)
    expect(corrections).toBeLessThanOrEqual(3)
    await w.clock.advance(minute)
    expect(await w.ready()).toMatchObject({ status: 'True' })
    await leave()
    await stop()
  })

  test('by deleting one is made good', async () => {
    const w = await world()
    await w.put({ syncs: [sync('a')] })
    const [stop, leave] = [w.manage(), w.apply()]
    await w.clock.advance(minute)
    const { uid } = (await w.sync('a')) as AssembledSyncStatus
    await w.cluster.delete(syncRef('a'))
    await w.clock.advance(minute)
    expect(await w.ready()).toMatchObject({ status: 'True' })
    expect((await w.sync('a'))?.uid).not.toBe(uid)
    expect(await w.version('a')).toBe('1')
    await leave()
    await stop()
  })

  test('by having one of that name already is left alone, and named', async () => {
    const w = await world()
    const foreign = await w.cluster.create({
      apiVersion,
      kind: 'Sync',
      metadata: { name: 'eu-a', namespace },
      spec: { source: { git: { url, commit: commits[0] } }, path: './c', prune: false },
    })
    await w.put({ syncs: [sync('a'), sync('b')] })
    const [stop, leave] = [w.manage(), w.apply()]
    await w.clock.advance(minute)
    expect(await w.sync('a')).toMatchObject({ state: 'Unassigned', reason: 'NotOurs' })
    expect(await w.sync('b')).toMatchObject({ state: 'Ready' })
    expect((await w.cluster.get(syncRef('a')))?.spec).toEqual(foreign.spec)
    await w.cluster.delete(assemblageRef)
    await w.clock.advance(minute)
    expect(await w.cluster.get(assemblageRef)).toBeUndefined()
    expect(await w.cluster.get(syncRef('a'))).toBeDefined()
    await leave()
    await stop()
  })
})

describe('an Assemblage', () => {
  test('that is suspended writes nothing, and shows how its syncs are', async () => {
    const w = await world()
    await w.put({ suspend: true })
    const [stop, leave] = [w.manage(), w.apply()]
    await w.clock.advance(minute)
    expect(await w.ready()).toMatchObject({ status: 'Unknown', reason: 'Suspended' })
    expect(w.writes).toEqual(['update eu/status'])
    await w.put({ suspend: false })
    await w.clock.advance(minute)
    await w.put({ suspend: true })
    await w.clock.advance(minute)
    expect(await w.ready()).toMatchObject({ status: 'True' })
    await leave()
    await stop()
  })

  test('repeats the write of who keeps it with each outcome', async () => {
    const w = await world()
    await w.put({}, { [mirrorWriteAnnotation]: 'one' })
    const [stop, leave] = [w.manage(), w.apply()]
    await w.clock.advance(minute)
    expect(await w.status()).toMatchObject({ observed: 'one' })
    await w.put({}, { [mirrorWriteAnnotation]: 'two' })
    await w.clock.advance(1000)
    expect(await w.status()).toMatchObject({ observed: 'two' })
    await leave()
    await stop()
  })

  test('that is deleted takes its syncs with it in reverse, and what they applied', async () => {
    const w = await world()
    await w.put()
    const [stop, leave] = [w.manage(), w.apply()]
    await w.clock.advance(minute)
    w.writes.length = 0
    await w.cluster.delete(assemblageRef)
    await w.clock.advance(2 * minute)
    const judged = w.events.flatMap((event) => (event.type === 'assemblage.judged' ? [[event.syncName, event.reason]] : []))
    expect(judged.slice(-2)).toEqual([
      ['b', 'DependantsRemain'],
      ['c', 'Terminating'],
    ])
    expect(w.writes.filter((write) => write.startsWith('delete'))).toEqual(['delete eu-c', 'delete eu-b', 'delete eu-a'])
    expect(await Promise.all(['a', 'b', 'c'].map((name) => w.version(name)))).toEqual([undefined, undefined, undefined])
    expect(await w.cluster.get(assemblageRef)).toBeUndefined()
    await leave()
    await stop()
  })

  test('that is deleted leaves its syncs where that is wished, and they are of no Assemblage then', async () => {
    const w = await world()
    await w.put({ deletionPolicy: 'Orphan' })
    const [stop, leave] = [w.manage(), w.apply()]
    await w.clock.advance(minute)
    await w.cluster.delete(assemblageRef)
    await w.clock.advance(minute)
    expect(await w.cluster.get(assemblageRef)).toBeUndefined()
    for (const name of ['a', 'b', 'c']) {
      expect((await w.cluster.get(syncRef(name)))?.metadata.labels?.[assemblageLabel]).toBeUndefined()
      expect(await w.version(name)).toBe('1')
    }
    await leave()
    await stop()
  })

  test('whose sync is refused by the store goes on with those that do not depend on it', async () => {
    const w = await world()
    w.fault = (method, object) => {
      if (method === 'create' && object.metadata.name === 'eu-a') throw new FleetkitError('cluster/invalid', 'a policy forbids it')
    }
    await w.put({ syncs: [...chain(), sync('d', commits[0], { path: './c' })] })
    const stop = w.manage()
    await w.clock.advance(1000)
    expect(await w.sync('a')).toMatchObject({ state: 'Failed', reason: 'Rejected', message: 'a policy forbids it' })
    expect(w.writes.filter((write) => write.startsWith('create'))).toEqual(['create eu-d'])
    w.fault = undefined
    await w.clock.advance(minute)
    expect(w.writes.filter((write) => write.startsWith('create'))).toEqual(['create eu-d', 'create eu-a', 'create eu-b', 'create eu-c'])
    await stop()
  })

  test('is not shown as ready by an old cache although its status could not be saved', async () => {
    const w = await world()
    await w.put({ syncs: [sync('a')] })
    const [stop, leave] = [w.manage(), w.apply()]
    await w.clock.advance(minute)
    await leave()
    const lag = Promise.withResolvers<void>()
    w.lag = lag.promise
    w.fault = (method, object, options) => {
      if (method === 'update' && object.metadata.name === 'eu' && options?.subresource === 'status')
        throw new FleetkitError('store/unavailable', 'it is away')
    }
    await w.put({ syncs: [sync('a', commits[1])] })
    await w.clock.advance(1000)
    expect((await w.cluster.get(syncRef('a')))?.metadata.generation).toBe(2)
    w.fault = undefined
    await w.put({ syncs: [sync('a')] })
    await w.clock.advance(1000)
    expect(await w.ready()).toMatchObject({ status: 'Unknown', observedGeneration: 3 })
    lag.resolve()
    const again = w.apply()
    await w.clock.advance(minute)
    expect(await w.ready()).toMatchObject({ status: 'True', observedGeneration: 3 })
    await again()
    await stop()
  })

  test('leaves nothing behind although its cache is older than what was written', async () => {
    const w = await world()
    const stop = w.manage()
    await w.clock.advance(1000)
    const lag = Promise.withResolvers<void>()
    w.lag = lag.promise
    await w.put({ syncs: [sync('a')] })
    await w.clock.advance(1000)
    expect(w.writes).toContain('create eu-a')
    await w.cluster.delete(assemblageRef)
    await w.clock.advance(minute)
    expect(await w.cluster.get(syncRef('a'))).toBeUndefined()
    expect(await w.cluster.get(assemblageRef)).toBeUndefined()
    lag.resolve()
    await stop()
  })

  test('of a thousand syncs takes no turn of the event loop for long', async () => {
    const clock = new VirtualClock()
    // One that does not validate: that would take as long, in the same turn.
    const w = await world(clock, memoryStore({ clock }))
    const many = (commit: string): readonly SyncInput[] =>
      Array.from({ length: 1000 }, (_, at) => sync(`s${at}`, commit, at === 0 ? {} : { dependsOn: [{ name: 's0' }] }))
    await w.put({ syncs: many(commits[0]) })
    const stop = w.manage(undefined, remote(w.store))
    const until = async (holds: () => Promise<boolean>): Promise<void> => {
      while (!(await holds())) await w.clock.advance(1)
    }
    const at = (commit: string) => async (): Promise<boolean> => {
      const { syncs = [] } = await w.status()
      return syncs.length === 1000 && syncs.every(({ revision, generation }) => revision === `sha1:${commit}` && generation !== undefined)
    }
    const longest = await longestTurn(async () => {
      await until(at(commits[0]))
      w.writes.length = 0
      await w.put({ syncs: many(commits[1]) })
      await until(at(commits[1]))
      await until(async () => w.writes.filter((write) => write.startsWith('update eu-s')).length >= 1000)
      await w.cluster.delete(assemblageRef)
      await until(async () => (await w.cluster.get(assemblageRef)) === undefined)
    })
    expect(w.writes.filter((write) => write.startsWith('update eu-s')).length).toBe(1000)
    // But for a write of the test that comes between a look and its status.
    const errors = w.events.filter((event) => event.type === 'controller.error' && !hasCode(event.error, 'store/conflict'))
    expect(errors).toEqual([])
    expect(longest).toBeLessThan(100)
    await stop()
  })

  test('is what it is to be although its manager dies at any write', async () => {
    const versions: readonly (readonly SyncInput[])[] = [chain(), [sync('a', commits[1]), sync('c', commits[1])], []]
    let died = true
    for (let at = 0; died; at++) {
      const w = await world()
      const leave = w.apply()
      let count = 0
      died = false
      const crash = (method: string): void => {
        if (!['create', 'update', 'delete'].includes(method) || count++ !== at) return
        died = true
        w.fault = () => {
          throw new FleetkitError('aborted', 'the process is gone')
        }
        throw new FleetkitError('aborted', 'the process is gone')
      }
      for (const syncs of versions) {
        await w.put({ syncs })
        w.fault = crash
        const stop = w.manage()
        await w.clock.advance(minute)
        await stop()
        w.fault = undefined
        const again = w.manage()
        await w.clock.advance(2 * minute)
        await again()
        expect(await w.ready(), `after write ${at}`).toMatchObject({ status: 'True' })
        for (const name of ['a', 'b', 'c']) {
          const wanted = syncs.find((each) => each.name === name)
          const version = wanted && `${commits.indexOf(wanted.source.git.commit) + 1}`
          expect(await w.version(name), `${name} after write ${at}`).toBe(version)
          expect((await w.cluster.get(syncRef(name))) === undefined).toBe(wanted === undefined)
        }
      }
      await leave()
    }
  })
})
