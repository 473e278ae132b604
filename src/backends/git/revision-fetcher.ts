import { createHash } from 'node:crypto'
import { AbortScope } from '../../async/abort-scope.ts'
import { BoundedCache } from '../../async/bounded-cache.ts'
import { SingleFlight } from '../../async/single-flight.ts'
import { callAfter } from '../../async/time/call-after.ts'
import { throwIfAborted } from '../../model/errors/abort.ts'
import { FleetkitError, hasCode } from '../../model/errors/error.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import { markHistory, type RepositoryFolder, RevisionCache } from './revision-cache.ts'
import type { Session } from './session.ts'
import { type GitLimits, type GitTransport, LimitExceeded, type ObjectReader, type RemoteRef } from './transport.ts'

export interface RevisionFetcherOptions {
  readonly loadTransport: () => Promise<GitTransport>
  readonly cacheDir: string
  /** Of one exchange with a server, and of one reading of the cache. */
  readonly timeoutMs: number
  readonly limits: GitLimits
  readonly clock: Clock
  readonly logger: Logger
}

const rememberedCallers = 10_000

/** Brings revisions into the cache, and decides which callers may read them. */
export class RevisionFetcher {
  readonly #options: RevisionFetcherOptions
  readonly #cache: RevisionCache
  readonly #fetching = new SingleFlight<void>()
  /** Callers whom a server let in, by {@link Session.identity}. */
  readonly #admitted = new BoundedCache<true>(rememberedCallers)

  constructor(options: RevisionFetcherOptions) {
    this.#options = options
    this.#cache = new RevisionCache(options.cacheDir, options.limits.cacheBytes)
  }

  /** Waits for fetches that no caller waits for any more: they still have files to remove. */
  async idle(): Promise<void> {
    await this.#fetching.idle()
  }

  /** One exchange with the server. A caller that it lets in is remembered. */
  async exchange<T>(
    session: Session,
    what: string,
    signal: AbortSignal,
    work: (transport: GitTransport, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const { clock, logger } = this.#options
    const startedAt = clock.now()
    try {
      const result = await this.#within(session, what, signal, async (both) => work(await this.#options.loadTransport(), both))
      this.#admitted.set(session.identity, true, 1)
      logger.debug('git server answered', { url: session.remote.display, what, durationMs: clock.now() - startedAt })
      return result
    } catch (error) {
      if (hasCode(error, 'git/unauthorized', 'git/repository-missing')) this.#admitted.delete(session.identity)
      throw error
    }
  }

  async #within<T>(session: Session, what: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { clock, timeoutMs } = this.#options
    using scope = new AbortScope(signal)
    const expire = (): void => scope.abort(session.error('timeout', `it took longer than ${timeoutMs} ms to ${what}`))
    using _limit = callAfter(timeoutMs, clock, expire)
    try {
      return await work(scope.signal)
    } catch (error) {
      throwIfAborted(scope.signal)
      throw error
    }
  }

  /** Makes sure that a commit is in the cache, for a caller who may read it. What is there is not fetched. */
  async ensure(session: Session, commit: string, signal: AbortSignal): Promise<void> {
    const folder = this.#cache.repository(session.remote)
    if ((await this.#locate(folder, commit, signal)) === undefined)
      await this.#fetching.run(`${session.identity} ${commit}`, signal, (shared) => this.#fetch(session, folder, commit, shared))
    else await this.admit(session, signal, folder)
  }

  /**
   * What was fetched with one caller's credentials is not for all: other callers, and a new process, must be let in by
   * the server once before they read the cache. A repository that needs no credentials is open to all.
   */
  async admit(session: Session, signal: AbortSignal, folder: RepositoryFolder = this.#cache.repository(session.remote)): Promise<void> {
    if (this.#admitted.get(session.identity) || (await folder.isPublic())) return
    await this.exchange(session, 'check the credentials', signal, (transport, both) => transport.refs(session, ['HEAD'], both))
    if (session.credentials === undefined) await folder.markPublic()
  }

  /** Where a commit is in the cache. */
  async #locate(folder: RepositoryFolder, commit: string, signal: AbortSignal): Promise<string | undefined> {
    const own = await folder.find(commit)
    if (own !== undefined) return own
    const history = await folder.find('history')
    if (history === undefined) return undefined
    const type = await (await this.#options.loadTransport())
      .open(history, this.#options.limits)
      .type(commit, signal)
      .catch(() => undefined)
    return type === 'commit' ? history : undefined
  }

  async #fetch(session: Session, folder: RepositoryFolder, commit: string, signal: AbortSignal): Promise<void> {
    await using _lock = await folder.lock(signal)
    // Another process may have fetched it while this one waited.
    if ((await this.#locate(folder, commit, signal)) !== undefined) return await this.admit(session, signal, folder)
    const { limits, logger } = this.#options
    const missing = (): FleetkitError => session.error('git/ref-missing', `there is no commit ${commit}, or the server gives it to no one`)
    const adopt = async (gitdir: string, name: string): Promise<void> => {
      const path = await folder.adopt(gitdir, name)
      ;(await this.#options.loadTransport()).forget(path)
      if (session.credentials === undefined) await folder.markPublic()
      await this.#cache.evict(path)
    }

    await using scratch = await folder.scratch(commit)
    const outcome = await this.exchange(session, `fetch ${commit}`, signal, (transport, both) =>
      transport.fetch(session, scratch.gitdir, commit, limits, both),
    )
    if (outcome === 'missing') throw missing()
    if (outcome === 'fetched') {
      const transport = await this.#options.loadTransport()
      const type = await transport.open(scratch.gitdir, limits).type(commit, signal)
      transport.forget(scratch.gitdir)
      if (type === undefined) throw session.error('git/protocol', `the server sent something else than the commit ${commit}`)
      if (type !== 'commit') throw session.error('git/ref-missing', `the object ${commit} is a ${type}, not a commit`)
      return await adopt(scratch.gitdir, commit)
    }

    const refs = await this.exchange(session, 'list the refs', signal, (transport, both) =>
      transport.refs(session, ['refs/heads/', 'refs/tags/'], both),
    )
    const digest = digestOf(refs)
    if (refs.length === 0 || (await folder.historyDigest()) === digest) throw missing()
    logger.info('the git server gives out no single commits, fetching the history', { url: session.remote.display, commit })
    await using whole = await folder.scratch(commit)
    await this.exchange(session, 'fetch the history', signal, (transport, both) => transport.fetchAll(session, whole.gitdir, limits, both))
    await markHistory(whole.gitdir, digest)
    await adopt(whole.gitdir, 'history')
    if ((await this.#locate(folder, commit, signal)) === undefined) throw missing()
  }

  /** Reads a revision. One that was removed from the cache, or is damaged, is fetched again once. */
  async read<T>(
    session: Session,
    commit: string,
    signal: AbortSignal,
    work: (reader: ObjectReader, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const folder = this.#cache.repository(session.remote)
    const transport = await this.#options.loadTransport()
    const within = (gitdir: string): Promise<T> =>
      this.#within(session, `read ${commit}`, signal, (both) => work(transport.open(gitdir, this.#options.limits), both))
    const gitdir = await this.#locate(folder, commit, signal)
    if (gitdir !== undefined)
      try {
        return await within(gitdir)
      } catch (error) {
        if (error instanceof LimitExceeded) throw session.error('git/limit', error.message)
        if (signal.aborted || (error instanceof FleetkitError && !hasCode(error, 'git/protocol'))) throw error
        this.#options.logger.warn('a cached git revision cannot be read, fetching it again', { url: session.remote.display, commit })
        transport.forget(gitdir)
        await folder.remove(gitdir.endsWith('history') ? 'history' : commit)
      }
    await this.ensure(session, commit, signal)
    const again = await this.#locate(folder, commit, signal)
    if (again === undefined) throw session.error('git/limit', `the commit ${commit} does not stay in the cache, which may be too small`)
    return await within(again)
  }
}

function digestOf(refs: readonly RemoteRef[]): string {
  const lines = refs.map(({ name, oid }) => `${oid} ${name}\n`).sort()
  return createHash('sha256').update(lines.join('')).digest('hex')
}
