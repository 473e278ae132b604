import {
  Cluster,
  FleetkitError,
  fieldManagerOf,
  formatPlan,
  type Git,
  getCondition,
  type KubeObject,
  ownerOf,
  RemoteSync,
  type RemoteSyncInput,
  Sync,
  SyncRunner,
  type SyncStatus,
} from 'fleetkit'
import { memoryFleet, memoryStore } from 'fleetkit/memory'
import { parsePlan } from 'fleetkit/plan'
import { describe, expect, test } from 'vitest'
import { configMap, failure, intercepted, repository, syncOf, url } from '../sync/scenarios.ts'
import { familyWorld, type Member, mapRef, members } from './world.ts'

const minute = 60_000
const remote = members.find(({ kind }) => kind === 'RemoteSync') as Member
const shop = (): ReturnType<typeof repository> =>
  repository({
    v1: { 'a.yaml': configMap('a', { x: '1' }), 'b.yaml': configMap('b', { y: '1' }) },
    v2: { 'a.yaml': configMap('a', { x: '2' }) },
  })

type World = Awaited<ReturnType<typeof familyWorld>>

/** Changes the Cluster of a world. */
async function changeCluster(w: World, change: (cluster: KubeObject) => KubeObject): Promise<void> {
  await w.store.update(change((await w.cluster()) as KubeObject))
}

describe('a RemoteSync', () => {
  test('whose Cluster is not there is unknown, and begins when it comes', async () => {
    const w = await familyWorld(remote, shop())
    await w.store.delete({ ...w.refOf('eu'), kind: 'Cluster' })
    await w.put()
    const run = w.start()
    await w.clock.advance(1000)
    expect(await w.ready()).toMatchObject({ status: 'Unknown', reason: 'ClusterNotRegistered', message: 'there is no Cluster default/eu' })
    const access = { kubeConfig: { secretRef: { name: 'eu' } } }
    await w.store.create(new Cluster({ metadata: { name: 'eu', namespace: 'default' }, spec: { access } }).toObject())
    await w.clock.advance(1000)
    expect(await w.ready()).toMatchObject({ status: 'True' })
    await run.finish()
  })

  test('is unknown while its cluster is unreachable, with the last answer, and is looked at as soon as that is back', async () => {
    const w = await familyWorld(remote, shop())
    await w.put()
    const run = w.start()
    await w.clock.advance(1000)
    w.fault = () => {
      throw new FleetkitError('cluster/unreachable', '10.0.0.1 cannot be reached: ETIMEDOUT')
    }
    await w.clock.advance(2 * minute)
    expect(await w.ready()).toMatchObject({ status: 'Unknown', reason: 'ClusterUnreachable' })
    expect((await w.ready())?.message).toMatch(/ETIMEDOUT; the last answer came at \d{4}-/)
    expect((await w.status()).lastAppliedRevision).toMatch(/^v1@/)
    const { resourceVersion } = (await w.get()).metadata
    await w.clock.advance(60 * minute)
    expect((await w.get()).metadata.resourceVersion).toBe(resourceVersion)
    await w.put({ tag: 'v2' })
    w.fault = undefined
    await w.clock.advance(minute)
    expect(await w.ready()).toMatchObject({ status: 'True' })
    expect(await w.data('a')).toEqual({ x: '2' })
    await run.finish()
  })

  test('does nothing to a suspended cluster, nor deletes anything there', async () => {
    const w = await familyWorld(remote, shop())
    await w.put()
    const run = w.start()
    await w.clock.advance(1000)
    await changeCluster(w, (cluster) => ({ ...cluster, spec: { ...(cluster.spec as object), suspend: true } }))
    await w.clock.advance(1000)
    expect(await w.ready()).toMatchObject({ status: 'Unknown', reason: 'ClusterSuspended' })
    await w.store.delete(w.refOf())
    await w.clock.advance(5 * minute)
    expect(await w.data('a')).toEqual({ x: '1' })
    expect((await w.ready())?.message).toContain('Cluster default/eu is suspended')
    await changeCluster(w, (cluster) => ({ ...cluster, spec: { ...(cluster.spec as object), suspend: false } }))
    await w.clock.advance(10 * minute)
    expect([await w.store.get(w.refOf()), await w.data('a')]).toEqual([undefined, undefined])
    await run.finish()
  })

  test('prunes in a restored cluster what has come back with the backup, also when it is deleted', async () => {
    for (const deleted of [false, true]) {
      const w = await familyWorld(remote, shop())
      await w.put()
      const run = w.start()
      await w.clock.advance(1000)
      const backup = w.target.backUp()
      await w.put({ tag: 'v2' })
      await w.clock.advance(6 * minute)
      expect(await w.data('b')).toBeUndefined()
      w.target.restore(backup)
      expect(await w.data('b')).toEqual({ y: '1' })
      // Before anything has noticed.
      if (deleted) await w.store.delete(w.refOf())
      await w.clock.advance(2 * minute)
      expect([await w.data('a'), await w.data('b')]).toEqual([deleted ? undefined : { x: '2' }, undefined])
      await run.finish()
    }
  })

  test('puts objects without a namespace into default, and prunes a namespace of the name of its own', async () => {
    const namespace = 'apiVersion: v1\nkind: Namespace\nmetadata: { name: fleet }\n'
    const git = repository({
      v1: { 'n.yaml': namespace, 'a.yaml': configMap('a', { x: '1' }) },
      v2: { 'a.yaml': configMap('a', { x: '1' }) },
    })
    const fleet = memoryFleet()
    const eu = fleet.cluster('eu')
    await using runner = new SyncRunner({ store: memoryStore(), connect: fleet.connect, git })
    const sync = (tag: string) => remoteSync({ tag, namespace: 'fleet' })
    await runner.run(sync('v1'))
    expect((await eu.get(mapRef('a')))?.data).toEqual({ x: '1' })
    await runner.run(sync('v2'))
    expect(await eu.get({ apiVersion: 'v1', kind: 'Namespace', name: 'fleet' })).toBeUndefined()
  })

  test('has its credentials and variables where it lies, not in the cluster that it applies to', async () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of Flux.
    const text = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\ndata: { region: "${region}" }\n'
    const seen: unknown[] = []
    const git: Git = intercepted(repository({ v1: { 'a.yaml': text } }), (method, [, , options]) => {
      if (method === 'resolve') seen.push(options?.credentials)
    })
    const w = await familyWorld(remote, git)
    await w.store.create({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace: 'default', name: 'git' },
      data: { bearerToken: 'dG9rZW4=' },
    })
    await w.store.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: 'default', name: 'vars' }, data: { region: 'eu' } })
    await w.put({
      source: { git: { url, tag: 'v1', secretRef: { name: 'git' } } },
      postBuild: { substituteFrom: [{ kind: 'ConfigMap', name: 'vars' }] },
    })
    const run = w.start()
    await w.clock.advance(1000)
    expect(await w.ready()).toMatchObject({ status: 'True' })
    expect(await w.data('a')).toEqual({ region: 'eu' })
    expect(seen[0]).toEqual({ kind: 'bearer', token: 'token' })
    await run.finish()
  })

  test('that is to act as a ServiceAccount says so where there are no users', async () => {
    const w = await familyWorld(remote, shop())
    await w.put({ serviceAccount: { name: 'deployer', namespace: 'apps' } } as never)
    const run = w.start()
    await w.clock.advance(1000)
    expect(await w.ready()).toMatchObject({ status: 'False' })
    expect((await w.ready())?.message).toContain('found a user to act as, system:serviceaccount:apps:deployer')
    expect(await w.data('a')).toBeUndefined()
    await run.finish()
  })

  test('does not wait for clusters that hang', async () => {
    const w = await familyWorld(remote, shop())
    const fleet = memoryFleet({ clock: w.clock })
    const hung = fleet.cluster('hung')
    const hang = (_: unknown, options: { readonly signal?: AbortSignal } | undefined): Promise<never> =>
      new Promise((_, reject) => options?.signal?.addEventListener('abort', () => reject(options.signal?.reason as Error)))
    const access = { kubeConfig: { secretRef: { name: 'x' } } }
    for (let index = 0; index < 40; index++) {
      const name = `hung-${index}`
      await w.store.create(new Cluster({ metadata: { name, namespace: 'default' }, spec: { access } }).toObject())
      for (const part of ['a', 'b', 'c'])
        await w.store.create(
          new RemoteSync({ metadata: { name: `${name}-${part}`, namespace: 'default' }, spec: specOf({ cluster: name }) }).toObject(),
        )
    }
    let hangs = false
    const run = w.start({
      connect: async ({ ref }, { current }) => {
        if (current !== undefined) return current
        if (!ref.name.startsWith('hung')) return w.target
        return new Proxy(hung, {
          get: (target, property) => {
            const member = Reflect.get(target, property, target) as unknown
            if (property === 'close') return async () => {}
            // The mark is that of the Cluster that comes first: each has its own here.
            if (property === 'get' && !hangs)
              return async (asked: { kind: string; name: string }, options: object) =>
                asked.kind === 'Lease' ? undefined : target.get(asked as never, options)
            if (property === 'create' && !hangs) return async (object: KubeObject) => object
            return typeof member !== 'function' ? member : hangs ? hang : member.bind(target)
          },
        })
      },
    })
    await w.clock.advance(2 * minute)
    hangs = true
    await w.clock.advance(10 * minute)
    await w.put({ tag: 'v2' })
    await w.clock.advance(1000)
    expect(await w.ready()).toMatchObject({ status: 'True' })
    expect(await w.data('a')).toEqual({ x: '2' })
    await run.finish()
  })
})

function specOf({ tag = 'v1', cluster = 'eu' } = {}): RemoteSyncInput['spec'] {
  return { cluster: { name: cluster }, source: { git: { url, tag } }, prune: true, timeout: '20s' }
}

function remoteSync({ tag = 'v1', namespace = 'default', name = 'shop', cluster = 'eu' } = {}): RemoteSync {
  return new RemoteSync({ metadata: { name, namespace }, spec: specOf({ tag, cluster }) })
}

describe('a Sync of the cluster, a RemoteSync and that of another management, all of one name', () => {
  test('meet as owners of their own, and none takes what another has', async () => {
    const git = shop()
    const fleet = memoryFleet()
    const eu = fleet.cluster('eu')
    const local = new SyncRunner({ cluster: eu, git })
    const managed = (management: string) => new SyncRunner({ store: memoryStore(), connect: fleet.connect, git, management })
    const [one, two] = [managed('m1'), managed('m2')]
    await one.run(remoteSync())
    const object = (await eu.get(mapRef('a'))) as KubeObject
    expect(ownerOf(object)).toBe('RemoteSync:m1:default/shop')
    expect(object.metadata.managedFields?.map(({ manager }) => manager)).toEqual(['fleetkit:RemoteSync:m1:default/shop'])
    for (const runner of [local, two]) {
      const error = await failure(runner.run(runner === local ? syncOf('default', 'v1') : remoteSync()))
      expect([error.code, error.message]).toEqual([
        'sync/partial',
        expect.stringContaining('it belongs to RemoteSync default/shop of the management m1'),
      ])
    }
    // Those that own nothing remove nothing.
    await two.remove(remoteSync())
    await local.remove(syncOf('default', 'v1'))
    expect((await eu.get(mapRef('a')))?.data).toEqual({ x: '1' })
    await one.remove(remoteSync())
    expect(await eu.get(mapRef('a'))).toBeUndefined()
    expect(fieldManagerOf(new Sync(syncOf('default', 'v1')).ref)).toBe('fleetkit:default/shop')
  })

  test('an object moves between RemoteSyncs of one cluster without being deleted, and is no one else’s of another', async () => {
    const git = repository({
      one: { 'x.yaml': configMap('x'), 'z.yaml': configMap('z') },
      less: { 'z.yaml': configMap('z') },
      two: { 'x.yaml': configMap('x') },
    })
    const fleet = memoryFleet()
    const [eu] = [fleet.cluster('eu'), fleet.cluster('us')]
    const store = memoryStore()
    await using runner = new SyncRunner({ store, connect: fleet.connect, git })
    await runner.run(remoteSync({ tag: 'one' }))
    const before = await eu.get(mapRef('x'))
    // Another cluster's RemoteSync that is to have an object of the name keeps nothing from being pruned here.
    const elsewhere = remoteSync({ name: 'other', tag: 'two', cluster: 'us' })
    const taker = remoteSync({ name: 'taker', tag: 'two' })
    const less = remoteSync({ tag: 'less' })
    expect(formatPlan(await runner.plan(less, { peers: [elsewhere] }))).toContain('- ConfigMap default/x: prune')
    expect(formatPlan(await runner.plan(less, { peers: [taker] }))).toMatch(
      /x: skip|RemoteSync default\/taker of the management \w+ is to have it/,
    )
    await runner.run(taker, { peers: [less] })
    await runner.run(less, { peers: [taker] })
    expect((await eu.get(mapRef('x')))?.metadata.uid).toBe(before?.metadata.uid)
  })
})

describe('a script', () => {
  test('plans and runs a RemoteSync on many clusters, keeps the records here, and removes what was applied', async () => {
    const fleet = memoryFleet()
    const names = ['eu', 'us', 'ap']
    const clusters = names.map((name) => fleet.cluster(name))
    const store = memoryStore()
    await using runner = new SyncRunner({ store, connect: fleet.connect, git: shop() })
    const finished: string[] = []
    runner.events.on('sync.finished', ({ sync }) => finished.push(sync.namespace as string))
    const each = names.map((name) => remoteSync({ namespace: name, cluster: name }))
    const plans = await Promise.all(each.map((sync) => runner.plan(sync)))
    expect(plans.every((plan) => formatPlan(plan).includes('Plan: 2 to create'))).toBe(true)
    expect(await Promise.all(clusters.map((cluster) => cluster.get(mapRef('a'))))).toEqual([undefined, undefined, undefined])
    // A plan can be stored, and applied by what was stored.
    await Promise.all(plans.map((plan) => runner.apply(parsePlan(JSON.stringify(plan)))))
    expect(finished.sort()).toEqual([...names].sort())
    for (const cluster of clusters) expect((await cluster.get(mapRef('a')))?.data).toEqual({ x: '1' })
    const kept = await store.list({ apiVersion: 'v1', kind: 'ConfigMap' })
    expect(kept.items.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`).sort()).toEqual([
      'ap/remotesync-shop',
      'default/fleetkit-management',
      'eu/remotesync-shop',
      'us/remotesync-shop',
    ])
    expect((await runner.status(each[0] as RemoteSync)).lastAppliedRevision).toMatch(/^v1@/)
    for (const sync of each) await runner.remove(sync)
    for (const cluster of clusters) expect((await cluster.list({ apiVersion: 'v1', kind: 'ConfigMap' })).items).toEqual([])
    expect((await store.list({ apiVersion: 'v1', kind: 'ConfigMap' })).items.map(({ metadata }) => metadata.name)).toEqual([
      'fleetkit-management',
    ])
  })

  test('keeps the status of a RemoteSync in its object, where that is in the store', async () => {
    const fleet = memoryFleet()
    fleet.cluster('eu')
    const store = memoryStore()
    await store.create(remoteSync().toObject())
    await using runner = new SyncRunner({ store, connect: fleet.connect, git: shop() })
    await runner.run(RemoteSync.from((await store.get(remoteSync().ref)) as KubeObject))
    const kept = (await store.get(remoteSync().ref)) as KubeObject
    expect(getCondition((kept.status as SyncStatus).conditions, 'Ready')).toMatchObject({ status: 'True', observedGeneration: 1 })
  })

  test('does nothing to another cluster than the one that its Cluster remembers', async () => {
    const fleet = memoryFleet()
    const eu = fleet.cluster('eu')
    const store = memoryStore()
    const uid = (await eu.get({ apiVersion: 'v1', kind: 'Namespace', name: 'kube-system' }))?.metadata.uid
    const cluster = new Cluster({
      metadata: { name: 'eu', namespace: 'default' },
      spec: { access: { kubeConfig: { secretRef: { name: 'eu' } } } },
    })
    const remember = async (identity: object): Promise<void> => {
      const kept = (await store.get(cluster.ref)) ?? (await store.create(cluster.toObject()))
      await store.update({ ...kept, status: { identity } } as KubeObject, { subresource: 'status' })
    }
    await remember({ uid: 'another', counter: 1 })
    await using runner = new SyncRunner({ store, connect: async () => eu, git: shop() })
    for (const doing of [runner.plan(remoteSync()), runner.run(remoteSync()), runner.remove(remoteSync())]) {
      const error = await failure(doing)
      expect([error.code, error.message]).toEqual([
        'sync/cluster',
        expect.stringContaining(`leads to another cluster, ${uid}, than the one`),
      ])
    }
    expect(await eu.get(mapRef('a'))).toBeUndefined()
    expect(await runner.status(remoteSync())).toEqual({})
    await remember({ uid, counter: 1 })
    await runner.run(remoteSync())
    expect(await eu.get(mapRef('a'))).toBeDefined()
  })

  test('a plan for one cluster is not applied to another', async () => {
    const fleet = memoryFleet()
    const us = [fleet.cluster('eu'), fleet.cluster('us')][1]
    await using runner = new SyncRunner({ store: memoryStore(), connect: fleet.connect, git: shop() })
    const plan = await runner.plan(remoteSync())
    const error = await failure(runner.run(remoteSync({ cluster: 'us' }), { plan }))
    expect([error.code, error.message]).toEqual(['sync/plan-changed', expect.stringContaining('spec')])
    expect(await us?.get(mapRef('a'))).toBeUndefined()
  })

  test('applies objects made in code to another cluster', async () => {
    const fleet = memoryFleet()
    const eu = fleet.cluster('eu')
    await using runner = new SyncRunner({ store: memoryStore(), connect: fleet.connect })
    const objects = [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'made' }, data: { x: '1' } }]
    await runner.run({ metadata: { name: 'made' }, spec: { cluster: { name: 'eu' }, prune: true } }, { objects })
    expect((await eu.get(mapRef('made')))?.data).toEqual({ x: '1' })
  })

  test.each([
    ['connect', { store: memoryStore() }, 'connect: found nothing, accepted what reaches clusters'],
    ['store', { connect: memoryFleet().connect }, 'store: found nothing, accepted where the inventories'],
  ])('without %s it says what it lacks', async (_, options, message) => {
    const error = await failure(new SyncRunner({ ...options, git: shop() }).run(remoteSync()))
    expect([error.code, error.message]).toEqual(['model/invalid', expect.stringContaining(message)])
  })

  test('without a cluster it says so for a Sync', async () => {
    const error = await failure(new SyncRunner({ git: shop() }).run(syncOf('default', 'v1')))
    expect(error.message).toContain('cluster: found nothing, accepted the cluster that Syncs are applied to')
  })

  test('two processes that begin at once are one management', async () => {
    const store = memoryStore()
    const fleet = memoryFleet()
    const eu = fleet.cluster('eu')
    const runners = [0, 1, 2].map(() => new SyncRunner({ store, connect: fleet.connect, git: shop() }))
    await Promise.all(
      runners
        .map((runner, index) => runner.run(remoteSync({ name: `shop-${index}`, tag: 'v2', namespace: `n${index}` })))
        .map((each) => each.catch(() => {})),
    )
    const owners = new Set((await eu.list({ apiVersion: 'v1', kind: 'ConfigMap' })).items.map((object) => ownerOf(object)?.split(':')[1]))
    expect(owners.size).toBe(1)
  })
})
