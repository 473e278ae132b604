import '../../../ports/error-codes.ts'
import { compareText } from '../../../model/compare-text.ts'
import { throwIfAborted } from '../../../model/errors/abort.ts'
import { FleetkitError } from '../../../model/errors/error.ts'
import { isCommit } from '../../../model/revision.ts'
import type { Git, GitOptions, GitRef, GitTree, TreeEntry } from '../../../ports/git.ts'
import { displayUrl, isTagName } from '../remote-url.ts'
import { normalPath } from '../tree-entries.ts'
import type { GitFiles } from './files.ts'
import { buildTree, type Folder, type GitObject, gitObject, type Node } from './objects.ts'

export type { GitFile, GitFiles } from './files.ts'

/** Repositories that exist in memory only, and the means to write them. */
export interface MemoryGit extends Git {
  /** Makes a repository with nothing in it. {@link MemoryGit.commit} makes one that is missing. */
  create(url: string): void
  /**
   * Adds a commit to the branch `main` and returns its id: the very id that git computes for these files, the parent,
   * the author `fleetkit <fleetkit@example.com>` and a time that counts seconds from 2026-01-01.
   */
  commit(url: string, files: GitFiles, options?: { readonly message?: string | undefined }): string
  /**
   * Makes a tag, or moves one, and returns the id of what the name points to. `target` is a commit, or a tag object;
   * with `message` the tag is annotated.
   */
  tag(url: string, name: string, target: string, options?: { readonly message?: string | undefined }): string
  /** Makes a branch, or moves one. */
  branch(url: string, name: string, commit: string): void
}

interface Repository {
  readonly objects: Map<string, GitObject>
  readonly roots: Map<string, Folder>
  readonly tags: Map<string, string>
  readonly branches: Map<string, string>
  /** What tag objects point to. */
  readonly targets: Map<string, string>
  /** Blobs of revisions whose tree was read. */
  readonly readable: Set<string>
}

const startSeconds = Date.UTC(2026, 0, 1) / 1000
const person = 'fleetkit <fleetkit@example.com>'

/**
 * A {@link Git} for tests: repositories in memory, with the object ids that real git gives the same content.
 *
 * @example
 * ```ts
 * import { memoryGit } from 'fleetkit/memory'
 *
 * const git = memoryGit()
 * const url = 'https://git.example.com/apps'
 * git.tag(url, 'v1.0.0', git.commit(url, { 'deploy/app.yaml': 'kind: ConfigMap\n' }))
 * const commit = await git.resolve(url, { tag: 'v1.0.0' })
 * const { entries } = await git.tree(url, commit, 'deploy')
 * console.assert(entries[0]?.path === 'deploy/app.yaml')
 * ```
 */
export function memoryGit(): MemoryGit {
  return new InMemory()
}

class InMemory implements MemoryGit {
  readonly #repositories = new Map<string, Repository>()
  #closed = false

  create(url: string): void {
    if (this.#repositories.has(url)) return
    this.#repositories.set(url, {
      objects: new Map(),
      roots: new Map(),
      tags: new Map(),
      branches: new Map(),
      targets: new Map(),
      readable: new Set(),
    })
  }

  commit(url: string, files: GitFiles, options: { readonly message?: string | undefined } = {}): string {
    this.create(url)
    const repository = this.#repository(url)
    const root = buildTree(files, (object) => void repository.objects.set(object.oid, object))
    const count = repository.roots.size + 1
    const parent = repository.branches.get('main')
    const signature = `${person} ${startSeconds + count} +0000`
    const lines = [
      `tree ${root.oid}`,
      ...(parent === undefined ? [] : [`parent ${parent}`]),
      `author ${signature}`,
      `committer ${signature}`,
      '',
      options.message ?? `Commit ${count}`,
    ]
    const object = gitObject('commit', lines.join('\n'))
    repository.objects.set(object.oid, object)
    repository.roots.set(object.oid, root)
    repository.branches.set('main', object.oid)
    return object.oid
  }

  tag(url: string, name: string, target: string, options: { readonly message?: string | undefined } = {}): string {
    const repository = this.#repository(url)
    const { type } = repository.objects.get(target) ?? {}
    if (type !== 'commit' && type !== 'tag') throw new TypeError(`no commit and no tag object to tag: ${target}`)
    if (!isTagName(name)) throw new TypeError(`no tag can have the name ${JSON.stringify(name)}`)
    let oid = target
    if (options.message !== undefined) {
      const text = `object ${target}\ntype ${type}\ntag ${name}\ntagger ${person} ${startSeconds} +0000\n\n${options.message}\n`
      const object = gitObject('tag', text)
      repository.objects.set(object.oid, object)
      repository.targets.set(object.oid, target)
      oid = object.oid
    }
    repository.tags.set(name, oid)
    return oid
  }

  branch(url: string, name: string, commit: string): void {
    const repository = this.#repository(url)
    if (!repository.roots.has(commit)) throw new TypeError(`no commit: ${commit}`)
    repository.branches.set(name, commit)
  }

  async resolve(url: string, ref: GitRef, options: GitOptions = {}): Promise<string> {
    const repository = this.#begin(url, options)
    if ('commit' in ref) return this.#commit(url, repository, ref.commit).commit
    let oid = repository.tags.get(ref.tag)
    if (oid === undefined) {
      const why = repository.branches.has(ref.tag) ? ' is a branch, and a branch moves: a tag or a commit is needed' : ' is no tag of it'
      throw failure('git/ref-missing', url, JSON.stringify(ref.tag) + why)
    }
    for (let target = repository.targets.get(oid); target !== undefined; target = repository.targets.get(oid)) oid = target
    return oid
  }

  async tree(
    url: string,
    commit: string,
    path: string,
    options: GitOptions & { readonly tag?: string | undefined } = {},
  ): Promise<GitTree> {
    const repository = this.#begin(url, options)
    const where = normalPath(path)
    const { root } = this.#commit(url, repository, commit)
    let folder = root
    let walked = ''
    for (const name of where === '' ? [] : where.split('/')) {
      walked += walked === '' ? name : `/${name}`
      const next = folder.children.get(name)
      if (next === undefined) throw failure('git/path-missing', url, `the commit ${commit} has no path ${JSON.stringify(where)}`)
      if (next.mode !== '40000')
        throw failure(
          'git/path-missing',
          url,
          `in the commit ${commit}, ${JSON.stringify(walked)} is ${described[next.mode]}, not a directory`,
        )
      folder = next
    }
    const entries = [...leaves(folder, where === '' ? '' : `${where}/`)].sort((a, b) => compareText(a.path, b.path))
    for (const { kind, oid } of leaves(root, '')) if (kind !== 'submodule') repository.readable.add(oid)
    return Object.freeze({ oid: folder.oid, entries: Object.freeze(entries) })
  }

  async blobs(url: string, oids: readonly string[], options: GitOptions = {}): Promise<ReadonlyMap<string, Uint8Array>> {
    const { objects, readable } = this.#begin(url, options)
    const found = new Map<string, Uint8Array>()
    for (const oid of oids) {
      const object = readable.has(oid) ? objects.get(oid) : undefined
      if (object === undefined) throw failure('git/path-missing', url, `no revision whose tree was read has the blob ${oid}`)
      found.set(oid, object.bytes.slice())
    }
    return found
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
  }

  #begin(url: string, { signal }: GitOptions): Repository {
    if (this.#closed) throw new FleetkitError('closed', 'the git backend was closed')
    throwIfAborted(signal)
    return this.#repository(url)
  }

  #repository(url: string): Repository {
    const repository = this.#repositories.get(url)
    if (repository === undefined) throw failure('git/repository-missing', url, 'there is no such repository')
    return repository
  }

  #commit(url: string, { roots }: Repository, commit: string): { readonly commit: string; readonly root: Folder } {
    const root = roots.get(commit)
    if (root !== undefined) return { commit, root }
    throw failure(
      'git/ref-missing',
      url,
      isCommit(commit) ? `there is no commit ${commit}` : `${JSON.stringify(commit)} is not the full id of a commit`,
    )
  }
}

const kinds = { '100644': 'file', '100755': 'executable', '120000': 'symlink', '160000': 'submodule' } as const
const described = { '100644': 'a file', '100755': 'a file', '120000': 'a symbolic link', '160000': 'a submodule' } as const

function* leaves(folder: Folder, prefix: string): Generator<TreeEntry, void, undefined> {
  for (const [name, node] of folder.children) {
    if (node.mode === '40000') yield* leaves(node, `${prefix}${name}/`)
    else yield Object.freeze({ path: prefix + name, kind: kinds[node.mode], oid: (node satisfies Node).oid })
  }
}

function failure(code: 'git/ref-missing' | 'git/path-missing' | 'git/repository-missing', url: string, message: string): FleetkitError {
  return new FleetkitError(code, `${displayUrl(url)}: ${message}`)
}
