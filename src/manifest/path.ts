import './error-codes.ts'
import { compareText } from '../model/compare-text.ts'
import { FleetkitError } from '../model/errors/error.ts'

/**
 * A path inside a tree in its one form: `./kustomize/` and `base/../kustomize` are `kustomize`, `.` is `''` (the root).
 * This looks at the text only; links of the tree are for {@link resolveLinks}.
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

/** An entry of a tree, as far as links are concerned; the `TreeEntry` of the git port is one. */
export interface LinkEntry {
  readonly path: string
  readonly kind: 'file' | 'executable' | 'symlink' | 'submodule'
}

/** How many paths the links of one tree may stand for: directories that link to each other multiply. */
const maxLinkedPaths = 100_000
/** How many links one path may lead through. Linux allows as many. */
const maxHops = 40

/**
 * Where the files behind symbolic links really are: from each path that leads through a link to the path of the file.
 * Links to directories count with every file below them, and links to links are followed.
 *
 * @param entries - every entry of the whole tree
 * @param targets - what each symlink contains, by its path
 * @param within - only links at or below this directory are looked at; all of them when absent
 * @throws FleetkitError `source/unsafe-path` for a link that is absolute, leads out of the tree, in a circle, or to
 * nothing; `source/limit` when links multiply paths beyond measure.
 */
export function resolveLinks(
  entries: readonly LinkEntry[],
  targets: ReadonlyMap<string, string>,
  within = '',
): ReadonlyMap<string, string> {
  const kinds = new Map(entries.map(({ path, kind }) => [path, kind]))
  const children = childrenOf(entries)
  const resolved = new Map<string, string>()

  const refuse = (link: string, why: string): FleetkitError => new FleetkitError('source/unsafe-path', `${link}: the symbolic link ${why}`)

  /** The real path of `segments`, followed from the root, one link after the other. */
  const follow = (link: string, segments: readonly string[], hops: number): string => {
    let real: readonly string[] = []
    for (const [index, segment] of segments.entries()) {
      if (segment === '' || segment === '.') continue
      if (segment === '..') {
        if (real.length === 0) throw refuse(link, 'leads out of the tree')
        real = real.slice(0, -1)
        continue
      }
      const path = [...real, segment].join('/')
      if (kinds.get(path) !== 'symlink') {
        real = [...real, segment]
        // Below a file or a submodule is nothing, so nothing that comes after can be there.
        if (!kinds.has(path) && !children.has(path)) throw refuse(link, `leads to ${path}, which is not in the tree`)
        continue
      }
      if (hops >= maxHops) throw refuse(link, 'leads in a circle')
      const target = targets.get(path)
      if (target === undefined) throw new FleetkitError('internal', `${path}: the target of the symbolic link was not given`)
      if (target === '' || target.includes('\0') || target.includes('\\')) throw refuse(path, 'has a malformed target')
      if (target.startsWith('/') || /^[A-Za-z]:/.test(target)) throw refuse(path, 'is absolute')
      return follow(link, [...real, ...target.split('/'), ...segments.slice(index + 1)], hops + 1)
    }
    return real.join('/')
  }

  const record = (path: string, real: string): void => {
    resolved.set(path, real)
    if (resolved.size > maxLinkedPaths)
      throw new FleetkitError('source/limit', `symbolic links stand for more than ${maxLinkedPaths} paths; the last was ${path}`)
  }

  /** Everything below the real directory `real`, seen as `path`. `open` are the real directories on the way here. */
  const descend = (path: string, real: string, open: readonly string[]): void => {
    for (const name of children.get(real) ?? []) visit(path === '' ? name : `${path}/${name}`, real === '' ? name : `${real}/${name}`, open)
  }

  const visit = (path: string, real: string, open: readonly string[]): void => {
    const kind = kinds.get(real)
    if (kind === 'submodule') return
    if (kind === 'file' || kind === 'executable') {
      if (path !== real) record(path, real)
      return
    }
    const target = kind === 'symlink' ? follow(path, real.split('/'), 0) : real
    const targetKind = kinds.get(target)
    if (targetKind === 'submodule') throw refuse(path, 'leads into a submodule')
    if (targetKind !== undefined) {
      record(path, target)
      return
    }
    if (open.includes(target)) throw refuse(path, 'leads in a circle')
    descend(path, target, [...open, target])
  }

  const root = cleanPath(within)
  const start = root === '' ? '' : follow(root, root.split('/'), 0)
  if (children.has(start)) descend(root, start, ancestorsOf(start))
  return new Map([...resolved].sort(([a], [b]) => compareText(a, b)))
}

function ancestorsOf(path: string): readonly string[] {
  const segments = path === '' ? [] : path.split('/')
  return ['', ...segments.map((_, index) => segments.slice(0, index + 1).join('/'))]
}

/** The names directly in each directory, by the path of the directory. */
function childrenOf(entries: readonly LinkEntry[]): ReadonlyMap<string, ReadonlySet<string>> {
  const children = new Map<string, Set<string>>([['', new Set()]])
  for (const { path } of entries) {
    const segments = path.split('/')
    for (const [index, segment] of segments.entries()) {
      const parent = segments.slice(0, index).join('/')
      const names = children.get(parent)
      if (names === undefined) children.set(parent, new Set([segment]))
      else names.add(segment)
    }
  }
  return children
}
