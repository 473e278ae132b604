import {
  confirmPruneAnnotation,
  FleetkitError,
  requestedAtAnnotation,
  requestedByAnnotation,
  Sync,
  SyncRunner,
  syncInventoryLabel,
} from 'fleetkit'
import { expect, test } from 'vitest'
import { configMap, failure, intercepted, repository } from './scenarios.ts'
import { mapRef, minute, syncObject, syncRef, world } from './world.ts'

const files = (...names: readonly string[]) => Object.fromEntries(names.map((name) => [`${name}.yaml`, configMap(name)]))
const git = () =>
  repository({
    v1: files('a'),
    v2: files('a', 'b'),
    many: files(...Array.from({ length: 300 }, (_, index) => `m${index}`)),
    bad: { 'a.yaml': 'apiVersion: example.com/v1\nkind: Unknown\nmetadata: { name: x }\n', ...files('b') },
  })
const handbrake = { by: 'alice', reason: 'incident 42' }
const held = { status: 'True', reason: 'Handbrake', message: 'the handbrake was pulled by alice: incident 42' }

test('a handbrake stops an attempt under way before its next write, and nothing that was written is forgotten', async () => {
  const w = world(git())
  await w.store.create(syncObject({ tag: 'many' }))
  let writes = 0
  let braked: number | undefined
  const cluster = intercepted(w.countedCluster, async (method, [, options]) => {
    if (method !== 'apply' || options.dryRun === true) return
    writes += 1
    if (writes !== 20) return
    await w.change({ tag: 'many', handbrake })
    // The watch tells the manager.
    await w.clock.sleep(1)
    braked = writes
  })
  const { finish } = w.start({ cluster })
  await w.clock.advance(1000)
  expect(braked).toBeDefined()
  expect(writes).toBe(braked)
  expect(writes).toBeLessThan(300)
  expect(await w.condition('Handbrake')).toMatchObject({ ...held, observedGeneration: 2 })
  expect(await w.condition('Ready')).toMatchObject({ status: 'False', reason: 'Handbrake' })
  expect(await w.condition('Reconciling')).toBeUndefined()
  expect(await w.inventory()).toHaveLength(300)
  expect(w.events.filter(({ type }) => type === 'sync.held')).toMatchObject([{ sync: { name: 'shop' }, ...handbrake }])
  // It holds through intervals and requests.
  await w.annotate({ [requestedAtAnnotation]: 'now' })
  await w.clock.advance(20 * minute)
  expect(writes).toBe(braked)

  await w.change({ tag: 'v1' })
  await w.clock.advance(1000)
  expect(await w.condition('Ready')).toMatchObject({ status: 'True' })
  expect(await w.condition('Handbrake')).toBeUndefined()
  expect(await w.inventory()).toEqual(['a'])
  await finish()
})

test('a handbrake leaves a Sync at rest as it is, and holds its deletion back', async () => {
  const w = world(git())
  await w.store.create(syncObject({ tag: 'v2' }))
  const { finish } = w.start()
  await w.clock.advance(0)
  const before = await w.condition('Ready')
  await w.change({ tag: 'v1', handbrake })
  await w.clock.advance(0)
  expect(await w.condition('Handbrake')).toMatchObject(held)
  expect(await w.condition('Ready')).toEqual(before)
  const writes = w.storeWrites.length
  await w.store.delete(syncRef())
  await w.clock.advance(20 * minute)
  expect((await w.map('a'))?.metadata.name).toBe('a')
  expect((await w.get()).metadata.deletionTimestamp).toBeDefined()
  expect(w.storeWrites.length).toBeLessThanOrEqual(writes + 1)
  await w.change({ tag: 'v1' })
  await w.clock.advance(0)
  expect([await w.store.get(syncRef()), await w.map('a')]).toEqual([undefined, undefined])
  await finish()
})

test('a handbrake stops a script under way too, where the Sync is in its store', async () => {
  const w = world(git())
  await w.store.create(syncObject({ tag: 'many', timeout: '1h' }))
  let writes = 0
  const cluster = intercepted(w.cluster, async (method, [, options]) => {
    if (method !== 'apply' || options.dryRun === true || ++writes !== 20) return
    await w.change({ tag: 'many', timeout: '1h', handbrake })
  })
  const runner = new SyncRunner({ cluster, store: w.store, git: git() })
  const sync = Sync.from(syncObject({ tag: 'many', timeout: '1h' }))
  expect((await failure(runner.run(sync))).code).toBe('sync/handbrake')
  // As many as are begun at once.
  expect(writes).toBeLessThan(150)
  expect(await w.inventory()).toHaveLength(300)
  expect((await failure(runner.run(sync))).message).toContain('pulled by alice: incident 42')
  expect((await failure(runner.remove(sync))).code).toBe('sync/handbrake')
})

test('a handbrake that is pulled in a hurry need not have its form', async () => {
  const w = world(git())
  const object = syncObject({ tag: 'v1' })
  await w.store.create({ ...object, spec: { ...(object.spec as object), handbrake: {} } })
  const { finish } = w.start()
  await w.clock.advance(0)
  expect(await w.condition('Handbrake')).toMatchObject({ message: 'the handbrake was pulled by an unnamed person: no reason is given' })
  expect(w.clusterWrites).toEqual([])
  await finish()
})

test('a handbrake stops a deletion under way', async () => {
  const w = world(git())
  await w.store.create(syncObject({ tag: 'many' }))
  const slow = intercepted(w.countedCluster, async (method) => {
    if (method === 'delete') await w.clock.sleep(1000)
  })
  const { finish } = w.start({ cluster: slow })
  await w.clock.advance(1000)
  await w.store.delete(syncRef())
  await w.clock.advance(500)
  await w.change({ tag: 'many', handbrake })
  await w.clock.advance(5000)
  const left = (await w.cluster.list({ apiVersion: 'v1', kind: 'ConfigMap' }, { namespace: 'default' })).items.length
  expect(left).toBeGreaterThan(150)
  expect(left).toBeLessThan(300)
  expect(await w.condition('Handbrake')).toMatchObject(held)
  await w.change({ tag: 'many' })
  await w.clock.advance(10 * minute)
  expect(await w.store.get(syncRef())).toBeUndefined()
  await finish()
})

test('a pin holds whatever the source says, and is seen; the history says who asked', async () => {
  const w = world(git())
  await w.store.create(syncObject({ tag: 'v1' }))
  const { finish } = w.start()
  await w.clock.advance(0)
  const revision = (await w.status()).lastAppliedRevision as string
  const pin = { revision, by: 'bob', reason: 'v2 leaks' }
  await w.change({ tag: 'v2', pin })
  await w.clock.advance(0)
  expect(await w.condition('Pinned')).toMatchObject({
    status: 'True',
    message: `pinned to ${revision} by bob: v2 leaks; the source names v2`,
  })
  expect(await w.condition('Ready')).toMatchObject({ status: 'True', observedGeneration: 2 })
  expect(await w.inventory()).toEqual(['a'])
  expect((await w.status()).history?.[0]?.actor).toBe('bob')
  await w.change({ tag: 'v2' })
  await w.annotate({ [requestedAtAnnotation]: '1', [requestedByAnnotation]: 'carol' })
  await w.clock.advance(0)
  expect([await w.condition('Pinned'), await w.inventory()]).toEqual([undefined, ['a', 'b']])
  expect((await w.status()).history?.[0]?.actor).toBe('carol')
  // The attempts at each interval do not change that.
  await w.clock.advance(10 * minute)
  expect((await w.status()).history?.[0]).toMatchObject({ actor: 'carol', totalReconciliations: 2 })
  await finish()
})

test('deletions wait for the annotation with their digest, and go on at once then', async () => {
  const w = world(git())
  await w.store.create(syncObject({ tag: 'v2', confirmPrune: true, retryInterval: '1h' }))
  const { finish } = w.start()
  await w.clock.advance(0)
  await w.change({ tag: 'v1', confirmPrune: true, retryInterval: '1h' })
  await w.clock.advance(0)
  const { pendingPrune } = await w.status()
  expect(await w.condition('Ready')).toMatchObject({ status: 'False', reason: 'PruneNotConfirmed' })
  expect(await w.condition('PruneConfirmed')).toMatchObject({ message: expect.stringContaining('ConfigMap default/b') })
  await w.annotate({ [confirmPruneAnnotation]: 'sha256:other' })
  await w.clock.advance(1000)
  expect((await w.map('b'))?.metadata.name).toBe('b')
  await w.annotate({ [confirmPruneAnnotation]: pendingPrune?.digest ?? '' })
  await w.clock.advance(0)
  expect([await w.map('b'), await w.inventory(), (await w.status()).pendingPrune]).toEqual([undefined, ['a'], undefined])
  expect(await w.condition('Ready')).toMatchObject({ status: 'True' })
  await finish()
})

test('what is said about deletions stays while the source cannot be reached', async () => {
  let down = false
  const flaky = intercepted(git(), (method) => {
    if (down && method === 'resolve') throw new FleetkitError('git/unauthorized', 'no')
  })
  const w = world(flaky)
  await w.store.create(syncObject({ tag: 'v2', confirmPrune: true }))
  const { finish } = w.start()
  await w.clock.advance(0)
  await w.change({ tag: 'v1', confirmPrune: true })
  await w.clock.advance(0)
  const { pendingPrune } = await w.status()
  down = true
  await w.change({ source: { git: { url: 'https://git.example.com/shop.git', commit: 'a'.repeat(40) } }, confirmPrune: true })
  await w.clock.advance(minute)
  expect(await w.condition('Ready')).toMatchObject({ reason: 'ArtifactFailed' })
  expect((await w.status()).pendingPrune).toEqual(pendingPrune)
  expect(await w.condition('PruneConfirmed')).toMatchObject({ status: 'False' })
  await finish()
})

test.each([
  ['continue', undefined, true],
  ['never', undefined, false],
  ['never', 'continue', true],
  ['continue', 'never', false],
] as const)('with partial: %s of the controller and %s of the Sync, the rest is applied: %s', async (partial, own, applied) => {
  const w = world(git(), {}, { partial })
  await w.store.create(syncObject({ tag: 'bad', ...(own === undefined ? {} : { partial: own }) }))
  const { finish } = w.start()
  await w.clock.advance(0)
  expect(await w.condition('Ready')).toMatchObject({ status: 'False' })
  expect((await w.map('b')) !== undefined).toBe(applied)
  await finish()
})

test('an expression over both says when a dependency is ready, in place of its Ready condition', async () => {
  const w = world(git())
  const readyExpr = 'has(dep.status.lastAppliedRevision) && dep.status.lastAppliedRevision.startsWith(self.spec.source.git.tag)'
  await w.store.create(
    syncObject({ dependsOn: [{ name: 'base', readyExpr }], tag: 'v2', retryInterval: '1h', targetNamespace: 'kube-public' }, 'app'),
  )
  const { finish } = w.start()
  await w.clock.advance(0)
  expect(await w.condition('Ready', 'app')).toMatchObject({
    reason: 'DependencyNotReady',
    message: expect.stringContaining('it does not exist'),
  })
  await w.store.create(syncObject({ tag: 'v1' }, 'base'))
  await w.clock.advance(31_000)
  expect(await w.condition('Ready', 'app')).toMatchObject({ message: expect.stringContaining(`readyExpr does not hold: ${readyExpr}`) })
  // It was ready all the time; what the expression asks for is what wakes.
  await w.change({ tag: 'v2' }, 'base')
  await w.clock.advance(0)
  expect(await w.condition('Ready', 'app')).toMatchObject({ status: 'True' })
  await finish()
})

test.each([
  ['dep.status.nothing == 1', 'DependencyNotReady', 'readyExpr has no answer'],
  ['dep.status.conditions', 'DependencyNotReady', 'no boolean'],
  ['[1,2,3].all(a, [1,2,3].all(b, range(a, b)))', 'InvalidCELExpression', 'spec.dependsOn[].readyExpr: found the function range'],
  ['dep.', 'InvalidCELExpression', 'which is not CEL'],
])('the expression %s is %s', async (readyExpr, reason, message) => {
  const w = world(git())
  await w.store.create(syncObject({ tag: 'v1' }, 'base'))
  await w.store.create(syncObject({ dependsOn: [{ name: 'base', readyExpr }], tag: 'v1', targetNamespace: 'kube-public' }, 'app'))
  const { finish } = w.start()
  await w.clock.advance(31_000)
  expect(await w.condition('Ready', 'app')).toMatchObject({ status: 'False', reason, message: expect.stringContaining(message) })
  await finish()
})

test('the controller keeps a long inventory in shards beside the Sync', async () => {
  const w = world(git(), {}, { maxInventoryBytes: 1000 })
  await w.store.create(syncObject({ tag: 'many' }))
  const { finish } = w.start()
  await w.clock.advance(1000)
  const shards = async () =>
    (await w.store.list({ apiVersion: 'v1', kind: 'ConfigMap' }, { labelSelector: { matchLabels: { [syncInventoryLabel]: 'shop' } } }))
      .items
  const { inventory } = await w.status()
  expect(inventory).toMatchObject({ entries: [], shards: expect.any(Array) })
  expect(inventory?.shards).toHaveLength((await shards()).length)
  expect(await w.condition('Ready')).toMatchObject({ status: 'True' })
  const written = w.storeWrites.length
  await w.clock.advance(10 * minute + 1000)
  // The status alone.
  expect(w.storeWrites.length).toBe(written + 1)
  expect(w.events.filter(({ type }) => type === 'sync.recovered')).toEqual([])
  await w.change({ tag: 'v1' })
  await w.clock.advance(1000)
  expect([await shards(), await w.inventory(), await w.map('m1')]).toEqual([[], ['a'], undefined])
  await w.change({ tag: 'many' })
  await w.clock.advance(1000)
  await w.store.delete(syncRef())
  await w.clock.advance(1000)
  expect([await w.store.get(syncRef()), await shards(), await w.cluster.get(mapRef('m1'))]).toEqual([undefined, [], undefined])
  await finish()
})
