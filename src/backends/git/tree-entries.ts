import '../../manifest/error-codes.ts'
import { FleetkitError } from '../../model/errors/error.ts'

/** The longest path that is read. */
export const longestPath = 4096

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
