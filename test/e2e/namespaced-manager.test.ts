import { controller, type FleetEvent, type KubeObject, Manager, type ManagerOptions, Sync, syncController } from 'fleetkit'
import { createOrUpdate, EventRecorder, recordSyncEvents, updateStatus, withController } from 'fleetkit/controller'
import { defineKind, definitionOf, syncKind } from 'fleetkit/kinds'
import { kubernetesCluster } from 'fleetkit/kubernetes'
import { memoryGit } from 'fleetkit/memory'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { describeWithServers, kubectl, waitEstablished } from '../servers/index.ts'
import { type OwnCluster, startOwnCluster } from './own-cluster.ts'

const url = 'https://git.example.com/shop.git'
const rbac = 'rbac.authorization.k8s.io/v1'
const patience = { timeout: 20_000, interval: 50 }

describeWithServers('a Manager with the rights of one namespace', () => {
  const stack = new AsyncDisposableStack()
  const git = memoryGit()
  let own: OwnCluster
  let namespace: string
  let elsewhere: string

  const widget = defineKind({
    apiVersion: 'example.com/v1',
    kind: 'Widget',
    spec: { type: 'object', required: ['size'], properties: { size: { type: 'integer' }, color: { type: 'string', default: 'red' } } },
    status: { type: 'object', properties: { phase: { type: 'string' } } },
  })

  beforeAll(async () => {
    own = stack.use(await startOwnCluster())
    git.tag(url, 'v1', git.commit(url, { 'a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\ndata: { x: "1" }\n' }))
    namespace = await own.namespace()
    elsewhere = await own.namespace()
    const definitions = await own.cluster.apply([definitionOf(syncKind), definitionOf(widget)], { fieldManager: 'test' })
    expect(definitions.filter((result) => 'error' in result)).toEqual([])
    for (const crd of ['crd/syncs.fleetkit.dev', 'crd/widgets.example.com']) await waitEstablished(own.server.kubeconfigPath, crd)
    await own.cluster.create({
      apiVersion: rbac,
      kind: 'Role',
      metadata: { name: 'manager', namespace },
      rules: [
        { apiGroups: ['fleetkit.dev'], resources: ['syncs'], verbs: ['get', 'list', 'watch', 'update'] },
        { apiGroups: ['fleetkit.dev'], resources: ['syncs/status'], verbs: ['update'] },
        { apiGroups: ['example.com'], resources: ['widgets'], verbs: ['get', 'list', 'watch'] },
        { apiGroups: ['example.com'], resources: ['widgets/status'], verbs: ['update'] },
        { apiGroups: ['example.com'], resources: ['widgets/finalizers'], verbs: ['update'] },
        { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['get', 'create', 'update'] },
        { apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'] },
        { apiGroups: [''], resources: ['events'], verbs: ['create', 'update'] },
      ],
    })
    await own.cluster.create({
      apiVersion: rbac,
      kind: 'RoleBinding',
      metadata: { name: 'manager', namespace },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'manager' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'limited' }],
    })
  }, 90_000)
  afterAll(() => stack.disposeAsync())

  const limited = () => kubernetesCluster({ kubeconfig: own.server.kubeconfigOf('limited') })
  const syncIn = (of: string): KubeObject =>
    new Sync({ metadata: { name: 'shop', namespace: of }, spec: { source: { git: { url, tag: 'v1' } }, prune: true } }).toObject()

  function start(options: ManagerOptions) {
    const manager = new Manager(options)
    const events: FleetEvent[] = []
    manager.events.on('*', (event) => events.push(event))
    return { manager, events }
  }

  test('applies the Syncs of its namespace, records Events, and leaves other namespaces alone', async () => {
    await using store = await limited()
    const leaderElection = { namespace, name: 'fleet', durationMs: 5000 }
    const { manager, events } = start({ store, git, namespaces: [namespace], leaderElection })
    await using recorder = new EventRecorder({ store, component: 'fleetkit' })
    using _subscription = recordSyncEvents(manager, recorder)
    manager.add(syncController())
    await own.cluster.create(syncIn(namespace))
    await own.cluster.create(syncIn(elsewhere))
    const running = manager.run()
    await manager.synced
    await vi.waitFor(() => expect(events.map(({ type }) => type)).toContain('sync.finished'), patience)
    expect(manager.readiness).toMatchObject({ ready: true, phase: 'running' })
    expect((await own.cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'a' }))?.data).toEqual({ x: '1' })
    expect((await own.cluster.get({ ...syncKind, namespace: elsewhere, name: 'shop' }))?.status).toBeUndefined()
    expect(manager.cache.list('Sync').map(({ metadata }) => metadata.namespace)).toEqual([namespace])
    await vi.waitFor(
      async () =>
        expect(await kubectl(own.server.kubeconfigPath, ['get', 'events', '-n', namespace])).toMatch(/Normal\s+Applied\s+sync\/shop/),
      patience,
    )
    await manager.close()
    await running
    expect(events.filter(({ type }) => type === 'informer.error' || type === 'controller.error')).toEqual([])
  })

  test('keeps what a controller of its own makes, typed by the schema that the server has', async () => {
    await using store = await limited()
    const { manager, events } = start({ store, namespaces: [namespace] })
    const map = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'made' }
    manager.add(
      controller({
        for: widget,
        owns: [{ apiVersion: 'v1', kind: 'ConfigMap' }],
        async reconcile({ ref, object }, { store: fenced, signal }) {
          if (object === undefined) return
          const data = { size: String(object.spec.size), color: object.spec.color }
          await createOrUpdate(fenced, map, (present) => withController({ ...present, data }, object), { signal })
          await updateStatus(fenced, ref, () => ({ phase: 'Made' }), { signal })
        },
      }),
    )
    const running = manager.run()
    await own.cluster.create({ apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w', namespace }, spec: { size: 3 } })
    const read = async () => (await own.cluster.get(map))?.data
    await vi.waitFor(async () => expect(await read()).toEqual({ size: '3', color: 'red' }), patience)
    await own.cluster.delete(map)
    await vi.waitFor(async () => expect(await read()).toEqual({ size: '3', color: 'red' }), patience)
    const made = await own.cluster.get({ ...widget, namespace, name: 'w' })
    expect(made?.status).toEqual({ phase: 'Made' })
    await manager.close()
    await running
    expect(events.filter(({ type }) => type === 'controller.terminal')).toEqual([])
  })

  test('stops with the cause where it may list nothing, or a kind is misspelled', async () => {
    await using store = await limited()
    const everywhere = start({ store, git, cacheSyncTimeoutMs: 3000 }).manager.add(syncController())
    await expect(everywhere.run()).rejects.toMatchObject({
      code: 'manager/cache-sync',
      message: expect.stringContaining('Sync (fleetkit.dev/v1alpha1)'),
      cause: { code: 'cluster/forbidden' },
    })
    const misspelled = start({ store, namespaces: [namespace], cacheSyncTimeoutMs: 3000 }).manager.add(
      controller({ for: { apiVersion: 'example.com/v1', kind: 'Wigdet' }, reconcile: async () => {} }),
    )
    await expect(misspelled.run()).rejects.toMatchObject({
      code: 'manager/cache-sync',
      message: expect.stringContaining('Wigdet (example.com/v1)'),
      cause: { code: 'cluster/unknown-kind' },
    })
  })
})
