import { createHash } from 'node:crypto'
import { abortError, throwIfAborted } from '../../model/abort.ts'
import { FleetkitError, hasCode } from '../../model/error.ts'
import { isCommit } from '../../model/revision.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Git, GitCredentials, GitOptions, GitRef, GitTree } from '../../ports/git.ts'
import type { Logger } from '../../ports/logger.ts'
import { type GitBackend, type GitLimits, LimitExceeded, type ObjectReader, type RemoteRef } from './backend.ts'
import { BoundedCache } from './bounded-cache.ts'
import { markHistory, ObjectCache, type RepositoryFolder } from './object-cache.ts'
import { isTagName, parseRemoteUrl, type RemoteUrl, type UrlPolicy } from './remote-url.ts'
import { Session } from './session.ts'
import { SingleFlight } from './single-flight.ts'
import { normalPath, sortedTree } from './tree-entries.ts'

export interface RepositoriesInit {
  readonly loadBackend: () => Promise<GitBackend>
  readonly cacheDir: string
  readonly credentials: ((url: string) => GitCredentials | undefined | Promise<GitCredentials | undefined>) | undefined
  readonly policy: UrlPolicy
  readonly timeoutMs: number
  readonly limits: GitLimits
  readonly clock: Clock
  readonly logger: Logger
}

const memoBytes = 64 * 2 ** 20
const memoEntries = 200_000
const memoAnswers = 10_000
/** Versions of one repository that `blobs` looks in. */
const askedVersions = 32

/** {@link Git} over a backend and a cache: who may read, what is there already, and what to ask the server for. */
export class Repositories implements Git {
  readonly #init: RepositoriesInit
  readonly #cache: ObjectCache
  readonly #closed = new AbortController()
  readonly #running = new Set<Promise<unknown>>()
  readonly #resolving = new SingleFlight<string>()
  readonly #fetching = new SingleFlight<void>()
  readonly #trees = new BoundedCache<GitTree>(memoEntries)
  readonly #blobs = new BoundedCache<Uint8Array>(memoBytes)
  /** Versions whose trees were asked for, by repository, the latest last: where `blobs` looks. */
  readonly #asked = new BoundedCache<Set<string>>(memoAnswers)
  /** Callers whom a server let in, by {@link Session.identity}. */
  readonly #admitted = new BoundedCache<true>(memoAnswers)
  #backend: Promise<GitBackend> | undefined

  constructor(init: RepositoriesInit) {
    this.#init = init
    this.#cache = new ObjectCache(init.cacheDir, init.limits.cacheBytes)
  }

  resolve(url: string, ref: GitRef, options: GitOptions = {}): Promise<string> {
    return this.#call(url, options, async (session, signal) => {
      if ('tag' in ref) {
        if (!isTagName(ref.tag)) throw session.error('git/ref-missing', `no tag can have the name ${quote(ref.tag)}`)
        return await this.#resolving.run(`${session.identity} ${ref.tag}`, signal, (shared) => this.#resolveTag(session, ref.tag, shared))
      }
      await this.#ensure(session, checkCommit(session, ref.commit), signal)
      return ref.commit
    })
  }

  tree(url: string, commit: string, path: string, options: GitOptions & { readonly tag?: string | undefined } = {}): Promise<GitTree> {
    return this.#call(url, options, async (session, signal) => {
      const where = normalPath(path)
      await this.#ensure(session, checkCommit(session, commit), signal)
      const asked = this.#asked.get(session.remote.url) ?? new Set()
      asked.delete(commit)
      asked.add(commit)
      for (const oldest of asked) if (asked.size > askedVersions) asked.delete(oldest)
      this.#asked.set(session.remote.url, asked, asked.size)
      const key = `${session.remote.url} ${commit} ${where}`
      const known = this.#trees.get(key)
      if (known !== undefined) return known
      const found = await this.#read(session, commit, signal, (reader, both) => reader.tree(commit, where, this.#init.limits, both))
      const at = `the commit ${commit}${options.tag === undefined ? '' : ` (tag ${quote(options.tag)})`}`
      if (found.kind === 'missing') throw session.error('git/path-missing', `${at} has no path ${quote(where)}`)
      if (found.kind !== 'tree')
        throw session.error('git/path-missing', `in ${at}, ${quote(found.path)} is ${described[found.kind]}, not a directory`)
      const tree = sortedTree(found.oid, found.entries, (why) => session.error('git/protocol', why, { retryable: false }))
      this.#trees.set(key, tree, tree.entries.length + 1)
      return tree
    })
  }

  blobs(url: string, oids: readonly string[], options: GitOptions = {}): Promise<ReadonlyMap<string, Uint8Array>> {
    return this.#call(url, options, async (session, signal) => {
      const { limits } = this.#init
      const wanted = [...new Set(oids)]
      for (const oid of wanted) if (!isCommit(oid)) throw session.error('git/path-missing', `${quote(oid)} is not the full id of an object`)
      const commits = [...(this.#asked.get(session.remote.url) ?? [])].reverse()
      if (commits[0] !== undefined) await this.#admit(session, this.#cache.repository(session.remote), signal)

      const found = new Map<string, Uint8Array>()
      let missing = wanted
      const take = (oid: string, bytes: Uint8Array): void => void found.set(oid, bytes)
      if (commits[0] !== undefined)
        missing = wanted.filter((oid) => {
          const known = this.#blobs.get(`${session.remote.url} ${oid}`)
          if (known !== undefined) take(oid, known.slice())
          return known === undefined
        })
      for (const commit of commits) {
        if (missing.length === 0) break
        const read = await this.#read(session, commit, signal, (reader, both) => reader.blobs(missing, limits, both))
        for (const [oid, bytes] of read) {
          take(oid, bytes)
          // Callers may write into what they get.
          this.#blobs.set(`${session.remote.url} ${oid}`, bytes.slice(), bytes.length + 100)
        }
        missing = missing.filter((oid) => !found.has(oid))
      }
      if (missing[0] !== undefined)
        throw session.error(
          'git/path-missing',
          `no version whose tree was asked for has the blob ${missing[0]} (${missing.length} missing)`,
        )
      let total = 0
      for (const bytes of found.values()) total += bytes.length
      if (total > limits.totalBytes)
        throw session.error('git/limit', `the files asked for have ${total} bytes, more than ${limits.totalBytes}`)
      return new Map(wanted.map((oid) => [oid, found.get(oid) as Uint8Array]))
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed.signal.aborted) return
    this.#closed.abort(new FleetkitError('closed', 'the git backend was closed'))
    await Promise.allSettled(this.#running)
    await (await this.#backend?.catch(() => undefined))?.[Symbol.asyncDispose]()
    this.#trees.clear()
    this.#blobs.clear()
  }

  #load(): Promise<GitBackend> {
    this.#backend ??= this.#init.loadBackend()
    return this.#backend
  }

  /** What every call has in common: closed, aborted, checked URL and credentials. */
  async #call<T>(url: string, options: GitOptions, work: (session: Session, signal: AbortSignal) => Promise<T>): Promise<T> {
    throwIfAborted(this.#closed.signal)
    throwIfAborted(options.signal)
    const signal = options.signal === undefined ? this.#closed.signal : AbortSignal.any([options.signal, this.#closed.signal])
    const running = (async () => {
      const remote = parseRemoteUrl(url, this.#init.policy)
      const session = new Session(remote, options.credentials ?? (await this.#credentialsFor(url, remote)))
      ;(await this.#load()).check(session)
      return await work(session, signal)
    })()
    const settled = running.then(
      () => {},
      () => {},
    )
    this.#running.add(settled)
    try {
      return await running
    } catch (error) {
      if (signal.aborted) throw abortError(signal)
      throw error instanceof FleetkitError
        ? error
        : new FleetkitError('internal', 'reading a git repository failed unexpectedly', { cause: error })
    } finally {
      this.#running.delete(settled)
    }
  }

  async #credentialsFor(url: string, remote: RemoteUrl): Promise<GitCredentials | undefined> {
    try {
      return await this.#init.credentials?.(url)
    } catch (error) {
      if (error instanceof FleetkitError) throw error
      throw new FleetkitError('git/unauthorized', `${remote.display}: the credentials could not be had`, { cause: error })
    }
  }

  /** One exchange with the server, remembered when it let the caller in. */
  async #ask<T>(
    session: Session,
    what: string,
    signal: AbortSignal,
    exchange: (backend: GitBackend, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const { clock, logger } = this.#init
    const startedAt = clock.now()
    try {
      const answer = await this.#within(session, what, signal, async (both) => exchange(await this.#load(), both))
      this.#admitted.set(session.identity, true, 1)
      logger.debug('asked git server', { url: session.remote.display, what, durationMs: clock.now() - startedAt })
      return answer
    } catch (error) {
      if (hasCode(error, 'git/unauthorized', 'git/repository-missing')) this.#admitted.delete(session.identity)
      throw error
    }
  }

  async #within<T>(session: Session, what: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { clock, timeoutMs } = this.#init
    const deadline = new AbortController()
    const done = new AbortController()
    const expire = (): void => deadline.abort(session.error('timeout', `it took longer than ${timeoutMs} ms to ${what}`))
    clock.sleep(timeoutMs, { signal: done.signal }).then(expire, () => {})
    const both = AbortSignal.any([signal, deadline.signal])
    try {
      return await work(both)
    } catch (error) {
      if (both.aborted) throw abortError(both)
      throw error
    } finally {
      done.abort()
    }
  }

  async #resolveTag(session: Session, tag: string, signal: AbortSignal): Promise<string> {
    const name = `refs/tags/${tag}`
    const twin = /^v\d/.test(tag) ? tag.slice(1) : `v${tag}`
    const prefixes = [name, `refs/heads/${tag}`, `refs/tags/${twin}`]
    const refs = await this.#ask(session, `resolve the tag ${quote(tag)}`, signal, (backend, both) => backend.refs(session, prefixes, both))
    const found = refs.find((ref) => ref.name === name)
    if (found !== undefined) return found.peeled ?? found.oid
    if (refs.some((ref) => ref.name === `refs/heads/${tag}`))
      throw session.error('git/ref-missing', `${quote(tag)} is a branch, and a branch moves: a tag or a commit is needed`)
    const alike = refs.flatMap((ref) => (ref.name.startsWith('refs/tags/') ? [quote(ref.name.slice(10))] : []))
    const hint = alike.length === 0 ? '' : `; there is ${alike.slice(0, 3).join(', ')}${alike.length > 3 ? ', …' : ''}`
    throw session.error('git/ref-missing', `there is no tag ${quote(tag)}${hint}`)
  }

  /** Makes a commit be in the cache, for a caller who may read it. Asks the server for nothing that is there. */
  async #ensure(session: Session, commit: string, signal: AbortSignal): Promise<void> {
    const folder = this.#cache.repository(session.remote)
    if ((await this.#locate(folder, commit, signal)) === undefined)
      await this.#fetching.run(`${session.identity} ${commit}`, signal, (shared) => this.#fetch(session, folder, commit, shared))
    else await this.#admit(session, folder, signal)
  }

  /**
   * What was fetched with one caller's credentials is not everybody's: others, and a new process, must be let in by
   * the server once before they read the cache. Repositories that need no credentials are free of that.
   */
  async #admit(session: Session, folder: RepositoryFolder, signal: AbortSignal): Promise<void> {
    if (this.#admitted.get(session.identity) || (await folder.isPublic())) return
    await this.#ask(session, 'check the credentials', signal, (backend, both) => backend.refs(session, ['HEAD'], both))
    if (session.credentials === undefined) await folder.markPublic()
  }

  /** Where a commit is in the cache. */
  async #locate(folder: RepositoryFolder, commit: string, signal: AbortSignal): Promise<string | undefined> {
    const own = await folder.find(commit)
    if (own !== undefined) return own
    const history = await folder.find('history')
    if (history === undefined) return undefined
    const type = await (await this.#load())
      .open(history)
      .type(commit, signal)
      .catch(() => undefined)
    return type === 'commit' ? history : undefined
  }

  async #fetch(session: Session, folder: RepositoryFolder, commit: string, signal: AbortSignal): Promise<void> {
    await using _lock = await folder.lock(signal)
    // Another process may have fetched it while this one waited.
    if ((await this.#locate(folder, commit, signal)) !== undefined) return await this.#admit(session, folder, signal)
    const { limits, logger } = this.#init
    const missing = (): FleetkitError => session.error('git/ref-missing', `there is no commit ${commit}, or the server gives it to nobody`)
    const adopt = async (gitdir: string, name: string): Promise<void> => {
      const path = await folder.adopt(gitdir, name)
      ;(await this.#load()).forget(path)
      if (session.credentials === undefined) await folder.markPublic()
      await this.#cache.evict(path)
    }

    await using scratch = await folder.scratch(commit)
    const outcome = await this.#ask(session, `fetch ${commit}`, signal, (backend, both) =>
      backend.fetch(session, scratch.gitdir, commit, limits, both),
    )
    if (outcome === 'missing') throw missing()
    if (outcome === 'fetched') {
      const backend = await this.#load()
      const type = await backend.open(scratch.gitdir).type(commit, signal)
      backend.forget(scratch.gitdir)
      if (type === undefined) throw session.error('git/protocol', `the server sent something else than the commit ${commit}`)
      if (type !== 'commit') throw session.error('git/ref-missing', `the object ${commit} is a ${type}, not a commit`)
      return await adopt(scratch.gitdir, commit)
    }

    const refs = await this.#ask(session, 'list the refs', signal, (backend, both) =>
      backend.refs(session, ['refs/heads/', 'refs/tags/'], both),
    )
    const digest = digestOf(refs)
    if (refs.length === 0 || (await folder.historyDigest()) === digest) throw missing()
    logger.info('the git server gives out no single commit, fetching the history', { url: session.remote.display, commit })
    await using whole = await folder.scratch(commit)
    await this.#ask(session, 'fetch the history', signal, (backend, both) => backend.fetchAll(session, whole.gitdir, limits, both))
    await markHistory(whole.gitdir, digest)
    await adopt(whole.gitdir, 'history')
    if ((await this.#locate(folder, commit, signal)) === undefined) throw missing()
  }

  /** Reads a version. One that went from the cache, or is damaged, is fetched anew once. */
  async #read<T>(
    session: Session,
    commit: string,
    signal: AbortSignal,
    work: (reader: ObjectReader, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const folder = this.#cache.repository(session.remote)
    const backend = await this.#load()
    const within = (gitdir: string): Promise<T> =>
      this.#within(session, `read ${commit}`, signal, (both) => work(backend.open(gitdir), both))
    const gitdir = await this.#locate(folder, commit, signal)
    if (gitdir !== undefined)
      try {
        return await within(gitdir)
      } catch (error) {
        if (error instanceof LimitExceeded) throw session.error('git/limit', error.message)
        if (signal.aborted || (error instanceof FleetkitError && !hasCode(error, 'git/protocol'))) throw error
        this.#init.logger.warn('a cached git version cannot be read, fetching it again', { url: session.remote.display, commit })
        backend.forget(gitdir)
        await folder.remove(gitdir.endsWith('history') ? 'history' : commit)
      }
    await this.#ensure(session, commit, signal)
    const again = await this.#locate(folder, commit, signal)
    if (again === undefined) throw session.error('git/limit', `the commit ${commit} does not stay in the cache, which may be too small`)
    return await within(again)
  }
}

const described = { file: 'a file', executable: 'a file', symlink: 'a symbolic link', submodule: 'a submodule' } as const

function checkCommit(session: Session, commit: string): string {
  if (!isCommit(commit))
    throw session.error('git/ref-missing', `${quote(commit)} is not the full id of a commit: 40 or 64 lower-case hexadecimal digits`)
  return commit
}

function digestOf(refs: readonly RemoteRef[]): string {
  const lines = refs.map(({ name, oid }) => `${oid} ${name}\n`).sort()
  return createHash('sha256').update(lines.join('')).digest('hex')
}

function quote(text: string): string {
  const shown = JSON.stringify(String(text))
  return shown.length > 120 ? `${shown.slice(0, 120)}…"` : shown
}
