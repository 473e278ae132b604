import { getCondition, type KubeObject, type RemoteSyncSpec } from 'fleetkit'
import { assignedAnnotation } from 'fleetkit/bootstrap-module'
import { retryAnnotation } from 'fleetkit/fleet'
import { expect, test } from 'vitest'
import { BootstrapWorld, filesOf, minute, namespace, refOf } from './world.ts'

const oneByOne = { rolling: { maxUnavailable: 1 } } as const

async function settings(w: BootstrapWorld, ...clusters: readonly string[]): Promise<readonly unknown[]> {
  return Promise.all(clusters.map((cluster) => w.setting(cluster)))
}

test('a BootstrapModule is applied to bare clusters in stages, and Modules that need it follow', async () => {
  const w = new BootstrapWorld()
  w.versions(filesOf, 'v1', 'v2')
  await w.clusters('a', 'b')
  const stop = w.manage()
  await w.module('shop', { dependsOn: [{ name: 'agent' }] })
  await w.bootstrap({ rollout: { canary: { limit: 1, soak: '10m' } } })
  await w.clock.advance(2 * minute)
  expect(await settings(w, 'a', 'b')).toEqual(['v1', undefined])
  expect(w.rollouts.explain({ namespace, cluster: 'b', module: 'shop' })?.message).toBe('shop waits for agent on b')
  expect(await w.status()).toMatchObject({ phase: 'Running', summary: { clusters: 2, done: 1 } })
  await w.clock.advance(12 * minute)
  expect(await settings(w, 'a', 'b')).toEqual(['v1', 'v1'])
  const status = await w.status()
  expect(status).toMatchObject({ phase: 'Complete', version: 'v1', summary: { clusters: 2, done: 2, updating: 0, held: 0 } })
  expect(getCondition(status.conditions, 'Ready')).toMatchObject({ status: 'True', reason: 'Complete' })
  const progress = w.events.filter(({ type }) => type === 'rollout.progress') as unknown as readonly {
    module: { kind: string; name: string }
  }[]
  expect(new Set(progress.map(({ module }) => `${module.kind} ${module.name}`))).toEqual(new Set(['BootstrapModule agent', 'Module shop']))

  // The clusters take Modules now, by what was applied to them.
  const leave = [w.work('a'), w.work('b')]
  await w.clock.advance(5 * minute)
  expect(await w.status('shop', 'Module')).toMatchObject({ phase: 'Complete', summary: { done: 2 } })
  for (const name of ['a', 'b']) {
    const object = (await w.store.get(refOf('RemoteAssemblage', name))) as KubeObject
    expect((object.spec as { modules: readonly { name: string }[] }).modules.map((each) => each.name)).toEqual(['shop'])
  }

  await w.bootstrap({ tag: 'v2', rollout: oneByOne })
  await w.clock.advance(5 * minute)
  expect(await settings(w, 'a', 'b')).toEqual(['v2', 'v2'])
  expect(await w.status()).toMatchObject({ phase: 'Complete', version: 'v2' })
  for (const end of leave) await end()
  await stop()
})

test('what is done costs nothing, also after a restart', async () => {
  const w = new BootstrapWorld()
  w.versions(filesOf, 'v1')
  await w.clusters('a', 'b')
  const stop = w.manage()
  await w.bootstrap({ rollout: oneByOne, interval: '24h' })
  await w.clock.advance(10 * minute)
  await stop()
  w.writes.length = 0
  const again = w.manage()
  await w.clock.advance(30 * minute)
  expect(w.writes.filter((write) => !write.includes('Cluster'))).toEqual([])
  await again()
})

test('a version that fails on a cluster goes no further, and is tried again when that is asked for', async () => {
  const w = new BootstrapWorld()
  w.versions(filesOf, 'v1')
  w.versions(
    (tag) => ({
      ...filesOf(tag),
      'bad.json': JSON.stringify({ apiVersion: 'none.example.com/v1', kind: 'Missing', metadata: { name: 'x' } }),
    }),
    'v2',
  )
  await w.clusters('a', 'b')
  const stop = w.manage()
  await w.bootstrap({ rollout: oneByOne })
  await w.clock.advance(5 * minute)
  await w.bootstrap({ rollout: oneByOne, tag: 'v2' })
  await w.clock.advance(5 * minute)
  const revisions = async () =>
    Object.values(await w.direct()).map(({ metadata }) => JSON.parse(metadata.annotations?.[assignedAnnotation] ?? '').revision)
  expect(new Set(await revisions()).size).toBe(2)
  expect(await w.status()).toMatchObject({ phase: 'Halted', version: 'v1' })
  expect(w.rollouts.explain({ namespace, cluster: 'b', module: 'agent' })).toMatchObject({ state: 'held' })

  // What was in the way is there now.
  const missing = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'missings.none.example.com' },
    spec: {
      group: 'none.example.com',
      scope: 'Cluster',
      names: { kind: 'Missing', plural: 'missings' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
    },
  }
  for (const name of ['a', 'b']) await w.cluster(name).create(missing)
  await stop()
  const waits = w.manage({}, 'remotesync')
  await w.clock.advance(minute)
  w.events.length = 0
  const object = (await w.store.get(refOf('BootstrapModule', 'agent'))) as KubeObject
  await w.store.update({ ...object, metadata: { ...object.metadata, annotations: { [retryAnnotation]: '1' } } })
  await w.clock.advance(minute)
  // What the attempt before came to is no outcome of this one.
  expect(w.phases).not.toContain('Halted')
  expect(w.rollouts.explain({ namespace, cluster: 'a', module: 'agent' })).toMatchObject({ state: 'updating' })
  await waits()
  const again = w.manage()
  await w.clock.advance(5 * minute)
  expect(w.rollouts.explain({ namespace, cluster: 'a', module: 'agent' })).toMatchObject({ observed: { phase: 'ready', generation: 3 } })
  expect(await w.status()).toMatchObject({ phase: 'Complete', version: 'v2' })
  await again()
})

test('the values of a cluster go into what is applied there; a cluster without one is held, and no other', async () => {
  const w = new BootstrapWorld()
  w.versions(() => filesOf('$' + '{name}'), 'v1')
  await w.clusters('a', 'b')
  const bare = (await w.store.get(refOf('Cluster', 'b'))) as KubeObject
  await w.store.update({ ...bare, metadata: { ...bare.metadata, labels: {} } })
  const stop = w.manage()
  const parameters = [{ name: 'name', valueFrom: { clusterFieldRef: { pointer: '/metadata/labels/name' } } }]
  await w.bootstrap({ parameters })
  await w.clock.advance(2 * minute)
  expect(await settings(w, 'a', 'b')).toEqual(['a', undefined])
  expect(w.rollouts.explain({ namespace, cluster: 'b', module: 'agent' })?.message).toContain('parameters.name: found no such field')
  await stop()
})

test('a RemoteSync that another person edits, or deletes, is set right', async () => {
  const w = new BootstrapWorld()
  w.versions(filesOf, 'v1', 'v2')
  await w.clusters('a')
  const stop = w.manage()
  await w.bootstrap()
  await w.clock.advance(2 * minute)
  const { a: before } = await w.direct()
  const other = await w.git.resolve('https://git.example.com/agent.git', { tag: 'v2' })
  const spec = before?.spec as unknown as RemoteSyncSpec
  const edited = { ...spec, source: { git: { ...spec.source.git, commit: other } } }
  w.events.length = 0
  await w.store.update({ ...(before as KubeObject), spec: edited as unknown as KubeObject['spec'] })
  await w.clock.advance(2 * minute)
  // What it came to meanwhile was of no revision that the cluster is assigned.
  expect(w.phases).toContain('Running')
  expect((await w.direct()).a?.spec).toEqual(before?.spec)
  expect(await settings(w, 'a')).toEqual(['v1'])
  await w.store.delete(refOf('RemoteSync', before?.metadata.name ?? ''))
  await w.clock.advance(5 * minute)
  expect((await w.direct()).a?.spec).toEqual(before?.spec)
  expect(await settings(w, 'a')).toEqual(['v1'])
  expect(await w.status()).toMatchObject({ phase: 'Complete', summary: { clusters: 1, done: 1 } })
  await stop()
})

test('a RemoteSync of the same name that was made for something else is left alone', async () => {
  const w = new BootstrapWorld()
  w.versions(filesOf, 'v1')
  await w.clusters('a')
  const first = w.manage()
  await w.bootstrap()
  await w.clock.advance(2 * minute)
  await first()
  const { a } = await w.direct()
  const { metadata, ...rest } = a as KubeObject
  await w.store.update({ ...rest, metadata: { ...metadata, labels: {}, annotations: {} } } as KubeObject)
  const stop = w.manage()
  await w.clock.advance(2 * minute)
  expect((await w.direct()).a?.metadata.labels).toBeUndefined()
  const errors = w.events.filter(({ type }) => type === 'rollout.error') as unknown as readonly { error: Error }[]
  expect(errors[0]?.error.message).toContain('it was not made for the BootstrapModule of its cluster')
  await stop()
})

test.each([
  ['MirrorPrune', undefined],
  ['Orphan', 'v1'],
] as const)('a cluster that is no longer selected is rid of it: %s', async (removalPolicy, left) => {
  const w = new BootstrapWorld()
  w.versions(filesOf, 'v1')
  await w.clusters('a', 'b')
  const stop = w.manage()
  await w.bootstrap({ removalPolicy })
  await w.clock.advance(2 * minute)
  await w.bootstrap({ removalPolicy, clusters: { names: ['b'] } })
  await w.clock.advance(5 * minute)
  expect(Object.keys(await w.direct())).toEqual(['b'])
  expect(await settings(w, 'a', 'b')).toEqual([left, 'v1'])
  expect(await w.status()).toMatchObject({ phase: 'Complete', summary: { updating: 0, held: 0 } })
  await stop()
})

test.each([
  ['Delete', [], undefined, false],
  ['Orphan', ['a'], 'v1', false],
  ['Refuse', ['a'], 'v1', true],
] as const)('a BootstrapModule that is deleted: %s', async (deletionPolicy, kept, setting, stays) => {
  const w = new BootstrapWorld()
  w.versions(filesOf, 'v1')
  await w.clusters('a')
  const stop = w.manage()
  await w.bootstrap({ deletionPolicy })
  await w.clock.advance(2 * minute)
  await w.store.delete(refOf('BootstrapModule', 'agent'))
  await w.clock.advance(5 * minute)
  expect(Object.keys(await w.direct())).toEqual(kept)
  expect(await settings(w, 'a')).toEqual([setting])
  expect((await w.store.get(refOf('BootstrapModule', 'agent'))) !== undefined).toBe(stays)
  await stop()
})

test('one name is that of a Module or of a BootstrapModule: the younger one waits for it', async () => {
  const w = new BootstrapWorld()
  w.versions(filesOf, 'v1')
  await w.clusters('a')
  const stop = w.manage()
  await w.bootstrap({ removalPolicy: 'Orphan' })
  await w.clock.advance(2 * minute)
  await w.module('agent')
  await w.clock.advance(2 * minute)
  const pinned = getCondition((await w.status('agent', 'Module')).conditions, 'Pinned')
  expect(pinned).toMatchObject({ status: 'False', reason: 'NameTaken', message: 'BootstrapModule fleet/agent has its name' })
  expect(await w.store.get(refOf('RemoteAssemblage', 'a'))).toBeUndefined()
  expect(await w.status()).toMatchObject({ phase: 'Complete' })
  await w.store.delete(refOf('BootstrapModule', 'agent'))
  await w.clock.advance(5 * minute)
  expect(getCondition((await w.status('agent', 'Module')).conditions, 'Pinned')).toMatchObject({ status: 'True' })
  await w.store.delete(refOf('Module', 'agent'))
  await stop()
})

test('a cluster that another takes the name of begins anew', async () => {
  const w = new BootstrapWorld()
  w.versions(filesOf, 'v1')
  await w.clusters('a')
  const stop = w.manage()
  await w.bootstrap()
  await w.clock.advance(2 * minute)
  await w.store.delete(refOf('Cluster', 'a'))
  w.fleet.remove('a')
  await w.clock.advance(2 * minute)
  await w.clusters('a')
  await w.clock.advance(5 * minute)
  expect(await settings(w, 'a')).toEqual(['v1'])
  expect(await w.status()).toMatchObject({ phase: 'Complete', summary: { clusters: 1, done: 1 } })
  await stop()
})
