import {
  Cluster,
  fleetControllers,
  getCondition,
  type KubeObject,
  Manager,
  type ObjectRef,
  RemoteSync,
  Sync,
  type SyncInput,
  type SyncStatus,
} from 'fleetkit'
import { memoryCluster, memoryFleet, memoryStore } from 'fleetkit/memory'
import { plainRenderer } from 'fleetkit/plain'
import { VirtualClock } from 'fleetkit/testing'
import { describe, expect, test } from 'vitest'
import { configMap, intercepted, repository, url } from '../sync/scenarios.ts'

const minute = 60_000
const apiVersion = 'fleetkit.dev/v1alpha1'
type Kind = 'Sync' | 'RemoteSync'
type Dependencies = SyncInput['spec']['dependsOn']

/** A management that applies to its own cluster and to `eu`, each object by a version that holds a ConfigMap of its name. */
async function world(names: readonly string[]) {
  const clock = new VirtualClock()
  const store = memoryStore({ clock })
  const fleet = memoryFleet({ clock })
  const local = memoryCluster({ clock })
  const deleted: string[] = []
  const told = <Port extends object>(port: Port): Port =>
    intercepted(port, (method, [ref]) => {
      if (method === 'delete') deleted.push(ref.name)
    })
  const eu = told(fleet.cluster('eu'))
  const git = repository(Object.fromEntries(names.map((name) => [name, { 'a.yaml': configMap(name) }])))
  const access = { kubeConfig: { secretRef: { name: 'eu' } } }
  await store.create(new Cluster({ metadata: { name: 'eu' }, spec: { access } }).toObject())
  const refOf = (kind: string, name: string): ObjectRef => ({ apiVersion, kind, namespace: 'default', name })
  const manager = new Manager({
    store,
    cluster: told(local),
    git,
    clock,
    renderers: [plainRenderer()],
    random: () => 0.5,
    connect: async (_, { current }) => current ?? eu,
  }).add(...fleetControllers())
  const stop = new AbortController()
  const done = manager.run({ signal: stop.signal })
  const specOf = (name: string, dependsOn: Dependencies, more: object) => ({
    source: { git: { url, tag: name } },
    prune: true,
    retryInterval: '1m',
    timeout: '20s',
    dependsOn,
    ...more,
  })
  return {
    clock,
    store,
    deleted,
    refOf,
    async put(kind: Kind, name: string, dependsOn: Dependencies = [], more: object = {}): Promise<void> {
      const metadata = { name, namespace: 'default' }
      const spec = specOf(name, dependsOn, more)
      const wanted =
        kind === 'Sync' ? new Sync({ metadata, spec }) : new RemoteSync({ metadata, spec: { ...spec, cluster: { name: 'eu' } } })
      const kept = await store.get(refOf(kind, name))
      if (kept === undefined) await store.create(wanted.toObject())
      else await store.update({ ...kept, spec: wanted.toObject().spec })
    },
    ready: async (kind: Kind, name: string) =>
      getCondition(((await store.get(refOf(kind, name)))?.status as SyncStatus | undefined)?.conditions, 'Ready'),
    async [Symbol.asyncDispose]() {
      stop.abort()
      await clock.advance(31_000)
      await done
    },
  }
}

describe('a dependency on another kind', () => {
  test('is waited for, and what waits goes on as soon as it is ready', async () => {
    await using w = await world(['crds', 'app', 'last'])
    await w.put('Sync', 'crds', [], { suspend: true })
    await w.put('RemoteSync', 'app', [
      { kind: 'Sync', name: 'crds' },
      { kind: 'Cluster', name: 'eu' },
    ])
    await w.put('Sync', 'last', [{ kind: 'RemoteSync', name: 'app' }])
    await w.clock.advance(1000)
    expect(await w.ready('RemoteSync', 'app')).toMatchObject({ status: 'False', reason: 'DependencyNotReady' })
    expect((await w.ready('RemoteSync', 'app'))?.message).toContain('Sync default/crds is not ready')
    await w.put('Sync', 'crds')
    await w.clock.advance(1000)
    for (const [kind, name] of [
      ['Sync', 'crds'],
      ['RemoteSync', 'app'],
      ['Sync', 'last'],
    ] as const)
      expect(await w.ready(kind, name), name).toMatchObject({ status: 'True' })
  })

  test('in a cycle is named with the kinds', async () => {
    await using w = await world(['one', 'two', 'three'])
    await w.put('Sync', 'one', [{ kind: 'RemoteSync', name: 'two' }])
    await w.put('RemoteSync', 'two', [{ kind: 'RemoteSync', name: 'three' }])
    await w.put('RemoteSync', 'three', [{ kind: 'Sync', name: 'one' }])
    await w.clock.advance(2 * minute)
    expect(await w.ready('Sync', 'one')).toMatchObject({ status: 'False', reason: 'DependencyCycle' })
    expect((await w.ready('Sync', 'one'))?.message).toContain(
      'Sync default/one → RemoteSync default/two → RemoteSync default/three → Sync default/one',
    )
  })

  test('that does not exist is a condition, and no error of the controller', async () => {
    await using w = await world(['app'])
    await w.put('RemoteSync', 'app', [{ kind: 'Sync', name: 'missing' }])
    await w.clock.advance(1000)
    expect((await w.ready('RemoteSync', 'app'))?.message).toContain('Sync default/missing is not ready: it does not exist')
  })

  test('on itself is refused, and one of another kind under its name is not', () => {
    const spec = { source: { git: { url, tag: 'v1' } }, prune: true }
    expect(() => new Sync({ metadata: { name: 'a' }, spec: { ...spec, dependsOn: [{ kind: 'Sync', name: 'a' }] } })).toThrow(
      'this Sync itself',
    )
    expect(
      new Sync({ metadata: { name: 'a' }, spec: { ...spec, dependsOn: [{ kind: 'RemoteSync', name: 'a' }] } }).spec.dependsOn?.[0]?.kind,
    ).toBe('RemoteSync')
  })
})

describe('what is deleted together', () => {
  test('goes in the reverse order of its dependencies, across kinds', async () => {
    await using w = await world(['base', 'middle', 'top'])
    await w.put('Sync', 'base')
    await w.put('RemoteSync', 'middle', [{ kind: 'Sync', name: 'base' }])
    await w.put('Sync', 'top', [{ kind: 'RemoteSync', name: 'middle' }])
    await w.clock.advance(2000)
    expect(await w.ready('Sync', 'top')).toMatchObject({ status: 'True' })
    // One after the other, as commands do.
    for (const [kind, name] of [
      ['Sync', 'base'],
      ['RemoteSync', 'middle'],
      ['Sync', 'top'],
    ] as const) {
      await w.store.delete(w.refOf(kind, name))
      await w.clock.advance(1000)
    }
    await w.clock.advance(5000)
    expect(w.deleted).toEqual(['top', 'middle', 'base'])
    for (const [kind, name] of [
      ['Sync', 'base'],
      ['RemoteSync', 'middle'],
      ['Sync', 'top'],
    ] as const)
      expect(await w.store.get(w.refOf(kind, name))).toBeUndefined()
  })

  test('goes by what it was applied with, though its specification says something else by now', async () => {
    await using w = await world(['base', 'top'])
    await w.put('Sync', 'base')
    await w.put('Sync', 'top', [{ name: 'base' }])
    await w.clock.advance(2000)
    expect(((await w.store.get(w.refOf('Sync', 'top'))) as { readonly status: SyncStatus }).status.dependencies).toEqual([
      { kind: 'Sync', namespace: 'default', name: 'base' },
    ])
    await w.put('Sync', 'top', [], { suspend: true })
    await w.clock.advance(1000)
    // A hand that is not there yet keeps it from going.
    const held = (await w.store.get(w.refOf('Sync', 'top'))) as KubeObject
    await w.store.update({ ...held, metadata: { ...held.metadata, finalizers: [...(held.metadata.finalizers ?? []), 'example.com/held'] } })
    await w.store.delete(w.refOf('Sync', 'top'))
    await w.store.delete(w.refOf('Sync', 'base'))
    await w.clock.advance(minute)
    expect(await w.ready('Sync', 'base')).toMatchObject({ reason: 'DependantsRemain' })
    expect((await w.ready('Sync', 'base'))?.message).toContain('it is deleted after what depends on it: Sync default/top')
    expect(w.deleted).toEqual([])
    const last = (await w.store.get(w.refOf('Sync', 'top'))) as KubeObject
    await w.store.update({ ...last, metadata: { ...last.metadata, finalizers: [] } })
    await w.clock.advance(1000)
    expect(w.deleted).toEqual(['base'])
    expect(await w.store.get(w.refOf('Sync', 'base'))).toBeUndefined()
  })

  test('in a cycle does not wait for itself', async () => {
    await using w = await world(['one', 'two'])
    await w.put('Sync', 'one')
    await w.put('Sync', 'two', [{ name: 'one' }])
    await w.clock.advance(2000)
    await w.put('Sync', 'one', [{ name: 'two' }])
    await w.clock.advance(1000)
    for (const name of ['one', 'two']) await w.store.delete(w.refOf('Sync', name))
    await w.clock.advance(5000)
    for (const name of ['one', 'two']) expect(await w.store.get(w.refOf('Sync', name))).toBeUndefined()
  })

  test('waits a moment for a dependant that stays, and no longer', async () => {
    await using w = await world(['base', 'top'])
    await w.put('Sync', 'base')
    await w.put('Sync', 'top', [{ name: 'base' }])
    await w.clock.advance(2000)
    await w.store.delete(w.refOf('Sync', 'base'))
    await w.clock.advance(9000)
    expect(w.deleted).toEqual([])
    expect(await w.ready('Sync', 'base')).toMatchObject({ reason: 'DependantsRemain' })
    await w.clock.advance(5000)
    expect(w.deleted).toEqual(['base'])
  })
})
