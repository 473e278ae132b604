import { type Action, actionsOf, type ClusterApi, countActions, type FleetEvent, type KubeObject, type Sync, SyncRunner } from 'fleetkit'
import { kubernetesCluster } from 'fleetkit/kubernetes'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { intercepted, repository, syncOf } from '../engine/sync/scenarios.ts'
import { type ManifestFolder, readPublicFolders, withPublicManifests } from '../public-manifests.ts'
import { describeWithServers } from '../servers/index.ts'
import { startOwnCluster } from './own-cluster.ts'

/** Objects that an API server stores in another form than the one they are written in. */
const sample: ManifestFolder = {
  name: 'sample',
  objects: [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { a: '1' } },
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' }, stringData: { a: '1' } },
    { apiVersion: 'v1', kind: 'LimitRange', metadata: { name: 'a' }, spec: { limits: [{ type: 'Container', max: { cpu: '1000m' } }] } },
    { apiVersion: 'v1', kind: 'Service', metadata: { name: 'Not A Name' }, spec: { ports: [{ port: 80 }] } },
    { apiVersion: 'v1', kind: 'Service', metadata: { name: 'a' }, spec: { ports: [{ port: 80 }] } },
  ],
}

describeWithServers('manifests, a Sync for each directory', () => {
  const stack = new AsyncDisposableStack()
  let cluster: ClusterApi
  const requests: string[] = []
  let counted: ClusterApi

  beforeAll(async () => {
    const own = stack.use(await startOwnCluster())
    cluster = stack.use(await kubernetesCluster({ kubeconfig: own.server.kubeconfig }))
    counted = intercepted(cluster, (method, [first]) => {
      // What is served is known after the first time.
      if (method !== 'discover') requests.push(`${method} ${first?.kind ?? first?.[0]?.kind}`)
    })
  }, 60_000)
  afterAll(() => stack.disposeAsync())

  test('of a sample: what the server takes is applied once', async () => {
    expect(await applyAll([sample])).toEqual({ applied: 4, refused: 1, findings: [] })
  })

  withPublicManifests(() => {
    test('of public projects: the second plan and the second run do nothing, in a few requests', { timeout: 1_200_000 }, async () => {
      const folders = readPublicFolders()
      await define(folders)
      const { applied, findings } = await applyAll(folders)
      expect(findings).toEqual([])
      expect(applied).toBeGreaterThan(1500)
    })
  })

  async function applyAll(folders: readonly ManifestFolder[]) {
    const findings: string[] = []
    let [applied, refused] = [0, 0]
    for (const [index, { name, objects }] of folders.entries()) {
      const namespace = `${name.replaceAll(/[^a-z]/g, '').slice(0, 20)}-${index}`
      await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
      const wanted = objects.filter(({ kind }) => kind !== 'CustomResourceDefinition' && kind !== 'Namespace')
      const sync = syncOf(namespace, 'v1', { timeout: '2m', allowEmpty: true })
      const plan = await new SyncRunner({ cluster: counted, git: repository({ v1: filesOf(wanted) }) }).plan(sync)
      refused += countActions(plan).refuse
      const accepted = wanted.filter((_, index) => actionsOf(plan).some((action) => action.type === 'create' && isOf(action, index)))
      applied += accepted.length
      for (const finding of await applyTwice(sync, accepted)) findings.push(`${name}: ${finding}`)
    }
    return { applied, refused, findings }
  }

  /** What is not as it has to be when objects are applied, and applied again. */
  async function applyTwice(sync: Sync, objects: readonly KubeObject[]): Promise<readonly string[]> {
    const runner = new SyncRunner({ cluster: counted, git: repository({ v1: filesOf(objects) }) })
    await runner.run(sync)
    const events: FleetEvent[] = []
    runner.events.on('*', (event) => events.push(event))
    const second = actionsOf(await runner.plan(sync))
    requests.length = 0
    await runner.run(sync)
    const kinds = new Set(second.map(({ ref }) => `${ref.apiVersion} ${ref.kind}`)).size
    const findings = [
      ...second
        .filter(({ type }) => type !== 'skip')
        .map(({ type, ref, changes }) => `${type} ${ref.kind} ${ref.name} ${JSON.stringify(changes)}`),
      ...events.filter(({ type }) => ['sync.applied', 'sync.drift', 'sync.pruned'].includes(type)).map((event) => JSON.stringify(event)),
      // A request for each kind, and those of the status.
      ...(requests.length > Math.max(15, kinds + 3) ? [`${requests.length} requests: ${requests.join(', ')}`] : []),
    ]
    await runner.remove(sync)
    return findings
  }

  /** The definitions that some folder brings, and the namespaces that some object names. */
  async function define(folders: readonly ManifestFolder[]): Promise<void> {
    const all = folders.flatMap(({ objects }) => objects)
    const definitions = new Map<string, KubeObject>()
    for (const object of all.filter(({ kind }) => kind === 'CustomResourceDefinition')) {
      const known = definitions.get(object.metadata.name)
      // Of several forms of one the fullest.
      if (known === undefined || JSON.stringify(known).length < JSON.stringify(object).length) definitions.set(object.metadata.name, object)
    }
    const names = new Set(all.flatMap(({ metadata }) => metadata.namespace ?? []))
    const namespaces = [...names].map((name): KubeObject => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }))
    await cluster.apply([...definitions.values(), ...namespaces], { fieldManager: 'test', force: true })
  }
})

const fileOf = (index: number): string => `${String(index).padStart(4, '0')}.json`

function filesOf(objects: readonly KubeObject[]): Readonly<Record<string, string>> {
  return Object.fromEntries(objects.map((object, index) => [fileOf(index), JSON.stringify(object)]))
}

function isOf({ origin }: Action, index: number): boolean {
  return origin?.startsWith(`${fileOf(index)}:`) ?? false
}
