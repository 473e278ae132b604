import {
  Assemblage,
  type AssemblageStatus,
  type AssembledSyncInput,
  assemblageController,
  type ClusterApi,
  type FleetEvent,
  getCondition,
  type KubeObject,
  Manager,
} from 'fleetkit'
import { fluxDriver } from 'fleetkit/drivers'
import { assemblageKind, definitionOf } from 'fleetkit/kinds'
import { kubernetesCluster } from 'fleetkit/kubernetes'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startFlux } from '../servers/flux.ts'
import { type ServedRepository, startGitServer } from '../servers/git.ts'
import { type ApiServer, describeWithFlux, sharedEtcd, startApiServer, waitEstablished } from '../servers/index.ts'

const namespace = 'platform'
const names = ['a', 'b', 'c']
const configMap = (name: string, version: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\ndata: { version: "${version}" }\n`

describeWithFlux('the controller of Assemblages, with the driver flux and real Flux', () => {
  const stack = new AsyncDisposableStack()
  let server: ApiServer
  let cluster: ClusterApi
  let repository: ServedRepository
  const commits: string[] = []

  beforeAll(async () => {
    server = stack.use(await startApiServer({ etcd: await sharedEtcd() }))
    stack.use(await startFlux(server))
    cluster = stack.use(await kubernetesCluster({ kubeconfig: server.kubeconfig }))
    await cluster.apply([definitionOf(assemblageKind)], { fieldManager: 'test' })
    await waitEstablished(server.kubeconfigPath, 'crd/assemblages.fleetkit.dev')
    await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
    repository = await stack.use(await startGitServer()).repository('platform')
    for (const version of ['1', '2'])
      commits.push(await repository.commit(Object.fromEntries(names.map((name) => [`${name}/map.yaml`, configMap(name, version)]))))
  }, 120_000)
  afterAll(() => stack.disposeAsync())

  const sync = (name: string, version: number, ...dependsOn: readonly string[]): AssembledSyncInput => ({
    name,
    source: { git: { url: repository.url, commit: commits[version - 1] as string } },
    path: `./${name}`,
    prune: true,
    targetNamespace: namespace,
    interval: '1h',
    retryInterval: '5s',
    dependsOn: dependsOn.map((dependency) => ({ name: dependency })),
  })
  const ref = { apiVersion: 'fleetkit.dev/v1alpha1', kind: 'Assemblage', namespace, name: 'edge' }

  async function specify(...syncs: readonly AssembledSyncInput[]): Promise<KubeObject> {
    const kept = await cluster.get(ref)
    const object = new Assemblage({ metadata: { name: 'edge', namespace }, spec: { driver: 'flux', syncs } }).toObject()
    return kept === undefined ? cluster.create(object) : cluster.update({ ...kept, spec: object.spec })
  }
  const version = async (name: string): Promise<unknown> =>
    ((await cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name }))?.data as { version?: string } | undefined)?.version

  /** Resolves once the Assemblage is ready at a generation. */
  async function ready({ metadata: { generation } }: KubeObject): Promise<void> {
    await vi.waitFor(
      async () => {
        const { observedGeneration, conditions } = ((await cluster.get(ref))?.status ?? {}) as AssemblageStatus
        expect([observedGeneration, getCondition(conditions, 'Ready')?.status]).toEqual([generation, 'True'])
      },
      { timeout: 60_000, interval: 100 },
    )
  }

  test('three syncs with dependencies become ready, get a new version, lose one, and go in reverse', { timeout: 240_000 }, async () => {
    const events: FleetEvent[] = []
    const written = (): readonly string[] =>
      events
        .splice(0)
        .flatMap((event) => (event.type === 'assemblage.written' ? [`${event.action} ${event.syncName ?? event.object.kind}`] : []))
    await using manager = new Manager({ store: cluster }).add(assemblageController({ drivers: [fluxDriver()] }))
    manager.events.on('*', (event) => events.push(event))
    const running = manager.run()

    await ready(await specify(sync('c', 1, 'b'), sync('b', 1, 'a'), sync('a', 1)))
    expect(written()).toEqual(['create GitRepository', 'create a', 'create b', 'create c'])
    expect(await Promise.all(names.map(version))).toEqual(['1', '1', '1'])

    await ready(await specify(sync('c', 1, 'b'), sync('b', 2, 'a'), sync('a', 1)))
    expect(written()).toEqual(['create GitRepository', 'update b'])
    expect(await Promise.all(names.map(version))).toEqual(['1', '2', '1'])

    await ready(await specify(sync('b', 2, 'a'), sync('a', 1)))
    expect(await Promise.all(names.map(version))).toEqual(['1', '2', undefined])
    expect(written().filter((write) => !write.endsWith(' c'))).toEqual([])

    await cluster.delete(ref)
    await vi.waitFor(async () => expect(await cluster.get(ref)).toBeUndefined(), { timeout: 120_000, interval: 200 })
    expect(await Promise.all(names.map(version))).toEqual([undefined, undefined, undefined])
    const deleted = written().filter((write) => write.startsWith('delete'))
    expect(deleted.filter((write) => write !== 'delete GitRepository')).toEqual(['delete b', 'delete a'])
    for (const type of fluxDriver().types) expect((await cluster.list(type, { namespace })).items).toEqual([])
    await manager.close()
    await running
  })
})
