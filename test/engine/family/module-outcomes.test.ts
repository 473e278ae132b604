import { type KubeObject, mirrorWriteAnnotation } from 'fleetkit'
import { expect, test } from 'vitest'
import { assigned, revisionOf } from './assigned-modules.ts'
import { copyRef, sync, type World } from './remote-assemblage-world.ts'
import { report, reported, since } from './reported-by-hand.ts'

const second = 1000
const [a1, a2, b1] = [revisionOf('a'), revisionOf('a', 2), revisionOf('b')]

/** What is shown of each module, and then of other syncs. */
async function shown(w: World): Promise<string> {
  const { modules = [], syncs = [] } = await w.status()
  const outcomes = modules.map(
    ({ name, phase, generation, message }) => `${name}${generation} ${phase}${message === undefined ? '' : `: ${message}`}`,
  )
  return [...outcomes, ...syncs.map(({ name, state }) => `${name} ${state}`)].join(', ')
}

test('only an outcome is shown, and the one before it stays until there is another', async () => {
  const { w, stop } = await reported()
  await report(w, { a: 'Progressing', b: 'Waiting' })
  expect(await shown(w)).toBe('')
  expect((await w.status()).reportedGeneration).toBe(1)
  await report(w, { a: 'Ready', b: 'Failed' })
  expect(await shown(w)).toBe('a1 Ready, b1 Failed: b is Failed')
  expect((await w.status()).modules).toEqual([
    { name: 'a', revision: a1.metadata.name, generation: 1, phase: 'Ready', since },
    { name: 'b', revision: b1.metadata.name, generation: 1, phase: 'Failed', since, message: 'b is Failed' },
  ])
  // A retry, and another look.
  await report(w, { a: 'Progressing', b: 'Progressing' })
  expect(await shown(w)).toBe('a1 Ready, b1 Failed: b is Failed')
  await report(w, { a: 'Stalled', b: 'Ready' })
  expect(await shown(w)).toBe('a1 Failed: a is Stalled, b1 Ready')
  await w.put({ syncs: [], modules: [assigned(b1), assigned(a2, 2)] })
  await w.clock.advance(2 * second)
  expect(await shown(w)).toBe('a1 Failed: a is Stalled, b1 Ready')
  expect(await w.status()).toMatchObject({ reportedGeneration: 1 })
  await report(w, { b: 'Ready', a: 'Progressing' })
  expect(await shown(w)).toBe('b1 Ready, a1 Failed: a is Stalled')
  expect((await w.status()).modules?.[1]?.revision).toBe(a1.metadata.name)
  expect(await w.status()).toMatchObject({ reportedGeneration: 2 })
  await report(w, { b: 'Unassigned', a: 'Ready' })
  expect(await shown(w)).toBe('b1 Ready, a2 Ready')
  await stop()
})

test('what the Assemblage reported of another write is no outcome of this one', async () => {
  const { w, stop } = await reported()
  const before = (await w.eu.get(copyRef)) as KubeObject
  const write = before.metadata.annotations?.[mirrorWriteAnnotation] as string
  await report(w, { a: 'Ready', b: 'Ready' }, { status: 'True' })
  await w.put({ syncs: [], modules: [assigned(a2, 2), assigned(b1)] })
  await w.clock.advance(2 * second)
  await report(w, { a: 'Failed', b: 'Ready' }, { status: 'False' })
  expect(await shown(w)).toBe('a2 Failed: a is Failed, b1 Ready')
  // As after a restore of the cluster from a backup.
  await report(w, { a: 'Ready', b: 'Failed' }, { status: 'True', observed: write })
  expect(await shown(w)).toBe('a2 Failed: a is Failed, b1 Ready')
  // As when another manager has put the old one there: it is written again, and has to be reported anew.
  const edited = (await w.eu.get(copyRef)) as KubeObject
  await w.eu.update({ ...edited, spec: before.spec } as KubeObject, { fieldManager: 'editor' })
  await w.clock.advance(2 * second)
  expect(w.written.at(-1)).toBe('edited')
  expect(await shown(w)).toBe('a2 Failed: a is Failed, b1 Ready')
  expect(await w.ready()).toMatchObject({ status: 'Unknown', reason: 'Progressing' })
  await report(w, { a: 'Ready', b: 'Ready' }, { status: 'True' })
  expect(await shown(w)).toBe('a2 Ready, b1 Ready')
  await stop()
})

test('an Assemblage that is refused as a whole says nothing of its modules', async () => {
  const { w, stop } = await reported()
  await report(w, { a: 'Ready', b: 'Failed' })
  await w.put({ syncs: [], modules: [assigned(a2, 2)] })
  await w.clock.advance(2 * second)
  // How its syncs were at the version before.
  await report(w, { a: 'Ready', b: 'Failed' }, { status: 'False', stalled: true })
  expect(await w.ready()).toMatchObject({ status: 'False', observedGeneration: 2 })
  expect(await shown(w)).toBe('a1 Ready, b1 Failed: b is Failed')
  expect((await w.status()).reportedGeneration).toBe(1)
  await report(w, { a: 'Progressing', b: 'Progressing' })
  expect(await shown(w)).toBe('a1 Ready, b1 Removing: b is Progressing')
  expect((await w.status()).reportedGeneration).toBe(2)
  await stop()
})

test('a module that is taken out before it had an outcome is among the other syncs until it is gone', async () => {
  const { w, stop } = await reported()
  await report(w, { a: 'Ready', b: 'Progressing' })
  await w.put({ syncs: [sync('x')], modules: [assigned(a1)] })
  await w.clock.advance(2 * second)
  expect(await w.status()).toMatchObject({ reportedGeneration: 1 })
  await report(w, { x: 'Ready', a: 'Ready', b: 'Progressing' })
  expect(await shown(w)).toBe('a1 Ready, x Ready, b Progressing')
  expect(await w.status()).toMatchObject({ reportedGeneration: 2 })
  await report(w, { x: 'Ready', a: 'Ready' })
  expect(await shown(w)).toBe('a1 Ready, x Ready')
  await stop()
})

test('a module that is assigned again while it is removed has no outcome before it is ready', async () => {
  const { w, stop } = await reported()
  await report(w, { a: 'Ready', b: 'Ready' })
  await w.put({ syncs: [], modules: [assigned(a1)] })
  await w.clock.advance(2 * second)
  await report(w, { a: 'Ready', b: 'Progressing' })
  expect(await shown(w)).toBe('a1 Ready, b1 Removing: b is Progressing')
  await w.put({ syncs: [], modules: [assigned(a1), assigned(b1, 2)] })
  await w.clock.advance(2 * second)
  await report(w, { a: 'Ready', b: 'Progressing' })
  expect(await shown(w)).toBe('a1 Ready')
  await report(w, { a: 'Ready', b: 'Ready' })
  expect(await shown(w)).toBe('a1 Ready, b2 Ready')
  await stop()
})

test('a module that becomes a sync of the template, and the other way round, is shown once', async () => {
  const { w, stop } = await reported()
  await report(w, { a: 'Ready', b: 'Ready' })
  await w.put({ syncs: [sync('b')], modules: [assigned(a1)] })
  await w.clock.advance(2 * second)
  await report(w, { b: 'Ready', a: 'Ready' })
  expect(await shown(w)).toBe('a1 Ready, b Ready')
  await w.put({ syncs: [], modules: [assigned(a1), assigned(b1, 2)] })
  await w.clock.advance(2 * second)
  await report(w, { a: 'Ready', b: 'Ready' })
  expect(await shown(w)).toBe('a1 Ready, b2 Ready')
  await stop()
})

test('all that changes in a report is one write of the status', async () => {
  const { w, stop } = await reported()
  await report(w, { a: 'Progressing', b: 'Progressing' })
  const versionOf = async () =>
    Number((await w.hub.get({ ...copyRef, kind: 'RemoteAssemblage', namespace: 'eu' }))?.metadata.resourceVersion)
  const before = await versionOf()
  await report(w, { a: 'Ready', b: 'Failed' }, { status: 'False' })
  expect(await versionOf()).toBe(before + 1)
  await report(w, { a: 'Ready', b: 'Failed' }, { status: 'False' })
  expect(await versionOf()).toBe(before + 1)
  await stop()
})
