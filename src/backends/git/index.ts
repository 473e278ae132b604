/**
 * Exact revisions of git repositories, read over the network and cached on disk.
 *
 * @module fleetkit/git
 * @packageDocumentation
 */
import './error-codes.ts'
import '../../manifest/error-codes.ts'
import '../../ports/error-codes.ts'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { FleetkitError } from '../../model/errors/error.ts'
import { type Clock, systemClock } from '../../ports/clock.ts'
import type { Git, GitCredentials } from '../../ports/git.ts'
import { type Logger, silentLogger } from '../../ports/logger.ts'
import { GitAdapter } from './git-adapter.ts'
import { defaultLimits, type GitLimits, type GitTransport } from './transport.ts'

export type { GitLimits } from './transport.ts'

/** Options of {@link gitRepositories}. */
export interface GitRepositoriesOptions {
  /**
   * `isomorphic` (default) needs nothing installed and speaks http(s). `cli` runs the `git` of the machine (2.31 or
   * later): ssh too, SHA-256 repositories, several times faster on large ones.
   */
  readonly backend?: 'isomorphic' | 'cli' | undefined
  /** Where fetched revisions are kept; processes may share it. `$XDG_CACHE_HOME/fleetkit/git`, or `~/.cache/…`, by default. */
  readonly cacheDir?: string | undefined
  /** Credentials for calls that bring none. */
  readonly credentials?: ((url: string) => GitCredentials | undefined | Promise<GitCredentials | undefined>) | undefined
  /** Time limit of one exchange with a server, in milliseconds; two minutes by default. */
  readonly timeoutMs?: number | undefined
  readonly limits?: Partial<GitLimits> | undefined
  /** PEM certificates to trust besides the well-known ones. */
  readonly ca?: string | undefined
  /** Accepts `http://` URLs, whose content and credentials anyone in between can read and change. */
  readonly allowHttp?: boolean | undefined
  /** Accepts `file://` URLs (backend `cli`). For tests: the URL then reads repositories of this machine. */
  readonly allowFile?: boolean | undefined
  readonly clock?: Clock | undefined
  readonly logger?: Logger | undefined
}

/**
 * Reads exact revisions of git repositories, from the network and from a cache on disk. A revision that is in the cache
 * costs no request. Nothing is checked out, and no program of a repository ever runs.
 *
 * Errors: the codes `git/*`, `source/unsafe-path` for a path that leaves the repository, `timeout`, `aborted`,
 * `closed`. Credentials are in none of them.
 *
 * @example
 * ```ts
 * import { gitRepositories } from 'fleetkit/git'
 *
 * await using git = gitRepositories()
 * const url = 'https://github.com/stefanprodan/podinfo'
 * const commit = await git.resolve(url, { tag: '6.9.2' })
 * const { entries } = await git.tree(url, commit, 'kustomize')
 * const contents = await git.blobs(url, entries.map(({ oid }) => oid))
 * for (const { path, oid } of entries) console.log(path, contents.get(oid)?.length)
 * ```
 */
export function gitRepositories(options: GitRepositoriesOptions = {}): Git {
  const { backend = 'isomorphic', ca } = options
  if (backend !== 'isomorphic' && backend !== 'cli')
    throw new FleetkitError('git/config', `unknown git backend ${JSON.stringify(backend)}: accepted are 'isomorphic' and 'cli'`)
  const policy = { allowHttp: options.allowHttp ?? false, allowFile: options.allowFile ?? false }
  // Only what is used is loaded.
  const loadTransport = async (): Promise<GitTransport> =>
    backend === 'cli'
      ? new (await import('./cli/index.ts')).CliTransport({ ca, policy })
      : (await import('./isomorphic/index.ts')).IsomorphicTransport.load({ ca, policy })
  const given = Object.entries(options.limits ?? {}).filter(([, value]) => value !== undefined)
  return new GitAdapter({
    loadTransport,
    policy,
    cacheDir: options.cacheDir ?? join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'fleetkit', 'git'),
    credentials: options.credentials,
    timeoutMs: options.timeoutMs ?? 120_000,
    limits: { ...defaultLimits, ...Object.fromEntries(given) },
    clock: options.clock ?? systemClock,
    logger: options.logger ?? silentLogger,
  })
}
