import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { formatYaml, type KubeObject, type ObjectRef, readinessOf, Sync } from 'fleetkit'
import { bootstrap } from 'fleetkit/bootstrap'
import { gitRepositories } from 'fleetkit/git'
import { managementObjects } from 'fleetkit/install'
import { expect, test, vi } from 'vitest'
import { startGitServer } from '../servers/git.ts'
import { describeWithServers, kubectl } from '../servers/index.ts'
import { freePort } from '../servers/process.ts'
import { startOwnCluster } from './own-cluster.ts'

const namespace = 'fleetkit'
const name = 'fleetkit-controller'
const lease: ObjectRef = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace, name }
const deployment: ObjectRef = { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name }
const program = path.join(import.meta.dirname, '../../examples/controller/main.cluster.ts')

/** The controller as its Deployment runs it: the same program, with the token of its ServiceAccount. */
async function startPod(env: Readonly<Record<string, string>>) {
  const port = await freePort()
  const child = spawn(process.execPath, ['--conditions=fleetkit:source', program], {
    env: { PATH: process.env.PATH ?? '', POD_NAMESPACE: namespace, PORT: String(port), ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  let log = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    log += text
  })
  const get = (url: string) => fetch(`http://127.0.0.1:${port}${url}`)
  return {
    log: () => log,
    get,
    text: async (url: string) => (await get(url)).text(),
    ready: () => vi.waitFor(async () => expect((await get('/readyz')).status).toBe(200), { timeout: 30_000, interval: 200 }),
    async end(signal: NodeJS.Signals = 'SIGTERM') {
      child.kill(signal)
      const [code] = await exited
      return code as number | null
    },
  }
}

describeWithServers('a bare API server', () => {
  test('keeps itself after one call, by the program of its Deployment, and over the loss of any one of its replicas', {
    timeout: 120_000,
  }, async () => {
    await using own = await startOwnCluster()
    await using server = await startGitServer({ tls: true })
    await using git = gitRepositories({ ca: server.ca })
    const { cluster } = own
    const directory = await mkdtemp(path.join(tmpdir(), 'fleetkit-bootstrap-'))
    await using stack = new AsyncDisposableStack()
    stack.defer(() => rm(directory, { recursive: true, force: true }))
    const repository = await server.repository('management')
    const management = (tag: string): Sync =>
      new Sync({
        metadata: { namespace, name: 'management' },
        spec: { source: { git: { url: repository.url, tag } }, prune: true, deletionPolicy: 'Orphan', timeout: '60s' },
      })
    for (const tag of ['v1', 'v2']) {
      const objects = managementObjects({ sync: management(tag), image: `registry.example.com/controller:${tag}` })
      await repository.tag(tag, await repository.commit({ 'management.yaml': objects.map(formatYaml).join('---\n') }))
    }

    const [kubeconfig, ca] = [path.join(directory, 'kubeconfig'), path.join(directory, 'ca')]
    await writeFile(ca, server.ca ?? '')
    const env = { KUBECONFIG: kubeconfig, NODE_EXTRA_CA_CERTS: ca }
    const pods: Awaited<ReturnType<typeof startPod>>[] = []
    stack.defer(async () => {
      await Promise.all(pods.map((pod) => pod.end('SIGKILL')))
    })
    const start = async () => {
      const pod = await startPod(env)
      pods.push(pod)
      return pod
    }
    const kubelet = vi.waitFor(
      async () => {
        expect(await cluster.get(deployment)).toBeDefined()
        const token = (await kubectl(own.server.kubeconfigPath, ['create', 'token', name, `--namespace=${namespace}`])).trim()
        await writeFile(kubeconfig, own.server.kubeconfigOf('admin').replaceAll(own.server.tokenOf('admin'), token))
        return [await start(), await start()] as const
      },
      { timeout: 60_000, interval: 300 },
    )
    const status = await bootstrap({ cluster, git, sync: management('v1') })
    const [first, second] = await kubelet
    expect(status.history?.[0]).toMatchObject({ actor: 'reconcile', lastReconciledStatus: 'ReconciliationSucceeded' })
    await Promise.all([first.ready(), second.ready()])
    expect(await first.text('/healthz')).toBe('ok')
    expect(await cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'sync-management' })).toBeUndefined()

    // The one that works goes; the other one takes over, and brings the next version.
    const leads = async (pod: typeof first) =>
      (await pod.text('/metrics')).includes('fleetkit_leader{lease="fleetkit/fleetkit-controller"} 1')
    const [leader, standby] = (await leads(first)) ? [first, second] : [second, first]
    expect(await leads(standby)).toBe(false)
    expect(await leader.end()).toBe(0)
    await vi.waitFor(async () => expect(await leads(standby)).toBe(true), { timeout: 30_000, interval: 200 })
    const { ref } = management('v1')
    await cluster.update({ ...((await cluster.get(ref)) as KubeObject), spec: management('v2').toObject().spec })
    await vi.waitFor(
      async () => {
        const object = await cluster.get(ref)
        expect(readinessOf(object).ready, readinessOf(object).message).toBe(true)
        expect(JSON.stringify(await cluster.get(deployment))).toContain('controller:v2')
      },
      { timeout: 30_000, interval: 200 },
    )
    expect(await standby.end()).toBe(0)
    expect((await cluster.get(lease))?.spec).not.toHaveProperty('holderIdentity')
  })
})
