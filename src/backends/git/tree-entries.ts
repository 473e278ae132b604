import '../../manifest/error-codes.ts'
import { compareText } from '../../model/compare-text.ts'
import { FleetkitError } from '../../model/errors/error.ts'
import type { GitTree, TreeEntry } from '../../ports/git.ts'

const kinds: Readonly<Record<string, TreeEntry['kind']>> = {
  '100644': 'file',
  '100664': 'file',
  '100755': 'executable',
  '120000': 'symlink',
  '160000': 'submodule',
}

const longestPath = 4096

/** The kind of an entry by its mode, `undefined` for a directory or a mode that git does not write. */
export function kindOfMode(mode: string): TreeEntry['kind'] | undefined {
  return kinds[mode]
}

/**
 * A path without `.`, doubled or trailing slashes: `./a//b/` is `a/b`, the root is `''`. `source/unsafe-path` when it
 * is absolute or has `..` in it, which could be meant to leave the repository.
 */
export function normalPath(path: string): string {
  if (path.length > longestPath) throw new FleetkitError('source/unsafe-path', `the path is longer than ${longestPath} characters`)
  const parts = path.split('/').filter((part) => part !== '' && part !== '.')
  if (path.startsWith('/') || parts.includes('..') || path.includes('\0'))
    throw new FleetkitError('source/unsafe-path', `the path ${JSON.stringify(path)} is not one below the root of a repository`)
  return parts.join('/')
}

/** The entries as the port promises them. A tree with names that git never writes is refused. */
export function sortedTree(oid: string, entries: readonly TreeEntry[], refuse: (why: string) => Error): GitTree {
  for (const { path } of entries)
    if (/(^|\/)\.{0,2}(\/|$)/.test(path)) throw refuse(`the tree ${oid} has an entry that is no file name: ${JSON.stringify(path)}`)
  // Frozen, because callers share it.
  const sorted = entries.map((entry) => Object.freeze(entry)).sort((a, b) => compareText(a.path, b.path))
  return Object.freeze({ oid, entries: Object.freeze(sorted) })
}
