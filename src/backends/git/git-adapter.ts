import { AbortScope } from '../../async/abort-scope.ts'
import { BoundedCache } from '../../async/bounded-cache.ts'
import { SingleFlight } from '../../async/single-flight.ts'
import { abortError, throwIfAborted } from '../../model/errors/abort.ts'
import { FleetkitError } from '../../model/errors/error.ts'
import { isCommit } from '../../model/revision.ts'
import type { Git, GitCredentials, GitOptions, GitRef, GitTree } from '../../ports/git.ts'
import { missingPath, missingTag, quote } from './missing.ts'
import { isTagName, parseRemoteUrl, type RemoteUrl, type UrlPolicy } from './remote-url.ts'
import { RevisionFetcher, type RevisionFetcherOptions } from './revision-fetcher.ts'
import { Session } from './session.ts'
import { type GitLimits, type GitTransport, LimitExceeded, type ObjectReader } from './transport.ts'
import { normalPath } from './tree-entries.ts'
import { walkTree } from './tree-walk.ts'
import { Turns } from './turns.ts'

export interface GitAdapterOptions extends RevisionFetcherOptions {
  readonly credentials: ((url: string) => GitCredentials | undefined | Promise<GitCredentials | undefined>) | undefined
  readonly policy: UrlPolicy
}

const memoBytes = 64 * 2 ** 20
const memoEntries = 200_000
const memoRevisions = 10_000
/** Revisions of one repository that `blobs` looks in. */
const searchedRevisions = 32

/** {@link Git} over a transport and a cache of revisions: checks the arguments, and remembers the results. */
export class GitAdapter implements Git {
  readonly #options: GitAdapterOptions
  readonly #fetcher: RevisionFetcher
  readonly #closed = new AbortController()
  readonly #running = new Set<Promise<unknown>>()
  readonly #resolving = new SingleFlight<string>()
  readonly #trees = new BoundedCache<GitTree>(memoEntries)
  readonly #blobs = new BoundedCache<Uint8Array>(memoBytes)
  /** Revisions whose trees were read, by repository, the latest last: where `blobs` looks. */
  readonly #searched = new BoundedCache<Set<string>>(memoRevisions)
  #transport: Promise<GitTransport> | undefined

  constructor(options: GitAdapterOptions) {
    this.#options = options
    this.#fetcher = new RevisionFetcher({ ...options, loadTransport: () => this.#load() })
  }

  resolve(url: string, ref: GitRef, options: GitOptions = {}): Promise<string> {
    return this.#call(url, options, async (session, signal) => {
      if ('tag' in ref) {
        if (!isTagName(ref.tag)) throw session.error('git/ref-missing', `no tag can have the name ${quote(ref.tag)}`)
        return await this.#resolving.run(`${session.identity} ${ref.tag}`, signal, (shared) => this.#resolveTag(session, ref.tag, shared))
      }
      await this.#fetcher.ensure(session, checkCommit(session, ref.commit), signal)
      return ref.commit
    })
  }

  tree(url: string, commit: string, path: string, options: GitOptions & { readonly tag?: string | undefined } = {}): Promise<GitTree> {
    return this.#call(url, options, async (session, signal) => {
      const where = normalPath(path)
      await this.#fetcher.ensure(session, checkCommit(session, commit), signal)
      const searched = this.#searched.get(session.remote.url) ?? new Set()
      searched.delete(commit)
      searched.add(commit)
      for (const oldest of searched) if (searched.size > searchedRevisions) searched.delete(oldest)
      this.#searched.set(session.remote.url, searched, searched.size)
      const key = `${session.remote.url} ${commit} ${where}`
      const known = this.#trees.get(key)
      if (known !== undefined) return known
      const found = await this.#fetcher.read(session, commit, signal, (reader, both) =>
        walkTree(reader, commit, where, this.#options.limits, both),
      )
      const at = `the commit ${commit}${options.tag === undefined ? '' : ` (tag ${quote(options.tag)})`}`
      if (found.kind === 'malformed') throw session.error('git/protocol', `in ${at}, ${found.why}`, { retryable: false })
      if (found.kind === 'missing') throw session.error('git/path-missing', missingPath(at, where, found.within, found.names))
      if (found.kind !== 'directory')
        throw session.error('git/path-missing', `in ${at}, ${quote(found.path)} is ${described[found.kind]}, not a directory`)
      const { tree } = found
      this.#trees.set(key, tree, tree.entries.length + 1)
      return tree
    })
  }

  blobs(url: string, oids: readonly string[], options: GitOptions = {}): Promise<ReadonlyMap<string, Uint8Array>> {
    return this.#call(url, options, async (session, signal) => {
      const { limits } = this.#options
      const wanted = [...new Set(oids)]
      for (const oid of wanted) if (!isCommit(oid)) throw session.error('git/path-missing', `${quote(oid)} is not the full id of an object`)
      const commits = [...(this.#searched.get(session.remote.url) ?? [])].reverse()
      if (commits[0] !== undefined) await this.#fetcher.admit(session, signal)

      const found = new Map<string, Uint8Array>()
      const turns = new Turns(signal)
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
        const read = await this.#fetcher.read(session, commit, signal, (reader, both) => readBlobs(reader, missing, limits, both))
        for (const [oid, bytes] of read) {
          if (turns.over) await turns.next()
          take(oid, bytes)
          // Callers may write into what they get.
          this.#blobs.set(`${session.remote.url} ${oid}`, bytes.slice(), bytes.length + 100)
        }
        missing = missing.filter((oid) => !found.has(oid))
      }
      if (missing[0] !== undefined)
        throw session.error('git/path-missing', `no revision whose tree was read has the blob ${missing[0]} (${missing.length} missing)`)
      let total = 0
      for (const bytes of found.values()) total += bytes.length
      if (total > limits.totalBytes) throw session.error('git/limit', `the files have ${total} bytes, more than ${limits.totalBytes}`)
      return new Map(wanted.map((oid) => [oid, found.get(oid) as Uint8Array]))
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed.signal.aborted) return
    this.#closed.abort(new FleetkitError('closed', 'the git backend was closed'))
    await Promise.allSettled(this.#running)
    await this.#fetcher.idle()
    await (await this.#transport?.catch(() => undefined))?.[Symbol.asyncDispose]()
    this.#trees.clear()
    this.#blobs.clear()
  }

  #load(): Promise<GitTransport> {
    this.#transport ??= this.#options.loadTransport()
    return this.#transport
  }

  /** What every call has in common: closed, aborted, checked URL and credentials. */
  async #call<T>(url: string, options: GitOptions, work: (session: Session, signal: AbortSignal) => Promise<T>): Promise<T> {
    throwIfAborted(this.#closed.signal)
    throwIfAborted(options.signal)
    using scope = new AbortScope(options.signal, this.#closed.signal)
    const { signal } = scope
    const running = (async () => {
      const remote = parseRemoteUrl(url, this.#options.policy)
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
      return await this.#options.credentials?.(url)
    } catch (error) {
      if (error instanceof FleetkitError) throw error
      throw new FleetkitError('git/unauthorized', `${remote.display}: the credentials could not be had`, { cause: error })
    }
  }

  async #resolveTag(session: Session, tag: string, signal: AbortSignal): Promise<string> {
    const name = `refs/tags/${tag}`
    const prefixes = [name, `refs/heads/${tag}`]
    const refs = await this.#fetcher.exchange(session, `resolve the tag ${quote(tag)}`, signal, (transport, both) =>
      transport.refs(session, prefixes, both),
    )
    const found = refs.find((ref) => ref.name === name)
    if (found !== undefined) return found.peeled ?? found.oid
    if (refs.some((ref) => ref.name === `refs/heads/${tag}`))
      throw session.error('git/ref-missing', `${quote(tag)} is a branch, and a branch moves: a tag or a commit is needed`)
    throw session.error('git/ref-missing', missingTag(tag, await this.#tags(session, signal)))
  }

  /** The names of all tags, to say which may be meant. That there is no such tag is certain, whatever the server says to this. */
  async #tags(session: Session, signal: AbortSignal): Promise<readonly string[] | undefined> {
    const prefix = 'refs/tags/'
    try {
      const refs = await this.#fetcher.exchange(session, 'list the tags', signal, (transport, both) =>
        transport.refs(session, [prefix], both),
      )
      return refs.map(({ name }) => name.slice(prefix.length))
    } catch {
      throwIfAborted(signal)
      return undefined
    }
  }
}

const described = { file: 'a file', executable: 'a file', symlink: 'a symbolic link', submodule: 'a submodule' } as const

function checkCommit(session: Session, commit: string): string {
  if (!isCommit(commit))
    throw session.error('git/ref-missing', `${quote(commit)} is not the full id of a commit: 40 or 64 lower-case hexadecimal digits`)
  return commit
}

async function readBlobs(
  reader: ObjectReader,
  oids: readonly string[],
  { blobBytes, totalBytes }: GitLimits,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const blobs = new Map<string, Uint8Array>()
  const turns = new Turns(signal)
  for (const [oid, { type, content }] of await reader.objects(oids, totalBytes, signal)) {
    if (turns.over) await turns.next()
    if (type !== 'blob') continue
    if (content.length > blobBytes) throw new LimitExceeded(`the file ${oid} has ${content.length} bytes, more than ${blobBytes}`)
    blobs.set(oid, new Uint8Array(content))
  }
  return blobs
}
