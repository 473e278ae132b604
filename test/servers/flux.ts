import { execFile } from 'node:child_process'
import { globSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { fluxPrograms, type ServerProgram } from './assets.ts'
import { type ApiServer, kubectl } from './control-plane.ts'
import { freePort, startProcess } from './process.ts'

/** The controllers of Flux beside an API server, with its definitions installed. */
export interface Flux extends AsyncDisposable {
  /** Bytes that its controllers have resident, by name. */
  residentBytes(): Promise<Readonly<Record<string, number>>>
}

/** Workers and limits of requests as in Flux's own benchmark (fluxcd/flux-benchmark). */
const sizes = ['--concurrent=20', '--kube-api-qps=500', '--kube-api-burst=1000', '--requeue-dependency=5s']

/** Starts source-controller and kustomize-controller. */
export async function startFlux(server: ApiServer): Promise<Flux> {
  const programs = await fluxPrograms()
  await installFluxDefinitions(server)
  const directory = await mkdtemp(path.join(tmpdir(), 'fleetkit-flux-'))
  await using stack = new AsyncDisposableStack()
  stack.defer(() => rm(directory, { recursive: true, force: true }))
  await writeFile(path.join(directory, 'kubeconfig'), server.kubeconfig, { mode: 0o600 })
  const storage = `127.0.0.1:${await freePort()}`
  const pids: Record<string, number> = {}
  for (const { name, path: program } of programs) {
    const [metrics, health] = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`]
    const own =
      name === 'source-controller' ? [`--storage-path=${directory}`, `--storage-addr=${storage}`, `--storage-adv-addr=${storage}`] : []
    const running = await startProcess({
      program,
      args: [...sizes, ...own, `--metrics-addr=${metrics}`, `--health-addr=${health}`, '--events-addr=', '--log-level=error'],
      env: { KUBECONFIG: path.join(directory, 'kubeconfig'), RUNTIME_NAMESPACE: 'flux-system' },
      directory,
      logFile: path.join(directory, `${name}.log`),
      ready: async () => (await fetch(`http://${health}/readyz`)).ok,
    })
    pids[name] = running.pid
    stack.defer(() => running.stop({ graceMs: 2000 }))
  }
  const owned = stack.move()
  return {
    residentBytes: async () =>
      Object.fromEntries(await Promise.all(Object.entries(pids).map(async ([name, pid]) => [name, await residentBytes(pid)]))),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** Installs the definitions of Flux's kinds. */
export async function installFluxDefinitions({ kubeconfigPath }: Pick<ApiServer, 'kubeconfigPath'>): Promise<void> {
  for (const program of await fluxPrograms()) await kubectl(kubeconfigPath, ['apply', '--server-side', ...(await definitionsOf(program))])
}

/** The arguments of kubectl for the definitions that a controller's module brings. */
async function definitionsOf({ name, moduleDirectory }: ServerProgram): Promise<readonly string[]> {
  const args = ['list', '-mod=mod', '-m', '-f', '{{.Dir}}', `github.com/fluxcd/${name}`]
  const { stdout } = await promisify(execFile)('go', args, { cwd: moduleDirectory })
  const files = globSync(path.join(stdout.trim(), 'config/crd/bases/*.yaml'))
  if (files.length === 0) throw new Error(`${name} brings no definitions`)
  return files.map((file) => `--filename=${file}`)
}

async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024
}
