import fs from 'node:fs'
import git from 'isomorphic-git'
import { throwIfAborted } from '../../../model/abort.ts'
import { FleetkitError } from '../../../model/error.ts'
import type { TreeEntry } from '../../../ports/git.ts'
import type { FoundAt, GitLimits, ObjectReader } from '../backend.ts'
import { kindOfMode } from '../tree-entries.ts'

/** Reads a bare repository by isomorphic-git. One `cache` object for all reads: without it each loads the pack anew. */
export class IsomorphicObjects implements ObjectReader {
  readonly #repository: { readonly fs: typeof fs; readonly gitdir: string; readonly cache: object }

  constructor(gitdir: string) {
    this.#repository = { fs, gitdir, cache: {} }
  }

  async type(oid: string, signal: AbortSignal): Promise<string | undefined> {
    throwIfAborted(signal)
    return (await this.#object(oid))?.type
  }

  async tree(commit: string, path: string, limits: GitLimits, signal: AbortSignal): Promise<FoundAt> {
    let { oid } = await git.readTree({ ...this.#repository, oid: commit })
    let walked = ''
    for (const name of path === '' ? [] : path.split('/')) {
      const { tree } = await git.readTree({ ...this.#repository, oid })
      const entry = tree.find((other) => other.path === name)
      walked += walked === '' ? name : `/${name}`
      if (entry === undefined) return { kind: 'missing' }
      const kind = kindOfMode(entry.mode)
      if (kind !== undefined) return { kind, path: walked }
      oid = entry.oid
    }
    const entries: TreeEntry[] = []
    let seen = 0
    const open = [{ oid, prefix: path === '' ? '' : `${path}/` }]
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      throwIfAborted(signal)
      const { tree } = await git.readTree({ ...this.#repository, oid: next.oid })
      for (const { mode, path: name, oid: child } of tree) {
        const kind = kindOfMode(mode)
        if (kind === undefined) open.push({ oid: child, prefix: `${next.prefix}${name}/` })
        else entries.push({ path: next.prefix + name, kind, oid: child })
      }
      // Directories count too: a small pack can hold a tree of nothing but those without end.
      seen += tree.length
      if (seen > limits.files) throw new FleetkitError('git/limit', `the tree ${oid} has more than ${limits.files} entries`)
    }
    return { kind: 'tree', oid, entries }
  }

  async blobs(oids: readonly string[], limits: GitLimits, signal: AbortSignal): Promise<Map<string, Uint8Array>> {
    const found = new Map<string, Uint8Array>()
    let total = 0
    for (const oid of oids) {
      throwIfAborted(signal)
      const object = await this.#object(oid)
      if (object?.type !== 'blob') continue
      const { length } = object.bytes
      if (length > limits.blobBytes)
        throw new FleetkitError('git/limit', `the file ${oid} has ${length} bytes, more than ${limits.blobBytes}`)
      total += length
      if (total > limits.totalBytes) throw new FleetkitError('git/limit', `the files asked for have more than ${limits.totalBytes} bytes`)
      found.set(oid, new Uint8Array(object.bytes))
    }
    return found
  }

  async #object(oid: string): Promise<{ readonly type: string; readonly bytes: Uint8Array } | undefined> {
    try {
      const { type, object } = await git.readObject({ ...this.#repository, oid, format: 'content' })
      return { type: String(type), bytes: object as Uint8Array }
    } catch (error) {
      if (error instanceof git.Errors.NotFoundError) return undefined
      throw error
    }
  }
}
