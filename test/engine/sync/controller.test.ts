import {
  FleetkitError,
  fleetControllers,
  type KubeObject,
  requestedAtAnnotation,
  type SyncStatus,
  syncFinalizer,
  syncNameLabel,
} from 'fleetkit'
import { definitionOf, syncKind } from 'fleetkit/kinds'
import { expect, test } from 'vitest'
import { configMap, intercepted, repository } from './scenarios.ts'
import { mapRef, minute, type SpecPatch, syncObject, syncRef, world } from './world.ts'

const simple = () =>
  repository({
    v1: { 'a.yaml': configMap('a', { x: '1' }) },
    v2: { 'a.yaml': configMap('a', { x: '2' }), 'b.yaml': configMap('b') },
    bad: { 'a.yaml': 'kind: [' },
  })

/** A world in which one Sync has been applied. */
async function applied(spec: SpecPatch = {}, git = simple() as ReturnType<typeof simple>) {
  const w = world(git)
  await w.store.create(syncObject(spec))
  const run = w.start()
  await w.clock.advance(0)
  return { ...w, ...run }
}

test('the built-in controllers are those of this library', () => {
  expect(fleetControllers().map(({ name }) => name)).toEqual([
    'sync',
    'cluster',
    'remotesync',
    'proxysync',
    'pullsync',
    'assemblage',
    'remoteassemblage',
  ])
})

test.each([
  [0, 600_000],
  [0.5, 615_000],
  [1, 630_000],
])('at its interval, stretched by up to 5 %% (random %d)', async (drawn, intervalMs) => {
  const { store, clock, start, attempts } = world(simple(), { random: () => drawn })
  await store.create(syncObject())
  const { finish } = start()
  await clock.advance(0)
  expect(attempts()).toBe(1)
  await clock.advance(intervalMs - 2)
  expect(attempts()).toBe(1)
  await clock.advance(2)
  expect(attempts()).toBe(2)
  await finish()
})

test('after a failure at its retryInterval, and then at its interval again', async () => {
  let unreachable = true
  const git = intercepted(simple(), (method) => {
    if (unreachable && method === 'resolve') throw new FleetkitError('git/unreachable', 'no answer')
  })
  const w = world(git)
  await w.store.create(syncObject())
  const { finish } = w.start()
  await w.clock.advance(0)
  expect(await w.condition('Ready')).toMatchObject({ status: 'False', reason: 'ArtifactFailed', message: 'no answer' })
  expect(await w.condition('Reconciling')).toMatchObject({ status: 'True', reason: 'ProgressingWithRetry' })
  expect((await w.status()).observedGeneration).toBeUndefined()
  await w.clock.advance(minute - 1)
  expect(w.attempts()).toBe(1)
  unreachable = false
  await w.clock.advance(1)
  expect(w.attempts()).toBe(2)
  expect(await w.condition('Ready')).toMatchObject({ status: 'True' })
  expect(await w.condition('Reconciling')).toBeUndefined()
  await w.clock.advance(10 * minute - 1)
  expect(w.attempts()).toBe(2)
  await w.clock.advance(1)
  expect(w.attempts()).toBe(3)
  // An unreachable source does not make an admitted tag fail.
  unreachable = true
  await w.clock.advance(10 * minute)
  expect(await w.condition('Ready')).toMatchObject({ status: 'True' })
  expect(await w.condition('SourceUnavailable')).toMatchObject({ status: 'True', message: 'no answer' })
  unreachable = false
  await w.clock.advance(10 * minute)
  expect(await w.condition('SourceUnavailable')).toBeUndefined()
  await finish()
})

test('without a retryInterval, a failure is tried again at the interval', async () => {
  const w = world(repository({ v1: { 'a.yaml': 'kind: [' } }))
  const { spec, ...object } = syncObject()
  const { retryInterval: _, ...rest } = spec as Record<string, unknown>
  await w.store.create({ ...object, spec: rest })
  const { finish } = w.start()
  await w.clock.advance(10 * minute - 1)
  expect(w.attempts()).toBe(1)
  await w.clock.advance(1)
  expect(w.attempts()).toBe(2)
  await finish()
})

test('a dependant goes at once when what it waits for is ready, and not when that merely works', async () => {
  let broken = true
  const git = intercepted(simple(), (method) => {
    if (broken && method === 'tree') throw new FleetkitError('git/unreachable', 'no answer')
  })
  const w = world(git)
  await w.store.create(syncObject({ retryInterval: '50s' }, 'base'))
  await w.store.create(syncObject({ tag: 'v2', dependsOn: [{ name: 'base' }], path: './', targetNamespace: 'kube-public' }, 'app'))
  let slow = false
  const cluster = intercepted(w.countedCluster, async (method, [, options]) => {
    if (slow && method === 'apply' && options.dryRun !== true) await w.clock.sleep(5000)
  })
  const { finish } = w.start({ cluster })
  await w.clock.advance(0)
  expect(await w.condition('Ready', 'app')).toMatchObject({
    status: 'False',
    reason: 'DependencyNotReady',
    message: expect.stringContaining('Sync default/base is not ready'),
  })
  expect(w.clusterWrites).toEqual([])
  // Not more often than every half minute while nothing is known, whatever the retryInterval says.
  const before = w.attempts('app')
  await w.clock.advance(30_749)
  expect(w.attempts('app')).toBe(before)
  await w.clock.advance(1)
  expect(w.attempts('app')).toBe(before + 1)

  broken = false
  await w.clock.advance(20_499)
  const waited = w.attempts('app')
  expect(waited).toBe(before + 1)
  // base tries again after its 50 seconds; app is woken by its success.
  await w.clock.advance(1)
  expect(await w.condition('Ready', 'base')).toMatchObject({ status: 'True' })
  expect(await w.condition('Ready', 'app')).toMatchObject({ status: 'True' })
  expect(w.attempts('app')).toBeGreaterThan(waited)

  // base is corrected: it goes through Unknown, and app is not made to fail by it.
  const object = (await w.cluster.get(mapRef('a'))) as KubeObject
  await w.cluster.update({ ...object, data: { x: 'drift' } })
  w.events.length = 0
  slow = true
  await w.annotate({ [requestedAtAnnotation]: 'now' }, 'base')
  await w.clock.advance(4000)
  expect(await w.condition('Ready', 'base')).toMatchObject({ status: 'Unknown' })
  expect(w.attempts('app')).toBe(0)
  await w.clock.advance(2000)
  expect(await w.condition('Ready', 'base')).toMatchObject({ status: 'True' })
  expect(w.events.filter(({ type }) => type === 'sync.failed')).toEqual([])
  await finish()
})

test('a dependency that fails again and again wakes no dependant', async () => {
  const git = intercepted(simple(), (method) => {
    if (method === 'tree') throw new FleetkitError('git/unreachable', 'no answer')
  })
  const w = world(git)
  await w.store.create(syncObject({ retryInterval: '5s' }, 'base'))
  await w.store.create(syncObject({ dependsOn: [{ name: 'base' }] }, 'app'))
  const { finish } = w.start()
  await w.clock.advance(0)
  const before = w.attempts('app')
  await w.clock.advance(30_000)
  expect(w.attempts('base')).toBeGreaterThan(5)
  expect(w.attempts('app')).toBe(before)
  await finish()
})

test('a dependant waits for the present generation of what it depends on', async () => {
  const git = simple()
  const w = world(git)
  await w.store.create(syncObject({}, 'base'))
  await w.store.create(syncObject({ dependsOn: [{ name: 'base' }], targetNamespace: 'kube-public' }, 'app'))
  const { finish } = w.start()
  await w.clock.advance(0)
  expect(await w.condition('Ready', 'app')).toMatchObject({ status: 'True' })
  await w.change({ tag: 'bad' }, 'base')
  await w.annotate({ [requestedAtAnnotation]: '1' }, 'app')
  await w.clock.advance(0)
  expect(await w.condition('Ready', 'app')).toMatchObject({ status: 'False', reason: 'DependencyNotReady' })
  expect(await w.condition('Ready', 'base')).toMatchObject({ status: 'False', reason: 'BuildFailed' })
  await w.change({ tag: 'v2' }, 'base')
  await w.clock.advance(0)
  expect(await w.condition('Ready', 'app')).toMatchObject({ status: 'True' })
  await finish()
})

test('Syncs that wait for one another name the cycle, and go on when it is broken', async () => {
  const w = world(simple())
  await w.store.create(syncObject({ dependsOn: [{ name: 'two' }], targetNamespace: 'kube-public' }, 'one'))
  await w.store.create(syncObject({ dependsOn: [{ name: 'three' }] }, 'two'))
  await w.store.create(syncObject({ dependsOn: [{ name: 'two' }], targetNamespace: 'kube-system' }, 'three'))
  const { finish } = w.start()
  await w.clock.advance(0)
  const cycle = 'Sync default/two: spec.dependsOn has a cycle: default/two → default/three → default/two'
  expect(await w.condition('Stalled', 'two')).toMatchObject({ status: 'True', reason: 'DependencyCycle', message: cycle })
  expect(await w.condition('Stalled', 'three')).toMatchObject({ reason: 'DependencyCycle' })
  // It is not in the cycle, it waits for it.
  expect(await w.condition('Ready', 'one')).toMatchObject({ reason: 'DependencyNotReady' })
  expect(w.clusterWrites).toEqual([])
  await w.change({ targetNamespace: 'kube-system' }, 'three')
  await w.clock.advance(0)
  for (const name of ['one', 'two', 'three']) expect(await w.condition('Ready', name)).toMatchObject({ status: 'True' })
  expect(await w.condition('Stalled', 'two')).toBeUndefined()
  await finish()
})

test('the annotation asks for an attempt, once, and is echoed', async () => {
  const { clock, annotate, attempts, status, finish } = await applied()
  expect((await status()).lastHandledReconcileAt).toBeUndefined()
  await annotate({ [requestedAtAnnotation]: 'first' })
  await clock.advance(0)
  expect([attempts(), (await status()).lastHandledReconcileAt]).toEqual([2, 'first'])
  // Another annotation asks for nothing.
  await annotate({ [requestedAtAnnotation]: 'first', note: 'hello' })
  await clock.advance(minute)
  expect(attempts()).toBe(2)
  await annotate({ [requestedAtAnnotation]: 'second' })
  await clock.advance(0)
  expect([attempts(), (await status()).lastHandledReconcileAt]).toEqual([3, 'second'])
  await finish()
})

test('the annotation is echoed by an attempt that fails too', async () => {
  const { clock, annotate, status, change, finish } = await applied()
  await change({ tag: 'bad' })
  await annotate({ [requestedAtAnnotation]: 'x' })
  await clock.advance(0)
  expect(await status()).toMatchObject({ lastHandledReconcileAt: 'x' })
  await finish()
})

test('suspended, nothing is done, not even when asked; resumed, it goes on at once', async () => {
  const { clock, change, attempts, events, cluster, map, annotate, status, storeWrites, finish } = await applied()
  await change({ suspend: true })
  await clock.advance(0)
  expect(events.findLast(({ type }) => type.startsWith('sync.'))).toMatchObject({ type: 'sync.suspended' })
  storeWrites.length = 0
  await cluster.delete(mapRef('a'))
  await annotate({ [requestedAtAnnotation]: 'x' })
  await clock.advance(60 * minute)
  expect([attempts(), await map('a'), storeWrites]).toEqual([1, undefined, []])
  await change({})
  await clock.advance(0)
  expect(attempts()).toBe(2)
  expect(await map('a')).toBeDefined()
  expect((await status()).lastHandledReconcileAt).toBe('x')
  await finish()
})

test('a new specification is applied at once', async () => {
  const { clock, change, map, status, get, finish } = await applied()
  expect(await status()).toMatchObject({ observedGeneration: 1 })
  await change({ tag: 'v2' })
  await clock.advance(0)
  expect((await map('a'))?.data).toEqual({ x: '2' })
  expect((await status()).observedGeneration).toBe(2)
  expect((await get()).metadata.generation).toBe(2)
  expect((await status()).lastAppliedRevision).toMatch(/^v2@sha1:/)
  await finish()
})

test('its own writes of the status reconcile nothing, and an idle tick writes the status once and nothing else', async () => {
  const { clock, attempts, storeWrites, clusterWrites, finish } = await applied()
  expect(storeWrites).toEqual(['update shop', 'status', 'status'])
  expect(clusterWrites).toEqual(['apply a'])
  storeWrites.length = clusterWrites.length = 0
  await clock.advance(9 * minute)
  expect([attempts(), storeWrites]).toEqual([1, []])
  for (let tick = 1; tick <= 3; tick++) {
    await clock.advance(10 * minute)
    expect([attempts(), storeWrites, clusterWrites]).toEqual([1 + tick, Array(tick).fill('status'), []])
  }
  await finish()
})

test('its finalizer is there before the first write to the cluster, and added to those of others', async () => {
  const w = world(simple())
  const object = syncObject()
  await w.store.create({ ...object, metadata: { ...object.metadata, finalizers: ['example.com/theirs'] } })
  const finalizers: unknown[] = []
  const cluster = intercepted(w.countedCluster, async (method) => {
    if (method === 'apply') finalizers.push((await w.get()).metadata.finalizers)
  })
  const { finish } = w.start({ cluster })
  await w.clock.advance(0)
  expect(finalizers).toEqual([['example.com/theirs', syncFinalizer]])
  await finish()
})

const deletions: readonly [name: string, spec: SpecPatch, deleted: boolean][] = [
  ['MirrorPrune with prune', { deletionPolicy: 'MirrorPrune', prune: true }, true],
  ['MirrorPrune without prune', { deletionPolicy: 'MirrorPrune', prune: false }, false],
  ['Delete, whatever prune says', { deletionPolicy: 'Delete', prune: false }, true],
  ['WaitForTermination, whatever prune says', { deletionPolicy: 'WaitForTermination', prune: false }, true],
  ['Orphan, whatever prune says', { deletionPolicy: 'Orphan', prune: true }, false],
  ['suspended', { deletionPolicy: 'Delete', suspend: true }, false],
]
test.each(deletions)('deleted: %s', async (_, spec, deleted) => {
  const { clock, store, cluster, map, change, events, finish } = await applied()
  await cluster.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'theirs', namespace: 'default' } })
  await change(spec)
  await clock.advance(0)
  await store.delete(syncRef())
  await clock.advance(0)
  expect(await store.get(syncRef())).toBeUndefined()
  expect((await map('a')) === undefined).toBe(deleted)
  expect(events.filter(({ type }) => type === 'sync.pruned')).toHaveLength(deleted ? 1 : 0)
  expect(await map('theirs')).toBeDefined()
  await clock.advance(60 * minute)
  await finish()
})

test.each([
  ['Delete', false],
  ['WaitForTermination', true],
] as const)('deleted with %s while an object is held: waits %s', async (deletionPolicy, waits) => {
  const { clock, store, cluster, map, condition, finish } = await applied({ deletionPolicy })
  const held = (await map('a')) as KubeObject
  await cluster.update({ ...held, metadata: { ...held.metadata, finalizers: ['example.com/hold'] } })
  await store.delete(syncRef())
  await clock.advance(0)
  expect((await map('a'))?.metadata.deletionTimestamp).toBeDefined()
  expect((await store.get(syncRef())) !== undefined).toBe(waits)
  if (waits) {
    // Beyond the time limit, and beyond the attempts after it, in which the object is terminating already.
    await clock.advance(5 * minute)
    expect(await store.get(syncRef())).toBeDefined()
    expect(await condition('Ready')).toMatchObject({ status: 'False', reason: 'PruneFailed', message: expect.stringContaining('20s') })
  }
  const going = (await map('a')) as KubeObject
  const { finalizers: _, ...metadata } = going.metadata
  await cluster.update({ ...going, metadata: { ...metadata, finalizers: [] } })
  await clock.advance(20 * minute)
  expect([await map('a'), await store.get(syncRef())]).toEqual([undefined, undefined])
  await finish()
})

test('deleted while an object cannot be deleted: it stays, says why, and goes when it can', async () => {
  let forbidden = true
  const w = world(simple())
  const cluster = intercepted(w.countedCluster, (method) => {
    if (forbidden && method === 'delete') throw new FleetkitError('cluster/forbidden', 'may not delete')
  })
  await w.store.create(syncObject({}))
  const { finish } = w.start({ cluster })
  await w.clock.advance(0)
  await w.store.delete(syncRef())
  await w.clock.advance(0)
  expect(await w.condition('Ready')).toMatchObject({
    status: 'False',
    reason: 'PruneFailed',
    message: expect.stringContaining('1 of 1 objects could not be deleted: may not delete'),
  })
  expect(await w.inventory()).toEqual(['a'])
  forbidden = false
  await w.clock.advance(20 * minute)
  expect([await w.map('a'), await w.store.get(syncRef())]).toEqual([undefined, undefined])
  await finish()
})

test('recreated under its name, nothing of it is deleted by a manager that still sees the one before', async () => {
  const { clock, store, clusterWrites, get, map, start, finish } = await applied()
  await finish()
  const { metadata, ...rest } = await get()
  const before = { ...rest, metadata: { ...metadata, uid: 'before', deletionTimestamp: '2026-01-01T00:00:00Z' } }
  const behind = intercepted(store, async (method, [type]) =>
    method === 'list' && type.kind === 'Sync' ? { ...(await store.list(type)), items: [before] } : undefined,
  )
  clusterWrites.length = 0
  const late = start({ store: behind })
  await clock.advance(minute)
  expect([clusterWrites, await map('a')]).toEqual([[], expect.anything()])
  await late.finish()
})

test('an object that was handed to another Sync is not deleted with the first', async () => {
  const { clock, store, cluster, map, finish } = await applied()
  const object = (await map('a')) as KubeObject
  await cluster.update({ ...object, metadata: { ...object.metadata, labels: { ...object.metadata.labels, [syncNameLabel]: 'heir' } } })
  await store.delete(syncRef())
  await clock.advance(0)
  expect(await store.get(syncRef())).toBeUndefined()
  expect(await map('a')).toBeDefined()
  await finish()
})

test('an invalid Sync is stalled with every problem until it changes', async () => {
  const w = world(simple())
  const object = syncObject()
  await w.store.create({ ...object, spec: { source: { git: { url: 'x' } }, prune: 'yes' } })
  const { finish } = w.start()
  await w.clock.advance(0)
  const message = expect.stringMatching(/spec\.source\.git.*spec\.prune: found string "yes", accepted/)
  expect(await w.condition('Stalled')).toMatchObject({ status: 'True', reason: 'BuildFailed', message })
  expect(await w.condition('Ready')).toMatchObject({ status: 'False', message })
  expect(await w.status()).toMatchObject({ observedGeneration: 1 })
  expect((await w.get()).metadata.finalizers).toBeUndefined()
  expect(w.storeWrites).toEqual(['status'])
  await w.clock.advance(120 * minute)
  expect(w.storeWrites).toEqual(['status'])
  await w.store.update({ ...(await w.get()), spec: object.spec })
  await w.clock.advance(0)
  expect(await w.condition('Ready')).toMatchObject({ status: 'True' })
  expect(await w.condition('Stalled')).toBeUndefined()
  await finish()
})

test('a source that cannot be read is stalled: the attempt is recorded, what is applied stays', async () => {
  const { clock, change, status, condition, map, inventory, finish } = await applied()
  const before = await status()
  await change({ tag: 'bad' })
  await clock.advance(0)
  const after = await status()
  expect(await condition('Stalled')).toMatchObject({ reason: 'BuildFailed', message: expect.stringContaining('a.yaml:2:1') })
  expect(after.lastAttemptedRevision).toMatch(/^bad@sha1:/)
  expect(after.lastAppliedRevision).toBe(before.lastAppliedRevision)
  expect(after.observedGeneration).toBe(2)
  expect(after.history?.map(({ lastReconciledStatus }) => lastReconciledStatus)).toEqual(['BuildFailed', 'ReconciliationSucceeded'])
  // What never could be applied is not pinned.
  expect(after.admitted?.map(({ tag }) => tag)).toEqual(['v1'])
  expect(await map('a')).toBeDefined()
  expect(await inventory()).toEqual(['a'])
  await finish()
})

test('over its time limit, an attempt ends, says so, and is tried again', async () => {
  const w = world(simple())
  let hang = true
  const cluster = intercepted(w.countedCluster, async (method, [, options]) => {
    if (hang && method === 'apply') await w.clock.sleep(10 * minute, { signal: options.signal })
  })
  await w.store.create(syncObject({ timeout: '20s' }))
  const { finish } = w.start({ cluster })
  await w.clock.advance(19_999)
  expect(await w.condition('Ready')).toMatchObject({ status: 'Unknown', reason: 'Progressing' })
  await w.clock.advance(1)
  expect(await w.condition('Ready')).toMatchObject({
    status: 'False',
    reason: 'ReconciliationFailed',
    message: 'the attempt did not end within 20s (spec.timeout)',
  })
  expect(await w.condition('Reconciling')).toMatchObject({ reason: 'ProgressingWithRetry' })
  expect(await w.status()).not.toHaveProperty('observedGeneration')
  expect(await w.inventory()).toEqual(['a'])
  hang = false
  await w.clock.advance(minute)
  expect(await w.condition('Ready')).toMatchObject({ status: 'True' })
  await finish()
})

const isShard = ({ kind }: { readonly kind?: string }): boolean => kind === 'ConfigMap'
const isStatus = (_: unknown, [, options]: readonly any[]): boolean => options?.subresource === 'status'
type Unanswered = readonly [string, (method: string, parameters: readonly any[]) => boolean, object | 'delete', readonly string[]]
const unanswered: readonly Unanswered[] = [
  ['read it', (method) => method === 'get', { interval: '9m' }, ['Ready']],
  ['read its inventory', (method, [of]) => method === 'list' && isShard(of), { interval: '9m' }, ['Ready']],
  ['say that it is held', isStatus, { handbrake: { by: 'alice', reason: 'x' } }, ['Handbrake', 'Ready']],
  ['say that it is invalid', isStatus, { interval: 'soon' }, ['Stalled']],
  ['remove its inventory', (method, [of]) => method === 'delete' && isShard(of), 'delete', ['gone']],
  ['let go of it', (method, [of]) => method === 'update' && of.metadata.finalizers?.length !== 1, 'delete', ['gone']],
]
test.each(unanswered)(
  'a store that never answers when it is asked to %s is asked again after half a minute',
  async (_, isAsked, change, ends) => {
    const w = world(simple(), {}, { maxInventoryBytes: 40 })
    await w.store.create(syncObject({ tag: 'v2' }))
    let [hangs, asked] = [false, 0]
    const store = intercepted(w.store, async (method, parameters) => {
      if (!hangs || !isAsked(method, parameters)) return
      asked += 1
      await w.clock.sleep(1000 * minute, { signal: parameters.at(-1).signal })
    })
    const { finish } = w.start({ store })
    await w.clock.advance(0)
    hangs = true
    const { spec, ...rest } = await w.get()
    await (change === 'delete' ? w.store.delete(syncRef()) : w.store.update({ ...rest, spec: { ...(spec as object), ...change } }))
    await w.clock.advance(29_999)
    expect(asked).toBe(1)
    await w.clock.advance(minute)
    expect(asked).toBeGreaterThan(1)
    hangs = false
    await w.clock.advance(10 * minute)
    const object = await w.store.get(syncRef())
    const conditions = (object?.status as SyncStatus | undefined)?.conditions ?? []
    const held = conditions.filter(({ status }) => status === 'True').map(({ type }) => type)
    expect(object === undefined ? ['gone'] : held.sort()).toEqual(ends)
    await finish()
  },
)

const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 1
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: nginx }] }
`
const webRef = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name: 'web' }

async function play(cluster: ReturnType<typeof world>['cluster'], progress: 'ready' | 'stuck'): Promise<void> {
  const object = (await cluster.get(webRef)) as KubeObject
  const time = '2026-01-01T00:00:00Z'
  const condition = (type: string, status: string, reason: string) => ({
    type,
    status,
    reason,
    message: reason,
    lastTransitionTime: time,
    lastUpdateTime: time,
  })
  const status =
    progress === 'ready'
      ? {
          replicas: 1,
          updatedReplicas: 1,
          readyReplicas: 1,
          availableReplicas: 1,
          conditions: [
            condition('Available', 'True', 'MinimumReplicasAvailable'),
            condition('Progressing', 'True', 'NewReplicaSetAvailable'),
          ],
        }
      : { replicas: 1, updatedReplicas: 1, conditions: [condition('Progressing', 'False', 'ProgressDeadlineExceeded')] }
  await cluster.update(
    { ...object, status: { observedGeneration: object.metadata.generation as number, ...status } },
    { subresource: 'status' },
  )
}

test.each<[string, SpecPatch]>([
  ['wait', { wait: true }],
  ['healthChecks', { healthChecks: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }] }],
  ['healthChecks that name the namespace', { healthChecks: [{ ...webRef }] }],
])('%s: ready once the Deployment is, and not before', async (_, spec) => {
  const { clock, cluster, status, condition, events, finish } = await applied(
    { ...spec, timeout: '10m' },
    repository({ v1: { 'web.yaml': deployment } }),
  )
  await clock.advance(minute)
  expect(await condition('Ready')).toMatchObject({ status: 'Unknown', reason: 'Progressing' })
  expect(await condition('Reconciling')).toMatchObject({ status: 'True' })
  expect((await status()).observedGeneration).toBeUndefined()
  await play(cluster, 'ready')
  await clock.advance(2000)
  expect(await condition('Ready')).toMatchObject({ status: 'True', message: expect.stringContaining('everything is healthy') })
  expect(await condition('Healthy')).toMatchObject({ status: 'True' })
  expect(await condition('Reconciling')).toBeUndefined()
  expect((await status()).observedGeneration).toBe(1)
  expect(events.flatMap((event) => (event.type === 'sync.health' ? [event.health] : []))).toEqual(['InProgress', 'Current'])
  await finish()
})

test('wait: a Deployment that has failed for good ends the attempt at once', async () => {
  const { clock, cluster, status, condition, finish } = await applied(
    { wait: true, timeout: '10m' },
    repository({ v1: { 'web.yaml': deployment } }),
  )
  await clock.advance(minute)
  await play(cluster, 'stuck')
  await clock.advance(2000)
  expect(await condition('Ready')).toMatchObject({
    status: 'False',
    reason: 'HealthCheckFailed',
    message: expect.stringContaining('failed: Deployment default/web is Failed'),
  })
  expect(await condition('Healthy')).toMatchObject({ status: 'False' })
  expect(await status()).toMatchObject({ lastAttemptedRevision: expect.stringMatching(/^v1@/) })
  expect((await status()).lastAppliedRevision).toBeUndefined()
  expect((await status()).observedGeneration).toBeUndefined()
  await play(cluster, 'ready')
  await clock.advance(minute)
  expect(await condition('Healthy')).toMatchObject({ status: 'True' })
  expect((await status()).lastAppliedRevision).toMatch(/^v1@/)
  await finish()
})

test('wait: what is not healthy in time is named', async () => {
  const { clock, condition, finish } = await applied({ wait: true }, repository({ v1: { 'web.yaml': deployment } }))
  await clock.advance(20_000)
  expect(await condition('Ready')).toMatchObject({
    reason: 'HealthCheckFailed',
    message: expect.stringContaining('not ready in time: Deployment default/web is InProgress'),
  })
  await finish()
})

test('wait: holds no worker, and is dropped when a new revision arrives', async () => {
  const versions = repository({ v1: { 'web.yaml': deployment }, v2: { 'a.yaml': configMap('a') } })
  const w = world(versions, {}, { concurrency: 1 })
  await w.store.create(syncObject({ wait: true, timeout: '10m', targetNamespace: 'kube-public' }, 'one'))
  await w.store.create(syncObject({ wait: true, timeout: '10m' }, 'two'))
  await w.store.create(syncObject({ tag: 'v2', targetNamespace: 'kube-system' }, 'three'))
  const { finish } = w.start()
  await w.clock.advance(1000)
  expect(await w.condition('Ready', 'one')).toMatchObject({ status: 'Unknown' })
  expect(await w.condition('Ready', 'two')).toMatchObject({ status: 'Unknown' })
  expect(await w.condition('Ready', 'three')).toMatchObject({ status: 'True' })
  await w.change({ tag: 'v2', wait: true }, 'two')
  await w.clock.advance(1000)
  expect((await w.status('two')).lastAppliedRevision).toMatch(/^v2@/)
  expect(await w.condition('Ready', 'one')).toMatchObject({ status: 'Unknown' })
  expect(w.events.filter(({ type }) => type === 'sync.failed' || type.startsWith('controller.error'))).toEqual([])
  await finish()
})

test('observedGeneration stays on a retryable failure and moves on a stall; lastAppliedRevision moves only on success', async () => {
  const w = world(simple())
  let answer: FleetkitError | undefined
  const cluster = intercepted(w.countedCluster, (method, [objects]) => {
    if (method === 'apply' && answer !== undefined && objects[0].metadata.name === 'b') return [{ ref: mapRef('b'), error: answer }]
    return undefined
  })
  await w.store.create(syncObject())
  const { finish } = w.start({ cluster })
  await w.clock.advance(0)
  const first = (await w.status()).lastAppliedRevision as string
  answer = new FleetkitError('cluster/unavailable', 'busy', { ref: mapRef('b') })
  await w.change({ tag: 'v2' })
  await w.clock.advance(0)
  expect(await w.status()).toMatchObject({
    observedGeneration: 1,
    lastAppliedRevision: first,
    lastAttemptedRevision: expect.stringMatching(/^v2@/),
  })
  expect(await w.condition('Reconciling')).toMatchObject({ observedGeneration: 2, reason: 'ProgressingWithRetry' })
  expect(await w.condition('Stalled')).toBeUndefined()

  answer = new FleetkitError('cluster/forbidden', 'no', { ref: mapRef('b') })
  await w.clock.advance(minute)
  expect(await w.status()).toMatchObject({ observedGeneration: 2, lastAppliedRevision: first })
  expect(await w.condition('Stalled')).toMatchObject({ status: 'True', reason: 'ReconciliationFailed', observedGeneration: 2 })
  expect(await w.condition('Reconciling')).toBeUndefined()

  answer = undefined
  await w.clock.advance(minute)
  expect(await w.status()).toMatchObject({ observedGeneration: 2, lastAppliedRevision: expect.stringMatching(/^v2@/) })
  expect(await w.condition('Stalled')).toBeUndefined()
  await finish()
})

test('a conflict about an object is a failure of the attempt, not a conflicting writer of its status', async () => {
  const w = world(simple())
  let conflict = true
  const cluster = intercepted(w.countedCluster, (method) => {
    if (conflict && method === 'apply') return [{ ref: mapRef('a'), error: new FleetkitError('store/conflict', 'it changed meanwhile') }]
    return undefined
  })
  await w.store.create(syncObject())
  const { finish } = w.start({ cluster })
  await w.clock.advance(0)
  expect(await w.condition('Ready')).toMatchObject({ status: 'False', message: 'it changed meanwhile' })
  expect(await w.condition('Reconciling')).toMatchObject({ reason: 'ProgressingWithRetry' })
  conflict = false
  await w.clock.advance(minute)
  expect(await w.condition('Ready')).toMatchObject({ status: 'True' })
  await finish()
})

test('what could not be pruned stays recorded, and is pruned as soon as it can be', async () => {
  const w = world(simple())
  let forbidden = true
  const cluster = intercepted(w.countedCluster, (method) => {
    if (forbidden && method === 'delete') throw new FleetkitError('cluster/forbidden', 'may not delete')
  })
  await w.store.create(syncObject({ tag: 'v2' }))
  const { finish } = w.start({ cluster })
  await w.clock.advance(0)
  await w.change({ tag: 'v1' })
  await w.clock.advance(0)
  expect(await w.condition('Ready')).toMatchObject({ status: 'False', reason: 'PruneFailed', message: 'may not delete' })
  expect(await w.inventory()).toEqual(['a', 'b'])
  expect((await w.status()).lastAppliedRevision).toMatch(/^v2@/)
  forbidden = false
  await w.clock.advance(minute)
  expect((await w.status()).lastAppliedRevision).toMatch(/^v1@/)
  expect(await w.condition('Ready')).toMatchObject({ status: 'True' })
  expect([await w.inventory(), await w.map('b')]).toEqual([['a'], undefined])
  await finish()
})

test('the history holds the last five revisions, the newest first', async () => {
  const versions = Object.fromEntries([1, 2, 3, 4, 5, 6, 7].map((n) => [`v${n}`, { 'a.yaml': configMap('a', { n: String(n) }) }] as const))
  const { clock, change, status, finish } = await applied({}, repository(versions))
  for (const n of [2, 3, 4, 5, 6, 7, 3]) {
    await clock.advance(1000)
    await change({ tag: `v${n}` })
    await clock.advance(0)
  }
  const { history = [], admitted = [] } = await status()
  expect(history.map(({ revision }) => revision.slice(0, 2))).toEqual(['v3', 'v7', 'v6', 'v5', 'v4'])
  expect(history[0]).toMatchObject({
    totalReconciliations: 2,
    firstReconciled: '2026-01-01T00:00:02Z',
    lastReconciled: '2026-01-01T00:00:07Z',
  })
  expect(admitted.map(({ tag }) => tag)).toEqual(['v1', 'v2', 'v3', 'v4', 'v5', 'v6', 'v7'])
  await finish()
})

test('a tag that moves is reported until it is back, and never followed', async () => {
  const git = simple()
  const { clock, condition, map, finish } = await applied({}, git)
  const first = await git.resolve('https://git.example.com/shop.git', { tag: 'v1' })
  const other = await git.resolve('https://git.example.com/shop.git', { tag: 'v2' })
  git.tag('https://git.example.com/shop.git', 'v1', other)
  await clock.advance(10 * minute)
  expect(await condition('TagMoved')).toMatchObject({ status: 'True', message: expect.stringContaining(other) })
  expect(await condition('Ready')).toMatchObject({ status: 'True' })
  expect((await map('a'))?.data).toEqual({ x: '1' })
  git.tag('https://git.example.com/shop.git', 'v1', first)
  await clock.advance(10 * minute)
  expect(await condition('TagMoved')).toBeUndefined()
  await finish()
})

test('corrects drift at the next tick, and says which fields had drifted', async () => {
  const { clock, cluster, map, events, finish } = await applied()
  await cluster.update({ ...((await map('a')) as KubeObject), data: { x: '9' } })
  await clock.advance(10 * minute)
  expect((await map('a'))?.data).toEqual({ x: '1' })
  expect(events.flatMap((event) => (event.type === 'sync.drift' ? [[event.ref.name, event.fields]] : []))).toEqual([['a', ['.data.x']]])
  await finish()
})

test('stopped in the middle of an attempt: what was written is recorded, and the next manager goes on', async () => {
  const w = world(simple(), { gracePeriodMs: 0 })
  let writes = 0
  const cluster = intercepted(w.countedCluster, async (method, [objects, options]) => {
    if (method !== 'apply' || objects[0].metadata.name !== 'b' || writes++ > 0) return
    await w.clock.sleep(60 * minute, { signal: options.signal })
  })
  await w.store.create(syncObject({ tag: 'v2' }))
  const first = w.start({ cluster })
  await w.clock.advance(1000)
  expect([(await w.map('a')) !== undefined, (await w.map('b')) !== undefined]).toEqual([true, false])
  await first.finish()
  expect(await w.inventory()).toEqual(['a', 'b'])
  expect(await w.condition('Ready')).toMatchObject({ status: 'Unknown', reason: 'Progressing' })
  expect(w.events.some(({ type }) => type === 'sync.failed')).toBe(false)

  const second = w.start({ cluster })
  await w.clock.advance(0)
  expect(await w.map('b')).toBeDefined()
  expect(await w.condition('Ready')).toMatchObject({ status: 'True' })
  await second.finish()
})

test.each([
  ['one', 'two'],
  ['two', 'one'],
])('an object that moves from one Sync to another stays, when %s is attempted first', async (first, second) => {
  const git = repository({
    v1: { 'one/x.yaml': configMap('x', { v: '1' }), 'one/a.yaml': configMap('a'), 'two/b.yaml': configMap('b') },
    v2: { 'one/a.yaml': configMap('a'), 'two/b.yaml': configMap('b'), 'two/x.yaml': configMap('x', { v: '2' }) },
  })
  const w = world(git)
  for (const name of ['one', 'two']) await w.store.create(syncObject({ path: `./${name}` }, name))
  const { finish } = w.start()
  await w.clock.advance(1000)
  const before = (await w.map('x')) as KubeObject
  for (const name of [first, second]) await w.change({ path: `./${name}`, tag: 'v2' }, name)
  await w.clock.advance(1000)
  expect(await w.map('x')).toMatchObject({
    data: { v: '2' },
    metadata: { uid: before.metadata.uid, labels: { 'sync.fleetkit.dev/name': 'two' } },
  })
  expect(w.clusterWrites).not.toContain('delete x')
  for (const name of ['one', 'two']) expect(await w.condition('Ready', name)).toMatchObject({ status: 'True' })
  await w.clock.advance(11 * minute)
  expect([await w.inventory('one'), await w.inventory('two')]).toEqual([['a'], ['b', 'x']])
  await finish()
})

test('a manager without git says what is missing', async () => {
  const w = world(simple())
  await w.store.create(syncObject())
  const { finish } = w.start({ git: undefined })
  await w.clock.advance(0)
  expect(w.events.flatMap((event) => (event.type === 'controller.terminal' ? [event.error.message] : []))).toEqual([
    expect.stringContaining('the Manager has no git'),
  ])
  await finish()
})

test('a store that is a cluster is the cluster as well', async () => {
  const w = world(simple())
  await w.cluster.create(definitionOf(syncKind))
  await w.cluster.create(syncObject())
  const { finish } = w.start({ store: w.cluster, cluster: undefined })
  await w.clock.advance(0)
  expect(await w.map('a')).toBeDefined()
  expect(await w.cluster.get(syncRef())).toMatchObject({ status: { observedGeneration: 1 } })
  await finish()
})

test('what the cluster has said to change nothing is not asked again at each interval', async () => {
  const group = 'routes.example.com'
  const item = { type: 'object', properties: { name: { type: 'string' }, kind: { type: 'string', default: 'Service' } } }
  const spec = { type: 'object', properties: { backends: { type: 'array', items: item } } }
  const definition: KubeObject = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `routes.${group}` },
    spec: {
      group,
      names: { kind: 'Route', plural: 'routes' },
      scope: 'Namespaced',
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', properties: { spec } } } }],
    },
  }
  // Without the schema the default in the list looks like a change.
  const route = { apiVersion: `${group}/v1`, kind: 'Route', metadata: { name: 'a' }, spec: { backends: [{ name: 'a' }] } }
  const w = world(repository({ v1: { 'a.json': JSON.stringify(route) } }))
  await w.cluster.apply([definition], { fieldManager: 'test' })
  let dryRuns = 0
  const cluster = intercepted(w.countedCluster, (method, [, options]) => {
    if (method === 'apply' && options.dryRun === true) dryRuns++
  })
  await w.store.create(syncObject())
  const { finish } = w.start({ cluster })
  await w.clock.advance(0)
  expect(await w.condition('Ready')).toMatchObject({ status: 'True' })
  await w.clock.advance(3 * 615_000)
  expect([w.attempts(), dryRuns]).toEqual([4, 0])
  await finish()
})
