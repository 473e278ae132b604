import type { AdmittedTag } from '../../model/kinds/sync/types.generated.ts'

/** How many tags a Sync remembers. */
const remembered = 50

/** The commit to use for a tag, and what is remembered from then on. */
export interface TagAdmission {
  /** The commit that the tag stands for here: that of its first admission. */
  readonly commit: string
  readonly admitted: readonly AdmittedTag[]
  /** The other commit that the tag points to now, if it moved. It is not followed. */
  readonly movedTo?: string | undefined
}

/** The admitted commit of a tag of a repository, or `undefined` when it was never admitted. */
export function admittedCommit(admitted: readonly AdmittedTag[], url: string, tag: string): string | undefined {
  return admitted.find((entry) => entry.url === url && entry.tag === tag)?.commit
}

/**
 * Pins a tag to its commit when it is first admitted. A tag that points to another commit later keeps its first one, and
 * the move is reported: what was reviewed and rolled out under a name never changes.
 *
 * @param found - the commit that the tag points to now
 */
export function admitTag(admitted: readonly AdmittedTag[], url: string, tag: string, found: string): TagAdmission {
  const commit = admittedCommit(admitted, url, tag)
  if (commit === undefined) return { commit: found, admitted: [...admitted, { url, tag, commit: found }].slice(-remembered) }
  return commit === found ? { commit, admitted } : { commit, admitted, movedTo: found }
}
