import { type Condition, FleetkitError, fleetControllers, type KubeObject, Manager, type Store, Sync, setCondition } from 'fleetkit'
import {
  controllerOf,
  createOrUpdate,
  EventRecorder,
  hasFinalizer,
  recordSyncEvents,
  updateStatus,
  withController,
  withFinalizer,
  withOwner,
  withoutFinalizer,
  withoutOwner,
} from 'fleetkit/controller'
import { memoryCluster, memoryGit, memoryStore } from 'fleetkit/memory'
import { VirtualClock, withFaults } from 'fleetkit/testing'
import { expect, test } from 'vitest'

const configMap = { apiVersion: 'v1', kind: 'ConfigMap' }
const map: KubeObject = { ...configMap, metadata: { name: 'a', namespace: 'default' }, data: { x: '1' } }
const refTo = (name: string) => ({ ...configMap, namespace: 'default', name })
const event = { apiVersion: 'v1', kind: 'Event' }
const ownerOf = (name: string, fields: object = {}): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace: 'default', uid: `uid-${name}`, ...fields },
})

test('finalizers are added beside others, and taken away alone', () => {
  const held = withFinalizer(withFinalizer(map, 'example.com/theirs'), 'example.com/mine')
  expect(held.metadata.finalizers).toEqual(['example.com/theirs', 'example.com/mine'])
  expect(withFinalizer(held, 'example.com/mine')).toBe(held)
  expect([hasFinalizer(held, 'example.com/mine'), hasFinalizer(map, 'example.com/mine')]).toEqual([true, false])
  expect(withoutFinalizer(held, 'example.com/mine').metadata.finalizers).toEqual(['example.com/theirs'])
  expect(withoutFinalizer(map, 'example.com/mine')).toBe(map)
})

test('an owner is referred to once, in its present API version', () => {
  const owned = withOwner(map, ownerOf('web'))
  const reference = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: 'uid-web' }
  expect(owned.metadata.ownerReferences).toEqual([reference])
  expect(withOwner(owned, ownerOf('web'))).toBe(owned)
  const newer = withOwner(owned, { ...ownerOf('web'), apiVersion: 'apps/v2' })
  expect(newer.metadata.ownerReferences).toEqual([{ ...reference, apiVersion: 'apps/v2' }])
  expect(withoutOwner(newer, ownerOf('web')).metadata.ownerReferences).toEqual([])
  expect(withoutOwner(map, ownerOf('web'))).toBe(map)
})

test('an object has one controller', () => {
  const controlled = withController(withOwner(map, ownerOf('other')), ownerOf('web'))
  expect(controllerOf(controlled)).toMatchObject({ name: 'web', controller: true, blockOwnerDeletion: true })
  expect(controlled.metadata.ownerReferences).toHaveLength(2)
  expect(withController(controlled, ownerOf('web'))).toBe(controlled)
  expect(() => withController(controlled, ownerOf('api'))).toThrow(
    expect.objectContaining({
      code: 'controller/owned',
      message: 'ConfigMap default/a: it belongs to Deployment web, so Deployment default/api cannot have it',
    }),
  )
  expect(controllerOf(map)).toBeUndefined()
})

test.each([
  ['no uid', ownerOf('web', { uid: undefined }), 'it has no uid'],
  ['another namespace', ownerOf('web', { namespace: 'elsewhere' }), 'an owner lies in the namespace of what it owns, or in none'],
])('an owner with %s is refused: the API server would collect the object', (_, owner, why) => {
  expect(() => withOwner(map, owner)).toThrow(why)
  expect(() => withController(map, owner)).toThrow(why)
})

test('an object without a namespace can own one in any', () => {
  expect(withOwner(map, ownerOf('web', { namespace: undefined })).metadata.ownerReferences).toHaveLength(1)
})

/** A store in which another writer comes first, a few times. */
function contended(store: Store, times: number): Store {
  let left = times
  return new Proxy(store, {
    get: (target, property) => {
      const member = (Reflect.get(target, property) as (...all: unknown[]) => unknown).bind(target)
      if (property !== 'update') return member
      return async (object: KubeObject, ...rest: unknown[]) => {
        if (left-- > 0) throw new FleetkitError('store/conflict', 'another writer was first')
        return member(object, ...rest)
      }
    },
  })
}

test('a status is changed from what it is now, written only when it differs, and again after a conflict', async () => {
  const store = memoryStore()
  await store.create(map)
  const ready = { type: 'Ready', status: 'True', reason: 'Made', message: 'it is there' } as const
  const change = ({ conditions = [] }: { conditions?: readonly Condition[] }) => ({ conditions: setCondition(conditions, ready, 0) })
  const written = await updateStatus(contended(store, 3), refTo('a'), change)
  expect(written.status).toMatchObject({ conditions: [ready] })
  const again = await updateStatus(store, refTo('a'), change)
  expect(again.metadata.resourceVersion).toBe(written.metadata.resourceVersion)
  await expect(updateStatus(contended(store, 9), refTo('a'), () => ({ other: true }))).rejects.toMatchObject({ code: 'store/conflict' })
  await expect(updateStatus(store, refTo('gone'), () => ({}))).rejects.toMatchObject({ code: 'store/not-found' })
})

test('an object is created, updated or left, and other writers are waited for', async () => {
  const store = memoryStore()
  const withData = (data: unknown) => (present: KubeObject) => ({ ...present, data })
  expect(await createOrUpdate(store, refTo('a'), withData({ x: '1' }))).toMatchObject({ result: 'created', object: { data: { x: '1' } } })
  expect(await createOrUpdate(store, refTo('a'), withData({ x: '1' }))).toMatchObject({ result: 'unchanged' })
  expect(await createOrUpdate(contended(store, 2), refTo('a'), withData({ x: '2' }))).toMatchObject({ result: 'updated' })
  expect((await store.get(refTo('a')))?.data).toEqual({ x: '2' })
})

test('events are written once and counted; an object that causes many is cut off, and let through again later', async () => {
  const clock = new VirtualClock()
  const store = memoryCluster({ clock })
  const object = await store.create(map)
  const recorder = new EventRecorder({ store, component: 'test', clock })
  for (let index = 0; index < 3; index++) recorder.record(object, { type: 'Normal', reason: 'Made', message: 'it is there' })
  recorder.record(object, { type: 'Warning', reason: 'Failed', message: 'x'.repeat(5000) })
  await clock.advance(100)
  const { items } = await store.list(event)
  expect(items).toHaveLength(2)
  const made = items.find(({ reason }) => reason === 'Made')
  expect(made).toMatchObject({
    metadata: { namespace: 'default', name: expect.stringMatching(/^a\./) },
    involvedObject: { kind: 'ConfigMap', name: 'a', namespace: 'default', uid: object.metadata.uid },
    type: 'Normal',
    message: 'it is there',
    source: { component: 'test' },
    count: 3,
  })
  expect(String(items.find(({ reason }) => reason === 'Failed')?.message)).toHaveLength(1024)
  for (let index = 0; index < 100; index++) recorder.record(object, { type: 'Normal', reason: 'Noise', message: `${index}` })
  await clock.advance(100)
  expect((await store.list(event)).items).toHaveLength(2 + 21)
  await clock.advance(300_000)
  for (let index = 0; index < 100; index++) recorder.record(object, { type: 'Normal', reason: 'Noise', message: `later ${index}` })
  await clock.advance(100)
  expect((await store.list(event)).items).toHaveLength(2 + 21 + 1)
  await recorder.close()
  recorder.record(object, { type: 'Normal', reason: 'Late', message: 'never' })
})

test('a store that fails delays an event, or loses it with a warning, and harms nothing else', async () => {
  const clock = new VirtualClock()
  const inner = memoryStore({ clock })
  const object = await inner.create(map)
  const store = withFaults(inner, { seed: 1, fail: 1 })
  const lines: string[] = []
  const note = (message: string): void => void lines.push(message)
  const logger = { debug: note, info: note, warn: note, error: note, child: () => logger }
  const recorder = new EventRecorder({ store, component: 'test', clock, logger })
  recorder.record(object, { type: 'Normal', reason: 'Lost', message: 'one' })
  await clock.advance(60_000)
  expect(lines).toEqual(['an event could not be written'])
  recorder.record(object, { type: 'Normal', reason: 'Late', message: 'two' })
  await clock.advance(500)
  store.faults.heal()
  await clock.advance(60_000)
  expect((await inner.list(event)).items.map(({ reason }) => reason)).toEqual(['Late'])
  await recorder.close()
})

test('an event of an object whose name no event can have gets a name of its own', async () => {
  const store = memoryCluster()
  const role = await store.create({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'system:a_b' },
    rules: [],
  })
  const recorder = new EventRecorder({ store, component: 'test' })
  recorder.record(role, { type: 'Normal', reason: 'Made', message: 'it is there' })
  await recorder.close()
  expect((await store.list(event)).items).toMatchObject([{ metadata: { namespace: 'default' }, involvedObject: { name: 'system:a_b' } }])
})

test('what Syncs do is told as events of theirs', async () => {
  const clock = new VirtualClock()
  const store = memoryStore({ clock })
  const git = memoryGit()
  const url = 'https://git.example.com/a.git'
  git.tag(url, 'v1', git.commit(url, { 'a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\n' }))
  for (const [name, tag] of [
    ['good', 'v1'],
    ['bad', 'v9'],
  ] as const) {
    const spec = { source: { git: { url, tag } }, prune: true, interval: '10m' }
    await store.create(new Sync({ metadata: { name, namespace: 'default' }, spec }).toObject())
  }
  const manager = new Manager({ store, cluster: memoryCluster({ clock }), git, clock }).add(...fleetControllers())
  const recorder = new EventRecorder({ store, component: 'fleetkit', clock })
  using _subscription = recordSyncEvents(manager, recorder)
  void manager.run()
  for (let index = 0; index < 20; index++) {
    await new Promise((resolve) => setTimeout(resolve, 5))
    await clock.advance(0)
  }
  await manager.close()
  await recorder.close()
  const told = (await store.list(event)).items.map(({ type, reason, message, involvedObject }) => [
    (involvedObject as { name: string }).name,
    type,
    reason,
    (message as string).replace(/sha1:\w+/, 'sha1'),
  ])
  expect(told.sort()).toEqual([
    ['bad', 'Warning', 'Failed', expect.stringContaining('v9')],
    ['good', 'Normal', 'Applied', 'v1@sha1: 1 changed'],
  ])
})
