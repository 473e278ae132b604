import { type ApplyPlan, actionsOf, type ClusterApi, countActions, type FleetEvent, type KubeObject, SyncRunner } from 'fleetkit'
import { kubernetesCluster } from 'fleetkit/kubernetes'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { intercepted, repository, syncOf } from '../engine/sync/scenarios.ts'
import { describeWithServers } from '../servers/index.ts'
import { type OwnCluster, startOwnCluster } from './own-cluster.ts'
import { distinct, hasArchive, type ManifestFolder, readFolders } from './public-manifests.ts'

describeWithServers('the manifests of public projects', () => {
  const stack = new AsyncDisposableStack()
  let own: OwnCluster
  let cluster: ClusterApi

  beforeAll(async () => {
    own = stack.use(await startOwnCluster())
    cluster = stack.use(await kubernetesCluster({ kubeconfig: own.server.kubeconfig }))
  }, 60_000)
  afterAll(() => stack.disposeAsync())

  test.skipIf(!hasArchive)(
    'are applied once: the second plan and the second run do nothing, in a few requests',
    async () => {
      const folders = readFolders()
      const findings: string[] = []
      let applied = 0
      let refused = 0
      let most = 0
      await define(folders)
      for (const [index, { name, objects }] of folders.entries()) {
        const wanted = distinct(objects.filter(({ kind }) => kind !== 'CustomResourceDefinition' && kind !== 'Namespace'))
        if (wanted.length === 0) continue
        const namespace = `folder-${index}`
        await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
        const git = repository({ v1: filesOf(wanted) })
        const requests: string[] = []
        const counted = intercepted(cluster, (method, [first]) => {
          for (const one of Array.isArray(first) ? first : [first]) requests.push(`${method} ${one?.kind ?? ''}`)
        })
        let runner = new SyncRunner({ cluster: counted, git })
        let plan: ApplyPlan
        try {
          plan = await runner.plan(syncOf(namespace, 'v1', { timeout: '2m' }))
        } catch (error) {
          findings.push(`${name}: ${(error as Error).message.slice(0, 200)}`)
          continue
        }
        refused += countActions(plan).refuse
        const accepted = new Set(actionsOf(plan).flatMap(({ type, origin }) => (type === 'create' ? [origin?.split(':')[0]] : [])))
        const files = Object.fromEntries(Object.entries(filesOf(wanted)).filter(([file]) => accepted.has(file)))
        if (Object.keys(files).length === 0) continue
        runner = new SyncRunner({ cluster: counted, git: repository({ v1: files }) })
        const sync = syncOf(namespace, 'v1', { timeout: '2m' })
        try {
          await runner.run(sync)
        } catch (error) {
          findings.push(`${name}: run: ${(error as Error).message.slice(0, 300)}`)
        }
        applied += Object.keys(files).length
        const events: FleetEvent[] = []
        runner.events.on('*', (event) => events.push(event))
        const second = await runner.plan(sync)
        for (const { type, ref, reason, changes } of actionsOf(second))
          if (type !== 'skip')
            findings.push(`${name}: ${type} ${ref.kind} ${ref.name}: ${reason.message} ${JSON.stringify(changes).slice(0, 300)}`)
        requests.length = 0
        await runner.run(sync).catch((error: Error) => findings.push(`${name}: second run: ${error.message.slice(0, 300)}`))
        const written = events.filter(({ type }) => type === 'sync.applied' || type === 'sync.drift' || type === 'sync.pruned')
        if (written.length > 0)
          findings.push(`${name}: ${written.length} events: ${written.map((event) => ('ref' in event ? event.ref.kind : '')).join(' ')}`)
        const costs = requests.filter((request) => !request.startsWith('discover')).length
        const kinds = new Set(actionsOf(second).map(({ ref }) => `${ref.apiVersion} ${ref.kind}`)).size
        most = Math.max(most, costs)
        if (costs > Math.max(15, kinds + 3)) findings.push(`${name}: ${costs} requests: ${requests.join(', ').slice(0, 400)}`)
        await runner.remove(sync).catch((error: Error) => findings.push(`${name}: remove: ${error.message.slice(0, 300)}`))
      }
      console.log(`${applied} applied, ${refused} refused by the server, at most ${most} requests`)
      if (process.env.FLEETKIT_FINDINGS)
        await (await import('node:fs/promises')).writeFile(process.env.FLEETKIT_FINDINGS, findings.join('\n'))
      expect(findings).toEqual([])
    },
    1_200_000,
  )

  /** The definitions that some folder brings, and the namespaces that some object names. */
  async function define(folders: readonly ManifestFolder[]): Promise<void> {
    const all = folders.flatMap(({ objects }) => objects)
    const definitions = new Map<string, KubeObject>()
    for (const object of all.filter(({ kind }) => kind === 'CustomResourceDefinition')) {
      const known = definitions.get(object.metadata.name)
      if (known === undefined || JSON.stringify(known).length < JSON.stringify(object).length) definitions.set(object.metadata.name, object)
    }
    const namespaces = new Set(all.flatMap(({ metadata }) => (typeof metadata.namespace === 'string' ? [metadata.namespace] : [])))
    const made = [...namespaces].map((name): KubeObject => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }))
    await cluster.apply([...definitions.values(), ...made], { fieldManager: 'test', force: true })
  }
})

function filesOf(objects: readonly KubeObject[]): Readonly<Record<string, string>> {
  return Object.fromEntries(objects.map((object, index) => [`${String(index).padStart(4, '0')}.json`, JSON.stringify(object)]))
}
