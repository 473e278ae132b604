import type { KubeObject } from '../../model/object.ts'
import { type ObjectRef, refKey, refOf } from '../../model/reference.ts'
import { parseTime } from '../../model/time.ts'
import type { CacheReader } from '../runtime/context.ts'
import { dependantKinds } from './dependant-kinds.ts'
import { dependantIndex, everyDependencyOf } from './every-dependency.ts'

/** How long what has dependants waits for them to be deleted too: commands that delete many do so one after the other. */
const togetherMs = 10_000
/** How many objects are visited in search of a cycle. */
const maxVisited = 1000

/** What an object that is deleted waits for. */
export interface Dependants {
  readonly refs: readonly ObjectRef[]
  /** When to look again although none of them has gone, in milliseconds. */
  readonly lookAgainMs: number | undefined
}

/**
 * The objects that depend on one that is deleted and go first: those that are deleted too, and for the first seconds all of them, since they may be in a moment. Of
 * those that depend on one another in a cycle none waits for another.
 *
 * @param now - milliseconds since the epoch
 */
export function dependantsOf(object: KubeObject, cache: CacheReader, now: number): Dependants {
  const found = dependantKinds
    .filter((kind) => cache.has(kind))
    .flatMap((kind) => cache.indexed(kind, dependantIndex, refKey(refOf(object))))
  const deletedAt = parseTime(object.metadata.deletionTimestamp ?? '') ?? now
  const leftMs = Math.min(deletedAt + togetherMs - now, togetherMs)
  const dependants = found.filter(({ metadata }) => leftMs > 0 || metadata.deletionTimestamp !== undefined)
  if (dependants.length === 0) return { refs: [], lookAgainMs: undefined }
  const needed = neededBy(object, cache)
  const refs = dependants.map(refOf).filter((ref) => !needed.has(refKey(ref)))
  return { refs, lookAgainMs: leftMs > 0 ? leftMs : undefined }
}

/** Everything that an object depends on, also by others. */
function neededBy(object: KubeObject, cache: CacheReader): ReadonlySet<string> {
  const needed = new Set<string>([refKey(refOf(object))])
  const open = [object]
  for (let next = open.pop(); next !== undefined && needed.size < maxVisited; next = open.pop())
    for (const ref of everyDependencyOf(next)) {
      if (needed.has(refKey(ref))) continue
      needed.add(refKey(ref))
      const found = cache.has(ref) ? cache.get(ref) : undefined
      if (found !== undefined) open.push(found)
    }
  return needed
}
