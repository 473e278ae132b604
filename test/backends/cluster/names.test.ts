import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import type { ApplyResult, ClusterApi } from 'fleetkit'
import { kubernetesCluster } from 'fleetkit/kubernetes'
import { parseManifest } from 'fleetkit/manifest'
import { memoryCluster, memoryStore } from 'fleetkit/memory'
import { expect, inject, onTestFinished, test } from 'vitest'
import { findAssets } from '../../servers/assets.ts'
import { describeWithServers, sharedControlPlane } from '../../servers/index.ts'

/** What some kind takes, and another refuses. */
const names = [
  'a.b',
  'Jane_Doe',
  'a:b:c',
  '2001:db8::1',
  'with a blank',
  'UPPER',
  'ü',
  'x'.repeat(64),
  'x'.repeat(254),
  '-a',
  'a..b',
  '10.0.0.1',
]
/** Their names follow from what is in them, or have a length of their own. */
const peculiar = /^(CustomResourceDefinition|APIService|CronJob|IPAddress)$/

const assets = inject('sharedServers') === null ? undefined : await findAssets()
describeWithServers('names, beside the real API server', () => {
  test('of every kind are judged by the server, and by the memory cluster as by the server', { timeout: 120_000 }, async () => {
    const { kubeconfig } = await sharedControlPlane()
    const directory = await mkdtemp(path.join(tmpdir(), 'fleetkit-names-'))
    onTestFinished(() => rm(directory, { recursive: true }))
    await writeFile(path.join(directory, 'config'), kubeconfig)
    const args = ['--kubeconfig', path.join(directory, 'config'), 'api-resources', '--no-headers', '--verbs=patch']
    const { stdout } = await promisify(execFile)(assets?.kubectl ?? 'kubectl', args)
    const kinds = stdout
      .trim()
      .split('\n')
      .map((line) => line.trim().split(/\s+/).slice(-3) as [string, string, string])
    await using cluster = await kubernetesCluster({ kubeconfig })
    await using memory = memoryCluster()
    let compared = 0
    for (const [apiVersion, namespaced, kind] of kinds) {
      const objects = names.map((name) => ({
        apiVersion,
        kind,
        metadata: { name, ...(namespaced === 'true' && { namespace: 'default' }) },
      }))
      const judge = (api: ClusterApi): Promise<readonly ApplyResult[]> => api.apply(objects, { fieldManager: 'test', dryRun: true })
      const [real, played] = await Promise.all([judge(cluster), judge(memory)])
      for (const result of real) expect('error' in result && result.error.code, kind).not.toBe('model/invalid')
      const refusesName = (result: ApplyResult): boolean =>
        'error' in result && result.error.problems.some((problem) => problem.path === 'metadata.name')
      if (peculiar.test(kind) || !(await memory.discover({ apiVersion, kind }))) continue
      compared++
      expect(played.map(refusesName), `${kind} of ${apiVersion}`).toEqual(real.map(refusesName))
    }
    expect(compared).toBeGreaterThan(45)
  })
})

test('of whatever kind are read from a source when they can be a segment of a path', () => {
  const read = (name: string, kind = 'Role', apiVersion = 'rbac.authorization.k8s.io/v1'): unknown =>
    parseManifest(JSON.stringify({ apiVersion, kind, metadata: { name } }), 'a.yaml')
  for (const name of names)
    for (const kind of ['Role', 'CertificateSigningRequest', 'My-Kind']) expect(() => read(name, kind)).not.toThrow()
  for (const name of ['', '.', '..', 'a/b', 'a%2fb']) expect(() => read(name)).toThrow(/metadata\.name/)
})

test('in a store of custom resources are subdomains', async () => {
  await using store = memoryStore()
  const thing = (name: string, kind = 'Thing') => ({ apiVersion: 'example.com/v1', kind, metadata: { name } })
  await expect(store.create(thing('Not A Name'))).rejects.toMatchObject({ code: 'model/invalid', problems: [{ path: 'metadata.name' }] })
  await store.create(thing('a', 'My-Kind'))
  await store.create({ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'system:node' } })
})

test('of annotations may be written in upper case', async () => {
  await using cluster = memoryCluster()
  const metadata = { name: 'a', namespace: 'default', annotations: { 'Example.COM/Key': 'x' } }
  await cluster.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata })
  await expect(
    cluster.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { ...metadata, labels: metadata.annotations } }),
  ).rejects.toThrow(/metadata\.labels/)
})
