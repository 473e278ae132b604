/**
 * Packs the package as it would be published and checks the tarball: publint for the manifest, attw for the types, and a
 * project that installs it and imports every entry point on the oldest Node that `engines` promises. Needs a build.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
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
  importOnOldestNode(tarball)
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

function importOnOldestNode(tarball: string): void {
  const { engines } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { engines: { node: string } }
  const oldest = `${engines.node.replace('>=', '')}.0`
  const project = path.join(folder, 'project')
  mkdirSync(project)
  const manifest = { type: 'module', dependencies: { fleetkit: `file:${tarball}`, node: oldest }, allowScripts: { node: true } }
  writeFileSync(path.join(project, 'package.json'), JSON.stringify(manifest))
  const names = entryPoints().map(({ name }) => name)
  writeFileSync(
    path.join(project, 'main.js'),
    `for (const name of ${JSON.stringify(names)}) await import(name)\n${readsInThread}\nconsole.log('imported by Node', process.version)\n`,
  )
  run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], project)
  run(path.join(project, 'node_modules/.bin/node'), ['main.js'], project)
}

function run(program: string, args: readonly string[], cwd: string = root): void {
  const { status, error } = spawnSync(program, args, { cwd, stdio: 'inherit' })
  if (status === 0) return
  console.error(`${program} failed: ${error?.message ?? `exit code ${status}`}`)
  process.exitCode = 1
}
