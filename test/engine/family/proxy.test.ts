import {
  type Clock,
  Cluster,
  type ClusterApi,
  type Condition,
  clusterController,
  confirmOlderAnnotation,
  type FleetEvent,
  FleetkitError,
  getCondition,
  type KubeObject,
  Manager,
  mirrorManagementLabel,
  mirrorOwnerAnnotation,
  mirrorWriteAnnotation,
  type ObjectRef,
  ProxySync,
  type ProxySyncInput,
  type ProxySyncStatus,
  proxySyncController,
  requestedAtAnnotation,
  type Store,
  syncController,
  type TypeRef,
  type WatchEvent,
  type WatchOptions,
} from 'fleetkit'
import { clusterKind, definitionOf, proxySyncKind, syncKind } from 'fleetkit/kinds'
import { memoryFleet, memoryStore, type RestorableCluster } from 'fleetkit/memory'
import { plainRenderer } from 'fleetkit/plain'
import { VirtualClock } from 'fleetkit/testing'
import { describe, expect, test } from 'vitest'
import { running, type Stop } from '../running.ts'
import { configMap, intercepted, repository, url } from '../sync/scenarios.ts'
import { muted, withWatch } from '../watches.ts'

const minute = 60_000
const apiVersion = 'fleetkit.dev/v1alpha1'
const proxyRef: ObjectRef = { apiVersion, kind: 'ProxySync', namespace: 'default', name: 'shop' }
const copyRef: ObjectRef = { apiVersion, kind: 'Sync', namespace: 'default', name: 'shop' }
const clusterRef: ObjectRef = { ...proxyRef, kind: 'Cluster', name: 'eu' }
const spec = { source: { git: { url, tag: 'v1' } }, prune: true }

type Spec = Partial<Omit<ProxySyncInput['spec'], 'template'>> & { readonly tag?: string; readonly template?: object }

interface World {
  readonly clock: VirtualClock
  readonly store: Store
  readonly eu: RestorableCluster
  /** Calls that reached the cluster from the management, as `method name`. */
  readonly calls: string[]
  readonly events: FleetEvent[]
  fault: ((method: string, first: any) => void) | undefined
  /** Whether watches of the cluster say nothing. */
  silent: boolean
  /** Starts the manager of the management, or the one in the cluster. */
  readonly manage: (management?: string, store?: Store, clock?: Clock) => Stop
  readonly apply: () => Stop
  readonly put: (spec?: Spec) => Promise<KubeObject>
  readonly ready: () => Promise<Condition | undefined>
  readonly status: () => Promise<ProxySyncStatus>
  readonly copy: () => Promise<KubeObject | undefined>
  /** Copies an object of the management to another store. */
  readonly move: (ref: ObjectRef, to: Store) => Promise<KubeObject>
  readonly edit: (change: (copy: KubeObject) => object) => Promise<KubeObject>
}

/** A management with one ProxySync, and the cluster it is about, in memory and in virtual time. */
async function world(): Promise<World> {
  const clock = new VirtualClock()
  const store = memoryStore({ clock })
  const fleet = memoryFleet({ clock })
  const eu = fleet.cluster('eu')
  await eu.create(definitionOf(syncKind))
  const git = repository({ v1: { 'a.yaml': configMap('a', { x: '1' }) }, v2: { 'a.yaml': configMap('a', { x: '2' }) } })
  const calls: string[] = []
  const events: FleetEvent[] = []
  const state: Pick<World, 'fault' | 'silent'> = { fault: undefined, silent: false }
  const told = (port: ClusterApi): ClusterApi =>
    intercepted(port, (method, [first]) => {
      state.fault?.(method, first)
      const { name = '' } = first?.metadata ?? first ?? {}
      if (!['watch', 'list', 'close'].includes(method) && !`${name}`.startsWith('fleetkit') && name !== 'kube-system')
        calls.push(`${method} ${name}`)
    })
  const run = (manager: Manager): Stop => running(manager, clock)
  const access = { kubeConfig: { secretRef: { name: 'eu' } } }
  await store.create(new Cluster({ metadata: { name: 'eu' }, spec: { access } }).toObject())
  const status = async (): Promise<ProxySyncStatus> => ((await store.get(proxyRef))?.status ?? {}) as ProxySyncStatus
  return Object.assign(state, {
    clock,
    store,
    eu,
    calls,
    events,
    status,
    manage(management?: string, of: Store = store, time: Clock = clock): Stop {
      const manager = new Manager({
        store: of,
        clock: time,
        random: () => 0.5,
        management,
        connect: async (request, more) => more.current ?? told(muted(await fleet.connect(request, more), () => state.silent)),
      })
      manager.events.on('*', (event) => events.push(event))
      return run(manager.add(clusterController(), proxySyncController()))
    },
    apply: () =>
      run(new Manager({ store: eu, cluster: eu, git, clock, renderers: [plainRenderer()], random: () => 0.5 }).add(syncController())),
    async put({ tag = 'v1', template, ...more }: Spec = {}) {
      const inner = { ...spec, source: { git: { url, tag } }, ...template }
      const wanted = new ProxySync({
        metadata: { name: 'shop' },
        spec: { cluster: { name: 'eu' }, template: { spec: inner }, ...more },
      }).toObject()
      const kept = await store.get(proxyRef)
      return kept === undefined ? store.create(wanted) : store.update({ ...kept, spec: wanted.spec })
    },
    ready: async () => getCondition((await status()).conditions, 'Ready'),
    copy: () => eu.get(copyRef),
    async move(ref: ObjectRef, to: Store) {
      const { apiVersion, kind, metadata, spec } = (await store.get(ref)) as KubeObject
      return to.create({ apiVersion, kind, metadata: { name: metadata.name, namespace: metadata.namespace }, spec } as KubeObject)
    },
    async edit(change: (copy: KubeObject) => object) {
      const copy = (await eu.get(copyRef)) as KubeObject
      return eu.update({ ...copy, ...change(copy) } as KubeObject, { fieldManager: 'editor' })
    },
  })
}

const specOf = (copy: KubeObject | undefined): any => copy?.spec

describe('what a Sync reports', () => {
  test('is shown once it is of the last write, and not before', async () => {
    const w = await world()
    await w.put()
    const stop = w.manage()
    await w.clock.advance(1000)
    expect(await w.ready()).toMatchObject({
      status: 'Unknown',
      reason: 'Progressing',
      message: 'the Sync has not reported on this version yet',
    })
    const leave = w.apply()
    await w.clock.advance(1000)
    expect(await w.ready()).toMatchObject({ status: 'True', reason: 'ReconciliationSucceeded', observedGeneration: 1 })
    expect(await w.status()).toMatchObject({ observedGeneration: 1, lastAppliedRevision: expect.stringMatching(/^v1@sha1:/) })
    await leave()
    await w.put({ tag: 'v2' })
    await w.clock.advance(1000)
    // The version before is still applied, and its status says Ready.
    expect(specOf(await w.copy()).source.git.tag).toBe('v2')
    expect(getCondition(((await w.copy()) as any).status.conditions, 'Ready')).toMatchObject({ status: 'True' })
    expect(await w.ready()).toMatchObject({ status: 'Unknown', reason: 'Progressing', observedGeneration: 2 })
    expect((await w.status()).observedGeneration).toBe(1)
    const again = w.apply()
    await w.clock.advance(1000)
    expect(await w.ready()).toMatchObject({ status: 'True', observedGeneration: 2 })
    expect((await w.status()).lastAppliedRevision).toMatch(/^v2@sha1:/)
    await again()
    await stop()
  })

  test('costs one write here and nothing there for each change of it', async () => {
    const w = await world()
    await w.put()
    const stop = w.manage()
    const leave = w.apply()
    await w.clock.advance(1000)
    const before = (await w.store.get(proxyRef))?.metadata.resourceVersion
    w.calls.length = 0
    const copy = (await w.copy()) as KubeObject
    await w.eu.update({ ...copy, status: { ...(copy.status as object), lastAppliedRevision: 'v1@sha1:other' } } as KubeObject, {
      subresource: 'status',
    })
    await w.clock.advance(1000)
    expect((await w.status()).lastAppliedRevision).toBe('v1@sha1:other')
    expect((await w.store.get(proxyRef))?.metadata.resourceVersion).not.toBe(before)
    expect(w.calls).toEqual([])
    // A change here: which cluster it is is asked for beside.
    await w.put({ tag: 'v2' })
    await w.clock.advance(1000)
    expect(w.calls).toEqual(['get shop', 'update shop'])
    await leave()
    await stop()
  })

  test('that is looked at again is still what it was; a failure and what only a change can repair are shown', async () => {
    const w = await world()
    await w.put()
    const stop = w.manage()
    const leave = w.apply()
    await w.clock.advance(1000)
    const copy = (await w.copy()) as any
    const report = async (status: string, reason: string, more: object[] = []): Promise<void> => {
      const conditions = [{ ...getCondition(copy.status.conditions, 'Ready'), status, reason, message: reason }, ...more]
      await w.eu.update({ ...(await w.copy()), status: { ...copy.status, conditions } } as any, { subresource: 'status' })
      await w.clock.advance(1000)
    }
    await leave()
    await report('Unknown', 'Progressing')
    expect(await w.ready()).toMatchObject({ status: 'True' })
    await report('False', 'HealthCheckFailed')
    expect(await w.ready()).toMatchObject({ status: 'False', reason: 'HealthCheckFailed' })
    await report('Unknown', 'Progressing')
    expect(await w.ready()).toMatchObject({ status: 'Unknown' })
    await report('False', 'BuildFailed', [{ ...getCondition(copy.status.conditions, 'Ready'), type: 'Stalled', reason: 'BuildFailed' }])
    expect(getCondition((await w.status()).conditions, 'Stalled')).toMatchObject({ status: 'True', reason: 'BuildFailed' })
    await stop()
  })

  test('of a cluster that cannot be reached is unknown, with the time of its last answer', async () => {
    const w = await world()
    await w.put()
    const stop = w.manage()
    const leave = w.apply()
    await w.clock.advance(1000)
    w.fault = () => {
      throw new FleetkitError('cluster/unreachable', 'no route to host')
    }
    await w.clock.advance(2 * minute)
    expect(await w.ready()).toMatchObject({ status: 'Unknown' })
    expect((await w.ready())?.message).toMatch(/no route to host.*; the last answer came at \d{4}-/)
    expect((await w.status()).lastAppliedRevision).toMatch(/^v1@sha1:/)
    w.fault = undefined
    await w.clock.advance(2 * minute)
    expect(await w.ready()).toMatchObject({ status: 'True' })
    await leave()
    await stop()
  })

  test('does not change without a management, which finds it as it is when it comes back', async () => {
    const w = await world()
    await w.put()
    const stop = w.manage()
    const leave = w.apply()
    await w.clock.advance(1000)
    await w.put({ tag: 'v2' })
    await stop()
    await w.clock.advance(20 * minute)
    w.calls.length = 0
    const again = w.manage()
    await w.clock.advance(5000)
    expect(await w.ready()).toMatchObject({ status: 'True', observedGeneration: 2 })
    expect(w.calls.filter((call) => /^(create|update|delete|apply) /.test(call)).length).toBeLessThanOrEqual(1)
    expect((await w.eu.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'a' }))?.data).toEqual({ x: '2' })
    w.calls.length = 0
    await again()
    const third = w.manage()
    await w.clock.advance(5000)
    expect(w.calls.filter((call) => call.endsWith(' shop'))).toEqual([])
    await third()
    await leave()
  })
})

describe('a Sync that another manager edits in its cluster', () => {
  test('by deleting it while it is written is written again, and not taken for refused', async () => {
    const w = await world()
    await w.put()
    const [stop, leave] = [w.manage(), w.apply()]
    await w.clock.advance(1000)
    w.fault = (method, first) => {
      if (method !== 'update' || first.metadata.name !== 'shop') return
      w.fault = undefined
      throw new FleetkitError('store/not-found', 'there is none of the name')
    }
    await w.put({ tag: 'v2' })
    await w.clock.advance(minute)
    expect(w.fault).toBeUndefined()
    expect(w.events.flatMap((event) => (event.type === 'mirror.reported' ? [event.reason] : []))).not.toContain('Rejected')
    expect(await w.ready()).toMatchObject({ status: 'True', observedGeneration: 2 })
    await leave()
    await stop()
  })

  const edits: readonly [string, (copy: KubeObject) => object, RegExp][] = [
    ['with another value', (copy) => ({ spec: { ...specOf(copy), path: './other' } }), /spec\.path/],
    ['with a field more', (copy) => ({ spec: { ...specOf(copy), retryInterval: '3s' } }), /spec\.retryInterval/],
    ['by suspending it', (copy) => ({ spec: { ...specOf(copy), suspend: true } }), /spec\.suspend/],
    [
      'by taking away who keeps it',
      ({ metadata }) => ({ metadata: { ...metadata, annotations: { ...metadata.annotations, [mirrorOwnerAnnotation]: undefined } } }),
      /mirror\.fleetkit\.dev\/owner/,
    ],
    [
      'by taking away the label by which it is found',
      ({ metadata }) => ({ metadata: { ...metadata, labels: { ...metadata.labels, [mirrorManagementLabel]: undefined } } }),
      /mirror\.fleetkit\.dev\/management/,
    ],
  ]
  test.each(edits)('%s is set right, and has to report anew', async (_, change, named) => {
    const w = await world()
    await w.put()
    const stop = w.manage()
    await w.clock.advance(1000)
    const before = (await w.copy()) as KubeObject
    await w.edit(change)
    await w.clock.advance(2 * minute)
    const after = (await w.copy()) as KubeObject
    expect(after.spec).toEqual(before.spec)
    expect(after.metadata.labels).toEqual(before.metadata.labels)
    expect(after.metadata.annotations?.[mirrorOwnerAnnotation]).toBe(before.metadata.annotations?.[mirrorOwnerAnnotation])
    expect(after.metadata.annotations?.[mirrorWriteAnnotation]).not.toBe(before.metadata.annotations?.[mirrorWriteAnnotation])
    const written = w.events.filter(({ type }) => type === 'mirror.written').at(-1)
    expect(written).toMatchObject({ reason: 'edited', edits: [expect.stringMatching(named)] })
    await stop()
  })

  test.each(edits.slice(0, 3))('%s is only told where that is asked for', async (_, change, named) => {
    const w = await world()
    await w.put({ edits: 'Report' })
    const stop = w.manage()
    await w.clock.advance(1000)
    const edited = await w.edit(change)
    await w.clock.advance(2 * minute)
    expect((await w.copy())?.spec).toEqual(edited.spec)
    expect(await w.ready()).toMatchObject({ status: 'False', reason: 'EditedDownstream', message: expect.stringMatching(named) })
    await stop()
  })

  test('is set right within eleven minutes though the watch of the cluster says nothing of it', async () => {
    const w = await world()
    await w.put()
    w.silent = true
    const stop = w.manage()
    const edit = () => w.edit((copy) => ({ spec: { ...specOf(copy), path: './other' } }))
    for (let again = 0; again < 2; again++) {
      // Until what was written is listed it is looked at each minute.
      await w.clock.advance(11 * minute)
      const listed = w.events.filter(({ type }) => type === 'informer.relisted').length
      await edit()
      await w.clock.advance(3 * minute)
      expect(specOf(await w.copy()).path).toBe('./other')
      await w.clock.advance(8 * minute)
      expect(specOf(await w.copy()).path).not.toBe('./other')
      expect(w.events.filter(({ type }) => type === 'informer.relisted')).toHaveLength(listed + 1)
    }
    expect(w.events.filter(({ type }) => type === 'informer.error')).toEqual([])
    await stop()
  })

  test('again and again is set right no more often than each half minute', async () => {
    const w = await world()
    await w.put()
    const stop = w.manage()
    await w.clock.advance(1000)
    w.events.length = 0
    for (let second = 0; second < 110; second++) {
      await w.edit((copy) => ({ spec: { ...specOf(copy), path: './other' } }))
      await w.clock.advance(1000)
    }
    expect(w.events.filter(({ type }) => type === 'mirror.written').length).toBeLessThanOrEqual(5)
    expect(await w.ready()).toMatchObject({ reason: 'EditedDownstream', message: expect.stringContaining('again and again: spec.path') })
    await stop()
  })

  test('is set right although the clock was set back by hours since the last time', async () => {
    const w = await world()
    await w.put()
    let skewMs = 0
    const clock: Clock = {
      now: () => w.clock.now() + skewMs,
      monotonic: () => w.clock.monotonic(),
      sleep: (ms, options) => w.clock.sleep(ms, options),
    }
    const stop = w.manage(undefined, w.store, clock)
    await w.clock.advance(1000)
    const edit = () => w.edit((copy) => ({ spec: { ...specOf(copy), path: './other' } }))
    await edit()
    await w.clock.advance(1000)
    skewMs = -600 * minute
    await edit()
    await w.clock.advance(2 * minute)
    expect(specOf((await w.copy()) as KubeObject).path).not.toBe('./other')
    await stop()
  })

  test('says nothing of this ProxySync until it has reported on what is written', async () => {
    const w = await world()
    await w.put({ edits: 'Report' })
    const stop = w.manage()
    const leave = w.apply()
    await w.clock.advance(1000)
    // Edited and applied, then taken back before it is applied again.
    await w.edit((copy) => ({ spec: { ...specOf(copy), source: { git: { url, tag: 'v2' } } } }))
    await w.clock.advance(1000)
    await leave()
    await w.edit((copy) => ({ spec: { ...specOf(copy), source: { git: { url, tag: 'v1' } } } }))
    await w.clock.advance(1000)
    expect(await w.ready()).toMatchObject({ status: 'Unknown', reason: 'Progressing' })
    await stop()
  })
})

describe('a Sync that is not as it was left', () => {
  test('is made again when it was deleted, under a number that no report repeats', async () => {
    const w = await world()
    await w.put()
    const stop = w.manage()
    await w.clock.advance(1000)
    const before = (await w.copy()) as KubeObject
    await w.eu.delete(copyRef)
    await w.clock.advance(1000)
    const after = (await w.copy()) as KubeObject
    expect(after.metadata.uid).not.toBe(before.metadata.uid)
    expect((await w.status()).copy).toMatchObject({ uid: after.metadata.uid, write: 2 })
    await stop()
  })

  test('is made again though it was deleted before the watch of the cluster has seen it', async () => {
    const w = await world()
    await w.put()
    w.silent = true
    const stop = w.manage()
    await w.clock.advance(1000)
    await w.eu.delete(copyRef)
    await w.clock.advance(minute)
    expect((await w.status()).copy).toMatchObject({ uid: (await w.copy())?.metadata.uid, write: 2 })
    await stop()
  })

  test('is looked at each minute for as long as the watch has not seen it', async () => {
    const w = await world()
    await w.put()
    w.silent = true
    const stop = w.manage()
    await w.clock.advance(minute + 1000)
    await w.eu.delete(copyRef)
    await w.clock.advance(minute)
    expect((await w.status()).copy).toMatchObject({ uid: (await w.copy())?.metadata.uid, write: 2 })
    await stop()
  })

  test('that was deleted is only told where that is asked for', async () => {
    const w = await world()
    await w.put({ edits: 'Report' })
    const stop = w.manage()
    await w.clock.advance(1000)
    await w.eu.delete(copyRef)
    await w.clock.advance(minute)
    expect(await w.copy()).toBeUndefined()
    expect(await w.ready()).toMatchObject({ status: 'False', reason: 'CopyLost' })
    await stop()
  })

  test('is bound and written again when another one has its name, as from a backup', async () => {
    const w = await world()
    await w.put()
    const stop = w.manage()
    await w.clock.advance(1000)
    await stop()
    const before = (await w.copy()) as KubeObject
    const { uid: _, resourceVersion: _v, ...metadata } = before.metadata
    await w.eu.delete(copyRef)
    await w.eu.create({ ...before, metadata, status: undefined } as KubeObject)
    const again = w.manage()
    await w.clock.advance(2000)
    const after = (await w.copy()) as KubeObject
    expect((await w.status()).copy).toMatchObject({ uid: after.metadata.uid, write: 2 })
    expect(w.events.filter(({ type }) => type === 'mirror.written').at(-1)).toMatchObject({ reason: 'replaced' })
    await again()
  })

  test('has to report anew when its cluster was restored, though it is what it was', async () => {
    const w = await world()
    await w.put()
    const stop = w.manage()
    const leave = w.apply()
    await w.clock.advance(1000)
    const before = (await w.copy()) as KubeObject
    const backup = w.eu.backUp()
    await w.clock.advance(6 * minute)
    await leave()
    w.eu.restore(backup)
    await w.clock.advance(6 * minute)
    const after = (await w.copy()) as KubeObject
    expect(after.metadata.annotations?.[mirrorWriteAnnotation]).not.toBe(before.metadata.annotations?.[mirrorWriteAnnotation])
    expect(await w.ready()).toMatchObject({ status: 'Unknown', reason: 'Progressing' })
    const again = w.apply()
    await w.clock.advance(2000)
    expect(await w.ready()).toMatchObject({ status: 'True' })
    await again()
    await stop()
  })

  test('that is being deleted is waited for', async () => {
    const w = await world()
    await w.put()
    const stop = w.manage()
    await w.clock.advance(1000)
    await w.edit(({ metadata }) => ({ metadata: { ...metadata, finalizers: ['example.com/held'] } }))
    await w.eu.delete(copyRef)
    await w.clock.advance(minute)
    expect(await w.ready()).toMatchObject({ status: 'False', reason: 'CopyTerminating' })
    const held = (await w.copy()) as KubeObject
    await w.eu.update({ ...held, metadata: { ...held.metadata, finalizers: [] } })
    await w.clock.advance(minute)
    expect((await w.copy())?.metadata.deletionTimestamp).toBeUndefined()
    expect((await w.copy())?.metadata.uid).not.toBe(held.metadata.uid)
    await stop()
  })
})

describe('a Sync that is there already', () => {
  const theirs: KubeObject = {
    apiVersion,
    kind: 'Sync',
    metadata: { namespace: 'default', name: 'shop' },
    spec: { ...spec, path: './theirs' },
  }

  test('is left alone, unless it is to be adopted', async () => {
    const w = await world()
    const kept = await w.eu.create(theirs)
    await w.put()
    const stop = w.manage()
    await w.clock.advance(1000)
    expect(await w.ready()).toMatchObject({ status: 'False', reason: 'NotOurs' })
    expect((await w.copy())?.metadata.resourceVersion).toBe(kept.metadata.resourceVersion)
    await w.put({ adopt: true })
    await w.clock.advance(2000)
    expect(specOf(await w.copy()).path).toBe('./')
    expect((await w.copy())?.metadata.uid).toBe(kept.metadata.uid)
    await stop()
  })

  test('that was let go of, and is adopted again, says nothing by what it reported before', async () => {
    const w = await world()
    await w.put()
    const [stop, leave] = [w.manage(), w.apply()]
    await w.clock.advance(minute)
    expect(await w.ready()).toMatchObject({ status: 'True' })
    await leave()
    await stop()
    // Nothing in its marks tells any more how often it was written; its status does. The management has lost what it knew.
    await w.edit(({ metadata: { labels: _labels, annotations: _annotations, ...metadata } }) => ({ metadata }))
    const proxy = (await w.store.get(proxyRef)) as KubeObject
    const { copy: _, ...status } = proxy.status as ProxySyncStatus
    await w.store.update({ ...proxy, status } as KubeObject, { subresource: 'status' })
    await w.put({ adopt: true })
    const again = w.manage()
    await w.clock.advance(1000)
    expect((await w.copy())?.metadata.annotations?.[mirrorWriteAnnotation]).toMatch(/\/2$/)
    expect(await w.ready()).toMatchObject({ status: 'Unknown', reason: 'Progressing' })
    await again()
  })

  test('of another management is refused by its name, also where it is to be adopted', async () => {
    const w = await world()
    await w.put()
    const stop = w.manage('north')
    await w.clock.advance(1000)
    const kept = (await w.copy()) as KubeObject
    const other = memoryStore({ clock: w.clock })
    for (const ref of [clusterRef, proxyRef]) {
      const {
        metadata: { name, namespace },
        ...object
      } = (await w.store.get(ref)) as KubeObject
      const { status: _, ...rest } = object as KubeObject
      await other.create({
        ...rest,
        metadata: { name, namespace },
        ...(ref === proxyRef ? { spec: { ...(rest.spec as object), adopt: true } } : {}),
      } as KubeObject)
    }
    const second = w.manage('south', other)
    await w.clock.advance(2000)
    const { conditions } = ((await other.get(proxyRef))?.status ?? {}) as ProxySyncStatus
    expect(getCondition(conditions, 'Ready')).toMatchObject({
      status: 'False',
      reason: 'OwnedByAnother',
      message: expect.stringContaining('ProxySync default/shop of the management north'),
    })
    expect((await w.copy())?.metadata.resourceVersion).toBe(kept.metadata.resourceVersion)
    // It deletes nothing of the other one either.
    await other.delete(proxyRef)
    await w.clock.advance(2000)
    expect(await other.get(proxyRef)).toBeUndefined()
    expect(await w.copy()).toBeDefined()
    await second()
    await stop()
  })
})

describe('a ProxySync that is deleted', () => {
  test('deletes its Sync, which removes what it has applied, and waits for that', async () => {
    const w = await world()
    await w.put()
    const stop = w.manage()
    const leave = w.apply()
    await w.clock.advance(1000)
    await leave()
    await w.store.delete(proxyRef)
    await w.clock.advance(1000)
    expect(await w.ready()).toMatchObject({ status: 'False', reason: 'Terminating' })
    expect((await w.copy())?.metadata.deletionTimestamp).toBeDefined()
    const again = w.apply()
    await w.clock.advance(15_000)
    expect(await w.store.get(proxyRef)).toBeUndefined()
    expect(await w.copy()).toBeUndefined()
    expect(await w.eu.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'a' })).toBeUndefined()
    await again()
    await stop()
  })

  test('leaves its Sync to no one where that is asked for', async () => {
    const w = await world()
    await w.put({ deletionPolicy: 'Orphan' })
    const stop = w.manage()
    const leave = w.apply()
    await w.clock.advance(1000)
    await w.store.delete(proxyRef)
    await w.clock.advance(1000)
    expect(await w.store.get(proxyRef)).toBeUndefined()
    const left = (await w.copy()) as KubeObject
    expect([left.metadata.deletionTimestamp, left.metadata.labels ?? {}, left.metadata.annotations ?? {}]).toEqual([undefined, {}, {}])
    await leave()
    await stop()
  })

  test('stays while its cluster cannot be reached; one that is gone for good is forgotten where the Sync is left', async () => {
    const w = await world()
    await w.put()
    const stop = w.manage()
    await w.clock.advance(1000)
    await w.store.delete(clusterRef)
    await w.store.delete(proxyRef)
    await w.clock.advance(minute)
    expect(await w.ready()).toMatchObject({ status: 'False', reason: 'ClusterNotRegistered' })
    const kept = (await w.store.get(proxyRef)) as KubeObject
    await w.store.update({ ...kept, spec: { ...(kept.spec as object), deletionPolicy: 'Orphan' } } as KubeObject)
    await w.clock.advance(minute)
    expect(await w.store.get(proxyRef)).toBeUndefined()
    expect(await w.copy()).toBeDefined()
    await stop()
  })
})

describe('what is asked of a ProxySync', () => {
  test('is passed on to its Sync', async () => {
    const w = await world()
    await w.put()
    const stop = w.manage()
    const leave = w.apply()
    await w.clock.advance(1000)
    const kept = (await w.store.get(proxyRef)) as KubeObject
    await w.store.update({ ...kept, metadata: { ...kept.metadata, annotations: { [requestedAtAnnotation]: 'now' } } })
    await w.clock.advance(1000)
    expect((await w.status()).lastHandledReconcileAt).toBe('now')
    expect(await w.ready()).toMatchObject({ status: 'True' })
    await leave()
    await stop()
  })

  test('must not be that its Sync becomes another one', async () => {
    const w = await world()
    await w.put()
    const stop = w.manage()
    await w.clock.advance(1000)
    const kept = (await w.store.get(proxyRef)) as any
    await w.store.update({ ...kept, spec: { ...kept.spec, template: { ...kept.spec.template, metadata: { namespace: 'other' } } } })
    await w.clock.advance(1000)
    expect(await w.ready()).toMatchObject({
      status: 'False',
      reason: 'Moved',
      message: expect.stringContaining('default/shop in eu, and cannot become other/shop in eu'),
    })
    expect(await w.copy()).toBeDefined()
    await stop()
  })

  test('that the definition in its cluster does not have is refused with its name, and not tried again at once', async () => {
    const w = await world()
    await w.put()
    w.fault = (method, first) => {
      if (method === 'create' && first?.kind === 'Sync')
        throw new FleetkitError('cluster/invalid', 'strict decoding error: unknown field "spec.pin"')
    }
    const stop = w.manage()
    await w.clock.advance(30_000)
    expect(await w.ready()).toMatchObject({ status: 'False', reason: 'Rejected', message: expect.stringContaining('spec.pin') })
    expect(getCondition((await w.status()).conditions, 'Stalled')).toMatchObject({ status: 'True' })
    await stop()
  })

  test('is checked with the Sync in it', () => {
    const make = (template: any) => () => new ProxySync({ metadata: { name: 'a' }, spec: { cluster: { name: 'eu' }, template } })
    expect(make({ spec: { ...spec, dependsOn: [{ name: 'a' }] } })).toThrow('spec.template.spec.dependsOn[0]: found this Sync itself')
    expect(make({ spec: { ...spec, source: { git: { url } } } })).toThrow('spec.template.spec.source.git')
    expect(make({ spec })().sync.ref).toEqual({ apiVersion, kind: 'Sync', namespace: 'default', name: 'a' })
    expect(make({ metadata: { name: 'b', namespace: 'c' }, spec })().sync.ref).toEqual({
      apiVersion,
      kind: 'Sync',
      namespace: 'c',
      name: 'b',
    })
  })
})

/** A store whose lists and watches break off and do not come back, while it answers all else. */
function cutOff(port: ClusterApi, isCut: () => boolean): ClusterApi {
  const check = (): void => {
    if (isCut()) throw new FleetkitError('cluster/unreachable', 'the watches are cut off')
  }
  const watch = async function* (type: TypeRef, options: WatchOptions): AsyncGenerator<WatchEvent> {
    check()
    for await (const event of port.watch(type, options)) {
      check()
      yield event
    }
  }
  return withWatch(
    intercepted(port, (method) => (method === 'list' ? check() : undefined)),
    watch,
  )
}

/** The management in a cluster that can be restored. */
async function restorableManagement(w: World): Promise<RestorableCluster> {
  const hub = memoryFleet({ clock: w.clock }).cluster('hub')
  for (const kind of [clusterKind, proxySyncKind]) await hub.create(definitionOf(kind))
  for (const ref of [clusterRef, proxyRef]) await w.move(ref, hub)
  return hub
}

describe('a management that has lost something', () => {
  test('says nothing of its present specification by one of before that had its generation', async () => {
    const w = await world()
    await w.put()
    const hub = await restorableManagement(w)
    let isCut = false
    const stop = w.manage(
      'm1',
      cutOff(hub, () => isCut),
    )
    await w.clock.advance(1000)
    const stopApplying = w.apply()
    await w.clock.advance(minute)
    await stopApplying()
    const backup = hub.backUp()
    const put = async (inner: object): Promise<void> => {
      const kept = (await hub.get(proxyRef)) as any
      const template = { spec: { ...kept.spec.template.spec, ...inner } }
      await hub.update({ ...kept, spec: { ...kept.spec, template } })
    }
    const status = async () => ((await hub.get(proxyRef))?.status ?? {}) as ProxySyncStatus
    await put({ source: { git: { url, tag: 'v2' } } })
    await w.clock.advance(1000)
    expect(specOf(await w.copy()).source.git.tag).toBe('v2')
    isCut = true
    hub.restore(backup)
    await put({ prune: false })
    expect((await hub.get(proxyRef))?.metadata.generation).toBe(2)
    const stopAgain = w.apply()
    await w.clock.advance(20_000)
    const { observedGeneration, lastAppliedRevision } = await status()
    expect([observedGeneration, lastAppliedRevision]).toEqual([1, expect.stringContaining('v1@')])
    isCut = false
    await w.clock.advance(5 * minute)
    expect(await status()).toMatchObject({ observedGeneration: 2, lastAppliedRevision: expect.stringContaining('v1@') })
    expect(specOf(await w.copy())).toMatchObject({ prune: false, source: { git: { tag: 'v1' } } })
    await stop()
    await stopAgain()
  })

  test('does not put an older version in the place of a newer one after its restore, until that is asked for', async () => {
    const w = await world()
    await w.put()
    const hub = await restorableManagement(w)
    const stop = w.manage('m1', hub)
    await w.clock.advance(1000)
    const backup = hub.backUp()
    const put = async (change: (object: any) => object): Promise<void> => {
      await hub.update({ ...(await hub.get(proxyRef)), ...change(await hub.get(proxyRef)) } as KubeObject)
      await w.clock.advance(2000)
    }
    const tagged = (tag: string) => (object: any) => ({
      spec: { ...object.spec, template: { spec: { ...object.spec.template.spec, source: { git: { url, tag } } } } },
    })
    await put(tagged('v2'))
    expect(specOf(await w.copy()).source.git.tag).toBe('v2')
    hub.restore(backup)
    await w.clock.advance(2 * minute)
    expect(specOf(await w.copy()).source.git.tag).toBe('v2')
    const { conditions } = ((await hub.get(proxyRef))?.status ?? {}) as ProxySyncStatus
    expect(getCondition(conditions, 'Ready')).toMatchObject({
      status: 'False',
      reason: 'SourceIsOlder',
      message: expect.stringContaining(`${confirmOlderAnnotation}=2`),
    })
    await put(({ metadata }) => ({ metadata: { ...metadata, annotations: { [confirmOlderAnnotation]: '2' } } }))
    expect(specOf(await w.copy()).source.git.tag).toBe('v1')
    await put(tagged('v2'))
    expect(specOf(await w.copy()).source.git.tag).toBe('v2')
    await stop()
  })

  test('finds its Sync again without its status, and deletes it without it', async () => {
    const w = await world()
    await w.put()
    const stop = w.manage()
    await w.clock.advance(1000)
    await stop()
    const before = (await w.copy()) as KubeObject
    const kept = (await w.store.get(proxyRef)) as KubeObject
    await w.store.update({ ...kept, status: {} } as KubeObject, { subresource: 'status' })
    await w.store.delete(proxyRef)
    const again = w.manage()
    await w.clock.advance(15_000)
    expect(before.metadata.uid).toBeDefined()
    expect([await w.copy(), await w.store.get(proxyRef)]).toEqual([undefined, undefined])
    await again()
  })

  test('holds on to a Sync that it finds as it is to be, by a write of its own that is to be reported on, and deletes it later', async () => {
    const w = await world()
    await w.put()
    const stop = w.manage()
    await w.clock.advance(1000)
    await stop()
    const { copy } = await w.status()
    // As it was before anything was written.
    const kept = (await w.store.get(proxyRef)) as KubeObject
    const bare = await w.store.update({ ...kept, metadata: { ...kept.metadata, finalizers: [] } })
    await w.store.update({ ...bare, status: {} } as KubeObject, { subresource: 'status' })
    w.calls.length = 0
    const again = w.manage()
    await w.clock.advance(5000)
    expect((await w.status()).copy).toEqual({ ...copy, write: 2 })
    expect(w.calls.filter((call) => call.endsWith(' shop'))).toEqual(['get shop', 'update shop'])
    await w.store.delete(proxyRef)
    await w.clock.advance(15_000)
    expect([await w.copy(), await w.store.get(proxyRef)]).toEqual([undefined, undefined])
    await again()
  })

  test('takes no report from before a restore of the cluster that it knows of for an echo', async () => {
    const w = await world()
    await w.put()
    const stop = w.manage()
    const leave = w.apply()
    await w.clock.advance(1000)
    await leave()
    const backup = w.eu.backUp()
    await w.clock.advance(6 * minute)
    w.eu.restore(backup)
    // Once the restore is known: the cluster is as before again, and the management has forgotten the Sync.
    const suspend = async (suspend: boolean): Promise<void> => {
      const cluster = (await w.store.get(clusterRef)) as KubeObject
      await w.store.update({ ...cluster, spec: { ...(cluster.spec as object), suspend } } as KubeObject)
    }
    await w.clock.advance(2 * minute)
    await suspend(true)
    await w.clock.advance(1000)
    const kept = (await w.store.get(proxyRef)) as KubeObject
    await w.store.update({ ...kept, status: {} } as KubeObject, { subresource: 'status' })
    w.eu.restore(backup)
    await suspend(false)
    await w.clock.advance(2 * minute)
    expect(await w.ready()).toMatchObject({ status: 'Unknown', reason: 'Progressing' })
    expect((await w.status()).copy).toMatchObject({ write: 2, restoredAt: expect.any(String) })
    await stop()
  })

  test('says why nothing is known where its cluster does not list Syncs', async () => {
    const w = await world()
    await w.put()
    w.fault = (method, first) => {
      if (method === 'list' && first?.kind === 'Sync')
        throw new FleetkitError('cluster/unavailable', 'the server has no resource type of Sync')
    }
    const stop = w.manage()
    await w.clock.advance(minute)
    expect(await w.ready()).toMatchObject({
      status: 'Unknown',
      reason: 'LookFailed',
      message: expect.stringContaining('no resource type of Sync'),
    })
    w.fault = undefined
    await w.clock.advance(minute)
    expect(await w.ready()).toMatchObject({ status: 'Unknown', reason: 'Progressing' })
    await stop()
  })

  test('reports no error when it is told of a change before it has seen its own last write', async () => {
    const w = await world()
    await w.put()
    const stop = w.manage()
    const leave = w.apply()
    for (let round = 0; round < 20; round++) {
      await w.put({ tag: round % 2 === 0 ? 'v2' : 'v1' })
      await w.clock.advance(2)
    }
    await w.clock.advance(2000)
    expect(await w.ready()).toMatchObject({ status: 'True', observedGeneration: (await w.store.get(proxyRef))?.metadata.generation })
    expect((await w.status()).lastAppliedRevision).toMatch(/^v1@sha1:/)
    await leave()
    await stop()
  })
})
