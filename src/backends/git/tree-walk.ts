import type { GitTree, TreeEntry } from '../../ports/git.ts'
import { type GitLimits, type GitObject, LimitExceeded, type ObjectReader } from './transport.ts'
import { longestPath } from './tree-entries.ts'
import { type Child, MalformedTree, parseTree } from './tree-object.ts'
import { Turns } from './turns.ts'

/** What is found at a path of a commit. */
export type FoundAt =
  | { readonly kind: 'directory'; readonly tree: GitTree }
  | { readonly kind: TreeEntry['kind']; readonly path: string }
  /** Nothing: `names` are in the directory `within` where it would be. */
  | { readonly kind: 'missing'; readonly within: string; readonly names: readonly string[] }
  /** A directory is what git does not write. */
  | { readonly kind: 'malformed'; readonly why: string }

/** Of the directories of one level; 100,000 entries have 3 to 30 MB. */
const mostTreeBytes = 128 * 2 ** 20

/**
 * Everything below a path of a commit. `path` is the normal form of `normalPath`.
 *
 * @throws LimitExceeded for more entries than the limits allow, directories too: a small pack can hold directories without end
 */
export async function walkTree(
  reader: ObjectReader,
  commit: string,
  path: string,
  limits: GitLimits,
  signal: AbortSignal,
): Promise<FoundAt> {
  const walk = new TreeWalk(reader, limits, signal)
  const { content } = need(await reader.objects([commit], mostTreeBytes, signal), commit, 'commit')
  let oid = /^tree ([0-9a-f]+)\n/.exec(content.toString('latin1', 0, 80))?.[1] ?? ''
  try {
    let walked = ''
    for (const name of path === '' ? [] : path.split('/')) {
      const children = await walk.children(oid, walked)
      const child = children.find((other) => other.name === name)
      if (child === undefined) return { kind: 'missing', within: walked, names: children.map((other) => other.name) }
      walked = join(walked, name)
      if (child.kind !== 'directory') return { kind: child.kind, path: walked }
      oid = child.oid
    }
    await walk.load(oid, path)
    return { kind: 'directory', tree: Object.freeze({ oid, entries: Object.freeze(await walk.entries(oid, path)) }) }
  } catch (error) {
    if (error instanceof MalformedTree) return { kind: 'malformed', why: error.message }
    throw error
  }
}

class TreeWalk {
  readonly #reader: ObjectReader
  readonly #limits: GitLimits
  readonly #signal: AbortSignal
  readonly #turns: Turns
  readonly #loaded = new Map<string, readonly Child[]>()

  constructor(reader: ObjectReader, limits: GitLimits, signal: AbortSignal) {
    this.#reader = reader
    this.#limits = limits
    this.#signal = signal
    this.#turns = new Turns(signal)
  }

  async children(oid: string, path: string): Promise<readonly Child[]> {
    await this.#load(new Map([[oid, path]]), Number.POSITIVE_INFINITY)
    return this.#loaded.get(oid) as readonly Child[]
  }

  /** Reads a directory and those below it, level by level, each id once. */
  async load(oid: string, path: string): Promise<void> {
    let left = this.#limits.files
    for (let level = new Map([[oid, path]]); level.size > 0; ) {
      left -= await this.#load(level, left)
      const below = new Map<string, string>()
      for (const [tree, at] of level)
        for (const child of this.#loaded.get(tree) as readonly Child[])
          if (child.kind === 'directory' && !this.#loaded.has(child.oid)) below.set(child.oid, join(at, child.name))
      level = below
    }
  }

  /** What is below a directory that was loaded, sorted by path, frozen, since callers share it. */
  async entries(root: string, path: string): Promise<readonly TreeEntry[]> {
    const entries: TreeEntry[] = []
    const open = [{ at: path, children: this.#loaded.get(root) as readonly Child[], next: 0 }]
    let seen = 0
    for (let directory = open.at(-1); directory !== undefined; directory = open.at(-1)) {
      if (this.#turns.over) await this.#turns.next()
      const child = directory.children[directory.next++]
      if (child === undefined) {
        open.pop()
        continue
      }
      if (++seen > this.#limits.files) throw this.#tooMany()
      const at = join(directory.at, child.name)
      if (at.length > longestPath) throw new LimitExceeded(`a path is longer than ${longestPath} characters: ${at.slice(0, 100)}…`)
      if (child.kind === 'directory') open.push({ at, children: this.#loaded.get(child.oid) as readonly Child[], next: 0 })
      else entries.push(Object.freeze({ path: at, kind: child.kind, oid: child.oid }))
    }
    return entries
  }

  /** Reads directories, by their ids, each with one path that leads to it. Answers how many entries they have, at most `most`. */
  async #load(level: ReadonlyMap<string, string>, most: number): Promise<number> {
    const objects = await this.#reader.objects([...level.keys()], mostTreeBytes, this.#signal)
    let read = 0
    for (const [oid, path] of level) {
      const { content } = need(objects, oid, 'tree')
      const children = await parseTree(content, oid.length / 2, most - read, this.#turns).catch((error: unknown) => {
        if (!(error instanceof MalformedTree)) throw error
        const directory = path === '' ? 'the root directory' : `the directory ${JSON.stringify(path)}`
        throw new MalformedTree(`${directory} (tree ${oid}) ${error.message}`)
      })
      this.#loaded.set(oid, children)
      read += children.length
      if (read > most) throw this.#tooMany()
    }
    return read
  }

  #tooMany(): LimitExceeded {
    return new LimitExceeded(`the directory has more than ${this.#limits.files} entries`)
  }
}

function join(directory: string, name: string): string {
  return directory === '' ? name : `${directory}/${name}`
}

function need(objects: ReadonlyMap<string, GitObject>, oid: string, type: GitObject['type']): GitObject {
  const object = objects.get(oid)
  if (object?.type !== type) throw new Error(`${oid} is no ${type}`)
  return object
}
