import { execFileSync } from 'node:child_process'
import { existsSync, globSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { type JsonObject, type KubeObject, parseYaml } from 'fleetkit'
import { parseManifest } from 'fleetkit/manifest'
import { root } from '../../scripts/entry-points.ts'

/** Where the archive of public manifests is. Elsewhere than beside the repository when the environment says so. */
export const archive: string = path.join(process.env.FLEETKIT_SHARED_DATA ?? path.join(root, '..', 'shared', 'data'), 'manifests.tar.gz')
export const hasArchive: boolean = existsSync(archive)

/** The objects of one directory of a public project. */
export interface ManifestFolder {
  readonly name: string
  readonly objects: readonly KubeObject[]
}

/** Every directory of the archive, with the objects that its files hold, as far as they can be read. */
export function readFolders(): readonly ManifestFolder[] {
  const directory = mkdtempSync(path.join(tmpdir(), 'fleetkit-manifests-'))
  execFileSync('tar', ['xzf', archive, '-C', directory])
  const files = globSync('**/*.{yaml,yml}', { cwd: directory }).sort()
  const folders = Map.groupBy(files, (file) => path.dirname(file))
  return [...folders].map(([name, members]) => ({ name, objects: members.flatMap((file) => objectsOf(path.join(directory, file))) }))
}

function objectsOf(file: string): readonly KubeObject[] {
  try {
    return parseYaml(readFileSync(file, 'utf8')).flatMap(({ value }) => itemsOf(value as JsonObject | null))
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
  // Refused on purpose: an owner is named by a uid of one cluster.
  if (object.metadata.ownerReferences !== undefined) return false
  try {
    parseManifest(JSON.stringify(object), 'object.json')
    return true
  } catch {
    return false
  }
}

/** Each object once: a Sync refuses a source that has two of one name. */
export function distinct(objects: readonly KubeObject[]): readonly KubeObject[] {
  const seen = new Map<string, KubeObject>()
  for (const object of objects) {
    const { apiVersion, kind, metadata } = object
    const key = `${apiVersion.split('/').slice(0, -1).join('')}/${kind}/${metadata.namespace ?? ''}/${metadata.name}`
    if (!seen.has(key) || isDeepStrictEqual(seen.get(key), object)) seen.set(key, object)
  }
  return [...seen.values()]
}
