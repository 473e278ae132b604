import type { Session } from './session.ts'

/** What one call may cost. Beyond it the call ends with `git/limit`. */
export interface GitLimits {
  /** Bytes of one pack as it is sent; 256 MiB by default. */
  readonly packBytes: number
  /** Bytes of everything in one pack when it is unpacked; 2 GiB by default. For the backend `isomorphic`. */
  readonly unpackedBytes: number
  /** How many deltas one object may be made by; 250 by default (git makes 50). For the backend `isomorphic`. */
  readonly deltaDepth: number
  /** Entries below the path, directories too; 100,000 by default. */
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

/** The limits that are in force where none are given. */
export const defaultLimits: GitLimits = {
  packBytes: 256 * 2 ** 20,
  unpackedBytes: 2 * 2 ** 30,
  deltaDepth: 250,
  files: 100_000,
  blobBytes: 32 * 2 ** 20,
  totalBytes: 256 * 2 ** 20,
  cacheBytes: 2 * 2 ** 30,
}

/** Bytes of the list of names that a server has, and how many those may be. */
export const mostRefsBytes: number = 64 * 2 ** 20
export const mostRefs = 250_000

/** How large an object of any type may be. A tree is a list of files, and may be as long as their number allows. */
export function objectBytes({ blobBytes }: GitLimits): number {
  return Math.max(blobBytes, 2 ** 24)
}

/** What was read, or is to be read, is larger than {@link GitLimits} allow. */
export class LimitExceeded extends Error {}

export type ObjectType = 'commit' | 'tree' | 'blob' | 'tag'

/** An object of a repository. */
export interface GitObject {
  readonly type: ObjectType
  readonly content: Buffer
}

/** Reads the objects of one bare repository on disk. Damaged ones are an error of any kind. */
export interface ObjectReader {
  /** `undefined` when there is no such object. */
  type(oid: string, signal: AbortSignal): Promise<ObjectType | undefined>
  /** Those of `oids` that are there. Throws {@link LimitExceeded} when they have more than `most` bytes together. */
  objects(oids: readonly string[], most: number, signal: AbortSignal): Promise<ReadonlyMap<string, GitObject>>
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
  open(gitdir: string, limits: GitLimits): ObjectReader
  /** The repository in this folder was removed or replaced. */
  forget(gitdir: string): void
}
