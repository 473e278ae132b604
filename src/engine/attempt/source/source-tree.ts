import { resolveLinks } from '../../../manifest/links.ts'
import { sortTexts } from '../../../model/compare-text.ts'
import { FleetkitError } from '../../../model/errors/error.ts'
import type { Git, GitOptions, TreeEntry } from '../../../ports/git.ts'
import type { SourceTree } from '../../../ports/renderer.ts'

const mostTargetBytes = 20_000

/** The files of a commit, read through a git port on request, with symbolic links followed inside the tree. */
export function gitSourceTree(
  git: Git,
  url: string,
  commit: string,
  options: GitOptions & { readonly tag?: string | undefined },
): SourceTree {
  const decoder = new TextDecoder()
  const oids = new Map<string, string>()
  let links: Promise<readonly TreeEntry[]> | undefined

  const remember = (entries: readonly TreeEntry[]): void => {
    for (const { path, kind, oid } of entries) if (kind === 'file' || kind === 'executable') oids.set(path, oid)
  }

  /** A link can lead anywhere in the tree, so the first link reads all of it. */
  async function follow(directory: string, signal: AbortSignal | undefined): Promise<ReadonlyMap<string, string>> {
    links ??= git.tree(url, commit, '', { ...options, signal }).then(({ entries }) => entries)
    const entries = await links
    remember(entries)
    const symlinks = entries.filter(({ kind }) => kind === 'symlink')
    const contents = await git.blobs(url, [...new Set(symlinks.map(({ oid }) => oid))], { ...options, signal })
    // Of a target that is no path, and may have megabytes, enough to be refused.
    const targets = new Map(symlinks.map(({ path, oid }) => [path, decoder.decode(contents.get(oid)?.subarray(0, mostTargetBytes))]))
    return resolveLinks(entries, targets, directory)
  }

  return {
    oid: commit,
    async list(directory, { signal } = {}) {
      const { entries } = await git.tree(url, commit, directory, { ...options, signal })
      remember(entries)
      const files = entries.filter(({ kind }) => kind === 'file' || kind === 'executable').map(({ path }) => path)
      if (!entries.some(({ kind }) => kind === 'symlink')) return files
      const followed = await follow(directory, signal)
      for (const [path, real] of followed) oids.set(path, oids.get(real) as string)
      return sortTexts([...files, ...followed.keys()])
    },
    async read(paths, { signal } = {}) {
      const wanted = new Map(paths.map((path) => [path, oids.get(path)]))
      const missing = paths.find((path) => wanted.get(path) === undefined)
      if (missing !== undefined) throw new FleetkitError('git/path-missing', `${missing} is not a listed file of commit ${commit}`)
      const contents = await git.blobs(url, [...new Set(wanted.values())] as string[], { ...options, signal })
      return new Map(paths.map((path) => [path, contents.get(wanted.get(path) as string) as Uint8Array]))
    },
  }
}
