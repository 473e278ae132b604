import {
  Cluster,
  type ClusterApi,
  type ClusterStatus,
  type Condition,
  clusterController,
  confirmIdentityAnnotation,
  confirmRestoreAnnotation,
  type FleetEvent,
  FleetkitError,
  getCondition,
  type KubeObject,
  Manager,
  mirrorManagementLabel,
  mirrorOwnerAnnotation,
  type ObjectRef,
  ProxySync,
  type ProxySyncInput,
  type ProxySyncStatus,
  PullSync,
  type PullSyncStatus,
  proxySyncController,
  pullSyncController,
  syncController,
} from 'fleetkit'
import { clusterKind, definitionOf, proxySyncKind, pullSyncKind, syncKind } from 'fleetkit/kinds'
import { memoryFleet, type RestorableCluster } from 'fleetkit/memory'
import { plainRenderer } from 'fleetkit/plain'
import { VirtualClock } from 'fleetkit/testing'
import { describe, expect, test } from 'vitest'
import { running, type Stop } from '../running.ts'
import { configMap, intercepted, repository, url } from '../sync/scenarios.ts'

const minute = 60_000
const apiVersion = 'fleetkit.dev/v1alpha1'
const namespace = 'eu'
const proxyRef = (name = 'shop'): ObjectRef => ({ apiVersion, kind: 'ProxySync', namespace, name })
const copyRef = (name = 'shop'): ObjectRef => ({ apiVersion, kind: 'Sync', namespace: 'default', name })
const clusterRef: ObjectRef = { apiVersion, kind: 'Cluster', namespace, name: 'eu' }
const pullRef: ObjectRef = { apiVersion, kind: 'PullSync', namespace: 'default', name: 'hub' }
const mapRef: ObjectRef = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'a' }

type Spec = Partial<Omit<ProxySyncInput['spec'], 'template'>> & { readonly tag?: string; readonly template?: object }
type Fault = (method: string, parameters: readonly any[]) => unknown
/** The verbs that an agent has in its namespace of the management. */
const permitted: ReadonlySet<string> = new Set(['get', 'list', 'watch', 'discover'])

/** Makes what a management has to have. */
async function prepare(hub: RestorableCluster): Promise<void> {
  for (const kind of [clusterKind, proxySyncKind]) await hub.create(definitionOf(kind))
  await hub.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
}

/** A management, and a cluster that connects to it, in memory and in virtual time. */
async function world() {
  const clock = new VirtualClock()
  const fleet = memoryFleet({ clock })
  const hub = fleet.cluster('hub')
  const eu = fleet.cluster('eu')
  await prepare(hub)
  for (const kind of [syncKind, clusterKind, pullSyncKind]) await eu.create(definitionOf(kind))
  await hub.create(new Cluster({ metadata: { name: 'eu', namespace }, spec: { access: { inbound: {} } } }).toObject())
  const access = { kubeConfig: { secretRef: { name: 'hub' } } }
  await eu.create(new Cluster({ metadata: { name: 'hub' }, spec: { access } }).toObject())
  await eu.create(new PullSync({ metadata: { name: 'hub' }, spec: { upstream: { cluster: { name: 'hub' }, namespace } } }).toObject())
  const git = repository({ v1: { 'a.yaml': configMap('a', { x: '1' }) }, v2: { 'a.yaml': configMap('a', { x: '2' }) } })
  const events: FleetEvent[] = []
  const refused: string[] = []
  /** What leads to the management, and disturbs calls to it, and to the cluster. */
  const world = { upstream: hub as RestorableCluster, toHub: undefined as Fault | undefined, toEu: undefined as Fault | undefined }
  /** The management as the agent has it: by RBAC it may read a namespace, and write the status of what is there. */
  const connection = { to: undefined as RestorableCluster | undefined, api: undefined as ClusterApi | undefined }
  const connect = async (): Promise<ClusterApi> => {
    const to = world.upstream
    if (connection.to !== to) Object.assign(connection, { to, api: asAgent(to) })
    return connection.api as ClusterApi
  }
  const asAgent = (to: RestorableCluster): ClusterApi =>
    intercepted(to, async (method, parameters) => {
      // The store goes on when a connection is closed.
      if (method === 'close') return true
      await world.toHub?.(method, parameters)
      const [first, options] = parameters
      const home = first?.metadata?.namespace ?? first?.namespace ?? options?.namespace
      const allowed = method === 'update' ? options?.subresource === 'status' : permitted.has(method)
      if (allowed && (method === 'discover' || home === namespace)) return undefined
      refused.push(`${method} ${first?.kind} ${home}`)
      throw new FleetkitError('cluster/forbidden', `cannot ${method} ${first?.kind} in ${home}`)
    })
  const run = (manager: Manager): Stop => {
    manager.events.on('*', (event) => events.push(event))
    return running(manager, clock)
  }
  const common = { clock, random: () => 0.5 }
  return Object.assign(world, {
    clock,
    fleet,
    hub,
    eu,
    events,
    refused,
    manage: (management = 'm1', store = hub): Stop =>
      run(
        new Manager({ ...common, store: intercepted(store, (...call) => world.toHub?.(...call)), connect: fleet.connect, management }).add(
          clusterController(),
          proxySyncController(),
        ),
      ),
    agent(): Stop {
      const cluster = intercepted(eu, (...call) => world.toEu?.(...call))
      return run(
        new Manager({ ...common, store: cluster, cluster, git, renderers: [plainRenderer()], connect }).add(
          syncController(),
          pullSyncController(),
        ),
      )
    },
    async put({ tag = 'v1', template, ...more }: Spec = {}, name = 'shop', store = hub): Promise<KubeObject> {
      const inner = { source: { git: { url, tag } }, prune: true, interval: '10m', ...template }
      const wanted = new ProxySync({
        metadata: { name, namespace },
        spec: { cluster: { name: 'eu' }, template: { spec: inner }, ...more },
      }).toObject()
      const kept = await store.get(proxyRef(name))
      return kept === undefined ? store.create(wanted) : store.update({ ...kept, spec: wanted.spec })
    },
    status: async (name = 'shop', store = hub) => ((await store.get(proxyRef(name)))?.status ?? {}) as ProxySyncStatus,
    ready: async (name = 'shop', store = hub): Promise<Condition | undefined> =>
      getCondition(((await store.get(proxyRef(name)))?.status as ProxySyncStatus | undefined)?.conditions, 'Ready'),
    cluster: async () => ((await hub.get(clusterRef))?.status ?? {}) as ClusterStatus,
    pull: async () => ((await eu.get(pullRef))?.status ?? {}) as PullSyncStatus,
    pulling: async () => getCondition(((await eu.get(pullRef))?.status as PullSyncStatus | undefined)?.conditions, 'Ready'),
    copy: (name = 'shop') => eu.get(copyRef(name)),
    data: async () => (await eu.get(mapRef))?.data,
    async annotate(store: RestorableCluster, ref: ObjectRef, annotations: Readonly<Record<string, string>>): Promise<void> {
      const object = (await store.get(ref)) as KubeObject
      await store.update({ ...object, metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, ...annotations } } })
    },
  })
}

const away: Fault = () => {
  throw new FleetkitError('cluster/unreachable', 'no route to host')
}
const gone: Fault = () => {
  throw new FleetkitError('closed', 'the process is gone')
}
const tagOf = (copy: KubeObject | undefined): unknown => (copy as any)?.spec.source.git.tag

describe('a cluster that connects to the management', () => {
  test('reports how it is, keeps the Syncs that it is to have, and asks for nothing that it may not do', async () => {
    const w = await world()
    await w.put()
    const [stop, leave] = [w.manage(), w.agent()]
    await w.clock.advance(2 * minute)
    expect(await w.ready()).toMatchObject({ status: 'True', reason: 'ReconciliationSucceeded', observedGeneration: 1 })
    expect(await w.data()).toEqual({ x: '1' })
    const { metadata } = (await w.copy()) as KubeObject
    expect(metadata.labels?.[mirrorManagementLabel]).toBe('m1')
    expect(metadata.annotations?.[mirrorOwnerAnnotation]).toBe('ProxySync:m1:eu/shop')
    const uid = (await w.eu.get({ apiVersion: 'v1', kind: 'Namespace', name: 'kube-system' }))?.metadata.uid
    expect(await w.cluster()).toMatchObject({
      management: 'm1',
      identity: { uid, counter: expect.any(Number) },
      engines: [{ name: 'fleetkit', apiVersions: [apiVersion] }],
      conditions: [{ type: 'Ready', status: 'True', reason: 'Reachable' }],
    })
    expect(await w.pulling()).toMatchObject({ status: 'True', reason: 'Pulling' })
    expect((await w.pull()).upstream).toMatchObject({ management: 'm1', cluster: 'eu', uid: (await w.hub.get(clusterRef))?.metadata.uid })
    expect([w.refused, w.events.filter(({ type }) => type === 'controller.error')]).toEqual([[], []])
    await leave()
    await stop()
  })

  test('reports once a minute, and writes nothing else while nothing is new', async () => {
    const w = await world()
    await w.put()
    const [stop, leave] = [w.manage(), w.agent()]
    await w.clock.advance(2 * minute)
    const { resourceVersion } = (await w.hub.get(proxyRef()))?.metadata ?? {}
    const { counter = 0 } = (await w.cluster()).identity ?? {}
    const writes: string[] = []
    w.toHub = (method, [first, options]) => {
      if (!permitted.has(method)) writes.push(`${method} ${first?.kind} ${options?.subresource}`)
    }
    await w.clock.advance(5 * minute)
    expect((await w.hub.get(proxyRef()))?.metadata.resourceVersion).toBe(resourceVersion)
    expect((await w.cluster()).identity?.counter).toBe(counter + 5)
    expect(writes).toEqual(Array.from({ length: 5 }, () => 'update Cluster status'))
    await leave()
    await stop()
  })

  test('waits for what its ProxySyncs depend on, by what the management has', async () => {
    const w = await world()
    await w.put({ suspend: true }, 'base')
    await w.put({ dependsOn: [{ name: 'base' }, { kind: 'Cluster', name: 'eu' }] })
    const [stop, leave] = [w.manage(), w.agent()]
    await w.clock.advance(2000)
    expect(await w.ready()).toMatchObject({ status: 'False', reason: 'DependencyNotReady' })
    expect(await w.copy()).toBeUndefined()
    await w.put({ tag: 'v2', template: { targetNamespace: 'kube-public' } }, 'base')
    await w.clock.advance(2000)
    expect(await w.ready()).toMatchObject({ status: 'True' })
    await leave()
    await stop()
  })

  test('leaves ProxySyncs of other clusters of that namespace alone', async () => {
    const w = await world()
    await w.put({ cluster: { name: 'us' } }, 'other')
    const [stop, leave] = [w.manage(), w.agent()]
    await w.clock.advance(2 * minute)
    expect(await w.copy('other')).toBeUndefined()
    expect(await w.ready('other')).toMatchObject({ reason: 'ClusterNotRegistered' })
    await leave()
    await stop()
  })

  test.each([
    ['its PullSync', (w: World): Promise<void> => suspend(w.eu, pullRef, true)],
    ['its Cluster', (w: World): Promise<void> => suspend(w.hub, clusterRef, true)],
  ] as const)('takes nothing new while %s is suspended', async (_, hold) => {
    const w = await world()
    await w.put()
    const [stop, leave] = [w.manage(), w.agent()]
    await w.clock.advance(2 * minute)
    await hold(w)
    await w.clock.advance(1000)
    await w.put({ tag: 'v2' })
    await w.clock.advance(10 * minute)
    expect([tagOf(await w.copy()), await w.data()]).toEqual(['v1', { x: '1' }])
    expect(await w.ready()).toMatchObject({ status: 'Unknown' })
    await suspend(w.eu, pullRef, false)
    await suspend(w.hub, clusterRef, false)
    await w.clock.advance(2 * minute)
    expect(await w.data()).toEqual({ x: '2' })
    expect(await w.ready()).toMatchObject({ status: 'True', observedGeneration: 2 })
    await leave()
    await stop()
  })
})

type World = Awaited<ReturnType<typeof world>>

async function suspend(store: RestorableCluster, ref: ObjectRef, suspended: boolean): Promise<void> {
  const object = (await store.get(ref)) as KubeObject
  await store.update({ ...object, spec: { ...(object.spec as object), suspend: suspended } })
}

describe('while the management cannot be reached', () => {
  test('the Syncs go on: drift is corrected, and nothing is deleted', async () => {
    const w = await world()
    await w.put()
    const [stop, leave] = [w.manage(), w.agent()]
    await w.clock.advance(2 * minute)
    const { lastContactAt } = await w.pull()
    await stop()
    w.toHub = away
    const live = (await w.eu.get(mapRef)) as KubeObject
    await w.eu.update({ ...live, data: { x: 'edited' } }, { fieldManager: 'editor' })
    await w.clock.advance(30 * minute)
    expect(await w.data()).toEqual({ x: '1' })
    expect(await w.pulling()).toMatchObject({ status: 'Unknown', reason: 'ClusterUnreachable' })
    expect((await w.pulling())?.message).toContain(`no route to host; the last answer came at ${(await w.pull()).lastContactAt}`)
    expect(((await w.pull()).lastContactAt ?? '') >= (lastContactAt ?? '')).toBe(true)
    await leave()
  })

  test('a version of the Sync that was waiting for its interval is applied', async () => {
    const w = await world()
    await w.put()
    const [stop, leave] = [w.manage(), w.agent()]
    await w.clock.advance(2 * minute)
    // Written here as the management went away, and applied only later.
    w.toEu = (method) => (method === 'apply' ? gone(method, []) : undefined)
    await w.put({ tag: 'v2' })
    await w.clock.advance(1000)
    expect(tagOf(await w.copy())).toBe('v2')
    await stop()
    w.toHub = away
    w.toEu = undefined
    await w.clock.advance(15 * minute)
    expect(await w.data()).toEqual({ x: '2' })
    w.toHub = undefined
    const again = w.manage()
    await w.clock.advance(2 * minute)
    expect(await w.ready()).toMatchObject({ status: 'True', observedGeneration: 2 })
    expect((await w.status()).lastAppliedRevision).toMatch(/^v2@sha1:/)
    await leave()
    await again()
  })

  test('an agent that starts goes on with what it has, and begins to pull once there is an answer', async () => {
    const w = await world()
    await w.put()
    const [stop, leave] = [w.manage(), w.agent()]
    await w.clock.advance(2 * minute)
    await leave()
    await w.put({ tag: 'v2' })
    w.toHub = away
    const live = (await w.eu.get(mapRef)) as KubeObject
    await w.eu.update({ ...live, data: { x: 'edited' } }, { fieldManager: 'editor' })
    const again = w.agent()
    await w.clock.advance(20 * minute)
    expect([await w.data(), tagOf(await w.copy())]).toEqual([{ x: '1' }, 'v1'])
    expect(await w.pulling()).toMatchObject({ status: 'Unknown' })
    w.toHub = undefined
    await w.clock.advance(2 * minute)
    expect([await w.data(), await w.ready()]).toMatchObject([{ x: '2' }, { status: 'True', observedGeneration: 2 }])
    await again()
    await stop()
  })
})

describe('the management', () => {
  test('says that nothing is known while nothing comes from the cluster, and no sooner; and is set right by the next report', async () => {
    const w = await world()
    await w.put()
    const [stop, leave] = [w.manage(), w.agent()]
    await w.clock.advance(2 * minute)
    await leave()
    await w.clock.advance(minute)
    expect(await w.ready()).toMatchObject({ status: 'True' })
    await w.clock.advance(4 * minute)
    expect(await w.ready()).toMatchObject({ status: 'Unknown', reason: 'ClusterUnreachable' })
    expect((await w.ready())?.message).toMatch(/nothing comes from it; the last answer came at \d{4}-/)
    expect((await w.status()).lastAppliedRevision).toMatch(/^v1@sha1:/)
    const again = w.agent()
    await w.clock.advance(5000)
    expect(await w.ready()).toMatchObject({ status: 'True', reason: 'ReconciliationSucceeded' })
    await again()
    await stop()
  })

  test('is set right also by an agent that did not notice that it was cut off', async () => {
    const w = await world()
    await w.put()
    const [stop, leave] = [w.manage(), w.agent()]
    await w.clock.advance(2 * minute)
    // Writes do not get through, watches do.
    w.toHub = (method, [first, options]) => {
      if (
        method === 'update' &&
        options?.subresource === 'status' &&
        first.kind === 'Cluster' &&
        first.status.conditions[0].status === 'True'
      )
        throw new FleetkitError('cluster/unavailable', 'no leader')
    }
    await w.clock.advance(6 * minute)
    expect(await w.ready()).toMatchObject({ status: 'Unknown' })
    w.toHub = undefined
    await w.clock.advance(minute)
    expect(await w.ready()).toMatchObject({ status: 'True' })
    await leave()
    await stop()
  })

  test('is set right also where it has said so after it heard from the cluster again', async () => {
    const w = await world()
    await w.put()
    const [stop, leave] = [w.manage(), w.agent()]
    await w.clock.advance(2 * minute)
    const object = (await w.hub.get(proxyRef())) as any
    const conditions = [{ ...getCondition(object.status.conditions, 'Ready'), status: 'Unknown', reason: 'ClusterUnreachable' }]
    await w.hub.update({ ...object, status: { ...object.status, conditions } }, { subresource: 'status' })
    await w.clock.advance(1000)
    expect(await w.ready()).toMatchObject({ status: 'True', reason: 'ReconciliationSucceeded' })
    await leave()
    await stop()
  })

  test('keeps a ProxySync that is deleted until the cluster has deleted its Sync, and that what it applied', async () => {
    const w = await world()
    await w.put()
    const [stop, leave] = [w.manage(), w.agent()]
    await w.clock.advance(2 * minute)
    await leave()
    await w.hub.delete(proxyRef())
    await w.clock.advance(10 * minute)
    expect((await w.hub.get(proxyRef()))?.metadata.deletionTimestamp).toBeDefined()
    expect(await w.copy()).toBeDefined()
    const again = w.agent()
    await w.clock.advance(minute)
    expect([await w.hub.get(proxyRef()), await w.copy(), await w.data()]).toEqual([undefined, undefined, undefined])
    await again()
    await stop()
  })

  test('lets a ProxySync go whose Sync is left in the cluster, and kept by no one', async () => {
    const w = await world()
    await w.put({ deletionPolicy: 'Orphan' })
    const [stop, leave] = [w.manage(), w.agent()]
    await w.clock.advance(2 * minute)
    await w.hub.delete(proxyRef())
    await w.clock.advance(minute)
    expect([await w.hub.get(proxyRef()), await w.data()]).toEqual([undefined, { x: '1' }])
    const { metadata } = (await w.copy()) as KubeObject
    expect([metadata.deletionTimestamp, metadata.labels ?? {}, metadata.annotations ?? {}]).toEqual([undefined, {}, {}])
    await leave()
    await stop()
  })

  test('lets a ProxySync go at once that the cluster never had', async () => {
    const w = await world()
    await w.put()
    const stop = w.manage()
    await w.clock.advance(1000)
    expect((await w.hub.get(proxyRef()))?.metadata.finalizers).toEqual(['fleetkit.dev/mirror'])
    await w.hub.delete(proxyRef())
    await w.clock.advance(1000)
    expect(await w.hub.get(proxyRef())).toBeUndefined()
    await stop()
  })
})

describe('a ProxySync that is gone without a word', () => {
  /** A world in which its finalizer was taken off by hand. */
  async function bereft(spec: Spec = {}) {
    const w = await world()
    await w.put(spec)
    await w.put({ tag: 'v2', template: { targetNamespace: 'kube-public' } }, 'other')
    const [stop, leave] = [w.manage(), w.agent()]
    await w.clock.advance(2 * minute)
    const finish = async (): Promise<void> => {
      await leave()
      await stop()
    }
    const remove = async (): Promise<void> => {
      await w.hub.delete(proxyRef())
      const object = await w.hub.get(proxyRef())
      if (object !== undefined) await w.hub.update({ ...object, metadata: { ...object.metadata, finalizers: [] } })
    }
    return { w, stop, leave, finish, remove }
  }

  test.each([
    ['Delete', undefined],
    ['Orphan', { x: '1' }],
  ] as const)('takes its Sync with it as that remembers: %s', async (deletionPolicy, data) => {
    const { w, leave, stop, remove } = await bereft({ deletionPolicy })
    await leave()
    await remove()
    const again = w.agent()
    await w.clock.advance(3 * minute)
    expect(await w.data()).toEqual(data)
    expect((await w.copy())?.metadata.annotations ?? {}).toEqual({})
    expect(await w.copy('other')).toBeDefined()
    await again()
    await stop()
  })

  test('takes nothing with it while lists fail', async () => {
    const { w, leave, stop, remove } = await bereft()
    await leave()
    await remove()
    w.toHub = (method, [first]) => {
      if (method === 'list' && first.kind === 'ProxySync') throw new FleetkitError('cluster/forbidden', 'cannot list proxysyncs')
    }
    const again = w.agent()
    await w.clock.advance(20 * minute)
    expect([await w.data(), (await w.copy()) !== undefined]).toEqual([{ x: '1' }, true])
    w.toHub = undefined
    await w.clock.advance(3 * minute)
    expect(await w.copy()).toBeUndefined()
    await again()
    await stop()
  })

  test('takes nothing with it after a restore of the management, until that is confirmed', async () => {
    const w = await world()
    const [stop, leave] = [w.manage(), w.agent()]
    await w.clock.advance(2 * minute)
    const backup = w.hub.backUp()
    await w.put()
    await w.clock.advance(5 * minute)
    expect(await w.data()).toEqual({ x: '1' })
    w.hub.restore(backup)
    expect(await w.hub.get(proxyRef())).toBeUndefined()
    await w.clock.advance(30 * minute)
    expect(await w.data()).toEqual({ x: '1' })
    const { restoredAt = '' } = (await w.pull()).upstream ?? {}
    expect(await w.pulling()).toMatchObject({ status: 'False', reason: 'ManagementRestored' })
    expect((await w.pulling())?.message).toContain(
      `no longer has what Sync default/shop was written from: annotate the PullSync with ${confirmRestoreAnnotation}=${restoredAt}`,
    )
    await w.annotate(w.eu, pullRef, { [confirmRestoreAnnotation]: restoredAt })
    await w.clock.advance(2 * minute)
    expect([await w.copy(), await w.data()]).toEqual([undefined, undefined])
    expect(await w.pulling()).toMatchObject({ status: 'True' })
    await leave()
    await stop()
  })
})

describe('another management', () => {
  test('is not followed, until that is confirmed', async () => {
    const w = await world()
    await w.put()
    const [stop, leave] = [w.manage(), w.agent()]
    await w.clock.advance(2 * minute)
    const other = w.fleet.cluster('other')
    await prepare(other)
    await other.create(new Cluster({ metadata: { name: 'eu', namespace }, spec: { access: { inbound: {} } } }).toObject())
    await w.put({ tag: 'v2', template: { targetNamespace: 'kube-public' } }, 'new', other)
    const second = w.manage('m2', other)
    w.upstream = other
    await w.clock.advance(10 * minute)
    expect(await w.pulling()).toMatchObject({ status: 'False', reason: 'AnotherManagement' })
    expect((await w.pulling())?.message).toContain(`${confirmIdentityAnnotation}=m2`)
    expect([await w.copy('new'), (await w.copy()) !== undefined, await w.data()]).toEqual([undefined, true, { x: '1' }])
    expect(await w.ready()).toMatchObject({ status: 'Unknown' })
    await w.annotate(w.eu, pullRef, { [confirmIdentityAnnotation]: 'm2' })
    await w.clock.advance(2 * minute)
    expect(await w.ready('new', other)).toMatchObject({ status: 'True' })
    // What it had from the one before stays as it was.
    expect([(await w.copy()) !== undefined, await w.data()]).toEqual([true, { x: '1' }])
    await leave()
    await stop()
    await second()
  })

  test('that knows this cluster as another one is told no lies', async () => {
    const w = await world()
    await w.put()
    const stop = w.manage()
    await w.clock.advance(1000)
    const cluster = (await w.hub.get(clusterRef)) as KubeObject
    await w.hub.update(
      { ...cluster, status: { ...(cluster.status as object), identity: { uid: 'someone', counter: 7 } } },
      { subresource: 'status' },
    )
    const leave = w.agent()
    await w.clock.advance(2 * minute)
    expect(await w.pulling()).toMatchObject({ status: 'False', reason: 'AnotherCluster' })
    expect(await w.copy()).toBeUndefined()
    const uid = (await w.eu.get({ apiVersion: 'v1', kind: 'Namespace', name: 'kube-system' }))?.metadata.uid as string
    await w.annotate(w.hub, clusterRef, { [confirmIdentityAnnotation]: uid })
    await w.clock.advance(2 * minute)
    expect(await w.ready()).toMatchObject({ status: 'True' })
    await leave()
    await stop()
  })

  test('restored from a backup rolls nothing back without a word', async () => {
    const w = await world()
    await w.put()
    const [stop, leave] = [w.manage(), w.agent()]
    await w.clock.advance(2 * minute)
    const backup = w.hub.backUp()
    await w.put({ tag: 'v2' })
    await w.clock.advance(5 * minute)
    expect(await w.data()).toEqual({ x: '2' })
    w.hub.restore(backup)
    await w.clock.advance(15 * minute)
    expect(await w.data()).toEqual({ x: '2' })
    expect(await w.ready()).toMatchObject({ status: 'False', reason: 'SourceIsOlder' })
    await w.put({ tag: 'v2' })
    await w.clock.advance(minute)
    expect(await w.ready()).toMatchObject({ status: 'True', observedGeneration: 2 })
    await leave()
    await stop()
  })
})

describe('who reports', () => {
  test('is the one that began last; the one before leaves it alone until nothing comes from that', async () => {
    const w = await world()
    await w.put()
    const [stop, leave] = [w.manage(), w.agent()]
    await w.clock.advance(2 * minute)
    const upstream = { cluster: { name: 'hub' }, namespace }
    await w.eu.create(new PullSync({ metadata: { name: 'second' }, spec: { upstream } }).toObject())
    const pulling = async (name: string) =>
      getCondition(((await w.eu.get({ ...pullRef, name }))?.status as PullSyncStatus | undefined)?.conditions, 'Ready')
    await w.clock.advance(20 * minute)
    expect(await pulling('hub')).toMatchObject({ status: 'False', reason: 'ClaimedByAnother' })
    expect(await pulling('second')).toMatchObject({ status: 'True' })
    expect(await w.ready()).toMatchObject({ status: 'True' })
    // Nothing is written again and again.
    const { annotations } = (await w.copy())?.metadata ?? {}
    await w.clock.advance(5 * minute)
    expect((await w.copy())?.metadata.annotations).toEqual(annotations)
    await w.eu.delete({ ...pullRef, name: 'second' })
    await w.put({ tag: 'v2' })
    await w.clock.advance(5 * minute)
    expect([await pulling('hub'), await w.data()]).toMatchObject([{ status: 'True' }, { x: '2' }])
    await leave()
    await stop()
  })

  test('does not take reports that do not arrive for a restore', async () => {
    const w = await world()
    await w.put()
    const [stop, leave] = [w.manage(), w.agent()]
    await w.clock.advance(2 * minute)
    w.toHub = (method, [first, options]) => {
      if (method === 'update' && options?.subresource === 'status' && first.kind === 'Cluster')
        throw new FleetkitError('cluster/unavailable', 'etcd has no leader')
    }
    await w.clock.advance(10 * minute)
    expect(await w.pulling()).toMatchObject({ status: 'Unknown', message: expect.stringContaining('etcd has no leader') })
    w.toHub = undefined
    await w.clock.advance(2 * minute)
    expect(await w.pulling()).toMatchObject({ status: 'True' })
    expect([(await w.pull()).upstream?.restoredAt, (await w.cluster()).identity?.restoredAt]).toEqual([undefined, undefined])
    await leave()
    await stop()
  })

  test('reports on a Cluster that was changed at once, and nothing becomes unknown by that', async () => {
    const w = await world()
    await w.put()
    const [stop, leave] = [w.manage(), w.agent()]
    await w.clock.advance(2 * minute)
    w.events.length = 0
    const cluster = (await w.hub.get(clusterRef)) as KubeObject
    await w.hub.update({ ...cluster, spec: { ...(cluster.spec as object), interval: '10m' } })
    await w.clock.advance(5000)
    expect(await w.cluster()).toMatchObject({ observedGeneration: 2, conditions: [{ type: 'Ready', status: 'True' }] })
    const { counter } = (await w.cluster()).identity ?? {}
    await w.clock.advance(9 * minute)
    expect((await w.cluster()).identity?.counter).toBe(counter)
    expect(w.events.filter(({ type }) => type === 'mirror.reported')).toEqual([])
    await leave()
    await stop()
  })
})

test('a PullSync that is deleted leaves its Syncs, and another one finds them', async () => {
  const w = await world()
  await w.put()
  const [stop, leave] = [w.manage(), w.agent()]
  await w.clock.advance(2 * minute)
  const before = (await w.copy()) as KubeObject
  await w.eu.delete(pullRef)
  await w.put({ tag: 'v2' })
  await w.clock.advance(10 * minute)
  expect([(await w.copy())?.metadata.uid, await w.data()]).toEqual([before.metadata.uid, { x: '1' }])
  expect(await w.ready()).toMatchObject({ status: 'Unknown', reason: 'ClusterUnreachable' })
  await w.eu.create(new PullSync({ metadata: { name: 'again' }, spec: { upstream: { cluster: { name: 'hub' }, namespace } } }).toObject())
  await w.clock.advance(2 * minute)
  expect([(await w.copy())?.metadata.uid, await w.data()]).toEqual([before.metadata.uid, { x: '2' }])
  expect(await w.ready()).toMatchObject({ status: 'True', observedGeneration: 2 })
  await leave()
  await stop()
})

test('the direction of a Cluster can change, and its Syncs stay what they are', async () => {
  const w = await world()
  await w.put()
  const [stop, leave] = [w.manage(), w.agent()]
  await w.clock.advance(2 * minute)
  const before = (await w.copy()) as KubeObject
  const turn = async (access: object): Promise<void> => {
    const cluster = (await w.hub.get(clusterRef)) as KubeObject
    await w.hub.update({ ...cluster, spec: { ...(cluster.spec as object), access } } as KubeObject)
    await w.clock.advance(2 * minute)
  }
  await turn({ kubeConfig: { secretRef: { name: 'eu' } } })
  expect(await w.pulling()).toMatchObject({ status: 'False', reason: 'NotRegistered' })
  await w.put({ tag: 'v2' })
  await w.clock.advance(minute)
  expect([await w.ready(), await w.data()]).toMatchObject([{ status: 'True', observedGeneration: 2 }, { x: '2' }])
  await turn({ inbound: {} })
  await w.put({ tag: 'v1' })
  await w.clock.advance(minute)
  expect([await w.ready(), await w.data()]).toMatchObject([{ status: 'True', observedGeneration: 3 }, { x: '1' }])
  expect(await w.pulling()).toMatchObject({ status: 'True' })
  expect((await w.copy())?.metadata.uid).toBe(before.metadata.uid)
  await leave()
  await stop()
})

describe('in the cluster', () => {
  test('an edit is set right, a Sync of someone else is left alone', async () => {
    const w = await world()
    const theirs = {
      apiVersion,
      kind: 'Sync',
      metadata: { namespace: 'default', name: 'mine' },
      spec: { source: { git: { url, tag: 'v1' } }, prune: true, suspend: true },
    }
    const kept = await w.eu.create(theirs)
    await w.put()
    await w.put({}, 'mine')
    const [stop, leave] = [w.manage(), w.agent()]
    await w.clock.advance(2 * minute)
    expect(await w.ready('mine')).toMatchObject({ status: 'False', reason: 'NotOurs' })
    expect((await w.copy('mine'))?.spec).toEqual(kept.spec)
    const copy = (await w.copy()) as KubeObject
    await w.eu.update({ ...copy, spec: { ...(copy.spec as object), path: './elsewhere' } }, { fieldManager: 'editor' })
    await w.clock.advance(minute)
    expect((await w.copy())?.spec).toMatchObject({ path: './' })
    expect((await w.status()).copy?.write).toBe(2)
    expect(await w.ready()).toMatchObject({ status: 'True' })
    await leave()
    await stop()
  })

  test('a restore from a backup is noticed: every Sync has to report anew', async () => {
    const w = await world()
    await w.put()
    const [stop, leave] = [w.manage(), w.agent()]
    await w.clock.advance(2 * minute)
    const backup = w.eu.backUp()
    await w.put({ tag: 'v2' })
    await w.clock.advance(5 * minute)
    expect(await w.data()).toEqual({ x: '2' })
    w.eu.restore(backup)
    await w.clock.advance(3 * minute)
    expect(await w.data()).toEqual({ x: '2' })
    expect((await w.cluster()).identity?.restoredAt).toBeDefined()
    expect(await w.ready()).toMatchObject({ status: 'True', observedGeneration: 2 })
    await leave()
    await stop()
  })

  test('a write that fails is tried again with growing pauses, and the reason is shown', async () => {
    const w = await world()
    await w.put()
    let attempts = 0
    w.toEu = (method, [first]) => {
      if (method !== 'create' || first.kind !== 'Sync') return
      attempts++
      throw new FleetkitError('cluster/unavailable', 'a webhook does not answer')
    }
    const [stop, leave] = [w.manage(), w.agent()]
    await w.clock.advance(2 * minute)
    expect(attempts).toBeGreaterThan(3)
    expect(attempts).toBeLessThan(20)
    expect(await w.ready()).toMatchObject({ status: 'Unknown', reason: 'LookFailed', message: 'a webhook does not answer' })
    await leave()
    await stop()
  })

  test('a status that another writer comes before is written again', async () => {
    const w = await world()
    await w.put()
    let conflicts = 3
    w.toHub = (method, [first, options]) => {
      if (method === 'update' && options?.subresource === 'status' && first.kind === 'ProxySync' && conflicts-- > 0)
        throw new FleetkitError('store/conflict', 'the object has been modified')
    }
    const [stop, leave] = [w.manage(), w.agent()]
    await w.clock.advance(2 * minute)
    expect(conflicts).toBeLessThanOrEqual(0)
    expect(await w.ready()).toMatchObject({ status: 'True' })
    await leave()
    await stop()
  })
})

test.each(['management', 'cluster'] as const)(
  'what was killed at any write to the %s is followed by what ends what it began',
  async (side) => {
    for (let killedAt = 1; ; killedAt++) {
      const w = await world()
      await w.put()
      const [stop, leave] = [w.manage(), w.agent()]
      await w.clock.advance(2 * minute)
      let writes = 0
      const fault: Fault = (method, parameters) => {
        if (['create', 'update', 'delete', 'apply'].includes(method) && ++writes >= killedAt) gone(method, parameters)
      }
      if (side === 'cluster') w.toEu = fault
      else w.toHub = fault
      await w.put({ tag: 'v2' })
      await w.put({ tag: 'v2', template: { targetNamespace: 'kube-public' } }, 'new')
      await w.clock.advance(2 * minute)
      await leave()
      await stop()
      const isBeyond = writes < killedAt
      w.toEu = undefined
      w.toHub = undefined
      const [second, third] = [w.manage(), w.agent()]
      await w.clock.advance(12 * minute)
      for (const name of ['shop', 'new'])
        expect(await w.ready(name), `${name}, killed at write ${killedAt}`).toMatchObject({
          status: 'True',
          observedGeneration: name === 'shop' ? 2 : 1,
        })
      expect(await w.data(), `killed at write ${killedAt}`).toEqual({ x: '2' })
      for (const name of ['shop', 'new']) await w.hub.delete(proxyRef(name))
      await w.clock.advance(2 * minute)
      expect([await w.hub.get(proxyRef()), await w.copy(), await w.data()]).toEqual([undefined, undefined, undefined])
      await third()
      await second()
      if (isBeyond) break
    }
  },
)

test('a deletion that was killed at any write is ended', async () => {
  for (let killedAt = 1; ; killedAt++) {
    const w = await world()
    await w.put()
    const [stop, leave] = [w.manage(), w.agent()]
    await w.clock.advance(2 * minute)
    let writes = 0
    const fault: Fault = (method, parameters) => {
      if (['create', 'update', 'delete', 'apply'].includes(method) && ++writes >= killedAt) gone(method, parameters)
    }
    w.toEu = fault
    w.toHub = fault
    await w.hub.delete(proxyRef())
    await w.clock.advance(30_000)
    await leave()
    await stop()
    const isBeyond = writes < killedAt
    w.toEu = undefined
    w.toHub = undefined
    const [second, third] = [w.manage(), w.agent()]
    await w.clock.advance(3 * minute)
    expect([await w.hub.get(proxyRef()), await w.copy(), await w.data()], `killed at write ${killedAt}`).toEqual([
      undefined,
      undefined,
      undefined,
    ])
    await third()
    await second()
    if (isBeyond) break
  }
})
