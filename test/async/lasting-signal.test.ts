import { getEventListeners } from 'node:events'
import { globSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Manager } from 'fleetkit'
import { gitRepositories } from 'fleetkit/git'
import { kubernetesCluster } from 'fleetkit/kubernetes'
import { memoryStore } from 'fleetkit/memory'
import { VirtualClock } from 'fleetkit/testing'
import { expect, onTestFinished, test } from 'vitest'
import { root } from '../../scripts/entry-points.ts'
import { configMap, json, startMock, status } from '../backends/cluster/kubernetes/mock-api-server.ts'
import { startGitServer } from '../servers/git.ts'

const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'a' }
const { signal } = new AbortController()
const listeners = (): number => getEventListeners(signal, 'abort').length

test('a cluster leaves nothing on the signal of its callers', async () => {
  const unavailable = status(503, 'ServiceUnavailable')
  await using mock = await startMock([
    (_, response) => json(response, 503, unavailable),
    (_, response) => response.end(`${JSON.stringify({ type: 'ADDED', object: configMap('a') })}\n`),
    (_, response) => json(response, 200, configMap('a')),
  ])
  await using cluster = await kubernetesCluster({ kubeconfig: mock.kubeconfig, retries: { attempts: 1 } })
  await expect(cluster.get(ref, { signal })).rejects.toMatchObject({ code: 'cluster/unavailable' })
  for await (const _ of cluster.watch(ref, { resourceVersion: '1', signal })) break
  await Promise.all(Array.from({ length: 100 }, () => cluster.get(ref, { signal })))
  expect(listeners()).toBe(0)
})

test.each(['isomorphic', 'cli'] as const)('the git backend %s leaves nothing on the signal of its callers', async (backend) => {
  const cacheDir = await mkdtemp(path.join(tmpdir(), 'fleetkit-signal-'))
  onTestFinished(() => rm(cacheDir, { recursive: true, force: true }))
  await using server = await startGitServer()
  const repository = await server.repository('apps')
  await repository.tag('v1', await repository.commit({ a: '1' }))
  await using git = gitRepositories({ backend, cacheDir, allowHttp: true })
  const commit = await git.resolve(repository.url, { tag: 'v1' }, { signal })
  await expect(git.resolve(repository.url, { tag: 'v2' }, { signal })).rejects.toMatchObject({ code: 'git/ref-missing' })
  const { entries } = await git.tree(repository.url, commit, '', { signal })
  const oids = entries.map(({ oid }) => oid)
  await git.blobs(repository.url, oids, { signal })
  expect(listeners()).toBe(0)
})

test('a store and its lease leave nothing on the signal of their callers', async () => {
  await using store = memoryStore()
  const { resourceVersion } = await store.list(ref, { signal })
  const events = store.watch(ref, { resourceVersion, signal })
  const first = events[Symbol.asyncIterator]().next()
  await store.create({ ...ref, metadata: { namespace: 'default', name: 'a' } }, { signal })
  await first
  await events[Symbol.asyncIterator]().return?.(undefined)
  await using _lease = await store.lease({ namespace: 'default', name: 'a', holder: 'me', durationMs: 1000, signal })
  expect(listeners()).toBe(0)
})

test('a manager leaves nothing on the signal that it was run with', async () => {
  const clock = new VirtualClock()
  await using store = memoryStore({ clock })
  const manager = new Manager({ store, clock, leaderElection: { namespace: 'default', name: 'manager' } })
  const done = manager.run({ signal })
  await clock.advance(100)
  await manager[Symbol.asyncDispose]()
  await done
  expect(listeners()).toBe(0)
})

test('AbortSignal.any, which keeps a reference on a signal that lasts, is used nowhere', () => {
  const files = globSync('src/**/*.ts', { cwd: root })
  expect(files.length).toBeGreaterThan(100)
  expect(files.filter((file) => /AbortSignal\.any\(/.test(readFileSync(path.join(root, file), 'utf8')))).toEqual([])
})
