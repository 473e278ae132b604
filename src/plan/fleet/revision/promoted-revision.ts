import type { Problem } from '../../../model/errors/problem.ts'
import { describeValue } from '../../../model/errors/problem.ts'
import type { AnyModule } from '../../../model/kinds/bootstrap-module/read-module.ts'
import { formatRef } from '../../../model/reference.ts'
import type { Revision } from '../../../model/revision.ts'

/**
 * The exact version that a Module gets by promotion: the one that the Module of its `promoteFrom` has completed, or why there is none. What that one is rolling out, and what it names as
 * its source, does not count.
 *
 * @param from - the Module that `spec.source.git.promoteFrom` names; `undefined` when it does not exist
 *
 * @example
 * ```ts
 * import type { Module } from 'fleetkit'
 * import { moduleRevisionOf, promotedRevision } from 'fleetkit/fleet'
 *
 * export function promote(production: Module, staging: Module): string {
 *   const found = promotedRevision(production, staging)
 *   return 'commit' in found ? moduleRevisionOf(production, found).metadata.name : `waits: ${found.found}`
 * }
 * ```
 *
 * @category Module
 */
export function promotedRevision(module: AnyModule, from: AnyModule | undefined): Revision | Problem {
  const path = 'spec.source.git.promoteFrom'
  const accepted = `a ${module.kind}`
  if (from === undefined) return { path, found: `${accepted} that does not exist`, accepted }
  const { completed } = from.status ?? {}
  const name = formatRef(from.ref)
  if (completed === undefined)
    return { path, found: `${name}, which has completed no version`, accepted: `${accepted} that has completed one` }
  const { url } = module.spec.source.git
  if (completed.url !== url)
    return {
      path: 'spec.source.git.url',
      found: describeValue(url),
      accepted: `the repository of ${name}, ${describeValue(completed.url)}`,
    }
  const { commit, tag } = completed
  return tag === undefined ? { commit } : { commit, tag }
}
