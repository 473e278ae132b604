import assert from 'node:assert/strict'
import { retryOnConflict } from '../../../async/retry-on-conflict.ts'
import { assemblageLabel } from '../../../model/kinds/assemblage/marks.ts'
import type { AssembledSyncInput } from '../../../model/kinds/assemblage/types.generated.ts'
import type { KubeObject } from '../../../model/object.ts'
import { refOf } from '../../../model/reference.ts'
import type { ConformanceCases } from '../register.ts'
import { rejects } from '../rejects.ts'
import { Assembly, type DriverSubject } from './subject.ts'

/** `c` depends on `b`, and `b` on `a`. */
function chain({ url, commits }: DriverSubject, version: 0 | 1 = 0): readonly AssembledSyncInput[] {
  const sync = (name: string, ...dependencies: readonly string[]): AssembledSyncInput => ({
    name,
    source: { git: { url, commit: commits[version] } },
    path: `./${name}`,
    prune: true,
    dependsOn: dependencies.map((dependency) => ({ name: dependency })),
  })
  return [sync('c', 'b'), sync('b', 'a'), sync('a')]
}

const ready = ['a: Ready', 'b: Ready', 'c: Ready']

/** The object that a sync is made of. */
async function objectOf(assembly: Assembly, sync: string): Promise<KubeObject> {
  const uid = assembly.known.find(({ name }) => name === sync)?.uid
  const { objects } = (await assembly.input()).found
  return objects.find(({ metadata }) => metadata.uid === uid) ?? assert.fail(`there is no object of ${sync}`)
}

/** Changes the object that a sync is made of, as a person would: its engine is at work, and may write first. */
async function edit(assembly: Assembly, sync: string, change: object): Promise<void> {
  await retryOnConflict(async () => {
    const object = await objectOf(assembly, sync)
    await assembly.subject.store.update({ ...object, spec: { ...(object.spec as object), ...change } })
  })
}

/** What every driver does. */
export const driverCases: ConformanceCases<DriverSubject> = {
  'it has a name and types': async ({ driver }) => {
    assert.match(driver.name, /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/)
    assert.ok(driver.types.length > 0)
  },

  'what others depend on is written first, and nothing is left to write then': async (subject) => {
    const assembly = new Assembly(subject, chain(subject))
    assert.deepEqual(subject.driver.check(assembly.syncs), [])
    const changes = await assembly.write()
    assert.deepEqual(
      changes.flatMap(({ sync }) => sync ?? []),
      ['a', 'b', 'c'],
    )
    assert.ok(changes.every(({ action, reason }) => action === 'create' && reason === 'absent'))
    assert.deepEqual(await assembly.write(), [])
  },

  'a sync is ready once its engine has applied it, and not before': async (subject) => {
    const assembly = new Assembly(subject, chain(subject))
    assert.deepEqual(await assembly.states(), ['a: Unassigned', 'b: Unassigned', 'c: Unassigned'])
    await assembly.write()
    assert.ok((await assembly.states()).every((state) => !state.endsWith('Ready')))
    await assembly.settle()
    assert.deepEqual(await assembly.states(), ready)
    assert.deepEqual(await subject.applied(), ['a', 'b', 'c'])
    for (const { revision, lastAppliedRevision } of (await assembly.judge()).values()) {
      assert.equal(revision, `sha1:${subject.commits[0]}`)
      assert.ok(lastAppliedRevision?.endsWith(subject.commits[0]))
    }
  },

  'syncs whose names are long and begin alike are each their own': async (subject) => {
    const syncs = chain(subject).map(({ name, dependsOn = [], ...sync }) => {
      const long = (end: string): string => `${'x'.repeat(62)}${end}`
      return { ...sync, name: long(name), dependsOn: dependsOn.map((dependency) => ({ name: long(dependency.name) })) }
    })
    const assembly = new Assembly(subject, syncs)
    await assembly.settle()
    assert.ok((await assembly.states()).every((state) => state.endsWith('Ready')))
    assert.deepEqual(await subject.applied(), ['a', 'b', 'c'])
  },

  'nothing is written of what is as it is to be': async (subject) => {
    const assembly = new Assembly(subject, chain(subject))
    await assembly.settle()
    assert.deepEqual(await assembly.settle(), [])
  },

  'a new version is not ready by what was said of the one before': async (subject) => {
    const before = new Assembly(subject, chain(subject))
    await before.settle()
    const after = before.with(chain(subject, 1))
    assert.ok(
      (await after.states()).every((state) => !state.endsWith('Ready')),
      'before it was written',
    )
    const changes = await after.write()
    assert.deepEqual(
      changes.flatMap(({ sync, action }) => (sync === undefined ? [] : [`${action} ${sync}`])),
      ['update a', 'update b', 'update c'],
    )
    await after.settle()
    assert.deepEqual(await after.states(), ready)
  },

  'a version that comes again is not ready by what was said of it before': async (subject) => {
    const first = new Assembly(subject, chain(subject))
    await first.settle()
    const old = (await first.input()).found
    const second = first.with(chain(subject, 1))
    await second.write()
    const again = second.with(chain(subject))
    await again.write()
    const stale = subject.driver.judge({ ...(await again.input()), found: old })
    assert.ok(
      stale.every(({ state }) => state !== 'Ready'),
      'by an observation from before',
    )
    await again.settle()
    assert.deepEqual(await again.states(), ready)
  },

  'what its engine looks at again is still ready': async (subject) => {
    const assembly = new Assembly(subject, chain(subject))
    await assembly.settle()
    await subject.lookAgain()
    assert.deepEqual(await assembly.states(), ready)
    await assembly.settle()
    assert.deepEqual(await assembly.states(), ready)
  },

  'what was edited and taken back is ready once its engine has said so, and stays so while that looks again': async (subject) => {
    const assembly = new Assembly(subject, chain(subject))
    await assembly.settle()
    const { spec } = await objectOf(assembly, 'b')
    await edit(assembly, 'b', { path: './a' })
    await edit(assembly, 'b', spec as object)
    await assembly.settle()
    assert.deepEqual(await assembly.states(), ready)
    await subject.lookAgain()
    assert.deepEqual(await assembly.states(), ready)
  },

  'an object that others have recreated is written again before it counts': async (subject) => {
    const assembly = new Assembly(subject, chain(subject))
    await assembly.settle()
    const { metadata, spec, ...type } = await objectOf(assembly, 'b')
    const { name, namespace, labels, annotations } = metadata
    await subject.store.delete({ ...refOf({ ...type, metadata }), name })
    await subject.settle()
    await subject.store.create({ apiVersion: type.apiVersion, kind: type.kind, metadata: { name, namespace, labels, annotations }, spec })
    await subject.settle()
    assert.deepEqual((await assembly.states()).includes('b: Ready'), false)
    assert.deepEqual(
      (await assembly.write()).map(({ sync, action }) => [sync, action]),
      [['b', 'update']],
    )
    await assembly.settle()
    assert.deepEqual(await assembly.states(), ready)
  },

  'an edit is named, ends readiness, and is set right': async (subject) => {
    const assembly = new Assembly(subject, chain(subject))
    await assembly.settle()
    const { spec } = await objectOf(assembly, 'b')
    await edit(assembly, 'b', { path: './a' })
    const verdict = (await assembly.judge()).get('b')
    assert.deepEqual([verdict?.state, verdict?.reason], ['Unassigned', 'Edited'])
    assert.match(verdict?.message ?? '', /spec\.path/)
    const changes = await assembly.write()
    assert.deepEqual(
      changes.map(({ action, reason, edits }) => [action, reason, edits]),
      [['update', 'edited', ['spec.path']]],
    )
    await assembly.settle()
    assert.deepEqual((await objectOf(assembly, 'b')).spec, spec)
    assert.deepEqual(await assembly.states(), ready)
  },

  'an object of the name that is not its own is left alone': async (subject) => {
    const assembly = new Assembly(subject, chain(subject))
    const change = subject.driver.diff(await assembly.input()).find(({ sync }) => sync === 'a') ?? assert.fail('nothing is made of a')
    const foreign = await subject.store.create({ ...change.object, metadata: { name: change.object.metadata.name, namespace: 'default' } })
    await assembly.write()
    const verdict = (await assembly.judge()).get('a')
    assert.deepEqual([verdict?.state, verdict?.reason], ['Unassigned', 'NotOurs'])
    await assembly.with([]).write()
    const kept = await subject.store.get(refOf(foreign))
    assert.equal(kept?.metadata.deletionTimestamp, undefined)
    assert.deepEqual(kept?.spec, foreign.spec)
  },

  'a sync that is taken out is removed, and no other is': async (subject) => {
    const all = new Assembly(subject, chain(subject))
    await all.settle()
    const [c] = chain(subject)
    const kept = await objectOf(all, 'a')
    const fewer = all.with([
      ...chain(subject).filter(({ name }) => name === 'a'),
      { ...(c as AssembledSyncInput), dependsOn: [{ name: 'a' }] },
    ])
    await fewer.settle()
    assert.deepEqual(await fewer.states(), ['a: Ready', 'c: Ready'])
    assert.deepEqual((await objectOf(fewer, 'a')).metadata.generation, kept.metadata.generation)
  },

  'syncs are removed in reverse, and nothing is left in the end': async (subject) => {
    const all = new Assembly(subject, chain(subject))
    await all.settle()
    const none = all.with([])
    const changes = await none.settle()
    const deleted = changes.flatMap(({ action, sync }) => (action === 'delete' && sync !== undefined ? [sync] : []))
    assert.deepEqual(deleted, ['c', 'b', 'a'])
    assert.deepEqual(await none.states(), [])
    assert.deepEqual(await subject.applied(), [])
    const { objects } = (await none.input()).found
    assert.deepEqual(
      objects.filter(({ metadata }) => metadata.labels?.[assemblageLabel] === 'eu').map(({ metadata }) => metadata.name),
      [],
    )
  },

  'a sync that others have suspended is removed with its objects': async (subject) => {
    const all = new Assembly(subject, chain(subject))
    await all.settle()
    await edit(all, 'c', { suspend: true })
    const none = all.with([])
    await none.settle()
    assert.deepEqual(await none.states(), [])
    assert.deepEqual(await subject.applied(), [])
  },

  'a write is made only on what it is based on': async (subject) => {
    const { driver, store } = subject
    const assembly = new Assembly(subject, chain(subject))
    await assembly.settle()
    const due = driver.diff(await assembly.with(chain(subject, 1)).input())
    const object = await objectOf(assembly, 'a')
    await store.update({ ...object, metadata: { ...object.metadata, labels: { ...object.metadata.labels, other: 'label' } } })
    for (const change of due.filter(({ sync }) => sync === 'a')) await rejects(driver.apply(change, { store }), 'store/conflict')
    assert.ok(due.some(({ sync }) => sync === 'a'))
  },

  'an aborted signal ends what acts with aborted': async (subject) => {
    const { driver, store } = subject
    const assembly = new Assembly(subject, chain(subject))
    const due = driver.diff(await assembly.input())
    assert.ok(due.length > 0)
    const signal = AbortSignal.abort()
    await rejects(driver.observe(assembly.assemblage.ref, { store, signal }), 'aborted')
    for (const change of due) await rejects(driver.apply(change, { store, signal }), 'aborted')
    assert.deepEqual(await assembly.states(), ['a: Unassigned', 'b: Unassigned', 'c: Unassigned'])
  },
}
