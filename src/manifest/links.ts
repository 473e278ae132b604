import './error-codes.ts'
import { compareText } from '../model/compare-text.ts'
import { FleetkitError } from '../model/errors/error.ts'
import { cleanPath } from './path.ts'

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
 * @throws FleetkitError `source/unsafe-path` for a link that is absolute, leads out of the tree, in a cycle, or to
 * nothing; `source/limit` when links multiply paths beyond measure.
 */
export function resolveLinks(
  entries: readonly LinkEntry[],
  targets: ReadonlyMap<string, string>,
  within = '',
): ReadonlyMap<string, string> {
  const resolved = new LinkResolver(entries, targets).resolve(cleanPath(within))
  return new Map([...resolved].sort(([a], [b]) => compareText(a, b)))
}

/** The links of one tree. */
class LinkResolver {
  readonly #kinds: ReadonlyMap<string, LinkEntry['kind']>
  readonly #children: ReadonlyMap<string, ReadonlySet<string>>
  readonly #targets: ReadonlyMap<string, string>
  readonly #resolved = new Map<string, string>()

  constructor(entries: readonly LinkEntry[], targets: ReadonlyMap<string, string>) {
    this.#kinds = new Map(entries.map(({ path, kind }) => [path, kind]))
    this.#children = childrenOf(entries)
    this.#targets = targets
  }

  resolve(root: string): ReadonlyMap<string, string> {
    const start = root === '' ? '' : this.#follow(root, root.split('/'), 0)
    if (this.#children.has(start)) this.#descend(root, start, ancestorsOf(start))
    return this.#resolved
  }

  /** Everything below the real directory `real`, seen as `path`. `open` are the real directories on the path to here. */
  #descend(path: string, real: string, open: readonly string[]): void {
    for (const name of this.#children.get(real) ?? [])
      this.#visit(path === '' ? name : `${path}/${name}`, real === '' ? name : `${real}/${name}`, open)
  }

  #visit(path: string, real: string, open: readonly string[]): void {
    const kind = this.#kinds.get(real)
    if (kind === 'submodule') return
    if (kind === 'file' || kind === 'executable') {
      if (path !== real) this.#record(path, real)
      return
    }
    const target = kind === 'symlink' ? this.#follow(path, real.split('/'), 0) : real
    const targetKind = this.#kinds.get(target)
    if (targetKind === 'submodule') throw refusal(path, 'leads into a submodule')
    if (targetKind !== undefined) this.#record(path, target)
    else if (open.includes(target)) throw refusal(path, 'leads in a cycle')
    else this.#descend(path, target, [...open, target])
  }

  #record(path: string, real: string): void {
    this.#resolved.set(path, real)
    if (this.#resolved.size > maxLinkedPaths)
      throw new FleetkitError('source/limit', `symbolic links stand for more than ${maxLinkedPaths} paths; the last was ${path}`)
  }

  /** The real path of `segments`, followed from the root, one link after the other. */
  #follow(link: string, segments: readonly string[], hops: number): string {
    let real: readonly string[] = []
    for (const [index, segment] of segments.entries()) {
      if (segment === '' || segment === '.') continue
      if (segment === '..') {
        if (real.length === 0) throw refusal(link, 'leads out of the tree')
        real = real.slice(0, -1)
        continue
      }
      const path = [...real, segment].join('/')
      if (this.#kinds.get(path) === 'symlink') {
        if (hops >= maxHops) throw refusal(link, 'leads in a cycle')
        return this.#follow(link, [...real, ...this.#targetOf(path), ...segments.slice(index + 1)], hops + 1)
      }
      // Below a file or a submodule is nothing, so nothing that comes after can be there.
      if (!this.#kinds.has(path) && !this.#children.has(path)) throw refusal(link, `leads to ${path}, which is not in the tree`)
      real = [...real, segment]
    }
    return real.join('/')
  }

  /** What the link at `path` contains, in segments. */
  #targetOf(path: string): readonly string[] {
    const target = this.#targets.get(path)
    if (target === undefined) throw new FleetkitError('internal', `${path}: the target of the symbolic link was not given`)
    if (target === '' || target.includes('\0') || target.includes('\\')) throw refusal(path, 'has a malformed target')
    if (target.startsWith('/') || /^[A-Za-z]:/.test(target)) throw refusal(path, 'is absolute')
    return target.split('/')
  }
}

function refusal(link: string, why: string): FleetkitError {
  return new FleetkitError('source/unsafe-path', `${link}: the symbolic link ${why}`)
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
