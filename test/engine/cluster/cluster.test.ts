import {
  Cluster,
  type ClusterInput,
  type ClusterStatus,
  clusterController,
  confirmIdentityAnnotation,
  FleetkitError,
  getCondition,
  type KubeObject,
  Manager,
} from 'fleetkit'
import { definitionOf, syncKind } from 'fleetkit/kinds'
import { memoryFleet, memoryStore } from 'fleetkit/memory'
import { VirtualClock } from 'fleetkit/testing'
import { describe, expect, test } from 'vitest'
import { intercepted } from '../sync/scenarios.ts'

const minute = 60_000
const access = { kubeConfig: { secretRef: { name: 'kubeconfig' } } }
const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' } as const
const markName = 'fleetkit-m1'

/** A management with Clusters, of which all reach the cluster `eu` in memory unless it is changed. */
async function world() {
  const clock = new VirtualClock()
  const store = memoryStore({ clock })
  const fleet = memoryFleet({ clock })
  fleet.cluster('eu')
  /** What answers, by the name of the Cluster. */
  const reaches = new Map<string, string>()
  const writes: string[] = []
  let fault: ((method: string, parameters: readonly any[]) => void) | undefined
  const start = () => {
    const manager = new Manager({
      store,
      clock,
      random: () => 0.5,
      management: 'm1',
      connect: async ({ ref, object }, options) => {
        const named = { ref: { ...ref, name: reaches.get(ref.name) ?? 'eu' }, object }
        return intercepted(await fleet.connect(named, { ...options, current: undefined }), (method, parameters) => {
          fault?.(method, parameters)
          if (['create', 'update'].includes(method)) writes.push(`${method} ${parameters[0].metadata.name}`)
        })
      },
    })
    manager.add(clusterController())
    const stop = new AbortController()
    const done = manager.run({ signal: stop.signal })
    return async (): Promise<void> => {
      stop.abort()
      await clock.advance(31_000)
      await done
    }
  }
  const get = async (name = 'eu'): Promise<KubeObject> =>
    (await store.get({ apiVersion: 'fleetkit.dev/v1alpha1', kind: 'Cluster', namespace: 'default', name })) as KubeObject
  const status = async (name = 'eu'): Promise<ClusterStatus> => ((await get(name)).status ?? {}) as ClusterStatus
  return {
    clock,
    store,
    fleet,
    reaches,
    writes,
    start,
    get,
    status,
    fail(change: typeof fault): void {
      fault = change
    },
    ready: async (name = 'eu') => getCondition((await status(name)).conditions, 'Ready'),
    add: (name = 'eu', spec: Partial<ClusterInput['spec']> = {}) =>
      store.create(new Cluster({ metadata: { name, namespace: 'default' }, spec: { access, ...spec } }).toObject()),
  }
}

describe('a Cluster', () => {
  test('that answers is ready, and says which cluster it is and what runs there', async () => {
    const w = await world()
    await w.fleet.cluster('eu').apply([definitionOf(syncKind)], { fieldManager: 'test' })
    await w.add()
    const finish = w.start()
    await w.clock.advance(1000)
    const uid = (await w.fleet.cluster('eu').get({ apiVersion: 'v1', kind: 'Namespace', name: 'kube-system' }))?.metadata.uid
    expect(await w.ready()).toMatchObject({ status: 'True', reason: 'Reachable', observedGeneration: 1 })
    expect(await w.status()).toMatchObject({
      observedGeneration: 1,
      identity: { uid, counter: 1 },
      engines: [{ name: 'fleetkit', apiVersions: ['fleetkit.dev/v1alpha1'] }],
    })
    await finish()
  })

  test('writes its mark and its status no more than each five minutes while nothing is new', async () => {
    const w = await world()
    await w.add()
    const finish = w.start()
    await w.clock.advance(1000)
    expect(w.writes).toEqual([`create ${markName}`])
    const { resourceVersion } = (await w.get()).metadata
    await w.clock.advance(4 * minute)
    expect([w.writes.length, (await w.get()).metadata.resourceVersion]).toEqual([1, resourceVersion])
    await w.clock.advance(2 * minute)
    expect(w.writes).toEqual([`create ${markName}`, `update ${markName}`])
    expect((await w.status()).identity?.counter).toBe(2)
    await finish()
  })

  test('that cannot be reached says so, when it was seen last, and is looked at again', async () => {
    const w = await world()
    await w.add()
    const finish = w.start()
    await w.clock.advance(1000)
    const { lastContactAt } = await w.status()
    w.fail(() => {
      throw new FleetkitError('cluster/unreachable', '10.0.0.1 cannot be reached: ECONNREFUSED')
    })
    await w.clock.advance(2 * minute)
    expect(await w.ready()).toMatchObject({ status: 'False', reason: 'ClusterUnreachable' })
    expect((await w.ready())?.message).toContain('ECONNREFUSED')
    expect(await w.status()).toMatchObject({ lastContactAt, identity: { counter: 1 } })
    expect((await w.status()).reachableSince).toBeUndefined()
    w.fail(undefined)
    await w.clock.advance(minute)
    expect(await w.ready()).toMatchObject({ status: 'True' })
    expect(Date.parse((await w.status()).reachableSince as string)).toBeGreaterThan(Date.parse(lastContactAt as string))
    await finish()
  })

  test('that is another one than before is not worked on until that is confirmed', async () => {
    const w = await world()
    await w.add()
    const finish = w.start()
    await w.clock.advance(1000)
    w.fleet.cluster('us')
    w.reaches.set('eu', 'us')
    await w.clock.advance(2 * minute)
    const other = (await w.fleet.cluster('us').get({ apiVersion: 'v1', kind: 'Namespace', name: 'kube-system' }))?.metadata.uid as string
    expect(await w.ready()).toMatchObject({ status: 'False', reason: 'AnotherCluster' })
    expect((await w.ready())?.message).toContain(`${confirmIdentityAnnotation}=${other}`)
    expect(w.writes).toEqual([`create ${markName}`])
    const object = await w.get()
    await w.store.update({ ...object, metadata: { ...object.metadata, annotations: { [confirmIdentityAnnotation]: other } } })
    await w.clock.advance(1000)
    expect(await w.ready()).toMatchObject({ status: 'True' })
    expect((await w.status()).identity).toMatchObject({ uid: other, counter: 1 })
    await finish()
  })

  test('that another Cluster has marked is named as registered twice', async () => {
    const w = await world()
    await w.add('eu')
    const finish = w.start()
    await w.clock.advance(1000)
    const { uid } = (await w.get('eu')).metadata
    await w.add('copy')
    await w.clock.advance(1000)
    expect(await w.ready('copy')).toMatchObject({ status: 'False', reason: 'ClaimedByAnother' })
    expect((await w.ready('copy'))?.message).toContain(uid)
    expect(await w.ready('eu')).toMatchObject({ status: 'True' })
    // The one that is confirmed has it from then on.
    const copy = await w.get('copy')
    const system = (await w.fleet.cluster('eu').get({ apiVersion: 'v1', kind: 'Namespace', name: 'kube-system' }))?.metadata.uid as string
    await w.store.update({ ...copy, metadata: { ...copy.metadata, annotations: { [confirmIdentityAnnotation]: system } } })
    await w.clock.advance(2 * minute)
    expect(await w.ready('copy')).toMatchObject({ status: 'True' })
    expect(await w.ready('eu')).toMatchObject({ status: 'False', reason: 'ClaimedByAnother' })
    await finish()
  })

  test('that was restored from a backup says when that was found, once', async () => {
    const w = await world()
    await w.add()
    const finish = w.start()
    await w.clock.advance(1000)
    const backup = w.fleet.cluster('eu').backUp()
    await w.clock.advance(6 * minute)
    expect((await w.status()).identity).toMatchObject({ counter: 2 })
    w.fleet.cluster('eu').restore(backup)
    await w.clock.advance(minute)
    const { identity } = await w.status()
    expect(identity).toMatchObject({ restoredAt: expect.any(String) })
    await w.clock.advance(6 * minute)
    expect((await w.status()).identity).toMatchObject({ counter: 4, restoredAt: identity?.restoredAt })
    await finish()
  })

  test.each([
    ['with its mark', true],
    ['from before its mark', false],
  ])('that was restored %s is found so again when its status could not be saved', async (_, marked) => {
    const w = await world()
    await w.add()
    const before = w.fleet.cluster('eu').backUp()
    const finish = w.start()
    await w.clock.advance(1000)
    const backup = marked ? w.fleet.cluster('eu').backUp() : before
    await w.clock.advance(6 * minute)
    w.fleet.cluster('eu').restore(backup)
    const { update } = w.store
    w.store.update = async () => {
      throw new FleetkitError('store/unavailable', 'disk full')
    }
    await w.clock.advance(5 * minute)
    w.store.update = update
    await w.clock.advance(10 * minute)
    const { identity } = await w.status()
    expect(identity).toMatchObject({ restoredAt: expect.any(String) })
    await w.clock.advance(20 * minute)
    expect((await w.status()).identity?.restoredAt).toBe(identity?.restoredAt)
    await finish()
  })

  test('whose API server lists what was before its restore is not worked on until it is restarted', async () => {
    const w = await world()
    await w.add()
    const finish = w.start()
    await w.clock.advance(1000)
    const eu = w.fleet.cluster('eu')
    const backup = eu.backUp()
    await w.clock.advance(6 * minute)
    const before = await eu.list(lease, { namespace: 'kube-system' })
    eu.restore(backup)
    let restarted = false
    const list = eu.list.bind(eu)
    eu.list = async (type, options) => (type.kind === 'Lease' && !restarted ? before : list(type, options))
    await w.clock.advance(2 * minute)
    expect(await w.ready()).toMatchObject({ status: 'False', reason: 'ListsOutOfDate' })
    expect((await w.status()).identity).toMatchObject({ counter: 2 })
    restarted = true
    await w.clock.advance(minute)
    expect(await w.ready()).toMatchObject({ status: 'True' })
    expect((await w.status()).identity).toMatchObject({ restoredAt: expect.any(String) })
    await finish()
  })

  test('in which no mark may be written is known by its uid alone', async () => {
    const w = await world()
    await w.add()
    w.fail((method, [first]) => {
      if (method === 'create' && first.kind === 'Lease') throw new FleetkitError('cluster/forbidden', 'leases is forbidden')
    })
    const finish = w.start()
    await w.clock.advance(1000)
    expect(await w.ready()).toMatchObject({ status: 'True' })
    expect(Object.keys((await w.status()).identity ?? {})).toEqual(['uid'])
    await finish()
  })

  test('that is busy says why, and until when', async () => {
    const w = await world()
    await w.add()
    const eu = w.fleet.cluster('eu')
    await eu.create({
      ...lease,
      metadata: { namespace: 'kube-system', name: 'fleetkit-busy', annotations: { 'fleetkit.dev/reason': 'the quarter is being closed' } },
      spec: { holderIdentity: 'finance', leaseDurationSeconds: 600, renewTime: new Date(w.clock.now()).toISOString().replace('Z', '000Z') },
    })
    const finish = w.start()
    await w.clock.advance(1000)
    expect((await w.status()).busy).toMatchObject({ reason: 'finance: the quarter is being closed' })
    expect(getCondition((await w.status()).conditions, 'Busy')).toMatchObject({
      status: 'True',
      message: expect.stringContaining('finance'),
    })
    expect(await w.ready()).toMatchObject({ status: 'True' })
    await w.clock.advance(11 * minute)
    expect([(await w.status()).busy, getCondition((await w.status()).conditions, 'Busy')]).toEqual([undefined, undefined])
    await finish()
  })

  test.each([
    ['suspended', { suspend: true }, 'Suspended'],
    ['invalid', { interval: 'often' }, 'Invalid'],
  ])('that is %s is not asked', async (_, spec, reason) => {
    const w = await world()
    const calls: string[] = []
    w.fail((method) => void calls.push(method))
    await w.store.create({
      apiVersion: 'fleetkit.dev/v1alpha1',
      kind: 'Cluster',
      metadata: { name: 'eu', namespace: 'default' },
      spec: { access, ...spec },
    } as KubeObject)
    const finish = w.start()
    await w.clock.advance(5 * minute)
    expect(await w.ready()).toMatchObject({ status: 'False', reason })
    expect(calls).toEqual([])
    await finish()
  })

  describe('that connects to the management', () => {
    const inbound = async () => {
      const w = await world()
      const calls: string[] = []
      w.fail((method) => void calls.push(method))
      await w.add('eu', { access: { inbound: {} } } as never)
      /** What the cluster says of itself, by a clock that is wrong by `aheadMs`. */
      const report = async (counter: number, aheadMs = 0): Promise<void> => {
        const object = await w.get()
        const now = new Date(w.clock.now() + aheadMs).toISOString().replace('.000Z', 'Z')
        const ready = { type: 'Ready', status: 'True', reason: 'Reachable', message: 'it answers', lastTransitionTime: now }
        const said = { observedGeneration: 1, lastContactAt: now, identity: { uid: 'u', counter }, conditions: [ready] }
        await w.store.update({ ...object, status: { ...(object.status as object), ...said } } as never, { subresource: 'status' })
      }
      return { ...w, calls, report }
    }

    test('is asked nothing, and finds in its status which management this is', async () => {
      const w = await inbound()
      const finish = w.start()
      await w.clock.advance(5 * minute)
      expect(await w.ready()).toMatchObject({
        status: 'False',
        reason: 'ClusterUnreachable',
        message: 'it has not connected to this management yet',
      })
      expect([(await w.status()).management, w.calls]).toEqual(['m1', []])
      await finish()
    })

    test.each([0, 60 * minute, -60 * minute])(
      'is left to say itself how it is, until nothing comes from it (its clock is %i ms ahead)',
      async (aheadMs) => {
        const w = await inbound()
        const finish = w.start()
        await w.clock.advance(1000)
        for (let counter = 1; counter <= 10; counter++) {
          await w.report(counter, aheadMs)
          await w.clock.advance(minute)
          expect(await w.ready()).toMatchObject({ status: 'True' })
        }
        const { lastContactAt } = await w.status()
        await w.clock.advance(2 * minute)
        expect(await w.ready()).toMatchObject({ status: 'True' })
        await w.clock.advance(2 * minute)
        expect(await w.ready()).toMatchObject({ status: 'False', reason: 'ClusterUnreachable' })
        expect((await w.status()).lastContactAt).toBe(lastContactAt)
        await w.report(11, aheadMs)
        await w.clock.advance(minute)
        expect(await w.ready()).toMatchObject({ status: 'True' })
        await finish()
      },
    )

    test('is not taken for ready by a management that comes back later', async () => {
      const w = await inbound()
      await w.report(1)
      await w.clock.advance(4 * minute)
      const finish = w.start()
      await w.clock.advance(1000)
      expect(await w.ready()).toMatchObject({ status: 'False', reason: 'ClusterUnreachable' })
      await finish()
    })
  })

  test('that hangs holds up no other, though there are more of them than workers', async () => {
    const w = await world()
    for (let index = 0; index < 40; index++) await w.add(`dead-${index}`)
    w.fleet.cluster('us')
    for (let index = 0; index < 40; index++) w.reaches.set(`dead-${index}`, 'dead')
    const dead = w.fleet.cluster('dead')
    dead.get = (_, options) =>
      new Promise((_, reject) => options?.signal?.addEventListener('abort', () => reject(options.signal?.reason as Error)))
    await w.add('us')
    w.reaches.set('us', 'us')
    const finish = w.start()
    await w.clock.advance(1000)
    expect(await w.ready('us')).toMatchObject({ status: 'True' })
    await w.clock.advance(minute)
    expect(await w.ready('dead-7')).toMatchObject({ status: 'False', reason: 'ClusterUnreachable', message: 'it did not answer in time' })
    await finish()
  })
})
