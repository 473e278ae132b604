import fs from 'node:fs'
import { readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import git from 'isomorphic-git'
import { BoundedCache } from '../../../async/bounded-cache.ts'
import { throwIfAborted } from '../../../model/errors/abort.ts'
import { FleetkitError } from '../../../model/errors/error.ts'
import type { UrlPolicy } from '../remote-url.ts'
import type { Session } from '../session.ts'
import type { FetchOutcome, GitLimits, GitTransport, ObjectReader, RemoteRef } from '../transport.ts'
import { GitHttp } from './http.ts'
import { IsomorphicObjects } from './objects.ts'
import { checkPack, writePack } from './pack-file.ts'
import { UploadPack } from './upload-pack.ts'

/** Each holds its pack in memory. */
const openRepositories = 4

/** Everything in this process: packs come by our own client of git's protocol, isomorphic-git indexes and reads them. */
export class IsomorphicTransport implements GitTransport {
  readonly #http: GitHttp
  readonly #uploadPack: UploadPack
  readonly #open = new BoundedCache<ObjectReader>(openRepositories)

  constructor({ ca, policy }: { readonly ca: string | undefined; readonly policy: UrlPolicy }) {
    this.#http = new GitHttp(policy, ca)
    this.#uploadPack = new UploadPack(this.#http)
  }

  check(session: Session): void {
    const { protocol } = session.remote
    if (protocol !== 'https' && protocol !== 'http')
      throw session.error('git/config', `the backend 'isomorphic' has no ${protocol}; 'cli' has`)
  }

  async refs(session: Session, prefixes: readonly string[], signal: AbortSignal): Promise<readonly RemoteRef[]> {
    return await this.#uploadPack.refs(session, prefixes, signal)
  }

  async fetch(session: Session, gitdir: string, commit: string, limits: GitLimits, signal: AbortSignal): Promise<FetchOutcome> {
    if (commit.length !== 40) throw session.error('git/config', "the commit is a SHA-256 id, which only the backend 'cli' can read")
    const pack = await this.#uploadPack.commit(session, commit, signal)
    if (typeof pack === 'string') return pack
    await this.#store(session, gitdir, pack, limits, signal)
    return 'fetched'
  }

  async fetchAll(session: Session, gitdir: string, limits: GitLimits, signal: AbortSignal): Promise<void> {
    const pack = await this.#uploadPack.history(session, signal)
    if (pack !== 'missing') await this.#store(session, gitdir, pack, limits, signal)
  }

  open(gitdir: string): ObjectReader {
    const reader = this.#open.get(gitdir) ?? new IsomorphicObjects(gitdir)
    this.#open.set(gitdir, reader, 1)
    return reader
  }

  forget(gitdir: string): void {
    this.#open.delete(gitdir)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#open.clear()
    await this.#http[Symbol.asyncDispose]()
  }

  async #store(session: Session, gitdir: string, pack: AsyncIterable<Uint8Array>, limits: GitLimits, signal: AbortSignal): Promise<void> {
    const folder = join(gitdir, 'objects', 'pack')
    const arrived = await writePack(session, folder, pack, limits)
    throwIfAborted(signal)
    const bytes = await readFile(arrived)
    await checkPack(session, bytes, limits, signal)
    const name = `pack-${bytes.subarray(-20).toString('hex')}.pack`
    await rename(arrived, join(folder, name))
    try {
      await git.indexPack({ fs, dir: gitdir, gitdir, filepath: `objects/pack/${name}` })
    } catch (error) {
      throw error instanceof FleetkitError
        ? error
        : session.error('git/protocol', 'the pack cannot be read', { detail: (error as Error).message })
    }
  }
}
