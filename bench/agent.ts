/**
 * Claim: an agent with one PullSync and ten Syncs has at most 80 MiB resident at rest, with the flags that docs/pull-sync.md names for small clusters. On two API
 * servers, its own and that of the management, beside a process that holds one watch and nothing else; and without any flag.
 */
import { Buffer } from 'node:buffer'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Cluster, type ClusterApi, clusterController, Manager, ProxySync, PullSync, proxySyncController, readinessOf } from 'fleetkit'
import { clusterKind, definitionOf, type KindDefinition, proxySyncKind, pullSyncKind, syncKind } from 'fleetkit/kinds'
import { kubernetesCluster } from 'fleetkit/kubernetes'
import { type ApiServer, startApiServer, startEtcd, waitEstablished } from '../test/servers/control-plane.ts'
import { startGitServer } from '../test/servers/git.ts'
import { bundled } from './bundle.ts'

const syncs = 10
const aimMiB = 80
const restMs = 20_000
const namespace = 'eu'

interface Side {
  readonly server: ApiServer
  readonly cluster: ClusterApi
}

/** Those of docs/pull-sync.md. */
const small = ['--max-semi-space-size=1', '--no-opt', '--no-maglev']

export async function measureAgent(): Promise<void> {
  console.log(
    `\n### An agent with one PullSync and ${syncs} Syncs\n\n| | resident | of the aim, ${aimMiB} MiB | ours ÷ it |\n|---|---|---|---|`,
  )
  await measure('no flags', [])
  await measure('small', small)
}

async function measure(how: string, flags: readonly string[]): Promise<void> {
  await using stack = new AsyncDisposableStack()
  const etcd = stack.use(await startEtcd())
  const side = async (...kinds: readonly KindDefinition[]): Promise<Side> => {
    const server = stack.use(await startApiServer({ etcd }))
    const cluster = stack.use(await kubernetesCluster({ kubeconfig: server.kubeconfig }))
    await cluster.apply(kinds.map(definitionOf), { fieldManager: 'bench' })
    await waitEstablished(server.kubeconfigPath, ...kinds.map(({ plural }) => `crd/${plural}.fleetkit.dev`))
    return { server, cluster }
  }
  const hub = await side(clusterKind, proxySyncKind)
  const eu = await side(clusterKind, pullSyncKind, syncKind)
  const repository = await stack.use(await startGitServer()).repository('shop')
  const manifest = (name: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\ndata: { a: b }\n`
  const files = Array.from({ length: syncs }, (_, at) => [`${at}/map.yaml`, manifest(`map-${at}`)] as const)
  await repository.tag('v1', await repository.commit(Object.fromEntries(files)))
  await specify(hub, eu, repository.url)

  const manager = stack.use(new Manager({ store: hub.cluster, gracePeriodMs: 0 }).add(clusterController(), proxySyncController()))
  void manager.run()
  const cacheDir = await mkdtemp(path.join(tmpdir(), 'fleetkit-bench-'))
  stack.defer(() => rm(cacheDir, { recursive: true, force: true }))
  const start = async (name: string, ...parameters: readonly string[]): Promise<ChildProcess> => {
    const child = spawn(process.execPath, [...flags, await bundled(name), ...parameters], { stdio: ['pipe', 'inherit', 'inherit'] })
    stack.defer(() => void child.kill())
    return child
  }
  const agent = await start('agent-process', eu.server.kubeconfigPath, cacheDir)
  const peer = await start('watch-process', eu.server.url, eu.server.tokenOf('admin'), eu.server.ca)
  const readySyncs = async (): Promise<number> =>
    (await hub.cluster.list(proxySyncKind, { namespace })).items.filter((each) => readinessOf(each).ready).length
  while ((await readySyncs()) < syncs) await pause(200)

  const ours = await residentMiB(agent)
  print(`${how}: once all are ready`, ours)
  await pause(restMs)
  const atRest = await residentMiB(agent)
  print(`${how}: at rest for ${restMs / 1000} s`, atRest)
  const theirs = await residentMiB(peer)
  print(`${how}: one watch by Node alone`, theirs, (atRest / theirs).toFixed(2))
  if ((await readySyncs()) !== syncs) throw new Error('a ProxySync is not ready any more')
}

async function specify(hub: Side, eu: Side, url: string): Promise<void> {
  await hub.cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
  await hub.cluster.create(new Cluster({ metadata: { name: 'eu', namespace }, spec: { access: { inbound: {} } } }).toObject())
  for (let at = 0; at < syncs; at++) {
    const template = { spec: { source: { git: { url, tag: 'v1' } }, path: `./${at}`, prune: true } }
    await hub.cluster.create(
      new ProxySync({ metadata: { name: `shop-${at}`, namespace }, spec: { cluster: { name: 'eu' }, template } }).toObject(),
    )
  }
  const data = { value: Buffer.from(hub.server.kubeconfig).toString('base64') }
  await eu.cluster.create({ apiVersion: 'v1', kind: 'Secret', metadata: { namespace: 'default', name: 'hub' }, data })
  const access = { kubeConfig: { secretRef: { name: 'hub' } } }
  await eu.cluster.create(new Cluster({ metadata: { name: 'hub' }, spec: { access } }).toObject())
  await eu.cluster.create(
    new PullSync({ metadata: { name: 'hub' }, spec: { upstream: { cluster: { name: 'hub' }, namespace } } }).toObject(),
  )
}

/** What the system counts as resident of a process. */
export async function residentMiB({ pid }: ChildProcess): Promise<number> {
  const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kib) / 1024
}

function print(name: string, mib: number, ratio = ''): void {
  console.log(`| ${name} | ${mib.toFixed(1)} MiB | ${(mib / aimMiB).toFixed(2)}x | ${ratio} |`)
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
