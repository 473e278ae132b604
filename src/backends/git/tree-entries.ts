import '../../manifest/error-codes.ts'
import { FleetkitError } from '../../model/errors/error.ts'
import type { TreeEntry } from '../../ports/git.ts'

/** The longest path that is read. */
export const longestPath = 4096

/** What a mode says an entry is; `undefined` for one that git does not have. Old programs wrote more of the bits of permissions. */
export function kindOfMode(mode: string): TreeEntry['kind'] | 'directory' | undefined {
  if (!/^[0-7]{5,6}$/.test(mode)) return undefined
  const bits = Number.parseInt(mode, 8)
  const type = bits & 0o170000
  if (type === 0o040000) return 'directory'
  if (type === 0o120000) return 'symlink'
  if (type === 0o160000) return 'submodule'
  return type === 0o100000 ? ((bits & 0o100) !== 0 ? 'executable' : 'file') : undefined
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
