import { type Git, type KubeObject, type Renderer, SyncRunner } from 'fleetkit'
import { memoryCluster } from 'fleetkit/memory'
import { plainRenderer } from 'fleetkit/plain'
import { expect, test } from 'vitest'
import { inputDigest, RenderCache } from '../../internals.ts'
import { configMap, intercepted, repository, syncOf } from './scenarios.ts'

const base64 = (text: string): string => Buffer.from(text).toString('base64')

/** A runner that counts the renders of its sources, and the calls for files. */
async function counted(git: Git) {
  const cluster = memoryCluster()
  await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'apps' } })
  const counts = { renders: 0, reads: 0 }
  const plain = plainRenderer()
  const renderer: Renderer = {
    ...plain,
    render: (...parameters) => {
      counts.renders++
      return plain.render(...parameters)
    },
  }
  const counting = intercepted(git, (method) => {
    if (method === 'tree' || method === 'blobs') counts.reads++
  })
  return { cluster, counts, runner: new SyncRunner({ cluster, git: counting, renderers: [renderer] }) }
}

test('an unchanged source is rendered once, by plan and run, and its files are read once', async () => {
  const { runner, counts } = await counted(repository({ v1: { 'a.yaml': configMap('a') }, v2: { 'b.yaml': configMap('b') } }))
  await runner.plan(syncOf('apps', 'v1'))
  const { reads } = counts
  await runner.run(syncOf('apps', 'v1'))
  await runner.run(syncOf('apps', 'v1', { interval: '1h' }))
  expect(counts).toEqual({ renders: 1, reads })
  await runner.run(syncOf('apps', 'v2'))
  expect(counts.renders).toBe(2)
  await runner.run(syncOf('apps', 'v1'))
  expect(counts.renders).toBe(2)
})

test('another directory and other credentials are other inputs', async () => {
  const { runner, counts, cluster } = await counted(repository({ v1: { 'a/a.yaml': configMap('a'), 'b/b.yaml': configMap('b') } }))
  for (const name of ['one', 'two'])
    await cluster.create({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'apps' }, data: { bearerToken: base64(name) } })
  const { git } = syncOf('apps', 'v1').spec.source
  const as = (name: string) => syncOf('apps', 'v1', { path: './a', source: { git: { url: git.url, tag: 'v1', secretRef: { name } } } })
  for (const sync of [syncOf('apps', 'v1', { path: './a' }), syncOf('apps', 'v1', { path: './b' }), as('one'), as('two'), as('one')])
    await runner.plan(sync)
  expect(counts.renders).toBe(4)
})

test('a new value of a variable replaces the variables again, and renders nothing', async () => {
  const { runner, counts, cluster } = await counted(repository({ v1: { 'a.yaml': configMap('a', { x: '$' + '{x}' }) } }))
  const vars = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'vars', namespace: 'apps' } }
  await cluster.create({ ...vars, data: { x: 'first' } })
  const sync = syncOf('apps', 'v1', { postBuild: { substituteFrom: [{ kind: 'ConfigMap', name: 'vars' }] } })
  const stored = async () => (await cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'apps', name: 'a' }))?.data
  for (const x of ['first', 'second', 'first']) {
    const live = await cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'apps', name: 'vars' })
    await cluster.update({ ...(live as KubeObject), data: { x } })
    await runner.run(sync)
    expect(await stored()).toEqual({ x })
  }
  expect(counts.renders).toBe(1)
})

test('a render that failed is tried again', async () => {
  let failing = true
  const git = intercepted(repository({ v1: { 'a.yaml': configMap('a') } }), (method) => {
    if (method === 'blobs' && failing) throw new Error('the line is cut')
  })
  const { runner, counts } = await counted(git)
  await expect(runner.run(syncOf('apps', 'v1'))).rejects.toThrow('the line is cut')
  failing = false
  await runner.run(syncOf('apps', 'v1'))
  expect(counts.renders).toBe(2)
})

test('what is kept is frozen and bounded by bytes: what was used last stays', async () => {
  const cache = new RenderCache(10_000)
  const renders: string[] = []
  const get = (name: string, characters: number) =>
    cache.get(inputDigest(name), async () => {
      renders.push(name)
      const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { a: 'x'.repeat(characters) } }
      return { objects: [{ object, origin: name }] }
    })
  for (const name of ['a', 'b', 'a', 'c', 'a', 'b']) await get(name, 2000)
  expect(renders).toEqual(['a', 'b', 'c', 'b'])
  for (let time = 0; time < 2; time++) await get('large', 6000)
  expect(renders.slice(4)).toEqual(['large', 'large'])
  const { objects } = await get('a', 2000)
  expect(Object.isFrozen(objects[0]?.object.data)).toBe(true)
})
