import {
  type AssembledSyncInput,
  assemblageController,
  Cluster,
  type Condition,
  clusterController,
  FleetkitError,
  getCondition,
  type KubeObject,
  Manager,
  mirrorOwnerAnnotation,
  type ObjectRef,
  PullSync,
  pullSyncController,
  RemoteAssemblage,
  type RemoteAssemblageInput,
  type RemoteAssemblageStatus,
  remoteAssemblageController,
  syncController,
} from 'fleetkit'
import { assemblageKind, clusterKind, definitionOf, proxySyncKind, pullSyncKind, remoteAssemblageKind, syncKind } from 'fleetkit/kinds'
import { memoryFleet, memoryGit } from 'fleetkit/memory'
import { plainRenderer } from 'fleetkit/plain'
import { VirtualClock } from 'fleetkit/testing'
import { describe, expect, test } from 'vitest'
import { running, type Stop } from '../running.ts'
import { configMap, intercepted, url } from '../sync/scenarios.ts'

const minute = 60_000
const apiVersion = 'fleetkit.dev/v1alpha1'
const namespace = 'eu'
const ref: ObjectRef = { apiVersion, kind: 'RemoteAssemblage', namespace, name: 'platform' }
const copyRef: ObjectRef = { apiVersion, kind: 'Assemblage', namespace: 'default', name: 'platform' }
const mapRef = (name: string): ObjectRef => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name })

const git = memoryGit()
const commits = ['1', '2'].map((version) =>
  git.commit(url, Object.fromEntries(['a', 'b'].map((name) => [`${name}/map.yaml`, configMap(name, { version })]))),
) as [string, string]

const sync = (name: string, version: 1 | 2 = 1): AssembledSyncInput => ({
  name,
  source: { git: { url, commit: commits[version - 1] as string } },
  path: `./${name}`,
  prune: true,
})

type Spec = Partial<Omit<RemoteAssemblageInput['spec'], 'template'>> & { readonly syncs?: readonly AssembledSyncInput[] }
/** A management, and a cluster that it connects to, or that connects to it. */
async function world(way: 'connected' | 'inbound') {
  const clock = new VirtualClock()
  const fleet = memoryFleet({ clock })
  const [hub, eu] = [fleet.cluster('hub'), fleet.cluster('eu')]
  for (const kind of [clusterKind, remoteAssemblageKind, proxySyncKind]) await hub.create(definitionOf(kind))
  for (const kind of [syncKind, assemblageKind, clusterKind, pullSyncKind]) await eu.create(definitionOf(kind))
  await hub.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
  const access = (name: string) => ({ kubeConfig: { secretRef: { name } } })
  const ways = { connected: access('eu'), inbound: { inbound: {} } }
  await hub.create(new Cluster({ metadata: { name: 'eu', namespace }, spec: { access: ways[way] } }).toObject())
  if (way === 'inbound') {
    await eu.create(new Cluster({ metadata: { name: 'hub' }, spec: { access: access('hub') } }).toObject())
    await eu.create(new PullSync({ metadata: { name: 'hub' }, spec: { upstream: { cluster: { name: 'hub' }, namespace } } }).toObject())
  }
  const state = { isCut: false }
  const line = { hub, eu: intercepted(eu, () => cut()) }
  const cut = (): undefined => {
    if (state.isCut) throw new FleetkitError('cluster/unreachable', 'no route to host')
  }
  const run = (manager: Manager): Stop => running(manager, clock)
  const common = { clock, random: () => 0.5 }
  const status = async (): Promise<RemoteAssemblageStatus> => ((await hub.get(ref))?.status ?? {}) as RemoteAssemblageStatus
  const toHub = intercepted(hub, (method) => (method === 'close' ? true : cut()))
  return Object.assign(state, {
    clock,
    hub,
    eu,
    manage: (): Stop =>
      run(
        new Manager({ ...common, store: hub, connect: async (_, { current }) => current ?? line.eu }).add(
          clusterController(),
          remoteAssemblageController(),
        ),
      ),
    apply(): Stop {
      const manager = new Manager({
        ...common,
        store: eu,
        cluster: eu,
        git,
        renderers: [plainRenderer()],
        connect: async (_, { current }) => current ?? toHub,
      })
      return run(manager.add(syncController(), assemblageController(), ...(way === 'inbound' ? [pullSyncController()] : [])))
    },
    async put({ syncs = [sync('a'), sync('b')], ...more }: Spec = {}): Promise<KubeObject> {
      const kept = await hub.get(ref)
      const wanted = new RemoteAssemblage({
        metadata: { name: ref.name, namespace },
        spec: { cluster: { name: 'eu' }, template: { spec: { syncs } }, ...more },
      }).toObject()
      return kept === undefined ? hub.create(wanted) : hub.update({ ...kept, spec: wanted.spec })
    },
    status,
    ready: async (): Promise<Condition | undefined> => getCondition((await status()).conditions, 'Ready'),
    states: async () => ((await status()).syncs ?? []).map(({ name, state, revision }) => `${name}: ${state} ${revision}`),
    version: async (name: string) => ((await eu.get(mapRef(name)))?.data as { version?: string } | undefined)?.version,
  })
}

describe.each(['connected', 'inbound'] as const)('an Assemblage that is kept in a cluster that is %s', (way) => {
  test('is shown as it reports, of each version once it reports on that', async () => {
    const w = await world(way)
    await w.put()
    const [stop, leave] = [w.manage(), w.apply()]
    await w.clock.advance(2 * minute)
    expect(await w.ready()).toMatchObject({ status: 'True', reason: 'Succeeded', message: '2 syncs are ready', observedGeneration: 1 })
    expect(await w.states()).toEqual([`a: Ready sha1:${commits[0]}`, `b: Ready sha1:${commits[0]}`])
    expect(await w.status()).toMatchObject({
      observedGeneration: 1,
      copy: { cluster: 'eu', namespace: 'default', name: 'platform', write: 1 },
    })
    await w.put({ syncs: [sync('a', 2)] })
    await w.clock.advance(2 * minute)
    expect(await w.ready()).toMatchObject({ status: 'True', message: '1 sync is ready', observedGeneration: 2 })
    expect(await w.states()).toEqual([`a: Ready sha1:${commits[1]}`])
    expect([await w.version('a'), await w.version('b')]).toEqual(['2', undefined])
    await leave()
    await stop()
  })

  test('goes on while nothing can be heard of it, and is unknown meanwhile', async () => {
    const w = await world(way)
    await w.put()
    const [stop, leave] = [w.manage(), w.apply()]
    await w.clock.advance(2 * minute)
    w.isCut = true
    await w.clock.advance(6 * minute)
    expect(await w.ready()).toMatchObject({ status: 'Unknown' })
    expect(await w.states()).toEqual([`a: Ready sha1:${commits[0]}`, `b: Ready sha1:${commits[0]}`])
    await w.eu.delete(mapRef('a'))
    await w.put({ syncs: [sync('a', 2), sync('b', 2)] })
    await w.clock.advance(11 * minute)
    expect([await w.version('a'), await w.version('b')]).toEqual(['1', '1'])
    w.isCut = false
    await w.clock.advance(3 * minute)
    expect(await w.ready()).toMatchObject({ status: 'True', observedGeneration: 2 })
    expect([await w.version('a'), await w.version('b')]).toEqual(['2', '2'])
    await leave()
    await stop()
  })

  test('is set right when others edit it, and refused when another management keeps it', async () => {
    const w = await world(way)
    await w.put()
    const [stop, leave] = [w.manage(), w.apply()]
    await w.clock.advance(2 * minute)
    const copy = (await w.eu.get(copyRef)) as KubeObject
    await w.eu.update({ ...copy, spec: { ...(copy.spec as object), syncs: [] } }, { fieldManager: 'editor' })
    await w.clock.advance(2 * minute)
    expect((await w.eu.get(copyRef))?.spec).toEqual(copy.spec)
    expect(await w.version('a')).toBe('1')
    const { metadata, ...object } = (await w.eu.get(copyRef)) as KubeObject
    const annotations = { ...metadata.annotations, [mirrorOwnerAnnotation]: 'RemoteAssemblage:other:eu/platform' }
    await w.eu.update({ ...object, metadata: { ...metadata, annotations } } as KubeObject)
    await w.clock.advance(2 * minute)
    expect(await w.ready()).toMatchObject({
      status: 'False',
      reason: 'OwnedByAnother',
      message:
        'the Assemblage of that name is kept by RemoteAssemblage eu/platform of the management other; it has to be deleted there first',
    })
    await leave()
    await stop()
  })

  test.each(['Delete', 'Orphan'] as const)('goes with what keeps it, or stays: %s', async (deletionPolicy) => {
    const w = await world(way)
    await w.put({ deletionPolicy })
    const [stop, leave] = [w.manage(), w.apply()]
    await w.clock.advance(2 * minute)
    await w.hub.delete(ref)
    await w.clock.advance(4 * minute)
    expect(await w.hub.get(ref)).toBeUndefined()
    const stays = deletionPolicy === 'Orphan'
    expect((await w.eu.get(copyRef)) !== undefined).toBe(stays)
    expect((await w.eu.get(copyRef))?.metadata.annotations?.[mirrorOwnerAnnotation]).toBeUndefined()
    expect([await w.version('a'), await w.version('b')]).toEqual(stays ? ['1', '1'] : [undefined, undefined])
    await leave()
    await stop()
  })
})

test('a RemoteAssemblage of what is no Assemblage names the field', () => {
  const template = { spec: { syncs: [sync('a'), sync('a')] } }
  expect(() => new RemoteAssemblage({ metadata: { name: 'platform' }, spec: { cluster: { name: 'eu' }, template } })).toThrow(
    /spec\.template\.spec\.syncs\[1\]\.name: found string "a", accepted a name that no other sync has/,
  )
})
