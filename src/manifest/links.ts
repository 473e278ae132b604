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
const maxLinkedPaths = 50_000
/** How many links one path may lead through. Linux allows as many. */
const maxHops = 40
/** How long the target of a link may be, as in Linux. */
const maxTarget = 4096
/**
 * What following all links may cost, in characters of paths that are looked at: a tenth of a second, whether or not anything is
 * found behind them. 10,000 links, ten levels deep, take half of it.
 */
const maxCost = 20_000_000
/** What a link, and each step on its way, cost besides the characters. */
const linkCost = 500
const stepCost = 20

/**
 * Where the files behind symbolic links really are: from each path that leads through a link to the path of the file.
 * Links to directories count with every file below them, and links to links are followed.
 *
 * @param entries - every entry of the whole tree
 * @param targets - what each symlink contains, by its path
 * @param within - only links at or below this directory are looked at; all of them when absent
 * @throws FleetkitError `source/unsafe-path` for a link that is absolute, leads out of the tree, in a cycle, or to
 * nothing; `source/limit` when links multiply paths, or the work of following them, beyond measure.
 */
export function resolveLinks(
  entries: readonly LinkEntry[],
  targets: ReadonlyMap<string, string>,
  within = '',
): ReadonlyMap<string, string> {
  return new LinkResolver(entries, targets).resolve(cleanPath(within))
}

/** The links of one tree. */
class LinkResolver {
  /** Sorted, so that what is below a directory stands together. */
  readonly #entries: readonly LinkEntry[]
  readonly #kinds: ReadonlyMap<string, LinkEntry['kind'] | 'directory'>
  readonly #targets: ReadonlyMap<string, string>
  readonly #resolved = new Map<string, string>()
  #cost = 0

  constructor(entries: readonly LinkEntry[], targets: ReadonlyMap<string, string>) {
    this.#entries = entries.toSorted((a, b) => compareText(a.path, b.path))
    this.#kinds = kindsOf(this.#entries)
    this.#targets = targets
  }

  resolve(within: string): ReadonlyMap<string, string> {
    const start = within === '' ? '' : this.#follow(within, within.split('/'), 0)
    if (this.#kinds.get(start) === 'directory') this.#descend(within, start, [])
    return this.#resolved
  }

  /** Everything below the real directory `real`, seen as `path`. `through` are the links that led here, the outermost first. */
  #descend(path: string, real: string, through: readonly Passage[]): void {
    const below = inside(real, '')
    for (let index = this.#firstFrom(below); index < this.#entries.length; index++) {
      const entry = this.#entries[index] as LinkEntry
      if (!entry.path.startsWith(below)) break
      if (entry.kind === 'submodule' || (path === real && entry.kind !== 'symlink')) {
        if (path !== real) this.#spend(entry.path, 1)
        continue
      }
      const seen = inside(path, entry.path.slice(below.length))
      if (entry.kind === 'symlink') this.#enter(seen, entry.path, [...through, { from: through.length === 0 ? '' : real, to: entry.path }])
      else this.#record(seen, entry.path)
    }
  }

  /** The link at `real`, seen as `path`: it is the last of `through`. */
  #enter(path: string, real: string, through: readonly Passage[]): void {
    this.#spend(path, linkCost)
    const target = this.#follow(path, real.split('/'), 0)
    const kind = this.#kinds.get(target)
    if (kind === 'submodule') throw refusal(path, 'leads into a submodule')
    if (kind !== 'directory') this.#record(path, target)
    else if (through.some(({ from, to }) => to.startsWith(inside(target, '')) && inside(target, '').startsWith(inside(from, ''))))
      throw refusal(path, 'leads in a cycle')
    else if (through.length > maxHops) throw refusal(path, `is reached through more than ${maxHops} links`)
    else this.#descend(path, target, through)
  }

  #record(path: string, real: string): void {
    this.#spend(path, path.length)
    this.#resolved.set(path, real)
    if (this.#resolved.size > maxLinkedPaths)
      throw new FleetkitError('source/limit', `symbolic links stand for more than ${maxLinkedPaths} paths; the last was ${path}`)
  }

  /** The real path of `segments`, followed from the root, one link after the other. */
  #follow(link: string, segments: readonly string[], hops: number): string {
    let real = ''
    for (const [index, segment] of segments.entries()) {
      this.#spend(link, real.length + stepCost)
      if (segment === '' || segment === '.') continue
      if (segment === '..') {
        if (real === '') throw refusal(link, 'leads out of the tree')
        real = real.slice(0, Math.max(0, real.lastIndexOf('/')))
        continue
      }
      const path = inside(real, segment)
      const kind = this.#kinds.get(path)
      if (kind === 'symlink') {
        if (hops >= maxHops) throw refusal(link, 'leads in a cycle')
        const before = real === '' ? [] : real.split('/')
        return this.#follow(link, [...before, ...this.#targetOf(path), ...segments.slice(index + 1)], hops + 1)
      }
      // Below a file or a submodule is nothing, so nothing that comes after can be there.
      if (kind === undefined) throw refusal(link, `leads to ${path}, which is not in the tree`)
      real = path
    }
    return real
  }

  /** What the link at `path` contains, in segments. */
  #targetOf(path: string): readonly string[] {
    const target = this.#targets.get(path)
    if (target === undefined) throw new FleetkitError('internal', `${path}: the target of the symbolic link was not given`)
    if (target === '' || target.length > maxTarget || target.includes('\0') || target.includes('\\'))
      throw refusal(path, 'has a malformed target')
    if (target.startsWith('/') || /^[A-Za-z]:/.test(target)) throw refusal(path, 'is absolute')
    return target.split('/')
  }

  #spend(link: string, cost: number): void {
    this.#cost += cost
    if (this.#cost > maxCost)
      throw new FleetkitError('source/limit', `symbolic links are too many, or too long, to be followed; the last was ${link}`)
  }

  /** The index of the first entry whose path is not before `path`. */
  #firstFrom(path: string): number {
    let [low, high] = [0, this.#entries.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (compareText((this.#entries[middle] as LinkEntry).path, path) < 0) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** A link at `to` that is followed, and the directory from which on the way to it was read. */
interface Passage {
  readonly from: string
  readonly to: string
}

function refusal(link: string, why: string): FleetkitError {
  return new FleetkitError('source/unsafe-path', `${link}: the symbolic link ${why}`)
}

function inside(directory: string, name: string): string {
  return directory === '' ? name : `${directory}/${name}`
}

/** What every path of a tree is, directories too. */
function kindsOf(entries: readonly LinkEntry[]): ReadonlyMap<string, LinkEntry['kind'] | 'directory'> {
  const kinds = new Map<string, LinkEntry['kind'] | 'directory'>([['', 'directory']])
  for (const { path, kind } of entries) {
    kinds.set(path, kind)
    for (let end = path.lastIndexOf('/'); end > 0 && !kinds.has(path.slice(0, end)); end = path.lastIndexOf('/', end - 1))
      kinds.set(path.slice(0, end), 'directory')
  }
  return kinds
}
