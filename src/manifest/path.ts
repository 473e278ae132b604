import './error-codes.ts'
import { FleetkitError } from '../model/errors/error.ts'

/**
 * A path inside a tree in its one form: `./kustomize/` and `base/../kustomize` are `kustomize`, `.` is `''` (the root).
 * This looks at the text only; links of the tree are for `resolveLinks`.
 *
 * @param field - what the path is, for the error: `spec.path`, or the file and field that hold it
 * @throws FleetkitError `source/unsafe-path` for an absolute path, one that `..` leads out of the tree, and one with a
 * backslash, a drive letter or a control character.
 */
export function cleanPath(path: string, field = 'path'): string {
  const refuse = (why: string): FleetkitError =>
    new FleetkitError(
      'source/unsafe-path',
      `${field}: found ${JSON.stringify(path)}, which ${why}; accepted: a path inside the tree, with /`,
    )
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (/[\0-\x1f\x7f]/.test(path)) throw refuse('holds a control character')
  if (path.includes('\\')) throw refuse('holds a backslash')
  if (path.startsWith('/')) throw refuse('is absolute')
  const segments = normalize(path.split('/'))
  if (segments === undefined) throw refuse('leaves the tree')
  const clean = segments.join('/')
  if (/^[A-Za-z]:/.test(clean)) throw refuse('begins with a drive letter')
  return clean
}

/** Resolves `.`, `..` and empty segments; `undefined` when `..` leads above the root. */
function normalize(segments: readonly string[]): readonly string[] | undefined {
  const result: string[] = []
  for (const segment of segments) {
    if (segment === '' || segment === '.') continue
    if (segment !== '..') result.push(segment)
    else if (result.pop() === undefined) return undefined
  }
  return result
}
