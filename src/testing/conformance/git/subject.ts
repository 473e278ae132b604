import assert from 'node:assert/strict'
import type { GitFiles } from '../../../backends/git/memory/index.ts'
import type { Git, GitTree } from '../../../ports/git.ts'

/** A backend, and the means to write the repository that it reads. The repository is empty at first. */
export interface GitSubject extends AsyncDisposable {
  readonly git: Git
  readonly url: string
  /** The URL of a repository that does not exist, at the same server. */
  readonly missingUrl: string
  /** Adds a commit of exactly these files to the branch `main`, and returns its id. */
  commit(files: GitFiles): Promise<string>
  /** Makes or moves a tag of a commit or of a tag object, annotated when there is a message; returns the id that it points to. */
  tag(name: string, target: string, options?: { readonly message?: string | undefined }): Promise<string>
  /** Makes or moves a branch. */
  branch(name: string, commit: string): Promise<void>
}

export async function text(subject: GitSubject, tree: GitTree, path: string): Promise<string> {
  const oid = tree.entries.find((entry) => entry.path === path)?.oid
  assert.ok(oid !== undefined, `no ${path} in the tree`)
  return Buffer.from((await subject.git.blobs(subject.url, [oid])).get(oid) ?? []).toString()
}

export function paths(entries: GitTree['entries']): string[] {
  return entries.map(({ path }) => path)
}

export function oids({ entries }: GitTree): string[] {
  return entries.map(({ oid }) => oid)
}

export function plain(bytes: Uint8Array | undefined): number[] {
  return [...(bytes ?? [])]
}
