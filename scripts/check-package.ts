/**
 * Packs the package as it would be published and checks the tarball: publint for the manifest, attw for the types, and a
 * project that installs it, imports every entry point and runs the README's script against a real server, on the oldest Node that
 * `engines` promises and on the one of this repository. Needs a build, and the servers.
 */
import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { kubectl, startApiServer, startEtcd } from '../test/servers/control-plane.ts'
import { startGitServer } from '../test/servers/git.ts'
import { entryPoints, root } from './entry-points.ts'

/** Large manifests are read by a file that only a thread loads. */
const readsInThread = `
const { memoryTree } = await import('fleetkit/memory')
const { plainRenderer } = await import('fleetkit/plain')
const manifest = (name) => 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: { name: ' + name + ' }\\n'
const tree = memoryTree({ 'a.yaml': Array.from({ length: 3000 }, (_, index) => manifest('a-' + index)).join('---\\n') })
const objects = await plainRenderer().render(tree, { path: '' })
if (objects.length !== 3000) throw new Error('read ' + objects.length + ' objects of 3000')`

const folder = mkdtempSync(path.join(tmpdir(), 'fleetkit-pack-'))
try {
  const output = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], { cwd: root, encoding: 'utf8' })
  const { filename, size, entryCount } = packed(output)
  const tarball = path.join(folder, filename)
  console.log(`${filename}: ${entryCount} files, ${Math.round(size / 1024)} KB`)
  run('publint', ['run', tarball, '--strict'])
  run('attw', [tarball, '--profile', 'esm-only', '--format', 'ascii'])
  checkImports()
  await useOnEveryNode(tarball)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** No compiled module may name a source: the compiler overlooks an import() beside `await using`. */
function checkImports(): void {
  const sources = globSync('dist/**/*.js', { cwd: root }).filter((file) =>
    /(?:\bimport\(|\bfrom )['"][^'"]+\.ts['"]/.test(readFileSync(path.join(root, file), 'utf8')),
  )
  if (sources.length === 0) return
  console.error(`compiled modules that import a source: ${sources.join(', ')}`)
  process.exitCode = 1
}

interface Packed {
  readonly filename: string
  readonly size: number
  readonly entryCount: number
}

/** npm's JSON is a list or, in newer versions, a record by name. */
function packed(output: string): Packed {
  const [first] = Object.values(JSON.parse(output) as Record<string, Packed>)
  if (first === undefined) throw new Error(`npm pack reported no package: ${output}`)
  return first
}

async function useOnEveryNode(tarball: string): Promise<void> {
  const { engines } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { engines: { node: string } }
  const oldest = `${engines.node.replace('>=', '')}.0`
  const names = entryPoints().map(({ name }) => name)
  const imports = `for (const name of ${JSON.stringify(names)}) await import(name)\n${readsInThread}\nconsole.log('imported by Node', process.version)\n`
  for (const version of [oldest, process.versions.node]) {
    const project = path.join(folder, version)
    mkdirSync(project)
    const manifest = { type: 'module', dependencies: { fleetkit: `file:${tarball}`, node: version }, allowScripts: { node: true } }
    writeFileSync(path.join(project, 'package.json'), JSON.stringify(manifest))
    writeFileSync(path.join(project, 'main.js'), imports)
    run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], project)
    const node = path.join(project, 'node_modules/.bin/node')
    run(node, ['main.js'], project)
    await runReadmeScript(project, node)
  }
}

/** The first program of the README as it stands there, but for the address of the repository: a machine of the gate reaches no other. */
async function runReadmeScript(project: string, node: string): Promise<void> {
  const script = /^## A script\n\n```ts\n(.*?)^```$/ms.exec(readFileSync(path.join(root, 'README.md'), 'utf8'))?.[1] ?? ''
  const address = 'https://github.com/stefanprodan/podinfo'
  if (!script.includes(address)) throw new Error(`the README has no script with ${address}`)
  await using etcd = await startEtcd()
  await using server = await startApiServer({ etcd })
  await using served = await startGitServer({ tls: true })
  const repository = await served.repository('podinfo')
  const files = { 'kustomize/a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: podinfo }\ndata: { color: blue }\n' }
  await repository.tag('6.9.2', await repository.commit(files))
  await kubectl(server.kubeconfigPath, ['create', 'namespace', 'apps'])
  await kubectl(server.kubeconfigPath, ['config', 'rename-context', 'test', 'staging'])
  writeFileSync(path.join(project, 'script.js'), script.replace(address, repository.url))
  const authority = path.join(project, 'ca.pem')
  writeFileSync(authority, served.ca ?? '')
  const env = {
    ...process.env,
    KUBECONFIG: server.kubeconfigPath,
    NODE_EXTRA_CA_CERTS: authority,
    XDG_CACHE_HOME: path.join(project, 'cache'),
  }
  // Not waited for in one piece: the git server runs in this process.
  const { stdout } = await promisify(execFile)(node, ['script.js'], { cwd: project, env, timeout: 120_000 })
  const color = await kubectl(server.kubeconfigPath, ['get', 'configmap', 'podinfo', '--namespace=apps', '--output=jsonpath={.data.color}'])
  if (!stdout.includes('Plan: 1 to create') || color !== 'blue') throw new Error(`the README's script did something else: ${stdout}`)
  console.log(`the README's script ran: ${stdout.trim().split('\n').at(-1)}`)
}

function run(program: string, args: readonly string[], cwd: string = root): void {
  const { status, error } = spawnSync(program, args, { cwd, stdio: 'inherit' })
  if (status === 0) return
  console.error(`${program} failed: ${error?.message ?? `exit code ${status}`}`)
  process.exitCode = 1
}
