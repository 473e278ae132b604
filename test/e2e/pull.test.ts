import { Buffer } from 'node:buffer'
import {
  Cluster,
  type ClusterApi,
  type ClusterStatus,
  clusterController,
  getCondition,
  type KubeObject,
  Manager,
  ProxySync,
  type ProxySyncInput,
  type ProxySyncStatus,
  PullSync,
  type PullSyncStatus,
  proxySyncController,
  pullSyncController,
  syncController,
} from 'fleetkit'
import { roles } from 'fleetkit/install'
import { clusterKind, proxySyncKind, pullSyncKind, syncKind } from 'fleetkit/kinds'
import { kubeconfigSecrets, kubernetesCluster } from 'fleetkit/kubernetes'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { configMap, failure, repository, url } from '../engine/sync/scenarios.ts'
import { describeWithServers } from '../servers/index.ts'
import { type OwnCluster, startOwnCluster } from './own-cluster.ts'

const patience = { timeout: 60_000, interval: 50 }
const namespace = 'eu'
const user = 'eu-agent'
const git = repository({
  v1: { 'a.yaml': configMap('a', { x: '1' }), 'b.yaml': configMap('b', { y: '1' }) },
  v2: { 'a.yaml': configMap('a', { x: '2' }) },
})
const mapRef = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name })
const { apiVersion } = proxySyncKind

const role = roles().find(({ metadata }) => metadata.name === 'fleetkit-agent') as KubeObject
const binding = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'RoleBinding',
  metadata: { namespace, name: 'agent' },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'fleetkit-agent' },
  subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
}

/** What it may do in its own cluster, and what its Syncs apply. */
const localRole = {
  ...role,
  rules: [
    ...roles().flatMap(({ metadata: { name }, rules }) =>
      name === 'fleetkit-sync-controller' || name === 'fleetkit-pullsync-controller' ? (rules as readonly object[]) : [],
    ),
    { apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list', 'create', 'patch', 'update', 'delete'] },
  ],
}
const localBinding = {
  ...binding,
  kind: 'ClusterRoleBinding',
  metadata: { name: 'agent' },
  subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'limited' }],
}

describeWithServers('a cluster that connects to the management, each on an API server of its own', () => {
  const stack = new AsyncDisposableStack()
  let hub: OwnCluster
  let eu: OwnCluster

  beforeAll(async () => {
    const started = await Promise.all([startOwnCluster({ users: [user] }), startOwnCluster()])
    for (const each of started) stack.use(each)
    ;[hub, eu] = started
    await hub.define(clusterKind, proxySyncKind)
    await eu.define(clusterKind, pullSyncKind, syncKind)
    for (const name of [namespace, 'us']) await hub.cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
    for (const object of [role, binding]) await hub.cluster.create(object)
    for (const name of [namespace, 'us']) {
      const spec = { access: { inbound: {} }, interval: '1s' }
      await hub.cluster.create(new Cluster({ metadata: { name, namespace: name }, spec }).toObject())
    }
    const data = { value: Buffer.from(hub.server.kubeconfigOf(user)).toString('base64') }
    await eu.cluster.create({ apiVersion: 'v1', kind: 'Secret', metadata: { namespace: 'default', name: 'hub' }, data })
    const access = { kubeConfig: { secretRef: { name: 'hub' } } }
    await eu.cluster.create(new Cluster({ metadata: { name: 'hub' }, spec: { access } }).toObject())
    const upstream = { cluster: { name: 'hub' }, namespace }
    await eu.cluster.create(new PullSync({ metadata: { name: 'hub' }, spec: { upstream } }).toObject())
    run(new Manager({ store: hub.cluster }).add(clusterController(), proxySyncController()))
    for (const object of [localRole, localBinding]) await eu.cluster.create(object)
    const local = stack.use(await kubernetesCluster({ kubeconfig: eu.server.kubeconfigOf('limited') }))
    run(new Manager({ store: local, cluster: local, git, connect: kubeconfigSecrets() }).add(syncController(), pullSyncController()))
  }, 180_000)
  afterAll(() => stack.disposeAsync(), 60_000)

  function run(manager: Manager): void {
    const stop = new AbortController()
    const running = manager.run({ signal: stop.signal })
    stack.defer(async () => {
      stop.abort()
      await running
    })
  }
  const get = (name = 'shop', of = namespace): Promise<KubeObject | undefined> =>
    hub.cluster.get({ apiVersion, kind: 'ProxySync', namespace: of, name })
  async function put(tag: string, more: Partial<ProxySyncInput['spec']> = {}, of = namespace): Promise<void> {
    const template = { spec: { source: { git: { url, tag } }, prune: true, interval: '5s', retryInterval: '1s' } }
    const wanted = new ProxySync({
      metadata: { name: 'shop', namespace: of },
      spec: { cluster: { name: of }, template, ...more },
    }).toObject()
    const kept = await get('shop', of)
    if (kept === undefined) await hub.cluster.create(wanted)
    else await hub.cluster.update({ ...kept, spec: wanted.spec })
  }
  const expectAt = (revision: RegExp): Promise<void> =>
    vi.waitFor(async () => {
      const object = await get()
      const { lastAppliedRevision, conditions, observedGeneration } = (object?.status ?? {}) as ProxySyncStatus
      expect({ lastAppliedRevision, ready: getCondition(conditions, 'Ready')?.status, observedGeneration }).toEqual({
        lastAppliedRevision: expect.stringMatching(revision),
        ready: 'True',
        observedGeneration: object?.metadata.generation,
      })
    }, patience)
  const copy = (): Promise<KubeObject | undefined> => eu.cluster.get({ apiVersion, kind: 'Sync', namespace: 'default', name: 'shop' })
  const data = async (name: string): Promise<unknown> => (await eu.cluster.get(mapRef(name)))?.data
  const pulling = async () =>
    getCondition(
      ((await eu.cluster.get({ apiVersion, kind: 'PullSync', namespace: 'default', name: 'hub' }))?.status as PullSyncStatus | undefined)
        ?.conditions,
      'Ready',
    )

  test('has what it is to have, with rights for its namespace and for statuses alone', { timeout: 120_000 }, async () => {
    await put('v1')
    await put('v1', {}, 'us')
    await expectAt(/^v1@sha1:/)
    expect([await data('a'), await data('b')]).toEqual([{ x: '1' }, { y: '1' }])
    await put('v2')
    await expectAt(/^v2@sha1:/)
    expect([await data('a'), await data('b')]).toEqual([{ x: '2' }, undefined])
    const cluster = await hub.cluster.get({ apiVersion, kind: 'Cluster', namespace, name: namespace })
    const { identity, kubernetesVersion, conditions } = (cluster?.status ?? {}) as ClusterStatus
    const system = await eu.cluster.get({ apiVersion: 'v1', kind: 'Namespace', name: 'kube-system' })
    expect([identity?.uid, getCondition(conditions, 'Ready')?.status]).toEqual([system?.metadata.uid, 'True'])
    expect(kubernetesVersion).toMatch(/^v1\./)
    expect(await pulling()).toMatchObject({ status: 'True', reason: 'Pulling' })
  })

  test('may do nothing else', { timeout: 60_000 }, async () => {
    await using agent: ClusterApi = await kubernetesCluster({ kubeconfig: hub.server.kubeconfigOf(user) })
    const mine = (await agent.get({ apiVersion, kind: 'ProxySync', namespace, name: 'shop' })) as KubeObject
    const theirs = (await get('shop', 'us')) as KubeObject
    const refused: readonly (readonly [string, () => Promise<unknown>])[] = [
      ['reads of another namespace', () => agent.get({ apiVersion, kind: 'ProxySync', namespace: 'us', name: 'shop' })],
      ['lists of all namespaces', () => agent.list({ apiVersion, kind: 'ProxySync' })],
      ['a report for another cluster', async () => reportAs(agent, 'us')],
      ['statuses of another namespace', () => agent.update({ ...theirs, status: {} }, { subresource: 'status' })],
      ['specifications', () => agent.update({ ...mine, spec: { ...(mine.spec as object), suspend: true } })],
      ['finalizers', () => agent.update({ ...mine, metadata: { ...mine.metadata, finalizers: [] } })],
      ['deletions', () => agent.delete({ apiVersion, kind: 'ProxySync', namespace, name: 'shop' })],
      ['creations', () => agent.create({ ...mine, metadata: { namespace, name: 'more' } })],
      ['Secrets', () => agent.list({ apiVersion: 'v1', kind: 'Secret' }, { namespace })],
    ]
    for (const [what, attempt] of refused) expect((await failure(attempt())).code, what).toBe('cluster/forbidden')
  })

  async function reportAs(agent: ClusterApi, of: string): Promise<void> {
    const object = (await hub.cluster.get({ apiVersion, kind: 'Cluster', namespace: of, name: of })) as KubeObject
    await agent.update({ ...object, status: { lastContactAt: '2026-01-01T00:00:00Z' } }, { subresource: 'status' })
  }

  test('goes on while the management is stopped, and shows the truth when it is back', { timeout: 180_000 }, async () => {
    await hub.server.stop({ kill: true })
    const live = (await eu.cluster.get(mapRef('a'))) as KubeObject
    await eu.cluster.update({ ...live, data: { x: 'edited' } }, { fieldManager: 'kubectl-edit' })
    await vi.waitFor(async () => expect(await data('a')).toEqual({ x: '2' }), patience)
    await vi.waitFor(async () => expect(await pulling()).toMatchObject({ status: 'Unknown', reason: 'ClusterUnreachable' }), patience)
    expect(await copy()).toBeDefined()
    await hub.server.start()
    await put('v1')
    await expectAt(/^v1@sha1:/)
    expect([await data('a'), await data('b')]).toEqual([{ x: '1' }, { y: '1' }])
    await vi.waitFor(async () => expect(await pulling()).toMatchObject({ status: 'True' }), patience)
  })

  test('deletes what the management deletes', { timeout: 120_000 }, async () => {
    await hub.cluster.delete({ apiVersion, kind: 'ProxySync', namespace, name: 'shop' })
    await vi.waitFor(async () => expect([await get(), await copy(), await data('a')]).toEqual([undefined, undefined, undefined]), patience)
    // That of another cluster was never kept here.
    expect(await get('shop', 'us')).toBeDefined()
  })
})
