import { setImmediate as turn } from 'node:timers/promises'
import { type AssignedModuleStatus, FleetkitError, type KubeObject, type ObjectRef } from 'fleetkit'
import { definitionOf, moduleRevisionKind } from 'fleetkit/kinds'
import type { RestorableCluster } from 'fleetkit/memory'
import { describe, expect, test } from 'vitest'
import { assigned, publish, revisionOf, withFinalizers } from './assigned-modules.ts'
import { apiVersion, commits, copyRef, mapRef, namespace, ref, sync, type World, world } from './remote-assemblage-world.ts'

const second = 1000
const minute = 60_000
const syncRef = (name: string): ObjectRef => ({ apiVersion, kind: 'Sync', namespace: 'default', name: `platform-${name}` })
const [a1, a2, b1, b2] = [revisionOf('a'), revisionOf('a', 2), revisionOf('b'), revisionOf('b', 2)]
/** What is shown of each module, as `name: phase generation`, and of every other sync as `name: state`. */
async function shown(w: World): Promise<readonly string[]> {
  const { modules = [], syncs = [] } = await w.status()
  const assignments = modules.map(({ name, phase, generation }) => `${name}: ${phase} ${generation}`)
  return [...assignments, ...syncs.map(({ name, state }) => `${name}: ${state}`)]
}

describe.each(['connected', 'inbound'] as const)('a RemoteAssemblage with modules, of a cluster that is %s', (way) => {
  test('is made of their revisions, and shows what became of each assignment', async () => {
    const w = await world(way)
    const b = revisionOf('b', 1, { dependsOn: [{ name: 'a' }, { name: 'elsewhere' }] })
    await publish(w.hub, b)
    await w.put({ syncs: [sync('a')], modules: [assigned(b, 3)] })
    const [stop, leave] = [w.manage(), w.apply()]
    await w.clock.advance(2 * minute)
    expect(await w.ready()).toMatchObject({ status: 'True', message: '2 syncs are ready', observedGeneration: 1 })
    const { modules, syncs, reportedGeneration } = await w.status()
    expect(modules).toEqual([
      { name: 'b', revision: b.metadata.name, generation: 3, phase: 'Ready', since: expect.stringMatching(/^20.*Z$/) },
    ] satisfies readonly AssignedModuleStatus[])
    expect(syncs?.map(({ name }) => name)).toEqual(['a'])
    expect(reportedGeneration).toBe(1)
    // The other is not on this cluster.
    expect(await w.eu.get(syncRef('b'))).toMatchObject({ spec: { dependsOn: [{ name: 'platform-a' }] } })
    expect([await w.version('a'), await w.version('b')]).toEqual(['1', '1'])
    await leave()
    await stop()
  })

  test('gets one write for another version of a module, with the values of the cluster', async () => {
    const w = await world(way)
    const parameters = [{ name: 'region', valueFrom: { clusterFieldRef: { pointer: '/metadata/labels/region' } } }]
    const next = revisionOf('a', 2, { parameters })
    await publish(w.hub, a1, b1, next)
    await w.put({ syncs: [], modules: [assigned(a1), assigned(b1)] })
    const [stop, leave] = [w.manage(), w.apply()]
    await w.clock.advance(2 * minute)
    expect(w.written).toEqual(['absent'])
    const { generation = 0 } = (await w.eu.get(copyRef))?.metadata ?? {}
    await w.put({ syncs: [], modules: [assigned(next, 2, { region: 'eu' }), assigned(b1)] })
    await w.clock.advance(2 * minute)
    expect(w.written).toEqual(['absent', 'changed'])
    expect((await w.eu.get(copyRef))?.metadata.generation).toBe(generation + 1)
    expect(await shown(w)).toEqual(['a: Ready 2', 'b: Ready 1'])
    expect(await w.eu.get(syncRef('a'))).toMatchObject({ spec: { postBuild: { substitute: { region: 'eu' } } } })
    expect([await w.version('a'), await w.version('b')]).toEqual(['2', '1'])
    // The same revision again is another assignment, of which there is an outcome once the cluster has reported.
    await w.put({ syncs: [], modules: [assigned(next, 3, { region: 'eu' }), assigned(b1)] })
    await w.clock.advance(2 * minute)
    expect(await shown(w)).toEqual(['a: Ready 3', 'b: Ready 1'])
    await leave()
    await stop()
  })

  test('waits for a revision that is not there, and goes on as soon as it is', async () => {
    const w = await world(way)
    await publish(w.hub, a1)
    await w.put({ syncs: [], modules: [assigned(a1), assigned(b1)] })
    const [stop, leave] = [w.manage(), w.apply()]
    await w.clock.advance(2 * minute)
    expect(await w.ready()).toMatchObject({
      status: 'Unknown',
      reason: 'RevisionNotFound',
      message: `there is no ModuleRevision ${b1.metadata.name} of module b`,
    })
    expect(await w.eu.get(copyRef)).toBeUndefined()
    // Right after a look: the next one is long in coming.
    await w.clock.advance(61 * second - (w.clock.now() % minute))
    await publish(w.hub, b1)
    await w.clock.advance(2 * second)
    expect(await w.eu.get(copyRef)).toBeDefined()
    await w.clock.advance(minute)
    expect(await shown(w)).toEqual(['a: Ready 1', 'b: Ready 1'])
    // What is there stays as it is.
    await w.put({ syncs: [], modules: [assigned(a1), assigned(b2, 2)] })
    await w.clock.advance(2 * minute)
    expect(await w.ready()).toMatchObject({ status: 'Unknown', reason: 'RevisionNotFound', observedGeneration: 2 })
    expect(await shown(w)).toEqual(['a: Ready 1', 'b: Ready 1'])
    expect(await w.version('b')).toBe('1')
    await leave()
    await stop()
  })

  test('applies nothing but what was assigned', async () => {
    const w = await world(way)
    const parameters = [{ name: 'region', valueFrom: { clusterFieldRef: { pointer: '/metadata/labels/region' } } }]
    const bound = revisionOf('b', 2, { parameters })
    await publish(w.hub, a1, b1, bound)
    await w.put({ syncs: [], modules: [assigned(a1), assigned(b1)] })
    const [stop, leave] = [w.manage(), w.apply()]
    await w.clock.advance(2 * minute)
    const before = (await w.eu.get(copyRef))?.spec
    const { digest } = assigned(b1)
    const edited = { ...b1.toObject(), metadata: { namespace, name: 'b-0123456789abcdef' } }
    await w.hub.create(edited)
    const told = { ...assigned(bound, 2, { region: 'eu' }), values: { region: 'us' } }
    for (const [module, message] of [
      [
        told,
        `module b, revision ${bound.metadata.name}: found digest ${assigned(bound, 2, { region: 'us' }).digest}, accepted ${told.digest}`,
      ],
      [
        { ...told, values: {} },
        `module b, revision ${bound.metadata.name}: ModuleRevision eu/${bound.metadata.name}: parameters.region: found nothing`,
      ],
      [
        { ...assigned(b1), revision: a1.metadata.name },
        `module b, revision ${a1.metadata.name}: found a revision of module a, accepted one of b`,
      ],
      [
        { ...assigned(b1), revision: edited.metadata.name },
        `module b, revision ${edited.metadata.name}: ModuleRevision eu/${edited.metadata.name}: metadata.name: found string`,
      ],
    ] as const) {
      await w.put({ syncs: [], modules: [assigned(a1), module] })
      await w.clock.advance(minute)
      expect(await w.ready()).toMatchObject({ status: 'False', reason: 'RevisionMismatch', message: expect.stringContaining(message) })
      expect((await w.eu.get(copyRef))?.spec).toEqual(before)
      expect(await shown(w)).toEqual(['a: Ready 1', 'b: Ready 1'])
    }
    await w.put({ syncs: [], modules: [assigned(a1), { ...assigned(b1, 3), digest }] })
    await w.clock.advance(2 * minute)
    expect(await shown(w)).toEqual(['a: Ready 1', 'b: Ready 3'])
    await leave()
    await stop()
  })

  test('goes when it is deleted, though its revisions are gone', async () => {
    const w = await world(way)
    await publish(w.hub, a1, b1)
    await w.put({ syncs: [], modules: [assigned(a1), assigned(b1)] })
    const [stop, leave] = [w.manage(), w.apply()]
    await w.clock.advance(2 * minute)
    for (const revision of [a1, b1]) await w.hub.delete(revision.ref)
    await w.clock.advance(2 * minute)
    // What is there stays until then.
    expect([await w.version('a'), await w.version('b')]).toEqual(['1', '1'])
    await w.hub.delete(ref)
    await w.clock.advance(4 * minute)
    expect(await w.hub.get(ref)).toBeUndefined()
    expect([await w.version('a'), await w.version('b')]).toEqual([undefined, undefined])
    await leave()
    await stop()
  })

  test('shows a module that is taken out until it is gone', async () => {
    const w = await world(way)
    const held = revisionOf('b', 1, { deletionPolicy: 'WaitForTermination' })
    await publish(w.hub, a1, held)
    await w.put({ syncs: [], modules: [assigned(a1), assigned(held, 4)] })
    const [stop, leave] = [w.manage(), w.apply()]
    await w.clock.advance(2 * minute)
    await w.eu.update(withFinalizers((await w.eu.get(mapRef('b'))) as KubeObject, ['example.com/hold']))
    await w.put({ syncs: [], modules: [assigned(a1)] })
    await w.clock.advance(2 * minute)
    expect(await shown(w)).toEqual(['a: Ready 1', 'b: Removing 4'])
    expect((await w.status()).modules?.[1]).toMatchObject({ revision: held.metadata.name, message: 'Sync platform-b is being deleted' })
    expect(await w.status()).toMatchObject({ reportedGeneration: 2, syncs: [] })
    await w.eu.update(withFinalizers((await w.eu.get(mapRef('b'))) as KubeObject, []))
    await w.clock.advance(2 * minute)
    expect(await shown(w)).toEqual(['a: Ready 1'])
    expect(await w.ready()).toMatchObject({ status: 'True', message: '1 sync is ready' })
    await w.put({ syncs: [], modules: [] })
    await w.clock.advance(2 * minute)
    expect(await w.status()).not.toHaveProperty('modules')
    expect(await w.version('a')).toBeUndefined()
    await leave()
    await stop()
  })

  test('shows why a module has failed, and keeps the assignment before until then', async () => {
    const w = await world(way)
    const broken = revisionOf('b', 2, { path: './none' })
    const waiting = revisionOf('c', 2, { path: './a', targetNamespace: 'default', dependsOn: [{ name: 'b' }] })
    await publish(w.hub, a1, b1, b2, broken, waiting)
    await w.put({ syncs: [], modules: [assigned(b1)] })
    const [stop, leave] = [w.manage(), w.apply()]
    await w.clock.advance(2 * minute)
    await w.put({ syncs: [], modules: [assigned(broken, 2), assigned(waiting)] })
    await w.clock.advance(2 * minute)
    // What waits has no outcome.
    expect(await shown(w)).toEqual(['b: Failed 2'])
    expect((await w.status()).modules?.[0]).toMatchObject({
      revision: broken.metadata.name,
      message: expect.stringContaining('has no path "none"'),
    })
    expect(await w.ready()).toMatchObject({ status: 'False', reason: 'SyncsFailed' })
    await w.put({ syncs: [], modules: [assigned(b2, 3), assigned(waiting)] })
    await w.clock.advance(2 * minute)
    expect(await shown(w)).toEqual(['b: Ready 3', 'c: Ready 1'])
    expect((await w.status()).modules?.[0]).not.toHaveProperty('message')
    await leave()
    await stop()
  })
})

test('a revision that appears while the store is asked for it is not missed', async () => {
  const w = await world('connected')
  await w.put({ syncs: [], modules: [assigned(b1)] })
  let count = 0
  const late: RestorableCluster = new Proxy(w.hub, {
    get(hub, property) {
      const member: unknown = Reflect.get(hub, property, hub)
      if (property !== 'get') return typeof member === 'function' ? member.bind(hub) : member
      return async (asked: ObjectRef) => {
        const answer = await hub.get(asked)
        if (asked.kind !== 'ModuleRevision') return answer
        count++
        await publish(hub, b1)
        // Until the watch has brought it.
        await turn()
        return answer
      }
    },
  })
  const stop = w.manage(late)
  await w.clock.advance(10 * second)
  expect(count).toBe(1)
  expect(await w.eu.get(copyRef)).toBeDefined()
  await stop()
})

test('the PullSync of a management without ModuleRevisions keeps what needs none', async () => {
  const w = await world('inbound', { revisions: false })
  await w.put()
  const [stop, leave] = [w.manage(), w.apply()]
  await w.clock.advance(2 * minute)
  expect(await w.version('a')).toBe('1')
  await w.hub.create(definitionOf(moduleRevisionKind))
  await publish(w.hub, a2)
  await w.put({ syncs: [sync('b')], modules: [assigned(a2)] })
  // Before its next look it has no watch of them, and asks.
  await w.clock.advance(5 * second)
  expect(await w.eu.get(copyRef)).toMatchObject({ spec: { syncs: [{ name: 'b' }, { name: 'a' }] } })
  await w.clock.advance(2 * minute)
  expect([await w.version('a'), await w.version('b')]).toEqual(['2', '1'])
  await leave()
  await stop()
})

test('a PullSync that may not read ModuleRevisions keeps what needs none, and says what it lacks', async () => {
  const w = await world('inbound')
  w.toHub = (method, [first]) => {
    if (first?.kind === 'ModuleRevision' && method !== 'discover')
      throw new FleetkitError('cluster/forbidden', `cannot ${method} modulerevisions in ${namespace}`)
  }
  await publish(w.hub, a2)
  await w.put({ syncs: [sync('a'), sync('b')] })
  const [stop, leave] = [w.manage(), w.apply()]
  await w.clock.advance(2 * minute)
  expect([await w.version('a'), await w.version('b')]).toEqual(['1', '1'])
  await w.put({ syncs: [sync('b')], modules: [assigned(a2)] })
  await w.clock.advance(2 * minute)
  expect(await w.ready()).toMatchObject({ status: 'Unknown', reason: 'LookFailed', message: 'cannot get modulerevisions in eu' })
  expect(await w.version('a')).toBe('1')
  w.toHub = undefined
  await w.clock.advance(3 * minute)
  expect(await w.version('a')).toBe('2')
  // And from now on it sees them come.
  await w.put({ syncs: [], modules: [assigned(a1, 2)] })
  await w.clock.advance(5 * second)
  expect(await w.ready()).toMatchObject({ reason: 'RevisionNotFound' })
  await publish(w.hub, a1)
  await w.clock.advance(5 * second)
  expect(await w.eu.get(copyRef)).toMatchObject({ spec: { syncs: [{ name: 'a', source: { git: { commit: commits[0] } } }] } })
  await leave()
  await stop()
})
