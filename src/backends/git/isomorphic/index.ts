import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { BoundedCache } from '../../../async/bounded-cache.ts'
import { throwIfAborted } from '../../../model/errors/abort.ts'
import type { UrlPolicy } from '../remote-url.ts'
import type { Session } from '../session.ts'
import { type FetchOutcome, type GitLimits, type GitTransport, LimitExceeded, type ObjectReader, type RemoteRef } from '../transport.ts'
import { Turns } from '../turns.ts'
import { GitHttp } from './http.ts'
import { loadHttpClient } from './load-http-client.ts'
import { PackedObjects } from './objects.ts'
import { writePack } from './pack/arriving.ts'
import { MalformedPack } from './pack/entry.ts'
import { encodeIndex } from './pack/index-file.ts'
import { indexPack } from './pack/index-pack.ts'
import { UploadPack } from './upload-pack.ts'

/** Each holds the index of its pack in memory, 28 bytes an object. */
const openRepositories = 4

/** Everything in this process: packs come by our own client of git's protocol, and are indexed and read by `pack/`. */
export class IsomorphicTransport implements GitTransport {
  readonly #http: GitHttp
  readonly #uploadPack: UploadPack
  readonly #open = new BoundedCache<ObjectReader>(openRepositories)

  static async load({ ca, policy }: { readonly ca: string | undefined; readonly policy: UrlPolicy }): Promise<IsomorphicTransport> {
    return new IsomorphicTransport(new GitHttp(policy, await loadHttpClient(ca)))
  }

  private constructor(http: GitHttp) {
    this.#http = http
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

  open(gitdir: string, limits: GitLimits): ObjectReader {
    const reader = this.#open.get(gitdir) ?? new PackedObjects(gitdir, limits)
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

  async #store(
    session: Session,
    gitdir: string,
    arriving: AsyncIterable<Uint8Array>,
    limits: GitLimits,
    signal: AbortSignal,
  ): Promise<void> {
    const folder = join(gitdir, 'objects', 'pack')
    const arrived = join(folder, 'arriving')
    await writePack(session, arrived, arriving, limits)
    throwIfAborted(signal)
    const pack = await readFile(arrived)
    const checksum = pack.subarray(-20)
    const name = `pack-${checksum.toString('hex')}`
    try {
      const turns = new Turns(signal)
      await writeFile(join(folder, `${name}.idx`), await encodeIndex(await indexPack(pack, limits, turns), checksum, turns), {
        mode: 0o600,
      })
    } catch (error) {
      if (error instanceof LimitExceeded) throw session.error('git/limit', error.message)
      if (error instanceof MalformedPack) throw session.error('git/protocol', 'the pack cannot be read', { detail: error.message })
      throw error
    }
    await rename(arrived, join(folder, `${name}.pack`))
  }
}
