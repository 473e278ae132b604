/** Packs the package as it would be published and checks the tarball: publint for the manifest, attw for the types. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { root } from './entry-points.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'fleetkit-pack-'))
try {
  const output = execFileSync('npm', ['pack', '--json', '--pack-destination', folder], { cwd: root, encoding: 'utf8' })
  const { filename, size, entryCount } = packed(output)
  const tarball = path.join(folder, filename)
  console.log(`${filename}: ${entryCount} files, ${Math.round(size / 1024)} KB`)
  run('publint', ['run', tarball, '--strict'])
  run('attw', [tarball, '--profile', 'esm-only', '--format', 'ascii'])
} finally {
  rmSync(folder, { recursive: true, force: true })
}

interface Packed {
  readonly filename: string
  readonly size: number
  readonly entryCount: number
}

/** The scripts of the package print before npm does, and npm's JSON is a list or, in newer versions, a record by name. */
function packed(output: string): Packed {
  const json: unknown = JSON.parse(output.slice(output.search(/^[[{]/m)))
  const [first] = Object.values(json as Record<string, Packed>)
  if (first === undefined) throw new Error(`npm pack reported no package: ${output}`)
  return first
}

function run(program: string, args: readonly string[]): void {
  if (spawnSync(program, args, { cwd: root, stdio: 'inherit' }).status !== 0) process.exitCode = 1
}
