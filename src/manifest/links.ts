import './error-codes.ts'
import { compareText } from '../model/compare-text.ts'
import { FleetkitError } from '../model/errors/error.ts'
import { cleanPath } from './path.ts'

/** An entry of a tree, as far as links are concerned; the `TreeEntry` of the git port is one. */
export interface LinkEntry {
  readonly path: string
  readonly kind: 'file' | 'executable' | 'symlink' | 'submodule'
}

/** How many links one path may lead through. Linux allows as many. */
const maxHops = 40
/** How long the target of a link may be, as in Linux. */
const maxTarget = 4096
/**
 * What following all links of one tree may cost: directories that link to each other multiply. Counted in characters of paths that
 * are looked at, 20 million of which take a tenth of a second. 10,000 links to files, ten levels deep, take half of it.
 */
const maxCost = 20_000_000
/** What a link, each segment of its target, and each path that it stands for cost besides the characters: the time that they take. */
const linkCost = 500
const segmentCost = 20
const pathCost = 400

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
  readonly #kinds: ReadonlyMap<string, LinkEntry['kind'] | number>
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
    const first = this.#kinds.get(start)
    if (typeof first === 'number') this.#descend(within, start, first, [])
    return this.#resolved
  }

  /** Everything below the real directory `real`, seen as `path`, from the first entry on. `through` are the links that led here, the outermost first. */
  #descend(path: string, real: string, first: number, through: readonly Passage[]): void {
    const below = inside(real, '')
    for (let index = first; this.#entries[index]?.path.startsWith(below); index++) {
      const { path: own, kind } = this.#entries[index] as LinkEntry
      const seen = inside(path, own.slice(below.length))
      if (path !== real) this.#spend(seen, seen.length + pathCost)
      if (kind === 'symlink') this.#enter(seen, own, [...through, { from: through.length === 0 ? '' : real, to: own }])
      else if (path !== real && kind !== 'submodule') this.#resolved.set(seen, own)
    }
  }

  /** The link at `real`, seen as `path`: it is the last of `through`. */
  #enter(path: string, real: string, through: readonly Passage[]): void {
    this.#spend(path, linkCost)
    const target = this.#follow(path, real.split('/'), 0)
    const below = inside(target, '')
    const kind = this.#kinds.get(target)
    if (kind === 'submodule') throw refusal(path, 'leads into a submodule')
    if (typeof kind !== 'number') this.#resolved.set(path, target)
    else if (through.some(({ from, to }) => to.startsWith(below) && below.startsWith(inside(from, ''))))
      throw refusal(path, 'leads in a cycle')
    else if (through.length > maxHops) throw refusal(path, 'leads through more than 40 links')
    else this.#descend(path, target, kind, through)
  }

  /** The real path of `segments`, followed from the root, one link after the other. */
  #follow(link: string, segments: readonly string[], hops: number): string {
    let real = ''
    for (const [index, segment] of segments.entries()) {
      this.#spend(link, real.length + segmentCost)
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
    if (target === '' || target.length > maxTarget || /[\0\\]/.test(target)) throw refusal(path, 'has a malformed target')
    if (target.startsWith('/') || /^[A-Za-z]:/.test(target)) throw refusal(path, 'is absolute')
    return target.split('/')
  }

  #spend(link: string, cost: number): void {
    this.#cost += cost
    if (this.#cost > maxCost) throw new FleetkitError('source/limit', `symbolic links lead to too much; the last was ${link}`)
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

/** What every path of a tree is: of a directory, the index of the first entry below it. */
function kindsOf(entries: readonly LinkEntry[]): ReadonlyMap<string, LinkEntry['kind'] | number> {
  const kinds = new Map<string, LinkEntry['kind'] | number>([['', 0]])
  for (const [index, { path, kind }] of entries.entries()) {
    kinds.set(path, kind)
    for (let end = path.lastIndexOf('/'); end > 0 && !kinds.has(path.slice(0, end)); end = path.lastIndexOf('/', end - 1))
      kinds.set(path.slice(0, end), index)
  }
  return kinds
}
