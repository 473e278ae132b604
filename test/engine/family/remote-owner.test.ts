import { fieldManagerOf, getCondition, readinessOf, SyncRunner, type SyncSpecInput } from 'fleetkit'
import { definitionOf, syncKind } from 'fleetkit/kinds'
import { memoryGit } from 'fleetkit/memory'
import { plainRenderer } from 'fleetkit/plain'
import { expect, test } from 'vitest'
import { configMap, syncOf, url } from '../sync/scenarios.ts'
import { familyWorld, type Member, mapRef, members } from './world.ts'

const minute = 60_000
const remote = members.find(({ kind }) => kind === 'RemoteSync') as Member
const owner = { namespace: 'default', name: 'management' }
/** A RemoteSync that applies in the name of a Sync of its cluster. */
const owned = { owner } as Partial<SyncSpecInput>

function versions(): ReturnType<typeof memoryGit> {
  const git = memoryGit()
  const itself = (tag: string): string => JSON.stringify(syncOf('default', tag, { deletionPolicy: 'Orphan' }, owner.name))
  git.tag(url, 'v1', git.commit(url, { 'a.yaml': configMap('a', { x: '1' }), 'b.yaml': configMap('b', { y: '1' }) }))
  git.tag(url, 'v2', git.commit(url, { 'a.yaml': configMap('a', { x: '2' }), 'itself.yaml': itself('v2') }))
  return git
}

test('a RemoteSync in the name of a Sync of the cluster applies what that finds to be its own, and the other way round', async () => {
  const git = versions()
  const w = await familyWorld(remote, git)
  await w.put({ ...owned, prune: true })
  const run = w.start()
  await w.clock.advance(1000)
  expect(await w.ready()).toMatchObject({ status: 'True' })
  const { metadata } = (await w.target.get(mapRef('a'))) ?? {}
  expect(metadata?.labels).toEqual({ 'sync.fleetkit.dev/name': 'management', 'sync.fleetkit.dev/namespace': 'default' })
  expect(metadata?.managedFields?.map(({ manager }) => manager)).toEqual(['fleetkit:default/management'])

  const sync = syncOf('default', 'v1', {}, owner.name)
  await using runner = new SyncRunner({ cluster: w.target, git, clock: w.clock, renderers: [plainRenderer()] })
  const before = w.writes.length
  const { conditions, inventory } = await runner.run(sync)
  expect(getCondition(conditions, 'Ready')?.status).toBe('True')
  expect(inventory?.entries).toHaveLength(2)
  expect(w.writes.slice(before).filter((write) => !write.includes('sync-management'))).toEqual([])
  await run.finish()
})

test('the Sync of its own name in its source is itself: it is applied, and neither waited for nor pruned', async () => {
  const w = await familyWorld(remote, versions())
  await w.target.create(definitionOf(syncKind))
  await w.put({ ...owned, tag: 'v2', prune: true, wait: true, timeout: '20s' })
  const run = w.start()
  await w.clock.advance(minute)
  expect(await w.ready()).toMatchObject({ status: 'True' })
  const itself = { apiVersion: 'fleetkit.dev/v1alpha1', kind: 'Sync', ...owner }
  expect(readinessOf(await w.target.get(itself)).ready).toBe(false)
  await w.put({ ...owned, tag: 'v1', prune: true, wait: true, timeout: '20s' })
  await w.clock.advance(minute)
  expect(await w.ready()).toMatchObject({ status: 'True' })
  expect(await w.data('b')).toEqual({ y: '1' })
  expect(await w.target.get(itself)).toBeDefined()
  await run.finish()
})

test('without a name of its own it is another owner than a Sync of the cluster', async () => {
  const git = versions()
  const w = await familyWorld(remote, git)
  await w.put({ prune: true })
  const run = w.start()
  await w.clock.advance(1000)
  await using runner = new SyncRunner({ cluster: w.target, git, clock: w.clock, renderers: [plainRenderer()] })
  await expect(runner.run(syncOf('default', 'v1', {}, owner.name))).rejects.toMatchObject({ code: 'sync/partial' })
  expect(fieldManagerOf({ apiVersion: '', kind: 'Sync', ...owner })).toBe('fleetkit:default/management')
  await run.finish()
})

test('an object goes from one RemoteSync to another without being deleted, whichever of them applies in the name of a Sync', async () => {
  const git = memoryGit()
  const [a, b] = [configMap('a', { x: '1' }), configMap('b', { y: '1' })]
  git.tag(url, 'both', git.commit(url, { 'a.yaml': a, 'b.yaml': b }))
  git.tag(url, 'one', git.commit(url, { 'a.yaml': a }))
  git.tag(url, 'other', git.commit(url, { 'b.yaml': b, 'c.yaml': configMap('c', { z: '1' }) }))
  git.tag(url, 'rest', git.commit(url, { 'c.yaml': configMap('c', { z: '1' }) }))
  const w = await familyWorld(remote, git)
  await w.put({ tag: 'both', prune: true }, 'plain')
  await w.put({ ...owned, tag: 'rest', prune: true }, 'named')
  const run = w.start()
  await w.clock.advance(minute)
  const of = async () => {
    const { uid, labels } = (await w.target.get(mapRef('b')))?.metadata ?? {}
    return { uid, owner: labels?.['sync.fleetkit.dev/name'] }
  }
  const { uid } = await of()
  await w.put({ ...owned, tag: 'other', prune: true }, 'named')
  await w.put({ tag: 'one', prune: true }, 'plain')
  await w.clock.advance(20 * minute)
  expect(await of()).toEqual({ uid, owner: 'management' })
  await w.put({ tag: 'both', prune: true }, 'plain')
  await w.put({ ...owned, tag: 'rest', prune: true }, 'named')
  await w.clock.advance(20 * minute)
  expect(await of()).toEqual({ uid, owner: 'plain' })
  await run.finish()
})
