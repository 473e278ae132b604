import { Buffer } from 'node:buffer'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import {
  Cluster,
  type Condition,
  getCondition,
  type KubeObject,
  Manager,
  ProxySync,
  type ProxySyncInput,
  type ProxySyncStatus,
  syncController,
} from 'fleetkit'
import { clusterKind, definitionOf, proxySyncKind, syncKind } from 'fleetkit/kinds'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { configMap, repository, url } from '../engine/sync/scenarios.ts'
import { type AuditLog, auditLog, describeWithServers, waitEstablished } from '../servers/index.ts'
import { type OwnCluster, startOwnCluster } from './own-cluster.ts'

const program = path.join(import.meta.dirname, 'proxy-manager-process.ts')
const patience = { timeout: 60_000, interval: 50 }
const namespace = 'fleet'
const clusters = ['eu', 'us'] as const
type Name = (typeof clusters)[number]
const git = repository({
  v1: { 'a.yaml': configMap('a', { x: '1' }), 'b.yaml': configMap('b', { y: '1' }) },
  v2: { 'a.yaml': configMap('a', { x: '2' }), 'c.yaml': configMap('c', { z: '1' }) },
  v3: { 'a.yaml': configMap('a', { x: '3' }) },
})
const mapRef = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name })

describeWithServers('ProxySyncs of a management on one API server, their Syncs on two others', () => {
  const stack = new AsyncDisposableStack()
  const stop = new AbortController()
  let management: OwnCluster
  let remote: Readonly<Record<Name, OwnCluster>>
  /** Of the management, and of each cluster. */
  const logs = new Map<string, AuditLog>()
  const startAudited = async (name: string): Promise<OwnCluster> => {
    const log = stack.use(await auditLog())
    logs.set(name, log)
    return stack.use(await startOwnCluster({ args: log.args }))
  }

  beforeAll(async () => {
    management = await startAudited('management')
    const [eu, us] = await Promise.all(clusters.map(startAudited))
    remote = { eu: eu as OwnCluster, us: us as OwnCluster }
    await define(management, clusterKind, proxySyncKind)
    await management.cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
    for (const name of clusters) {
      const { server, cluster } = remote[name]
      await define(remote[name], syncKind)
      const manager = new Manager({ store: cluster, cluster, git }).add(syncController())
      const running = manager.run({ signal: stop.signal })
      stack.defer(async () => {
        stop.abort()
        await running
      })
      const data = { value: Buffer.from(server.kubeconfig).toString('base64') }
      await management.cluster.create({ apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name }, data })
      const access = { kubeConfig: { secretRef: { name } } }
      await management.cluster.create(new Cluster({ metadata: { name, namespace }, spec: { access, interval: '1s' } }).toObject())
    }
  }, 180_000)
  afterAll(() => stack.disposeAsync(), 60_000)

  async function define({ cluster, server }: OwnCluster, ...kinds: readonly Parameters<typeof definitionOf>[0][]): Promise<void> {
    for (const result of await cluster.apply(kinds.map(definitionOf), { fieldManager: 'test' })) if ('error' in result) throw result.error
    await waitEstablished(server.kubeconfigPath, ...kinds.map(({ plural }) => `crd/${plural}.fleetkit.dev`))
  }
  async function startManagement(userAgent = 'fleetkit'): Promise<ChildProcess> {
    const args = ['--conditions=fleetkit:source', program, management.server.kubeconfigPath, userAgent]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    stack.defer(() => void child.kill('SIGKILL'))
    await once(child.stdout as NonNullable<typeof child.stdout>, 'data')
    return child
  }
  const kill = async (child: ChildProcess): Promise<void> => {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  const get = (name: string): Promise<KubeObject | undefined> => management.cluster.get({ ...proxySyncKind, namespace, name } as never)
  async function put(name: Name, tag: string, more: Partial<ProxySyncInput['spec']> = {}): Promise<void> {
    const template = { spec: { source: { git: { url, tag } }, prune: true, retryInterval: '1s' } }
    const wanted = new ProxySync({ metadata: { name, namespace }, spec: { cluster: { name }, template, ...more } }).toObject()
    const kept = await get(name)
    if (kept === undefined) await management.cluster.create(wanted)
    else await management.cluster.update({ ...kept, spec: wanted.spec })
  }
  const status = async (name: string): Promise<ProxySyncStatus> => ((await get(name))?.status ?? {}) as ProxySyncStatus
  const ready = async (name: string): Promise<Condition | undefined> => getCondition((await status(name)).conditions, 'Ready')
  const expectAt = (name: Name, revision: RegExp): Promise<void> =>
    vi.waitFor(async () => {
      const { lastAppliedRevision, conditions, observedGeneration } = await status(name)
      expect({ lastAppliedRevision, ready: getCondition(conditions, 'Ready')?.status, observedGeneration }).toEqual({
        lastAppliedRevision: expect.stringMatching(revision),
        ready: 'True',
        observedGeneration: (await get(name))?.metadata.generation,
      })
    }, patience)
  const copy = (name: Name): Promise<KubeObject | undefined> =>
    remote[name].cluster.get({ apiVersion: syncKind.apiVersion, kind: 'Sync', namespace: 'default', name })
  const data = async (of: Name, name: string): Promise<unknown> => (await remote[of].cluster.get(mapRef(name)))?.data

  test('a management that is killed amid a change of version shows the truth within five seconds of its return, and writes nothing again', {
    timeout: 180_000,
  }, async () => {
    const first = await startManagement()
    for (const name of clusters) await put(name, 'v1')
    for (const name of clusters) await expectAt(name, /^v1@sha1:/)
    // Killed as soon as one of the two has the new version: the other may have it or not.
    await put('eu', 'v2')
    await put('us', 'v2')
    await vi.waitFor(async () => expect(((await copy('eu')) as any)?.spec.source.git.tag).toBe('v2'), patience)
    await kill(first)
    // What has it goes on by itself.
    await vi.waitFor(async () => expect(await data('eu', 'c')).toEqual({ z: '1' }), patience)
    const before = (await copy('eu')) as KubeObject

    const returned = Date.now()
    const second = await startManagement()
    for (const name of clusters) await expectAt(name, /^v2@sha1:/)
    expect(Date.now() - returned).toBeLessThan(5000)
    for (const name of clusters) expect([await data(name, 'a'), await data(name, 'b')]).toEqual([{ x: '2' }, undefined])
    const after = (await copy('eu')) as KubeObject
    expect([after.metadata.uid, after.metadata.generation]).toEqual([before.metadata.uid, before.metadata.generation])
    await kill(second)

    // Nothing is to be done: every object there and here is as it was, but for what tells that a cluster answers.
    const versions = async () =>
      Promise.all([...clusters.map(copy), ...clusters.map(get)].map(async (of) => (await of)?.metadata.resourceVersion))
    const untouched = await versions()
    const third = await startManagement('third')
    await new Promise((resolve) => setTimeout(resolve, 3000))
    expect(await versions()).toEqual(untouched)
    await kill(third)
    const requests = new Map(await Promise.all([...logs].map(async ([name, log]) => [name, await log.requestsOf('third')] as const)))
    for (const [name, all] of requests)
      expect([name, all.filter(({ verb }) => !['get', 'list', 'watch'].includes(verb))]).toEqual([name, []])
    // What is served (2), which management it is, a kubeconfig for each cluster, a list and a watch of Clusters and of ProxySyncs.
    const here = requests.get('management')?.map(({ verb, resource }) => `${verb} ${resource}`) ?? []
    expect(here.length, here.join(', ')).toBeLessThanOrEqual(9)
    // Beside the looks of the Cluster, once a second here, all Syncs by one list and one watch.
    for (const name of clusters)
      expect(requests.get(name)?.flatMap(({ verb, resource }) => (resource === 'syncs' ? [verb] : []))).toEqual(['list', 'watch'])
  })

  test('an edit in the cluster is set right, or told with the field', { timeout: 120_000 }, async () => {
    const child = await startManagement()
    await put('eu', 'v3')
    await expectAt('eu', /^v3@sha1:/)
    const edit = async (change: object): Promise<void> => {
      const found = (await copy('eu')) as KubeObject
      await remote.eu.cluster.update({ ...found, spec: { ...(found.spec as object), ...change } } as KubeObject, {
        fieldManager: 'kubectl-edit',
      })
    }
    await edit({ path: './elsewhere', retryInterval: undefined, targetNamespace: 'kube-public' })
    await vi.waitFor(async () => expect((await copy('eu'))?.spec).toMatchObject({ path: './', retryInterval: '1s' }), patience)
    expect((await copy('eu'))?.spec).not.toHaveProperty('targetNamespace')
    await expectAt('eu', /^v3@sha1:/)
    await put('eu', 'v3', { edits: 'Report' })
    await expectAt('eu', /^v3@sha1:/)
    await edit({ suspend: true })
    await vi.waitFor(
      async () =>
        expect(await ready('eu')).toMatchObject({
          status: 'False',
          reason: 'EditedDownstream',
          message: expect.stringContaining('spec.suspend'),
        }),
      patience,
    )
    await edit({ suspend: false })
    await expectAt('eu', /^v3@sha1:/)
    await kill(child)
  })

  test('a definition that is older there names the fields that it lacks, and one that is newer is no edit', {
    timeout: 120_000,
  }, async () => {
    const definition = definitionOf(syncKind) as any
    const name = definition.metadata.name as string
    const change = async (by: (properties: Record<string, unknown>) => void): Promise<void> => {
      const found = (await remote.us.cluster.get({ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', name })) as any
      by(found.spec.versions[0].schema.openAPIV3Schema.properties.spec.properties)
      await remote.us.cluster.update(found)
    }
    const child = await startManagement()
    const { resourceVersion } = (await copy('us'))?.metadata ?? {}
    await change((properties) => {
      properties.ofTheFuture = { type: 'string', default: 'x' }
      delete properties.maxPrune
    })
    // Until the API server serves it.
    await vi.waitFor(async () => expect((await copy('us'))?.spec).toHaveProperty('ofTheFuture'), patience)
    await new Promise((resolve) => setTimeout(resolve, 2000))
    expect((await copy('us'))?.metadata.resourceVersion).toBe(resourceVersion)
    const template = { spec: { source: { git: { url, tag: 'v2' } }, prune: true, maxPrune: 3 } }
    await put('us', 'v2', { template })
    await vi.waitFor(
      async () =>
        expect(await ready('us')).toMatchObject({ status: 'False', reason: 'Rejected', message: expect.stringContaining('maxPrune') }),
      patience,
    )
    expect((await copy('us'))?.status).toMatchObject({ lastAppliedRevision: expect.stringMatching(/^v2@sha1:/) })
    // The manager there is older than that definition would be, and takes no field that it does not know.
    await change((properties) => {
      delete properties.ofTheFuture
    })
    await put('us', 'v2')
    await expectAt('us', /^v2@sha1:/)
    await kill(child)
  })

  test('what is deleted here goes there with what it has applied', { timeout: 60_000 }, async () => {
    const child = await startManagement()
    await management.cluster.delete({ apiVersion: proxySyncKind.apiVersion, kind: 'ProxySync', namespace, name: 'eu' })
    await vi.waitFor(
      async () => expect([await get('eu'), await copy('eu'), await data('eu', 'a')]).toEqual([undefined, undefined, undefined]),
      patience,
    )
    await kill(child)
  })
})
