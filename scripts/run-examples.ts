/**
 * Runs every example: `examples/<name>/main.ts`. An example succeeds when it ends with 0 within a minute. One that needs a real cluster is called `*.cluster.ts` and is
 * only type-checked (`npm run types`). With `--real` those that take real clusters are run with them: API servers of `npm run servers`.
 */
import { spawn } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { startApiServer, startEtcd } from '../test/servers/control-plane.ts'
import { root } from './entry-points.ts'

const { values, positionals } = parseArgs({ options: { real: { type: 'boolean', default: false } }, allowPositionals: true })
const examples = globSync('examples/*/main.ts', { cwd: root })
  .filter((file) => !values.real || readFileSync(path.join(root, file), 'utf8').includes("from '../fleet.ts'"))
  .filter((file) => positionals.length === 0 || positionals.some((part) => file.includes(part)))
  .sort()

if (examples.length === 0) {
  console.error('no example found')
  process.exitCode = 1
}
await using etcd = values.real ? await startEtcd() : undefined

/** What is to be said to an example: where its clusters are, new ones, as many as it asks for. */
async function clustersFor(example: string, servers: AsyncDisposableStack): Promise<readonly string[]> {
  if (etcd === undefined) return []
  const [, count] = /exampleFleet\((\d)\)/.exec(readFileSync(path.join(root, example), 'utf8')) ?? []
  const started = await Promise.all(Array.from({ length: Number(count) }, () => startApiServer({ etcd })))
  return started.flatMap((server) => ['--kubeconfig', servers.use(server).kubeconfigPath])
}

for (const example of examples) {
  await using servers = new AsyncDisposableStack()
  const kubeconfigs = await clustersFor(example, servers)
  const started = performance.now()
  const child = spawn(process.execPath, ['--conditions=fleetkit:source', example, ...kubeconfigs], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
  })
  const exited = new Promise<number | string>((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal ?? 'nothing')))
  const [end, stdout, stderr] = await Promise.all([exited, text(child.stdout), text(child.stderr)])
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  console.log(`${end === 0 ? 'ok    ' : 'FAILED'} ${example} (${seconds} s)`)
  if (end === 0) continue
  console.error(`${stdout}${stderr}it ended with ${end}`)
  process.exitCode = 1
}
