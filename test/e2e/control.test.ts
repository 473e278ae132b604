import { type KubeObject, Manager, Sync, SyncRunner, type SyncStatus, syncController } from 'fleetkit'
import { definitionOf, syncKind } from 'fleetkit/kinds'
import { kubernetesCluster } from 'fleetkit/kubernetes'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { configMap, intercepted, repository, url } from '../engine/sync/scenarios.ts'
import { describeWithServers, kubectl, waitEstablished } from '../servers/index.ts'
import { type OwnCluster, startOwnCluster } from './own-cluster.ts'

const files = (...names: readonly string[]) => Object.fromEntries(names.map((name) => [`${name}.yaml`, configMap(name)]))
const many = Array.from({ length: 400 }, (_, index) => `m${index}`)
const patience = { timeout: 20_000, interval: 50 }

describeWithServers('what people do to Syncs, in a real API server', () => {
  // Its own: a manager takes every Sync of its cluster for its own.
  const stack = new AsyncDisposableStack()
  const git = repository({ v1: files('a'), v2: files('a', 'b'), many: files(...many) })
  let own: OwnCluster

  beforeAll(async () => {
    own = stack.use(await startOwnCluster())
    const [definition] = await own.cluster.apply([definitionOf(syncKind)], { fieldManager: 'test' })
    if (definition === undefined || 'error' in definition) throw definition?.error
    await waitEstablished(own.server.kubeconfigPath, 'crd/syncs.fleetkit.dev')
  }, 90_000)
  afterAll(() => stack.disposeAsync())

  const kube = (...args: readonly string[]): Promise<string> => kubectl(own.server.kubeconfigPath, args)
  const kubeApply = (object: object): Promise<string> =>
    kubectl(own.server.kubeconfigPath, ['apply', '--validate=strict', '-f', '-'], JSON.stringify(object))
  const syncOf = (namespace: string, tag: string, spec: object = {}, name = 'shop') => ({
    apiVersion: syncKind.apiVersion,
    kind: 'Sync',
    metadata: { name, namespace },
    spec: { source: { git: { url, tag } }, prune: true, ...spec },
  })
  const patch = (namespace: string, spec: object): Promise<string> =>
    kube('-n', namespace, 'patch', 'sync', 'shop', '--type=merge', '-p', JSON.stringify({ spec }))
  const get = (namespace: string, name: string): Promise<KubeObject | undefined> =>
    own.cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name })
  const statusOf = async (namespace: string, name = 'shop'): Promise<SyncStatus> =>
    ((await own.cluster.get({ apiVersion: syncKind.apiVersion, kind: 'Sync', namespace, name }))?.status ?? {}) as SyncStatus
  const conditionOf = async (namespace: string, type: string, name = 'shop') =>
    (await statusOf(namespace, name)).conditions?.find((each) => each.type === type)
  const ready = (namespace: string, name = 'shop') =>
    kube('-n', namespace, 'wait', '--for=condition=Ready', `sync/${name}`, '--timeout=20s')

  async function startManager(onApply: () => Promise<void> = async () => {}, maxInventoryBytes?: number): Promise<AsyncDisposable> {
    const line = await kubernetesCluster({ kubeconfig: own.server.kubeconfig })
    const cluster = intercepted(line, async (method, [, options]) => {
      if (method === 'apply' && options.dryRun !== true) await onApply()
    })
    const manager = new Manager({ store: line, cluster, git })
    manager.add(syncController({ maxInventoryBytes }))
    const stop = new AbortController()
    const ended = manager.run({ signal: stop.signal }).catch(() => {})
    return {
      async [Symbol.asyncDispose]() {
        stop.abort()
        await ended
        await line.close()
      },
    }
  }

  test('a handbrake stops an attempt under way, and nothing that was made is forgotten', async () => {
    const namespace = await own.namespace()
    let writes = 0
    let pulled: Promise<unknown> | undefined
    await using _manager = await startManager(async () => {
      writes += 1
      if (writes < 150) return
      pulled ??= patch(namespace, { handbrake: { by: 'alice', reason: 'incident 42' } })
      await pulled
      // As long as a watch can take.
      await vi.waitFor(async () => expect(await conditionOf(namespace, 'Ready')).toBeDefined(), patience)
    })
    await kubeApply(syncOf(namespace, 'many'))
    await vi.waitFor(async () => expect((await conditionOf(namespace, 'Handbrake'))?.status).toBe('True'), patience)
    expect((await conditionOf(namespace, 'Handbrake'))?.message).toBe('the handbrake was pulled by alice: incident 42')
    expect(await conditionOf(namespace, 'Ready')).toMatchObject({ status: 'False', reason: 'Handbrake' })
    const made = (await own.cluster.list({ apiVersion: 'v1', kind: 'ConfigMap' }, { namespace })).items.filter(({ metadata }) =>
      metadata.name.startsWith('m'),
    )
    expect(made.length).toBeLessThan(400)
    const recorded = new Set((await statusOf(namespace)).inventory?.entries.map(({ id }) => id))
    for (const { metadata } of made) expect(recorded).toContain(`${namespace}_${metadata.name}__ConfigMap`)

    await kube('-n', namespace, 'delete', 'sync', 'shop', '--wait=false')
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(await get(namespace, made[0]?.metadata.name ?? '')).toBeDefined()
    writes = Number.NEGATIVE_INFINITY
    await patch(namespace, { handbrake: null })
    await kube('-n', namespace, 'wait', '--for=delete', 'sync/shop', '--timeout=20s')
    expect(await get(namespace, made[0]?.metadata.name ?? '')).toBeUndefined()
  }, 90_000)

  test('a pin, a request with a name, and deletions that are confirmed by kubectl', async () => {
    const namespace = await own.namespace()
    await using _manager = await startManager()
    await kubeApply(syncOf(namespace, 'v1'))
    await ready(namespace)
    const revision = (await statusOf(namespace)).lastAppliedRevision as string
    await patch(namespace, { source: { git: { url, tag: 'v2' } }, pin: { revision, by: 'bob', reason: 'v2 leaks' } })
    await kube('-n', namespace, 'wait', '--for=condition=Pinned', 'sync/shop', '--timeout=20s')
    expect(await get(namespace, 'b')).toBeUndefined()
    expect(await patch(namespace, { pin: { revision: 'v1', by: 'bob', reason: 'a typo' } }).catch(String)).toMatch(/spec\.pin\.revision/)
    await kube('-n', namespace, 'annotate', 'sync/shop', 'reconcile.fleetkit.dev/requestedBy=carol', 'reconcile.fleetkit.dev/requestedAt=1')
    await vi.waitFor(async () => expect((await statusOf(namespace)).history?.[0]?.actor).toBe('carol'), patience)

    await patch(namespace, { pin: null, confirmPrune: true })
    await vi.waitFor(async () => expect(await get(namespace, 'b')).toBeDefined(), patience)
    await patch(namespace, { source: { git: { url, tag: 'v1' } } })
    await vi.waitFor(async () => expect(await conditionOf(namespace, 'Ready')).toMatchObject({ reason: 'PruneNotConfirmed' }), patience)
    expect(await get(namespace, 'b')).toBeDefined()
    const digest = await kube('-n', namespace, 'get', 'sync', 'shop', '-o', 'jsonpath={.status.pendingPrune.digest}')
    await kube('-n', namespace, 'annotate', 'sync/shop', `sync.fleetkit.dev/confirmPrune=${digest}`)
    await vi.waitFor(async () => expect(await get(namespace, 'b')).toBeUndefined(), patience)
    await ready(namespace)

    // A script that has the same store goes by the same rules.
    const runner = new SyncRunner({ cluster: own.cluster, store: own.cluster, git, actor: 'dave' })
    const sync = Sync.from(
      (await own.cluster.get({ apiVersion: syncKind.apiVersion, kind: 'Sync', namespace, name: 'shop' })) as KubeObject,
    )
    await runner.run(sync, { revision: 'v2' })
    expect((await get(namespace, 'b'))?.metadata.name).toBe('b')
  }, 90_000)

  test('an expression says when a dependency is ready', async () => {
    const namespace = await own.namespace()
    await using _manager = await startManager()
    const readyExpr = "has(dep.status.history) && dep.status.history.exists(h, h.revision.startsWith(self.spec.source.git.tag + '@'))"
    await kubeApply(syncOf(namespace, 'v1', {}, 'base'))
    await ready(namespace, 'base')
    await kubeApply(syncOf(namespace, 'v2', { dependsOn: [{ name: 'base', readyExpr }], targetNamespace: await own.namespace() }))
    await vi.waitFor(async () => expect(await conditionOf(namespace, 'Ready')).toMatchObject({ reason: 'DependencyNotReady' }), patience)
    await kubeApply(syncOf(namespace, 'v2', {}, 'base'))
    await ready(namespace)
  }, 60_000)

  test('a long inventory is in ConfigMaps that kubectl shows, and goes with the Sync', async () => {
    const namespace = await own.namespace()
    await using _manager = await startManager(undefined, 2000)
    await kubeApply(syncOf(namespace, 'many'))
    await ready(namespace)
    const shards = () =>
      kube(
        '-n',
        namespace,
        'get',
        'configmaps',
        '-l',
        'sync.fleetkit.dev/inventory=shop',
        '-o',
        'jsonpath={range .items[*]}{.data.inventory}{end}',
      )
    expect((await shards()).trim().split('\n').toSorted()).toEqual(many.map((name) => `${namespace}_${name}__ConfigMap v1`).toSorted())
    await kube('-n', namespace, 'delete', 'sync', 'shop', '--timeout=20s')
    expect([await shards(), await get(namespace, 'm1')]).toEqual(['', undefined])
  }, 90_000)
})
