import { getCondition, type KubeObject, Manager, type ObjectRef, Sync, type SyncStatus, syncController } from 'fleetkit'
import { definitionOf, syncKind } from 'fleetkit/kinds'
import { memoryCluster, memoryGit } from 'fleetkit/memory'
import { VirtualClock } from 'fleetkit/testing'
import { expect, test } from 'vitest'
import { running } from '../running.ts'

const url = 'https://git.example.com/management.git'
const minute = 60_000
const namespace = 'fleetkit'
const ref: ObjectRef = { apiVersion: 'fleetkit.dev/v1alpha1', kind: 'Sync', namespace, name: 'management' }
const map = (name: string): ObjectRef => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name })

const self = (tag: string, spec: object = { deletionPolicy: 'Orphan' }): KubeObject =>
  new Sync({
    metadata: { name: ref.name, namespace },
    spec: { source: { git: { url, tag } }, prune: true, wait: true, timeout: '5m', interval: '10m', ...spec },
  }).toObject()
const object = (text: object): string => JSON.stringify(text)
const settings = (of: string) => object({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings', namespace }, data: { of } })
const base = { 'namespace.json': object({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }) }
const withDefinition = { ...base, 'definition.json': object(definitionOf(syncKind)) }

async function management(first: KubeObject) {
  const clock = new VirtualClock()
  const git = memoryGit()
  const cluster = memoryCluster({ clock })
  const tag = (name: string, files: Record<string, string>) => git.tag(url, name, git.commit(url, files))
  await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
  await cluster.create(definitionOf(syncKind))
  const start = () => running(new Manager({ store: cluster, cluster, git, clock }).add(syncController()), clock)
  const ready = async () => {
    const { status } = (await cluster.get(ref)) as { readonly status?: SyncStatus }
    return { ...getCondition(status?.conditions, 'Ready'), revision: status?.lastAppliedRevision }
  }
  return { clock, cluster, tag, start, ready, create: () => cluster.create(first) }
}

test('A Sync that applies itself becomes ready without waiting for itself, and follows the version that it is given', async () => {
  const { clock, cluster, tag, start, ready, create } = await management(self('v1'))
  tag('v1', { ...withDefinition, 'self.json': object(self('v1')), 'settings.json': settings('one') })
  await create()
  await using _ = { [Symbol.asyncDispose]: start() }
  await clock.advance(minute)
  expect(await ready()).toMatchObject({ status: 'True', revision: expect.stringMatching(/^v1@/) })
  // An edit of the version holds: the source at that version names itself.
  tag('v2', { ...withDefinition, 'self.json': object(self('v2')), 'settings.json': settings('two') })
  await cluster.update({ ...((await cluster.get(ref)) as KubeObject), spec: self('v2').spec })
  await clock.advance(minute)
  expect(await ready()).toMatchObject({ status: 'True', revision: expect.stringMatching(/^v2@/) })
  expect((await cluster.get(map('settings')))?.data).toEqual({ of: 'two' })
})

test('A Sync that leaves its own source stays, with its definition and its namespace', async () => {
  const { clock, cluster, tag, start, ready, create } = await management(self('v1'))
  tag('v1', { ...withDefinition, 'self.json': object(self('v1')), 'settings.json': settings('one') })
  tag('v2', { 'settings.json': settings('two') })
  await create()
  await using _ = { [Symbol.asyncDispose]: start() }
  await clock.advance(minute)
  await cluster.update({ ...((await cluster.get(ref)) as KubeObject), spec: self('v2').spec })
  await clock.advance(minute)
  expect(await ready()).toMatchObject({ status: 'True', revision: expect.stringMatching(/^v2@/) })
  expect((await cluster.get(ref))?.metadata.deletionTimestamp).toBeUndefined()
  expect((await cluster.get(map('settings')))?.data).toEqual({ of: 'two' })
})

test('A Sync that would take away what carries it out when it is deleted does not apply itself', async () => {
  const { clock, cluster, tag, start, ready, create } = await management(self('v1', { wait: false }))
  tag('v1', { ...withDefinition, 'self.json': object(self('v1', { wait: false })), 'settings.json': settings('one') })
  await create()
  await using _ = { [Symbol.asyncDispose]: start() }
  await clock.advance(minute)
  expect(await ready()).toMatchObject({ status: 'False', message: expect.stringContaining('set its spec.deletionPolicy to Orphan') })
  // The rest is applied.
  expect((await cluster.get(map('settings')))?.data).toEqual({ of: 'one' })
})

test('The deletion of a Sync that applies itself leaves everything, and ends', async () => {
  const { clock, cluster, tag, start, create } = await management(self('v1'))
  tag('v1', { ...withDefinition, 'self.json': object(self('v1')), 'settings.json': settings('one') })
  await create()
  await using _ = { [Symbol.asyncDispose]: start() }
  await clock.advance(minute)
  await cluster.delete(ref)
  await clock.advance(minute)
  expect(await cluster.get(ref)).toBeUndefined()
  expect((await cluster.get(map('settings')))?.data).toEqual({ of: 'one' })
})

test('A Sync whose policy was changed by hand does not wait for its own end when it is deleted', async () => {
  const { clock, cluster, tag, start, create } = await management(self('v1'))
  tag('v1', { ...withDefinition, 'self.json': object(self('v1')), 'settings.json': settings('one') })
  await create()
  const stop = start()
  await clock.advance(minute)
  await stop()
  await cluster.update({ ...((await cluster.get(ref)) as KubeObject), spec: self('v1', { deletionPolicy: 'WaitForTermination' }).spec })
  await cluster.delete(ref)
  await using _ = { [Symbol.asyncDispose]: start() }
  await clock.advance(10 * minute)
  expect(await cluster.get(ref)).toBeUndefined()
  expect(await cluster.get(map('settings'))).toBeUndefined()
  expect(
    await cluster.get({ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', name: 'syncs.fleetkit.dev' }),
  ).toBeDefined()
})
