/**
 * An exact state of a repository: a commit, and the tag that named it when it was admitted.
 *
 * @category Objects
 */
export interface Revision {
  readonly tag?: string | undefined
  /** Full object id in lower-case hexadecimal: 40 digits (SHA-1) or 64 (SHA-256). */
  readonly commit: string
}

const commitForm: RegExp = /^([0-9a-f]{40}|[0-9a-f]{64})$/

/**
 * Whether `text` is a full object id of a commit; an abbreviated one can become ambiguous, so it is not.
 *
 * @category Objects
 */
export function isCommit(text: string): boolean {
  return commitForm.test(text)
}

/**
 * A revision as statuses carry it, in Flux's form: `6.9.2@sha1:4ab…`, or `sha1:4ab…` without a tag.
 *
 * @category Objects
 */
export function formatRevision({ tag, commit }: Revision): string {
  const digest = `${commit.length === 64 ? 'sha256' : 'sha1'}:${commit}`
  return tag === undefined ? digest : `${tag}@${digest}`
}

/**
 * The inverse of {@link formatRevision}; `undefined` when `text` is not an exact revision.
 *
 * @category Objects
 */
export function parseRevision(text: string): Revision | undefined {
  const match = /^(?:(.+)@)?(sha1|sha256):([0-9a-f]+)$/.exec(text)
  if (match === null) return undefined
  const [, tag, algorithm, commit] = match as unknown as [string, string | undefined, string, string]
  if (commit.length !== (algorithm === 'sha1' ? 40 : 64)) return undefined
  return tag === undefined ? { commit } : { tag, commit }
}
