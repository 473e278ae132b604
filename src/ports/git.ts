import type { CallOptions } from './store.ts'

/**
 * A name to resolve. Only names that are meant to stay: branches are not accepted.
 *
 * @category Ports
 */
export type GitRef = { readonly tag: string } | { readonly commit: string }

/**
 * How to authenticate to one repository.
 *
 * @category Ports
 */
export type GitCredentials =
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  | { readonly kind: 'bearer'; readonly token: string }
  | {
      readonly kind: 'ssh'
      /** A private key in PEM or OpenSSH form. */
      readonly privateKey: string
      /** Lines of a `known_hosts` file. Without them no host is trusted. */
      readonly knownHosts: string
    }

/**
 * What every call of a {@link Git} takes.
 *
 * @category Ports
 */
export interface GitOptions extends CallOptions {
  readonly credentials?: GitCredentials | undefined
}

/**
 * One entry below a path of a commit.
 *
 * @category Ports
 */
export interface TreeEntry {
  /** Path from the root of the repository, with `/`. */
  readonly path: string
  readonly kind: 'file' | 'executable' | 'symlink' | 'submodule'
  /** Object id of the content; of a symlink, of its target path; of a submodule, its commit. */
  readonly oid: string
}

/**
 * The content below a path of a commit.
 *
 * @category Ports
 */
export interface GitTree {
  /** Object id of the tree at the path: equal ids mean equal content below it. */
  readonly oid: string
  /** Every entry below the path, recursively, sorted by path in code-point order. No directories. */
  readonly entries: readonly TreeEntry[]
}

/**
 * Reads exact revisions of repositories. Nothing is checked out; fetched objects are cached.
 *
 * Implementations prove themselves with `gitConformance` of `fleetkit/testing`.
 *
 * @category Ports
 */
export interface Git extends AsyncDisposable {
  /** The same as disposing of it, for a Node without `await using`. */
  close(): Promise<void>

  /**
   * The commit that a ref names now at the server: of an annotated tag, the commit it points to. `git/ref-missing`
   * when there is none. A commit is checked to exist, as far as the server allows.
   */
  resolve(url: string, ref: GitRef, options?: GitOptions): Promise<string>

  /** The files below `path` (`''` is the root) at a commit. `git/path-missing` when it is no directory there. */
  tree(url: string, commit: string, path: string, options?: GitOptions & { readonly tag?: string | undefined }): Promise<GitTree>

  /** The contents of blobs, by object id, of commits whose tree was read before. */
  blobs(url: string, oids: readonly string[], options?: GitOptions): Promise<ReadonlyMap<string, Uint8Array>>

  /** Checks the signature of a commit or tag, where the backend can. Resolves with who signed. */
  verify?(url: string, commit: string, options?: GitOptions): Promise<{ readonly signer: string }>
}
