import { execFileSync } from 'node:child_process'
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type JsonObject, type KubeObject, parseYaml, refKey, refOf } from 'fleetkit'
import { parseManifest } from 'fleetkit/manifest'
import { root } from '../scripts/entry-points.ts'

/** Where manifests of public projects are. Elsewhere than beside the repository when the environment says so. */
const archive = path.join(process.env.FLEETKIT_SHARED_DATA ?? path.join(root, '../shared/data'), 'manifests.tar.gz')

/** Registers what needs the manifests of public projects, or says in one line that it was left out. */
export function withPublicManifests(register: () => void): void {
  if (existsSync(archive)) register()
  else console.warn(`The manifests of public projects were left out: ${archive} is not there`)
}

/** Every file of the archive by its path. */
export function readPublicFiles(): ReadonlyMap<string, string> {
  const directory = mkdtempSync(path.join(tmpdir(), 'fleetkit-test-'))
  try {
    execFileSync('tar', ['-xzf', archive, '-C', directory])
    const files = globSync('**/*', { cwd: directory, withFileTypes: true }).filter((entry) => entry.isFile())
    const paths = files.map((entry) => path.join(entry.parentPath, entry.name)).sort()
    return new Map(paths.map((file) => [path.relative(directory, file), readFileSync(file, 'utf8')]))
  } finally {
    rmSync(directory, { recursive: true })
  }
}

/** The objects of one directory of a public project. */
export interface ManifestFolder {
  readonly name: string
  readonly objects: readonly KubeObject[]
}

/** Every directory of the archive, with the objects that its files hold, as far as they can be read: each once, as a Sync wants it. */
export function readPublicFolders(): readonly ManifestFolder[] {
  const manifests = [...readPublicFiles()].filter(([file]) => /\.ya?ml$/.test(file))
  const folders = Map.groupBy(manifests, ([file]) => path.dirname(file))
  return [...folders].map(([name, files]) => {
    const objects = files.flatMap(([, text]) => objectsOf(text))
    return { name, objects: [...new Map(objects.map((object) => [refKey(refOf(object)), object])).values()] }
  })
}

function objectsOf(text: string): readonly KubeObject[] {
  try {
    return parseYaml(text).flatMap(({ value }) => itemsOf(value as JsonObject | null))
  } catch {
    // Some files are wrong on purpose; how they are read is compared with kubectl elsewhere.
    return []
  }
}

function itemsOf(value: JsonObject | null): readonly KubeObject[] {
  if (typeof value?.kind !== 'string' || typeof value.apiVersion !== 'string') return []
  if (value.kind.endsWith('List') && Array.isArray(value.items)) return (value.items as readonly JsonObject[]).flatMap(itemsOf)
  const object = value as unknown as KubeObject
  return isValid(object) ? [object] : []
}

function isValid(object: KubeObject): boolean {
  try {
    parseManifest(JSON.stringify(object), 'object.json')
    // Refused on purpose: an owner is named by a uid of one cluster.
    return object.metadata.ownerReferences === undefined
  } catch {
    return false
  }
}
