/** Defects of fleeet, the project that the kinds of this family follow, by their numbers: those of syncs, mirrors and connections. */
import { Buffer } from 'node:buffer'
import { Cluster, type Condition, getCondition, type KubeObject, type ObjectRef, silentLogger, systemClock } from 'fleetkit'
import { withFinalizer, withOwner, withoutFinalizer, withoutOwner } from 'fleetkit/controller'
import { kubeconfigSecrets } from 'fleetkit/kubernetes'
import { memoryCluster, memoryStore } from 'fleetkit/memory'
import { describe, expect, test } from 'vitest'
import { json, configMap as map, startMock } from '../../backends/cluster/kubernetes/mock-api-server.ts'
import { configMap, intercepted, repository } from '../sync/scenarios.ts'
import { ref as assemblageRef, commits, copyRef, sync, world } from './remote-assemblage-world.ts'
import { type FamilyWorld, familyWorld, mapRef, members, started } from './world.ts'

const minute = 60_000
const versions = {
  v1: { 'a.yaml': configMap('a', { x: '1' }) },
  v2: { 'a.yaml': '{' },
  v3: { 'a.yaml': configMap('a', { x: '3' }) },
}
const mirrors = members.filter(({ kind }) => kind === 'ProxySync' || kind === 'PullSync')
/** Those whose cluster the management connects to. */
const connected = members.filter(({ kind }) => kind === 'RemoteSync' || kind === 'ProxySync')

const copyOf = (w: FamilyWorld): Promise<KubeObject | undefined> => w.target.get({ ...w.refOf(), kind: 'Sync' })

describe('9: what is left after a removal is accepted, with no empty entries', () => {
  test.each(members)('finalizers of a $kind', async (member) => {
    const { w, run } = await started(member, versions)
    const object = await w.get()
    const others = ['example.com/before', 'example.com/after']
    const finalizers = [others[0] as string, ...(object.metadata.finalizers ?? []), others[1] as string]
    await w.store.update({ ...object, metadata: { ...object.metadata, finalizers } })
    await w.store.delete(w.refOf())
    await w.clock.advance(2 * minute)
    expect((await w.get()).metadata.finalizers).toEqual(others)
    expect(await w.data('a')).toBeUndefined()
    await run.finish()
  })

  test('owners and finalizers of any object', async () => {
    await using cluster = memoryCluster()
    const owners = await Promise.all(
      ['a', 'b', 'c'].map((name) => cluster.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' } })),
    )
    const plain: KubeObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'owned', namespace: 'default' } }
    const full = owners.reduce(
      (object, { metadata }) => withFinalizer(object, `example.com/${metadata.name}`),
      owners.reduce(withOwner, plain),
    )
    let object = await cluster.create(full)
    for (const [at, owner] of owners.entries()) {
      object = await cluster.update(withoutFinalizer(withoutOwner(object, owner), `example.com/${owner.metadata.name}`))
      const left = owners.slice(at + 1).map(({ metadata }) => metadata)
      expect(object.metadata.ownerReferences ?? []).toMatchObject(left.map(({ uid }) => ({ uid })))
      expect(object.metadata.finalizers ?? []).toEqual(left.map(({ name }) => `example.com/${name}`))
    }
  })
})

test.each(mirrors)('12: deleting what keeps a Sync from the management ends the Sync ($kind)', async (member) => {
  const { w, run } = await started(member, versions)
  expect([await copyOf(w), await w.data('a')]).toEqual([expect.anything(), { x: '1' }])
  await w.store.delete(w.refOf())
  await w.clock.advance(2 * minute)
  expect([await copyOf(w), await w.data('a'), await w.store.get(w.refOf())]).toEqual([undefined, undefined, undefined])
  await run.finish()
})

test.each(['connected', 'inbound'] as const)('12: deleting a RemoteAssemblage ends the Assemblage of a cluster that is %s', async (way) => {
  const w = await world(way)
  await w.put()
  const [stop, leave] = [w.manage(), w.apply()]
  await w.clock.advance(2 * minute)
  expect([await w.eu.get(copyRef), await w.version('a')]).toEqual([expect.anything(), '1'])
  await w.hub.delete(assemblageRef)
  await w.clock.advance(4 * minute)
  expect([await w.hub.get(assemblageRef), await w.eu.get(copyRef), await w.version('a')]).toEqual([undefined, undefined, undefined])
  await leave()
  await stop()
})

describe('13: a Secret with a kubeconfig is named by a reference, and may have any name', () => {
  const clusterRef: ObjectRef = { apiVersion: 'fleetkit.dev/v1alpha1', kind: 'Cluster', namespace: 'fleet', name: 'eu' }

  test.each(['k', 'kubeconfig', 'kube', 'eu-kubeconfig', 'x'.repeat(200)])('%s', async (name) => {
    await using mock = await startMock((_, response) => json(response, 200, map('a')))
    const store = memoryStore()
    const data = { value: Buffer.from(mock.kubeconfig).toString('base64') }
    await store.create({ apiVersion: 'v1', kind: 'Secret', metadata: { namespace: 'fleet', name }, data })
    const access = { kubeConfig: { secretRef: { name } } }
    const object = new Cluster({ metadata: { namespace: 'fleet', name: 'eu' }, spec: { access } }).toObject()
    const options = { store, current: undefined, clock: systemClock, logger: silentLogger }
    await using cluster = await kubeconfigSecrets()({ ref: clusterRef, object }, options)
    expect((await cluster.get(mapRef('a')))?.metadata.name).toBe('a')
  })
})

test.each(connected)(
  '14: a Secret that is missing is said, and a deletion waits for it, so that nothing is left behind ($kind)',
  async (member) => {
    const w = await familyWorld(member, repository(versions))
    const secretRef: ObjectRef = { apiVersion: 'v1', kind: 'Secret', namespace: 'default', name: 'eu' }
    const { apiVersion, kind, ...metadata } = secretRef
    const line = intercepted(w.target, (method) => (method === 'close' ? true : undefined))
    const secrets = kubeconfigSecrets()
    await w.put()
    const run = w.start({
      connect: async (request, options) => ((await w.store.get(secretRef)) === undefined ? secrets(request, options) : line),
    })
    const missing = 'found nothing, accepted a Secret default/eu'
    const cluster = async (): Promise<Condition | undefined> =>
      getCondition(((await w.cluster())?.status as { readonly conditions?: readonly Condition[] } | undefined)?.conditions, 'Ready')
    await w.clock.advance(2 * minute)
    expect(await cluster()).toMatchObject({ status: 'False', reason: 'InvalidAccess', message: expect.stringContaining(missing) })
    expect((await w.ready())?.status).not.toBe('True')
    expect((await w.ready())?.message).toContain(missing)

    await w.store.create({ apiVersion, kind, metadata })
    await w.clock.advance(2 * minute)
    expect([await w.data('a'), (await w.ready())?.status]).toEqual([{ x: '1' }, 'True'])
    await w.store.delete(secretRef)
    await w.clock.advance(2 * minute)
    await w.store.delete(w.refOf())
    await w.clock.advance(5 * minute)
    expect([await w.data('a'), (await w.get()).metadata.deletionTimestamp]).toEqual([{ x: '1' }, expect.any(String)])
    expect((await w.ready())?.message).toContain(missing)

    await w.store.create({ apiVersion, kind, metadata })
    await w.clock.advance(5 * minute)
    expect([await w.data('a'), await w.store.get(w.refOf())]).toEqual([undefined, undefined])
    await run.finish()
  },
)

test.each(members)(
  '18: a $kind says how it is from the beginning, Unknown while it does not know, and observes a generation with its outcome',
  async (member) => {
    const w = await familyWorld(member, repository(versions))
    await w.put()
    const seen: string[] = []
    const { kind, apiVersion, namespace } = w.refOf()
    const type = { apiVersion, kind }
    const stop = new AbortController()
    const watching = (async () => {
      const { resourceVersion = '' } = await w.store.list(type, { namespace })
      for await (const event of w.store.watch(type, { namespace, resourceVersion, signal: stop.signal })) {
        if (event.type !== 'MODIFIED') continue
        const { conditions, observedGeneration } = (event.object.status ?? {}) as {
          conditions?: readonly Condition[]
          observedGeneration?: number
        }
        const ready = getCondition(conditions, 'Ready')
        const said = `${ready?.status} of ${ready?.observedGeneration}, observed ${observedGeneration}`
        if (ready !== undefined && seen.at(-1) !== said) seen.push(said)
      }
    })().catch(() => {})
    const run = w.start()
    await w.clock.advance(2 * minute)
    for (const tag of ['v2', 'v3']) {
      await w.put({ tag })
      await w.clock.advance(2 * minute)
    }
    stop.abort()
    await watching
    expect(seen).toEqual([
      // Its Cluster is looked at first.
      ...(kind === 'RemoteSync' ? ['Unknown of undefined, observed undefined'] : []),
      'Unknown of 1, observed undefined',
      'True of 1, observed 1',
      // What cannot be built is known before anything is begun, but not yet to who waits for a report of it.
      ...(kind === 'ProxySync' ? ['Unknown of 2, observed 1'] : []),
      'False of 2, observed 2',
      'Unknown of 3, observed 2',
      'True of 3, observed 3',
    ])
    await run.finish()
  },
)

describe('20: what the cluster reports is shown in the management', () => {
  test.each(mirrors)('by a $kind', async (member) => {
    const { w, run } = await started(member, versions)
    for (const [tag, status] of [
      ['v2', 'False'],
      ['v3', 'True'],
    ] as const) {
      await w.put({ tag })
      await w.clock.advance(2 * minute)
      const there = ((await copyOf(w)) as any).status
      const { status: said, reason, message } = getCondition(there.conditions, 'Ready') as Condition
      expect(said).toBe(status)
      expect(await w.ready()).toMatchObject({ status: said, reason, message })
      expect(await w.status()).toMatchObject({ lastAppliedRevision: there.lastAppliedRevision })
    }
    await run.finish()
  })

  test.each(['connected', 'inbound'] as const)('of each sync of a cluster that is %s', async (way) => {
    const w = await world(way)
    const [stop, leave] = [w.manage(), w.apply()]
    for (const version of [1, 2] as const) {
      await w.put({ syncs: [sync('a', version), { ...sync('b', version), path: './missing' }] })
      await w.clock.advance(3 * minute)
      const there = ((await w.eu.get(copyRef)) as any).status.syncs
      expect(there).toMatchObject([
        { name: 'a', state: 'Ready' },
        { name: 'b', state: 'Stalled' },
      ])
      expect((await w.status()).syncs?.map(({ state, reason, message, revision }) => ({ state, reason, message, revision }))).toEqual(
        there.map(({ state, reason, message, revision }: any) => ({ state, reason, message, revision })),
      )
      expect(await w.states()).toContain(`a: Ready sha1:${commits[version - 1]}`)
    }
    await leave()
    await stop()
  })
})
