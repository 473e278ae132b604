/**
 * Claim: a Manager of 1,000 Syncs of 4 objects each has at most 150 MiB resident at rest, with the bounds of its heap that docs/manager.md
 * names, and after a restart it shows the truth within 5 s and 30 requests, because it attempts what is due and no more. On a real API
 * server with these bounds and without, and on the memory cluster.
 */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { Sync } from 'fleetkit'
import { definitionOf, syncKind } from 'fleetkit/kinds'
import { kubernetesCluster } from 'fleetkit/kubernetes'
import { startApiServer, startEtcd } from '../test/servers/control-plane.ts'
import { bundled } from './bundle.ts'

const units = Number(process.env.UNITS ?? 1000)
const url = 'https://git.example.com/units.git'
const bounds = ['--max-semi-space-size=4', '--max-old-space-size=96']

export async function run(): Promise<void> {
  const program = await bundled('manager-process')
  console.log(`\n### A Manager of ${units} Syncs of 4 objects each\n`)
  console.log('| | stage | time | requests | attempts | ready | resident | heap |\n|---|---|---|---|---|---|---|---|')
  await measure('memory cluster', program, 'memory', [])
  await measureOnServer('API server', program, [])
  await measureOnServer('API server, bounded heap', program, bounds)
}

async function measureOnServer(name: string, program: string, flags: readonly string[]): Promise<void> {
  await using etcd = await startEtcd()
  await using server = await startApiServer({ etcd, args: ['--max-requests-inflight=2000', '--max-mutating-requests-inflight=1000'] })
  await using cluster = await kubernetesCluster({ kubeconfig: server.kubeconfig })
  await cluster.apply([definitionOf(syncKind)], { fieldManager: 'bench' })
  while ((await cluster.discover(syncKind)) === undefined) await new Promise((resolve) => setTimeout(resolve, 100))
  for (let unit = 0; unit < units; unit++) {
    const spec = { source: { git: { url, tag: 'v1' } }, path: `./unit-${unit}`, prune: true, interval: '1h' }
    await cluster.create(new Sync({ metadata: { name: `unit-${unit}`, namespace: 'default' }, spec }).toObject())
  }
  await measure(`${name}, first run`, program, server.kubeconfigPath, flags)
  await measure(`${name}, restart`, program, server.kubeconfigPath, flags)
}

async function measure(name: string, program: string, where: string, flags: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, ['--expose-gc', ...flags, program, where, String(units)], { stdio: ['ignore', 'pipe', 'inherit'] })
  for await (const line of createInterface({ input: child.stdout })) {
    const { stage, ms, requests, attempts = '', ready = '', rssMiB, heapMiB } = JSON.parse(line)
    console.log(
      `| ${name} | ${stage} | ${(ms / 1000).toFixed(1)} s | ${requests} | ${attempts} | ${ready} | ${rssMiB} MiB | ${heapMiB} MiB |`,
    )
  }
}
