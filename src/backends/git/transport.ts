import type { TreeEntry } from '../../ports/git.ts'
import type { Session } from './session.ts'

/** What one call may cost. Beyond it the call ends with `git/limit`. */
export interface GitLimits {
  /** Bytes of one pack as it is sent; 256 MiB by default. */
  readonly packBytes: number
  /** Entries below the path; 100,000 by default. */
  readonly files: number
  /** Bytes of one file; 32 MiB by default. */
  readonly blobBytes: number
  /** Bytes of all files of one call of `blobs`; 256 MiB by default. */
  readonly totalBytes: number
  /** Bytes of the cache folder, beyond which the revisions least recently used are removed; 2 GiB by default. */
  readonly cacheBytes: number
}

/** A name that a server shows. */
export interface RemoteRef {
  readonly name: string
  readonly oid: string
  /** The object that an annotated tag leads to in the end. */
  readonly peeled?: string | undefined
}

/**
 * How a fetch of one commit ended. `refused`: the server gives out only what a name leads to, and none leads to this commit.
 * `missing`: the server says that it has no such object.
 */
export type FetchOutcome = 'fetched' | 'refused' | 'missing'

/** What is found at a path of a commit. */
export type FoundAt =
  | { readonly kind: 'tree'; readonly oid: string; readonly entries: TreeEntry[] }
  | { readonly kind: TreeEntry['kind']; readonly path: string }
  | { readonly kind: 'missing' }

/** An {@link ObjectReader} ran into one of {@link GitLimits}. */
export class LimitExceeded extends Error {}

/** Reads the objects of one bare repository on disk. A missing or damaged object is an error of any kind. */
export interface ObjectReader {
  /** `commit`, `tree`, `blob`, `tag`; `undefined` when there is no such object. */
  type(oid: string, signal: AbortSignal): Promise<string | undefined>
  /** Every entry below a path, in any order; `path` is the normal form of `normalPath`. */
  tree(commit: string, path: string, limits: GitLimits, signal: AbortSignal): Promise<FoundAt>
  /** The blobs that are there. */
  blobs(oids: readonly string[], limits: GitLimits, signal: AbortSignal): Promise<Map<string, Uint8Array>>
}

/** Talks to servers and reads what came from them. {@link ObjectReader}s work on what `fetch` left in a folder. */
export interface GitTransport extends AsyncDisposable {
  /** Refuses, with `git/config`, what this transport cannot do. */
  check(session: Session): void
  /** Names at the server that begin with one of `prefixes`. */
  refs(session: Session, prefixes: readonly string[], signal: AbortSignal): Promise<readonly RemoteRef[]>
  /** Brings one commit, without its history, into a bare repository. */
  fetch(session: Session, gitdir: string, commit: string, limits: GitLimits, signal: AbortSignal): Promise<FetchOutcome>
  /** Brings all branches and tags with their history. */
  fetchAll(session: Session, gitdir: string, limits: GitLimits, signal: AbortSignal): Promise<void>
  open(gitdir: string): ObjectReader
  /** The repository in this folder was removed or replaced. */
  forget(gitdir: string): void
}
