import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import {
  type FleetEvent,
  FleetkitError,
  fleetControllers,
  formatRef,
  type Git,
  hasCode,
  type KubeObject,
  Manager,
  type ManagerOptions,
  Sync,
  SyncRunner,
  type SyncStatus,
} from 'fleetkit'
import { gitRepositories } from 'fleetkit/git'
import { definitionOf, type KindDefinition, kinds, syncKind } from 'fleetkit/kinds'
import { kubernetesCluster, kubernetesStore } from 'fleetkit/kubernetes'
import { parseInventory } from 'fleetkit/manifest'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type GitServer, type ServedRepository, startGitServer } from '../servers/git.ts'
import { describeWithServers, kubectl, waitEstablished } from '../servers/index.ts'
import { type OwnCluster, startOwnCluster } from './own-cluster.ts'

const configMap = (name: string, data: Readonly<Record<string, string>> = {}): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\ndata: ${JSON.stringify(data)}\n`
const service = (name: string): string =>
  `apiVersion: v1\nkind: Service\nmetadata: { name: ${name} }\nspec: { selector: { app: ${name} }, ports: [{ port: 80 }] }\n`
const patience = { timeout: 20_000, interval: 50 }

describeWithServers('Syncs in a real API server', () => {
  // Its own: a manager takes every Sync of its cluster for its own.
  const stack = new AsyncDisposableStack()
  let own: OwnCluster
  let server: GitServer
  let repository: ServedRepository
  let git: Git

  beforeAll(async () => {
    own = stack.use(await startOwnCluster())
    server = stack.use(await startGitServer())
    const cacheDir = await mkdtemp(path.join(tmpdir(), 'fleetkit-controller-'))
    stack.defer(() => rm(cacheDir, { recursive: true, force: true }))
    git = stack.use(gitRepositories({ cacheDir, allowHttp: true }))
    repository = await server.repository('shop')
    const commit = async (tag: string, files: Readonly<Record<string, string>>): Promise<void> =>
      void (await repository.tag(tag, await repository.commit(files)))
    await commit('v1', { 'a.yaml': configMap('a', { x: '1' }), 'b.yaml': configMap('b') })
    await commit('v2', { 'a.yaml': configMap('a', { x: '2' }), 'c.yaml': configMap('c') })
    await commit('mixed', { 'a.yaml': configMap('a', { x: '1' }), 'b.yaml': configMap('b'), 'web.yaml': service('web') })
    const all = Object.values<KindDefinition>({ ...kinds })
    for (const result of await own.cluster.apply(all.map(definitionOf), { fieldManager: 'test' })) if ('error' in result) throw result.error
    await waitEstablished(own.server.kubeconfigPath, ...all.map(({ plural }) => `crd/${plural}.fleetkit.dev`))
  }, 90_000)
  afterAll(() => stack.disposeAsync())

  const kube = (...args: readonly string[]): Promise<string> => kubectl(own.server.kubeconfigPath, args)
  const kubeApply = (object: object): Promise<string> =>
    kubectl(own.server.kubeconfigPath, ['apply', '--validate=strict', '-f', '-'], JSON.stringify(object))
  const syncOf = (namespace: string, tag: string, spec: object = {}, name = 'shop') => ({
    apiVersion: syncKind.apiVersion,
    kind: 'Sync',
    metadata: { name, namespace },
    spec: { source: { git: { url: repository.url, tag } }, prune: true, ...spec },
  })

  /** A manager at work, with lines of its own to the cluster. */
  async function startManager(
    options: Partial<ManagerOptions> = {},
  ): Promise<
    AsyncDisposable & { readonly events: FleetEvent[]; readonly ended: Promise<unknown>; cut(): Promise<void>; stop(): Promise<unknown> }
  > {
    const { kubeconfig } = own.server
    const store = await kubernetesStore({ kubeconfig })
    const cluster = await kubernetesCluster({ kubeconfig })
    const manager = new Manager({ store, cluster, git, ...options })
    manager.add(...fleetControllers())
    const events: FleetEvent[] = []
    manager.events.on('*', (event) => events.push(event))
    const stop = new AbortController()
    const ended = manager.run({ signal: stop.signal }).then(
      () => undefined,
      (error: unknown) => error,
    )
    return {
      events,
      ended,
      /** Its connections end, as those of a machine that loses the network. */
      async cut() {
        await store[Symbol.asyncDispose]()
        await cluster[Symbol.asyncDispose]()
      },
      stop() {
        stop.abort()
        return ended
      },
      async [Symbol.asyncDispose]() {
        stop.abort()
        await ended
        await manager[Symbol.asyncDispose]()
        await store[Symbol.asyncDispose]()
        await cluster[Symbol.asyncDispose]()
      },
    }
  }
  const get = (namespace: string, name: string, kind = 'ConfigMap'): Promise<KubeObject | undefined> =>
    own.cluster.get({ apiVersion: kind === 'Sync' ? syncKind.apiVersion : 'v1', kind, namespace, name })
  const statusOf = async (namespace: string, name = 'shop'): Promise<SyncStatus> =>
    ((await get(namespace, name, 'Sync'))?.status ?? {}) as SyncStatus
  const condition = (status: SyncStatus, type: string) => status.conditions?.find((each) => each.type === type)

  test('a Sync lives its life: applied, drift corrected, changed, suspended, deleted', async () => {
    const namespace = await own.namespace()
    await using manager = await startManager()
    await kubeApply(syncOf(namespace, 'v1'))
    await kube('-n', namespace, 'wait', '--for=condition=Ready', 'sync/shop', '--timeout=20s')
    expect((await get(namespace, 'a'))?.data).toEqual({ x: '1' })
    const first = await get(namespace, 'shop', 'Sync')
    expect(first?.metadata.finalizers).toEqual(['fleetkit.dev/sync'])
    expect(first?.status).toMatchObject({ observedGeneration: 1, lastAppliedRevision: expect.stringMatching(/^v1@sha1:/) })
    expect(await kube('-n', namespace, 'get', 'syncs')).toMatch(/shop +True +v1@sha1:\w{40} +v1@sha1:\w{40} is applied: 2 objects changed/)
    // What kubectl applied is all that kubectl owns: it does not conflict with the controller.
    expect(await kubeApply(syncOf(namespace, 'v1'))).toContain('unchanged')

    await kube('-n', namespace, 'patch', 'configmap', 'a', '--type=merge', '-p', '{"data":{"x":"hacked"}}')
    await kube('-n', namespace, 'annotate', 'sync', 'shop', 'reconcile.fleetkit.dev/requestedAt=once')
    await vi.waitFor(async () => expect((await statusOf(namespace)).lastHandledReconcileAt).toBe('once'), patience)
    expect((await get(namespace, 'a'))?.data).toEqual({ x: '1' })
    expect(manager.events.flatMap((event) => (event.type === 'sync.drift' ? event.fields : []))).toEqual(['.data.x'])

    await kubeApply(syncOf(namespace, 'v2'))
    await vi.waitFor(async () => expect((await statusOf(namespace)).lastAppliedRevision).toMatch(/^v2@sha1:/), patience)
    await vi.waitFor(async () => expect((await statusOf(namespace)).observedGeneration).toBe(2), patience)
    expect([(await get(namespace, 'a'))?.data, await get(namespace, 'b'), (await get(namespace, 'c'))?.kind]).toEqual([
      { x: '2' },
      undefined,
      'ConfigMap',
    ])
    expect(parseInventory((await statusOf(namespace)).inventory).map(({ name }) => name)).toEqual(['a', 'c'])

    await kubeApply(syncOf(namespace, 'v1', { suspend: true }))
    await vi.waitFor(() => expect(manager.events.map(({ type }) => type)).toContain('sync.suspended'), patience)
    expect((await get(namespace, 'a'))?.data).toEqual({ x: '2' })
    await kubeApply(syncOf(namespace, 'v1', { suspend: false }))
    await kube('-n', namespace, 'wait', '--for=jsonpath={.status.observedGeneration}=4', 'sync/shop', '--timeout=20s')

    // Comes back only when the finalizer has gone.
    await kube('-n', namespace, 'delete', 'sync', 'shop', '--timeout=20s')
    expect(await Promise.all(['a', 'b', 'c'].map((name) => get(namespace, name)))).toEqual([undefined, undefined, undefined])
    expect(manager.events.filter(({ type }) => type === 'controller.error' || type === 'controller.terminal')).toEqual([])
  }, 60_000)

  test('a Sync that only our validation refuses is stalled, and one with Orphan leaves its objects', async () => {
    const namespace = await own.namespace()
    await using _manager = await startManager()
    // Its own name in dependsOn: no rule of a definition can compare the two.
    await kubeApply(syncOf(namespace, 'v1', { dependsOn: [{ name: 'itself' }] }, 'itself'))
    await kube('-n', namespace, 'wait', '--for=condition=Stalled', 'sync/itself', '--timeout=20s')
    expect(condition(await statusOf(namespace, 'itself'), 'Ready')).toMatchObject({
      status: 'False',
      message: `Sync ${namespace}/itself: spec.dependsOn[0]: found this Sync itself, accepted another Sync`,
    })
    await kube('-n', namespace, 'delete', 'sync', 'itself', '--timeout=20s')

    await kubeApply(syncOf(namespace, 'v1', { deletionPolicy: 'Orphan' }))
    await kube('-n', namespace, 'wait', '--for=condition=Ready', 'sync/shop', '--timeout=20s')
    await kube('-n', namespace, 'delete', 'sync', 'shop', '--timeout=20s')
    expect((await get(namespace, 'a'))?.data).toEqual({ x: '1' })
  }, 60_000)

  test('a Sync waits for the one it depends on, and goes on as soon as that is ready', async () => {
    const namespace = await own.namespace()
    await using _manager = await startManager()
    await kubeApply(syncOf(namespace, 'v2', { dependsOn: [{ name: 'base' }], retryInterval: '1h' }, 'app'))
    await vi.waitFor(
      async () =>
        expect(condition(await statusOf(namespace, 'app'), 'Ready')).toMatchObject({ status: 'False', reason: 'DependencyNotReady' }),
      patience,
    )
    expect(await get(namespace, 'c')).toBeUndefined()
    await kubeApply(syncOf(namespace, 'missing', {}, 'base'))
    await vi.waitFor(async () => expect(condition(await statusOf(namespace, 'base'), 'Ready')?.reason).toBe('ArtifactFailed'), patience)
    await kubeApply(syncOf(namespace, 'v2', { targetNamespace: await own.namespace() }, 'base'))
    await kube('-n', namespace, 'wait', '--for=condition=Ready', 'sync/app', '--timeout=20s')
    expect(await get(namespace, 'c')).toBeDefined()
  }, 60_000)

  test('of two managers one works; when it stops, the other goes on at once, and when it is cut off, after the time of the lease', async () => {
    const namespace = await own.namespace()
    const election = (holder: string) => ({ leaderElection: { namespace, name: 'fleet', holder, durationMs: 3000 } })
    const leads = (manager: { readonly events: readonly FleetEvent[] }) =>
      vi.waitFor(() => expect(manager.events.map(({ type }) => type)).toContain('leader.acquired'), patience)
    const worked = (manager: { readonly events: readonly FleetEvent[] }): readonly string[] =>
      manager.events.flatMap((event) =>
        event.type === 'sync.finished' && event.sync.namespace === namespace ? [event.revision.slice(0, 2)] : [],
      )
    const holder = () => kube('-n', namespace, 'get', 'lease', 'fleet', '-o', 'jsonpath={.spec.holderIdentity} {.spec.leaseTransitions}')

    await using one = await startManager(election('one'))
    await leads(one)
    await using two = await startManager(election('two'))
    await kubeApply(syncOf(namespace, 'v1'))
    await kube('-n', namespace, 'wait', '--for=condition=Ready', 'sync/shop', '--timeout=20s')
    expect([worked(one), worked(two), await holder()]).toEqual([['v1'], [], 'one 1'])

    expect(await one.stop()).toBeUndefined()
    await leads(two)
    expect(await holder()).toBe('two 2')
    await using three = await startManager(election('three'))
    await kubeApply(syncOf(namespace, 'v2'))
    await vi.waitFor(() => expect(worked(two)).toContain('v2'), patience)

    await two.cut()
    const lost = await two.ended
    expect(hasCode(lost, 'store/lease-lost'), String(lost)).toBe(true)
    await leads(three)
    expect(await holder()).toBe('three 3')
    await kubeApply(syncOf(namespace, 'v1'))
    await vi.waitFor(() => expect(worked(three)).toContain('v1'), patience)
    // What was not due when the lease changed hands was left alone.
    expect([worked(one), worked(three)]).toEqual([['v1'], ['v1']])
    expect((await get(namespace, 'a'))?.data).toEqual({ x: '1' })
  }, 90_000)

  /** Lets the user `limited` do something. */
  async function allow(namespace: string, verb: string, resource: string): Promise<void> {
    const name = `${verb === '*' ? 'all' : verb}-${resource}`
    await kube('-n', namespace, 'create', 'role', name, `--verb=${verb}`, `--resource=${resource}`)
    await kube('-n', namespace, 'create', 'rolebinding', name, `--role=${name}`, '--user=limited')
    // The API server learns of its own roles by a watch.
    await vi.waitFor(() => kube('-n', namespace, 'auth', 'can-i', verb, resource, '--as=limited'), patience)
  }

  test('with rights to write only some kinds, the error names object and verb, the rest is applied, and the inventory holds all', async () => {
    const namespace = await own.namespace()
    await allow(namespace, '*', 'configmaps')
    await allow(namespace, 'get', 'services')
    await using cluster = await kubernetesCluster({ kubeconfig: own.server.kubeconfigOf('limited') })
    const runner = new SyncRunner({ cluster, git })
    const sync = new Sync(syncOf(namespace, 'mixed'))
    const error: unknown = await runner.run(sync).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'cluster/forbidden', retryable: false, ref: { kind: 'Service', name: 'web', namespace } })
    expect((error as Error).message).toMatch(
      new RegExp(`^Service ${namespace}/web: the API server refused to apply: services "web" is forbidden: User "limited" cannot patch`),
    )
    expect([(await get(namespace, 'a'))?.data, (await get(namespace, 'b'))?.kind, await get(namespace, 'web', 'Service')]).toEqual([
      { x: '1' },
      'ConfigMap',
      undefined,
    ])
    const { data } = (await get(namespace, 'sync-shop')) as { readonly data?: Readonly<Record<string, string>> }
    const record = JSON.parse(data?.['status.json'] as string) as SyncStatus
    expect(parseInventory(record.inventory).map(formatRef)).toEqual([
      `ConfigMap ${namespace}/a`,
      `ConfigMap ${namespace}/b`,
      `Service ${namespace}/web`,
    ])
    expect(condition(record, 'Ready')).toMatchObject({ status: 'False', reason: 'ReconciliationFailed' })
    expect(condition(record, 'Stalled')).toMatchObject({ status: 'True' })

    await allow(namespace, 'patch', 'services')
    // An apply may have to create.
    await allow(namespace, 'create', 'services')
    await runner.run(sync)
    expect(await get(namespace, 'web', 'Service')).toBeDefined()
  }, 60_000)

  test('without the right to read a kind, the error says so before anything is written', async () => {
    const namespace = await own.namespace()
    await allow(namespace, '*', 'configmaps')
    await using cluster = await kubernetesCluster({ kubeconfig: own.server.kubeconfigOf('limited') })
    const error: unknown = await new SyncRunner({ cluster, git })
      .run(new Sync(syncOf(namespace, 'mixed')))
      .catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(FleetkitError)
    expect(error).toMatchObject({
      code: 'cluster/forbidden',
      message: expect.stringMatching(/^Service .*\/web: .*cannot get resource "services"/),
    })
    expect(await get(namespace, 'a')).toBeUndefined()
  }, 60_000)
})
