import { resolveLinks } from '../../../manifest/links.ts'
import { sortTexts } from '../../../model/compare-text.ts'
import { throwIfAborted } from '../../../model/errors/abort.ts'
import { FleetkitError } from '../../../model/errors/error.ts'
import type { TreeEntry } from '../../../ports/git.ts'
import type { SourceTree } from '../../../ports/renderer.ts'
import type { GitFile, GitFiles } from '../../git/memory/files.ts'
import { buildTree } from '../../git/memory/objects.ts'
import { normalPath } from '../../git/tree-entries.ts'

/**
 * A {@link SourceTree} of given files, to call a renderer with: the tree that the engine makes of the same files in git.
 * Links are followed inside the tree; one that leaves it is `source/unsafe-path`, as is such a path. A directory or a file
 * that is not there is `git/path-missing`.
 *
 * @example
 * ```ts
 * import { memoryTree } from 'fleetkit/memory'
 * import { plainRenderer } from 'fleetkit/plain'
 *
 * const tree = memoryTree({ 'deploy/apps.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata: { name: apps }\n' })
 * const [namespace] = await plainRenderer().render(tree, { path: 'deploy' })
 * console.log(namespace?.origin) // deploy/apps.yaml:1
 * ```
 */
export function memoryTree(files: GitFiles): SourceTree {
  const { oid } = buildTree(files, () => {})
  const entries = Object.entries(files).map(([path, file]) => ({ path, kind: kindOf(file) }))
  const links = new Map(Object.entries(files).flatMap(([path, file]) => (isLink(file) ? [[path, file.link] as const] : [])))
  const contents = new Map(Object.entries(files).flatMap(([path, file]) => contentOf(path, file)))
  return {
    oid,
    async list(directory, { signal } = {}) {
      throwIfAborted(signal)
      const path = normalPath(directory)
      const below = entries.filter((entry) => path === '' || entry.path.startsWith(`${path}/`))
      if (below.length === 0 && path !== '') throw missing(`${JSON.stringify(path)} is no directory of the tree`)
      const linked = below.some(({ kind }) => kind === 'symlink') ? resolveLinks(entries, links, path) : new Map<string, string>()
      for (const [link, real] of linked) contents.set(link, contents.get(real) as Uint8Array)
      const regular = below.filter(({ kind }) => kind === 'file' || kind === 'executable').map((entry) => entry.path)
      return sortTexts([...regular, ...linked.keys()])
    },
    async read(paths, { signal } = {}) {
      throwIfAborted(signal)
      return new Map(
        paths.map((path) => {
          const content = contents.get(path)
          if (content === undefined) throw missing(`${JSON.stringify(path)} is no listed file of the tree`)
          return [path, content.slice()]
        }),
      )
    },
  }
}

function kindOf(file: GitFile): TreeEntry['kind'] {
  if (typeof file === 'string' || file instanceof Uint8Array) return 'file'
  if ('executable' in file) return 'executable'
  return 'link' in file ? 'symlink' : 'submodule'
}

function isLink(file: GitFile): file is { readonly link: string } {
  return typeof file === 'object' && 'link' in file
}

function contentOf(path: string, file: GitFile): readonly (readonly [string, Uint8Array])[] {
  const content = typeof file === 'object' && 'executable' in file ? file.executable : file
  if (typeof content === 'string') return [[path, new TextEncoder().encode(content)]]
  return content instanceof Uint8Array ? [[path, content.slice()]] : []
}

function missing(message: string): FleetkitError {
  return new FleetkitError('git/path-missing', message)
}
