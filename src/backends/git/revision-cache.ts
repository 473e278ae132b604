import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { lockFile } from './folder-lock.ts'
import type { RemoteUrl } from './remote-url.ts'

const abandonedMs = 60 * 60_000

/**
 * Fetched revisions on disk, shared by processes. Each commit is a bare repository of its own, made aside and moved
 * into place by one rename: it is there and whole, or not there.
 *
 * ```
 * <root>/<name>-<digest of the URL>/<commit>/   one revision: HEAD, objects/pack/…
 *                                  /history/    all branches and tags, for servers that give out no single commit
 *                                  /public      exists when the server wanted no credentials
 *                                  /lock
 * ```
 */
export class RevisionCache {
  readonly #root: string
  readonly #capacity: number

  constructor(root: string, capacity: number) {
    this.#root = root
    this.#capacity = capacity
  }

  repository(remote: RemoteUrl): RepositoryFolder {
    const digest = createHash('sha256').update(remote.url).digest('hex').slice(0, 20)
    const name = /([A-Za-z0-9_-]{1,40})(?:\.git)?$/.exec(remote.url)?.[1] ?? 'repository'
    return new RepositoryFolder(join(this.#root, `${name}-${digest}`))
  }

  /** Removes the revisions least recently used until the rest fits, sparing `keep`, and what crashes left behind. */
  async evict(keep: string): Promise<void> {
    const revisions: { readonly path: string; readonly bytes: number; readonly usedAt: number }[] = []
    for (const repository of await names(this.#root))
      for (const name of await names(join(this.#root, repository))) {
        const path = join(this.#root, repository, name)
        const info = await stat(path).catch(() => undefined)
        if (info === undefined || !info.isDirectory()) continue
        if (!name.startsWith('tmp-')) revisions.push({ path, bytes: await packBytes(path), usedAt: info.mtimeMs })
        else if (Date.now() - info.mtimeMs > abandonedMs) await rm(path, { recursive: true, force: true })
      }
    let total = revisions.reduce((sum, { bytes }) => sum + bytes, 0)
    for (const { path, bytes } of revisions.sort((a, b) => a.usedAt - b.usedAt)) {
      if (total <= this.#capacity) break
      if (path === keep) continue
      await removeFolder(path)
      total -= bytes
    }
  }
}

/** The revisions of one repository. */
export class RepositoryFolder {
  readonly path: string

  constructor(path: string) {
    this.path = path
  }

  /** The bare repository of a commit, or of the history; `undefined` when it is not there. */
  async find(name: string): Promise<string | undefined> {
    const path = join(this.path, name)
    const now = new Date()
    // Also what `evict` goes by.
    return await utimes(path, now, now).then(
      () => path,
      () => undefined,
    )
  }

  async lock(signal: AbortSignal): Promise<AsyncDisposable> {
    await mkdir(this.path, { recursive: true, mode: 0o700 })
    return await lockFile(join(this.path, 'lock'), signal)
  }

  /** An empty bare repository to fetch into. Disposing of it removes it, unless it was adopted. */
  async scratch(commit: string): Promise<{ readonly gitdir: string } & AsyncDisposable> {
    const gitdir = join(this.path, `tmp-${process.pid}-${randomUUID()}`)
    await mkdir(join(gitdir, 'objects', 'pack'), { recursive: true, mode: 0o700 })
    await mkdir(join(gitdir, 'refs'))
    await writeFile(join(gitdir, 'HEAD'), 'ref: refs/heads/main\n')
    const format =
      commit.length === 64 ? '\trepositoryformatversion = 1\n[extensions]\n\tobjectformat = sha256\n' : '\trepositoryformatversion = 0\n'
    await writeFile(join(gitdir, 'config'), `[core]\n\tbare = true\n${format}`)
    return { gitdir, [Symbol.asyncDispose]: () => rm(gitdir, { recursive: true, force: true }) }
  }

  /** Moves a scratch repository into its place. */
  async adopt(gitdir: string, name: string): Promise<string> {
    const path = join(this.path, name)
    await removeFolder(path)
    await rename(gitdir, path)
    return path
  }

  async remove(name: string): Promise<void> {
    await removeFolder(join(this.path, name))
  }

  async isPublic(): Promise<boolean> {
    return await stat(join(this.path, 'public')).then(
      () => true,
      () => false,
    )
  }

  async markPublic(): Promise<void> {
    await writeFile(join(this.path, 'public'), '').catch(() => {})
  }

  /** A digest of the names that the history was fetched from. */
  async historyDigest(): Promise<string | undefined> {
    return await readFile(join(this.path, 'history', 'fetched-refs'), 'utf8').catch(() => undefined)
  }
}

/** Notes in a scratch repository which names its history was fetched from. */
export async function markHistory(gitdir: string, digest: string): Promise<void> {
  await writeFile(join(gitdir, 'fetched-refs'), digest)
}

/** By one rename first: a reader sees it whole or not at all. */
async function removeFolder(path: string): Promise<void> {
  const aside = join(path, '..', `tmp-removed-${randomUUID()}`)
  const moved = await rename(path, aside).then(
    () => true,
    () => false,
  )
  if (moved) await rm(aside, { recursive: true, force: true })
}

async function packBytes(gitdir: string): Promise<number> {
  const folder = join(gitdir, 'objects', 'pack')
  let sum = 0
  for (const name of await names(folder)) sum += (await stat(join(folder, name)).catch(() => undefined))?.size ?? 0
  return sum
}

async function names(folder: string): Promise<string[]> {
  return await readdir(folder).catch(() => [])
}
