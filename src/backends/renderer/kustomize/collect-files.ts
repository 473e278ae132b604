import { isRemote, type KustomizationEntry, kustomizationEntries } from '../../../manifest/kustomization.ts'
import { isKustomizationFile } from '../../../manifest/kustomization-file.ts'
import { isManifest, type ManifestLimits } from '../../../manifest/parse.ts'
import { cleanPath } from '../../../manifest/path.ts'
import { FleetkitError, hasCode } from '../../../model/errors/error.ts'
import { invalid } from '../../../model/errors/invalid.ts'
import type { Problem } from '../../../model/errors/problem.ts'
import type { SourceTree } from '../../../ports/renderer.ts'
import type { CallOptions } from '../../../ports/store.ts'

/**
 * The files that building a directory can need: its own, and those of every directory that its kustomizations name.
 * (kustomize reads no single file outside of a kustomization's directory.) A directory that has kustomizations only
 * further down gets one that names them and the other manifests, as Flux generates it.
 *
 * @throws FleetkitError `render/failed` with every entry that is not part of the revision, so that nothing is fetched
 */
export async function collectFiles(
  tree: SourceTree,
  path: string,
  limits: ManifestLimits,
  { signal }: CallOptions,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>()
  const problems: Problem[] = []
  const visited = new Set<string>([path])
  const add = async (listed: readonly string[]): Promise<void> => {
    const missing = listed.filter((file) => !files.has(file))
    const maxFiles = limits.files ?? 10_000
    if (files.size + missing.length > maxFiles)
      throw new FleetkitError('source/limit', `found more than ${maxFiles} files to build ${path}`)
    for (const [file, content] of await tree.read(missing, { signal })) files.set(file, content)
    const maxBytes = limits.bytes ?? 100_000_000
    const bytes = files.values().reduce((sum, { byteLength }) => sum + byteLength, 0)
    if (bytes > maxBytes) throw new FleetkitError('source/limit', `found ${bytes} bytes to build ${path}, accepted at most ${maxBytes}`)
  }

  // The set grows while it is iterated.
  for (const directory of visited) {
    const listed = await tree.list(directory, { signal })
    await add(listed)
    const origin = kustomizationOf(listed, directory) ?? inDirectory(directory, 'kustomization.yaml')
    if (!files.has(origin)) {
      if (directory !== path) continue // kustomize says what is missing
      files.set(origin, new TextEncoder().encode(generated(listed, directory)))
    }
    const known = new Set(listed)
    for (const named of kustomizationEntries(new TextDecoder().decode(files.get(origin)), origin)) {
      const at = `${origin} ${named.field}`
      const refuse = (accepted: string): void => void problems.push({ path: at, found: JSON.stringify(named.entry), accepted })
      const remote = named.directory ? isRemote(named.entry) : /^https?:/i.test(named.entry)
      if (remote) refuse('a path in this revision, since anything else is not exact')
      else if (named.directory) {
        const target = cleanPath(inDirectory(directory, absolute(named, at)), at)
        if (known.has(target)) continue
        if (listed.some((file) => file.startsWith(`${target}/`)) || (await isDirectory(tree, target, signal))) visited.add(target)
        else refuse('a file in or below the directory of the kustomization, or a directory of this revision')
      }
    }
  }
  if (problems.length > 0) throw invalid(undefined, problems, 'render/failed')
  return files
}

/** The entry, unless joining it to a directory would hide that it is absolute. */
function absolute({ entry }: KustomizationEntry, at: string): string {
  return entry.startsWith('/') ? cleanPath(entry, at) : entry
}

function inDirectory(directory: string, path: string): string {
  return directory === '' ? path : `${directory}/${path}`
}

function kustomizationOf(listed: readonly string[], directory: string): string | undefined {
  return listed.find((file) => isKustomizationFile(file) && file === inDirectory(directory, file.slice(file.lastIndexOf('/') + 1)))
}

async function isDirectory(tree: SourceTree, path: string, signal: AbortSignal | undefined): Promise<boolean> {
  try {
    return (await tree.list(path, { signal })).length > 0
  } catch (error) {
    if (hasCode(error, 'git/path-missing')) return false
    throw error
  }
}

function generated(listed: readonly string[], directory: string): string {
  const relative = listed.map((file) => file.slice(directory === '' ? 0 : directory.length + 1))
  const roots = relative
    .filter((file) => isKustomizationFile(file) && !/(^|\/)\./.test(file))
    .map((file) => file.slice(0, file.lastIndexOf('/') + 1))
  const within = (file: string): boolean => roots.some((root) => file.startsWith(root) && file !== root)
  const resources = [...roots.filter((root) => !within(root)), ...relative.filter((file) => isManifest(file) && !within(file))].sort()
  return JSON.stringify({ apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization', resources })
}
