import {
  assemblageController,
  Cluster,
  clusterController,
  type FleetEvent,
  formatYaml,
  type KubeObject,
  Manager,
  Module,
  moduleController,
  type ObjectRef,
  remoteAssemblageController,
  remoteSyncController,
  rolloutController,
  Sync,
  syncController,
} from 'fleetkit'
import { BootstrapModule, type BootstrapModuleInput, bootstrapModuleControllers } from 'fleetkit/bootstrap-module'
import { managementObjects } from 'fleetkit/install'
import { kubeconfigSecrets, kubernetesCluster } from 'fleetkit/kubernetes'
import { memoryGit, memoryStore } from 'fleetkit/memory'
import { expect, test, vi } from 'vitest'
import { describeWithServers } from '../servers/index.ts'
import { startOwnCluster } from './own-cluster.ts'

const namespace = 'fleet'
const home = 'fleetkit'
const apiVersion = 'fleetkit.dev/v1alpha1'
const [baseUrl, managementUrl, shopUrl] = ['base', 'management', 'shop'].map((name) => `https://git.example.com/${name}.git`) as [
  string,
  string,
  string,
]
const patience = { timeout: 20_000, interval: 100 }

const syncRef: ObjectRef = { apiVersion, kind: 'Sync', namespace: home, name: 'management' }
const settings: ObjectRef = { apiVersion: 'v1', kind: 'ConfigMap', namespace: home, name: 'settings' }
const shop: ObjectRef = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'shop' }
const deployment: ObjectRef = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: home, name: 'fleetkit-controller' }
const role: ObjectRef = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', name: 'fleetkit-viewer' }
const files = (...objects: readonly KubeObject[]) => ({ 'all.yaml': objects.map(formatYaml).join('---\n') })
const configMap = ({ name, namespace: within }: ObjectRef, of: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: within },
  data: { of },
})

/** The controllers in the cluster are a Manager here, whose Deployment would start it. */
describeWithServers('a bare API server', () => {
  test('gets what stays applied directly and what it takes over itself, takes Modules then, and keeps itself; what breaks is taken back', {
    timeout: 90_000,
  }, async () => {
    await using own = await startOwnCluster()
    const { cluster } = own
    const git = memoryGit()
    const management = (tag: string): Sync =>
      new Sync({
        metadata: { namespace: home, name: syncRef.name },
        spec: { source: { git: { url: managementUrl, tag } }, prune: true, interval: '2s', deletionPolicy: 'Orphan' },
      })
    // What the cluster stands on stays applied directly; the controller and its Sync are what the cluster keeps.
    const isBase = ({ kind }: KubeObject): boolean => ['CustomResourceDefinition', 'Namespace', 'ClusterRole'].includes(kind)
    for (const tag of ['v1', 'v2']) {
      const objects = managementObjects({ sync: management(tag), image: `registry.example.com/controller:${tag}` })
      git.tag(baseUrl, tag, git.commit(baseUrl, files(...objects.filter(isBase))))
      const others = objects.filter((object) => !isBase(object))
      git.tag(managementUrl, tag, git.commit(managementUrl, files(...others, configMap(settings, tag))))
    }
    git.tag(shopUrl, 'v1', git.commit(shopUrl, files(configMap(shop, 'v1'))))

    const store = memoryStore()
    const data = { value: Buffer.from(own.server.kubeconfigOf('admin')).toString('base64') }
    await store.create({ apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name: 'eu' }, data })
    const access = { kubeConfig: { secretRef: { name: 'eu' } } }
    await store.create(new Cluster({ metadata: { namespace, name: 'eu' }, spec: { access } }).toObject())

    const events: FleetEvent[] = []
    const run = (manager: Manager) => {
      const stop = new AbortController()
      manager.events.on('*', (event) => void events.push(event))
      const running = manager.run({ signal: stop.signal })
      return async () => {
        stop.abort()
        await running
      }
    }
    const manage = () =>
      run(
        new Manager({ store, git, connect: kubeconfigSecrets() }).add(
          clusterController(),
          remoteSyncController(),
          remoteAssemblageController(),
          moduleController(),
          ...bootstrapModuleControllers(),
          rolloutController(),
        ),
      )
    const startPod = async () => {
      await vi.waitFor(async () => expect(await cluster.get(deployment)).toBeDefined(), patience)
      const line = await kubernetesCluster({ kubeconfig: own.server.kubeconfigOf('admin') })
      const end = run(new Manager({ store: line, cluster: line, git }).add(syncController(), assemblageController()))
      return async () => {
        await end()
        await line.close()
      }
    }
    const put = async (name: string, url: string, tag: string, spec: Partial<BootstrapModuleInput['spec']>): Promise<void> => {
      const common = { clusters: {}, wait: false, interval: '2s', retryInterval: '1s' }
      const source = { git: { url, tag } }
      const wanted = new BootstrapModule({ metadata: { namespace, name }, spec: { ...common, source, ...spec } }).toObject()
      const present = await store.get({ apiVersion, kind: wanted.kind, namespace, name })
      await (present === undefined ? store.create(wanted) : store.update({ ...present, spec: wanted.spec }))
    }
    const handOver = { sync: { namespace: home, name: syncRef.name }, timeout: '60s', takeBackAfter: '2s' }
    const takesOver = { handOver, removalPolicy: 'Orphan', dependsOn: [{ name: 'base' }] } as const
    const completes = async (name: string, version: string, kind = 'BootstrapModule'): Promise<void> =>
      vi.waitFor(async () => {
        const { status } = (await store.get({ apiVersion, kind, namespace, name })) ?? {}
        expect(status).toMatchObject({ phase: 'Complete', version, summary: { clusters: 1, done: 1 } })
      }, patience)
    const states = (): readonly unknown[] =>
      events.flatMap((event) => (event.type === 'module.hand-over' ? [(event as unknown as { readonly state: string }).state] : []))
    const comes = (ref: ObjectRef, data: object = {}): Promise<void> =>
      vi.waitFor(async () => expect(await cluster.get(ref)).toMatchObject(data), patience)

    // Both designs, and a Module that needs them.
    let stop = manage()
    await put('base', baseUrl, 'v1', {})
    await put('management', managementUrl, 'v1', takesOver)
    const spec = { source: { git: { url: shopUrl, tag: 'v1' } }, clusters: {}, dependsOn: [{ name: 'management' }] }
    await store.create(new Module({ metadata: { namespace, name: 'shop' }, spec }).toObject())
    let end = await startPod()
    await completes('base', 'v1')
    await completes('management', 'v1')
    await completes('shop', 'v1', 'Module')
    expect(states()).toEqual(['HandingOver', 'HandedOver'])

    // What stays applied directly is kept from here; what was taken over by the cluster itself, with the management gone.
    await cluster.delete(role)
    await comes(role)
    await stop()
    await cluster.delete(settings)
    await comes(settings, { data: { of: 'v1' } })

    // A new version of each.
    stop = manage()
    await put('base', baseUrl, 'v2', {})
    await put('management', managementUrl, 'v2', takesOver)
    await completes('base', 'v2')
    await completes('management', 'v2')
    await comes(settings, { data: { of: 'v2' } })

    // The controller is lost, with its Deployment and its Sync: all of it comes back from here.
    events.length = 0
    await end()
    for (const ref of [deployment, settings]) await cluster.delete(ref)
    const { metadata, ...rest } = (await cluster.get(syncRef)) as KubeObject
    await cluster.update({ ...rest, metadata: { ...metadata, finalizers: [] } })
    await cluster.delete(syncRef)
    await vi.waitFor(() => expect(states()).toContain('TakenBack'), patience)
    await comes(settings, { data: { of: 'v2' } })
    await comes(syncRef, { spec: { source: { git: { tag: 'v2' } } } })
    end = await startPod()
    await vi.waitFor(() => expect(states()).toEqual(['TakenBack', 'HandedOver']), patience)
    await completes('management', 'v2')
    await stop()
    await cluster.delete(settings)
    await comes(settings, { data: { of: 'v2' } })
    await end()
  })
})
