import fs from 'node:fs'
import git from 'isomorphic-git'
import { throwIfAborted } from '../../../model/errors/abort.ts'
import type { TreeEntry } from '../../../ports/git.ts'
import { type FoundAt, type GitLimits, LimitExceeded, type ObjectReader } from '../transport.ts'
import { kindOfMode } from '../tree-entries.ts'

const readAtOnce = 32

/** Reads a bare repository by isomorphic-git. One `cache` object for all reads: without it each loads the pack again. */
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
    let oid = /^tree ([0-9a-f]{40})\n/.exec((await this.#need(commit, 'commit')).toString('latin1', 0, 46))?.[1] ?? ''
    let walked = ''
    for (const name of path === '' ? [] : path.split('/')) {
      const entry = parseTree(await this.#need(oid, 'tree')).find((other) => other.name === name)
      walked += walked === '' ? name : `/${name}`
      if (entry === undefined) return { kind: 'missing' }
      if (entry.kind !== undefined) return { kind: entry.kind, path: walked }
      oid = entry.oid
    }
    const entries: TreeEntry[] = []
    let seen = 0
    const open = [{ oid, prefix: path === '' ? '' : `${path}/` }]
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      throwIfAborted(signal)
      const children = parseTree(await this.#need(next.oid, 'tree'))
      for (const { name, kind, oid: child } of children)
        if (kind === undefined) open.push({ oid: child, prefix: `${next.prefix}${name}/` })
        else entries.push({ path: next.prefix + name, kind, oid: child })
      // Directories count too: a small pack can hold a tree of nothing but those without end.
      seen += children.length
      if (seen > limits.files) throw new LimitExceeded(`the tree ${oid} has more than ${limits.files} entries`)
    }
    return { kind: 'tree', oid, entries }
  }

  async blobs(oids: readonly string[], limits: GitLimits, signal: AbortSignal): Promise<Map<string, Uint8Array>> {
    const found = new Map<string, Uint8Array>()
    let total = 0
    for (let at = 0; at < oids.length; at += readAtOnce) {
      throwIfAborted(signal)
      const batch = oids.slice(at, at + readAtOnce)
      const objects = await Promise.all(batch.map((oid) => this.#object(oid)))
      for (const [index, object] of objects.entries()) {
        if (object?.type !== 'blob') continue
        const oid = batch[index] as string
        const { length } = object.bytes
        if (length > limits.blobBytes) throw new LimitExceeded(`the file ${oid} has ${length} bytes, more than ${limits.blobBytes}`)
        total += length
        if (total > limits.totalBytes) throw new LimitExceeded(`the files have more than ${limits.totalBytes} bytes`)
        found.set(oid, new Uint8Array(object.bytes))
      }
    }
    return found
  }

  async #need(oid: string, wanted: 'commit' | 'tree'): Promise<Buffer> {
    const object = await this.#object(oid)
    if (object?.type !== wanted) throw new Error(`${oid} is no ${wanted}`)
    return Buffer.from(object.bytes.buffer, object.bytes.byteOffset, object.bytes.byteLength)
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

/** `<mode> SP <name> NUL <20 bytes of oid>` for each entry. isomorphic-git's own parser refuses names that git allows. */
function parseTree(bytes: Buffer): { readonly name: string; readonly kind: TreeEntry['kind'] | undefined; readonly oid: string }[] {
  const entries = []
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at)
    const end = bytes.indexOf(0, space)
    if (space < 0 || end < 0 || end + 21 > bytes.length) throw new Error('a tree is malformed')
    const name = bytes.toString('utf8', space + 1, end)
    entries.push({ name, kind: kindOfMode(bytes.toString('latin1', at, space)), oid: bytes.toString('hex', end + 1, end + 21) })
    at = end + 21
  }
  return entries
}
