/**
 * Claim: a version change of an Assemblage of 20 syncs costs at most 3 requests beside those for the syncs themselves. Counted by the API server, while
 * another manager applies the syncs.
 */
import { Assemblage, type AssemblageStatus, assemblageController, type KubeObject, Manager, readinessOf, syncController } from 'fleetkit'
import { assemblageKind, syncKind } from 'fleetkit/kinds'
import { kubernetesCluster } from 'fleetkit/kubernetes'
import { memoryGit } from 'fleetkit/memory'
import { plainRenderer } from 'fleetkit/plain'
import { startEtcd } from '../test/servers/control-plane.ts'
import { type Counted, pause, startCounted } from './counted.ts'

const syncs = 20
const changes = 10
const userAgent = 'management'
const url = 'https://git.example.com/eu.git'
const ref = { apiVersion: assemblageKind.apiVersion, kind: 'Assemblage', namespace: 'default', name: 'eu' }
const git = memoryGit()
const manifest = (name: string, text: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name}, namespace: default }\ndata: { text: ${text} }\n`
const commits = ['one', 'two'].map((text) =>
  git.commit(url, Object.fromEntries(Array.from({ length: syncs }, (_, at) => [`${at}/map.yaml`, manifest(`map-${at}`, text)]))),
) as [string, string]

/** Says which of two commits each of the syncs has. */
type Versions = (sync: number) => 0 | 1

export async function countAssemblage(): Promise<void> {
  await using stack = new AsyncDisposableStack()
  const server = stack.use(await startCounted(stack.use(await startEtcd()), assemblageKind, syncKind))
  const { cluster, kubeconfig } = server
  await cluster.create(assemblageOf(() => 0))
  const store = stack.use(await kubernetesCluster({ kubeconfig, userAgent }))
  const engine = stack.use(await kubernetesCluster({ kubeconfig, userAgent: 'engine' }))
  const management = stack.use(new Manager({ store, gracePeriodMs: 0 }).add(assemblageController()))
  const applying = new Manager({ store: engine, cluster: engine, git, renderers: [plainRenderer()], gracePeriodMs: 0 })
  stack.use(applying.add(syncController()))
  void management.run()
  void applying.run()
  await untilReady(server, 1)

  console.log(
    `\n### Requests for one change of an Assemblage of ${syncs} syncs\n\n| the version changes of | for the syncs | beside them |\n|---|---|---|`,
  )
  await count('one sync', server, (change) => (sync) => (sync === 0 ? parity(change + 1) : 0))
  await count('all of them', server, (change) => () => parity(change + 1))
}

const parity = (number: number): 0 | 1 => (number % 2 === 0 ? 0 : 1)

function assemblageOf(versions: Versions): KubeObject {
  const all = Array.from({ length: syncs }, (_, at) => ({
    name: `s${at}`,
    source: { git: { url, commit: commits[versions(at)] } },
    path: `./${at}`,
    prune: true,
    interval: '1h',
  }))
  return new Assemblage({ metadata: { name: 'eu', namespace: 'default' }, spec: { syncs: all } }).toObject()
}

async function untilReady({ cluster }: Counted, generation: number): Promise<void> {
  for (;;) {
    const object = await cluster.get(ref)
    const { observedGeneration } = (object?.status ?? {}) as AssemblageStatus
    if (object !== undefined && observedGeneration === generation && readinessOf(object).ready) return
    await pause(20)
  }
}

async function count(title: string, server: Counted, versionsOf: (change: number) => Versions): Promise<void> {
  await pause(1000)
  const before = (await server.log.requestsOf(userAgent)).length
  for (let change = 0; change < changes; change++) {
    const kept = (await server.cluster.get(ref)) as KubeObject
    const { metadata } = await server.cluster.update({ ...kept, spec: assemblageOf(versionsOf(change)).spec })
    await untilReady(server, metadata.generation as number)
    // What is left of it comes before the next one.
    await pause(300)
  }
  const requests = (await server.log.requestsOf(userAgent)).slice(before)
  const ofSyncs = requests.filter(({ resource }) => resource.startsWith('syncs')).length
  console.log(`| ${title} | ${ofSyncs / changes} | ${(requests.length - ofSyncs) / changes} |`)
}
