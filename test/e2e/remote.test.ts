import { Buffer } from 'node:buffer'
import {
  Cluster,
  type ClusterApi,
  type ClusterStatus,
  type Condition,
  clusterController,
  fieldManagerOf,
  getCondition,
  type KubeObject,
  Manager,
  RemoteSync,
  type RemoteSyncInput,
  remoteSyncController,
  type SyncStatus,
  systemClock,
} from 'fleetkit'
import { clusterKind, definitionOf, remoteSyncKind } from 'fleetkit/kinds'
import { kubeconfigSecrets, kubernetesCluster } from 'fleetkit/kubernetes'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { configMap, repository, url } from '../engine/sync/scenarios.ts'
import { type ApiServer, describeWithServers, type Etcd, startApiServer, startEtcd, waitEstablished } from '../servers/index.ts'
import { type OwnCluster, startOwnCluster } from './own-cluster.ts'

const patience = { timeout: 60_000, interval: 50 }
const minute = 60_000
const namespace = 'eu'
const git = repository({
  v1: { 'a.yaml': configMap('a', { x: '1' }), 'b.yaml': configMap('b', { y: '1' }) },
  v2: { 'a.yaml': configMap('a', { x: '2' }), 'c.yaml': configMap('c', { z: '1' }) },
})
const mapRef = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name })

describeWithServers('RemoteSyncs of a management on one API server, applied to another', () => {
  let management: OwnCluster
  let etcd: Etcd
  let server: ApiServer
  let target: ClusterApi
  let manager: Manager
  let running: Promise<void>
  const stop = new AbortController()
  let aheadMs = 0
  const clock = { ...systemClock, now: () => systemClock.now() + aheadMs, monotonic: () => performance.now() + aheadMs }

  beforeAll(async () => {
    management = await startOwnCluster()
    etcd = await startEtcd()
    server = await startApiServer({ etcd })
    target = await kubernetesCluster({ kubeconfig: server.kubeconfig })
    for (const result of await management.cluster.apply([definitionOf(clusterKind), definitionOf(remoteSyncKind)], {
      fieldManager: 'test',
    }))
      if ('error' in result) throw result.error
    await waitEstablished(management.server.kubeconfigPath, 'crd/clusters.fleetkit.dev', 'crd/remotesyncs.fleetkit.dev')
    await management.cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
    await secret(server.kubeconfig)
    const access = { kubeConfig: { secretRef: { name: 'kubeconfig' } } }
    await management.cluster.create(new Cluster({ metadata: { name: 'eu', namespace }, spec: { access, interval: '1s' } }).toObject())
    manager = new Manager({ store: management.cluster, git, connect: kubeconfigSecrets(), clock })
    manager.add(clusterController(), remoteSyncController())
    running = manager.run({ signal: stop.signal })
  }, 120_000)
  afterAll(async () => {
    stop.abort()
    await running
    await target.close()
    await server[Symbol.asyncDispose]()
    await etcd[Symbol.asyncDispose]()
    await management[Symbol.asyncDispose]()
  }, 60_000)

  async function secret(kubeconfig: string): Promise<void> {
    const data = { value: Buffer.from(kubeconfig).toString('base64') }
    const [result] = await management.cluster.apply(
      [{ apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name: 'kubeconfig' }, data }],
      { fieldManager: 'test', force: true },
    )
    if (result !== undefined && 'error' in result) throw result.error
    // What a connection was opened by is looked at each ten seconds.
    aheadMs += 11_000
  }
  const get = (kind: string, name: string): Promise<KubeObject | undefined> =>
    management.cluster.get({ apiVersion: clusterKind.apiVersion, kind, namespace, name })
  async function put(name: string, tag: string, spec: Partial<RemoteSyncInput['spec']> = {}): Promise<void> {
    const full = { cluster: { name: 'eu' }, source: { git: { url, tag } }, prune: true, retryInterval: '1s', timeout: '20s', ...spec }
    const wanted = new RemoteSync({ metadata: { name, namespace }, spec: full }).toObject()
    const kept = await get('RemoteSync', name)
    if (kept === undefined) await management.cluster.create(wanted)
    else await management.cluster.update({ ...kept, spec: wanted.spec })
  }
  const ready = async (kind: string, name: string): Promise<Condition | undefined> =>
    getCondition(((await get(kind, name))?.status as SyncStatus | undefined)?.conditions, 'Ready')
  const expectReady = (kind: string, name: string, expected: object): Promise<void> =>
    vi.waitFor(async () => expect(await ready(kind, name)).toMatchObject(expected), patience)
  const data = async (name: string): Promise<unknown> => (await target.get(mapRef(name)))?.data
  const identity = async () => ((await get('Cluster', 'eu'))?.status as ClusterStatus | undefined)?.identity

  test('are applied as soon as the Cluster is known, and the next version prunes', async () => {
    await put('shop', 'v1')
    await expectReady('RemoteSync', 'shop', { status: 'True', reason: 'ReconciliationSucceeded' })
    expect([await data('a'), await data('b')]).toEqual([{ x: '1' }, { y: '1' }])
    const status = (await get('Cluster', 'eu'))?.status as ClusterStatus
    expect(status).toMatchObject({ kubernetesVersion: expect.stringMatching(/^v1\./), engines: [], identity: { counter: 1 } })
    const id = (await management.cluster.get({ ...mapRef('fleetkit-management') }))?.data as { id: string }
    const [entry] = (await target.get(mapRef('a')))?.metadata.managedFields ?? []
    expect(entry?.manager).toBe(fieldManagerOf({ apiVersion: '', kind: 'RemoteSync', namespace, name: 'shop', management: id.id }))
    await put('shop', 'v2')
    await vi.waitFor(async () => expect(await data('c')).toEqual({ z: '1' }), patience)
    await expectReady('RemoteSync', 'shop', { status: 'True', observedGeneration: 2 })
    expect([await data('a'), await data('b')]).toEqual([{ x: '2' }, undefined])
  })

  test('act as a ServiceAccount of the cluster, which may do what its roles say and no more', async () => {
    await target.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'apps' } })
    await target.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace: 'apps', name: 'deployer' } })
    await put('tenant', 'v1', { targetNamespace: 'apps', serviceAccount: { name: 'deployer', namespace: 'apps' } })
    await expectReady('RemoteSync', 'tenant', { status: 'False' })
    expect((await ready('RemoteSync', 'tenant'))?.message).toContain('system:serviceaccount:apps:deployer')
    const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['*'] }]
    await target.create({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: { namespace: 'apps', name: 'deployer' },
      rules,
    })
    await target.create({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { namespace: 'apps', name: 'deployer' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'deployer' },
      subjects: [{ kind: 'ServiceAccount', namespace: 'apps', name: 'deployer' }],
    })
    await put('tenant', 'v1', { targetNamespace: 'apps', serviceAccount: { name: 'deployer', namespace: 'apps' }, interval: '5m' })
    await expectReady('RemoteSync', 'tenant', { status: 'True' })
    expect((await target.get({ ...mapRef('a'), namespace: 'apps' }))?.data).toEqual({ x: '1' })
    await management.cluster.delete({ apiVersion: clusterKind.apiVersion, kind: 'RemoteSync', namespace, name: 'tenant' })
    await vi.waitFor(async () => expect(await get('RemoteSync', 'tenant')).toBeUndefined(), patience)
    expect(await target.get({ ...mapRef('a'), namespace: 'apps' })).toBeUndefined()
  })

  test('go by the kubeconfig as it is now, without a restart', async () => {
    await secret(server.kubeconfigOf('limited'))
    await expectReady('Cluster', 'eu', { status: 'False', reason: 'Forbidden' })
    await expectReady('RemoteSync', 'shop', { status: 'Unknown', reason: 'Forbidden' })
    await secret(management.server.kubeconfig)
    await expectReady('Cluster', 'eu', { status: 'False', reason: 'AnotherCluster' })
    await secret(server.kubeconfig)
    await expectReady('Cluster', 'eu', { status: 'True' })
    await expectReady('RemoteSync', 'shop', { status: 'True' })
    expect(await management.cluster.get(mapRef('a'))).toBeUndefined()
  })

  test('make a restored cluster again what it is to be, and wait while its API server lists what is no more', {
    timeout: 180_000,
  }, async () => {
    await put('shop', 'v1')
    await vi.waitFor(async () => expect(await data('b')).toEqual({ y: '1' }), patience)
    await expectReady('RemoteSync', 'shop', { status: 'True' })
    await etcd.backUp()
    // The mark is raised each five minutes.
    const { counter = 0 } = (await identity()) ?? {}
    aheadMs += 6 * minute
    await vi.waitFor(async () => expect((await identity())?.counter).toBe(counter + 1), patience)
    await put('shop', 'v2')
    await vi.waitFor(async () => expect([await data('b'), await data('c')]).toEqual([undefined, { z: '1' }]), patience)
    await expectReady('RemoteSync', 'shop', { status: 'True' })

    await etcd.restore()
    await expectReady('Cluster', 'eu', { status: 'False', reason: 'ListsOutOfDate' })
    await expectReady('RemoteSync', 'shop', { status: 'Unknown', reason: 'ListsOutOfDate' })
    expect((await identity())?.counter).toBe(counter + 1)
    expect(await data('b')).toEqual({ y: '1' })

    await server.stop({ kill: true })
    await server.start()
    await expectReady('Cluster', 'eu', { status: 'True' })
    await vi.waitFor(
      async () => expect([await data('a'), await data('b'), await data('c')]).toEqual([{ x: '2' }, undefined, { z: '1' }]),
      patience,
    )
    await expectReady('RemoteSync', 'shop', { status: 'True' })
    expect(await identity()).toMatchObject({ restoredAt: expect.any(String) })
  })
})
