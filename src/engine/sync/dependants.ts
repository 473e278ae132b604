import type { KubeObject } from '../../model/object.ts'
import { type ObjectRef, refKey, refOf } from '../../model/reference.ts'
import { appliedDependenciesOf, dependenciesOf } from '../../plan/sync/dependencies.ts'
import type { CacheReader } from '../runtime/context.ts'

/** The kinds that depend on others. */
export const dependantKinds = ['Sync', 'RemoteSync'] as const
/** The index of those kinds by what they depend on, or did when they were applied last. */
export const dependantIndex = 'dependencies'
/** How many objects are visited in search of a cycle. */
const maxVisited = 1000

/** What an object depends on now, and what it depended on when it was applied last. */
export function everyDependencyOf(object: KubeObject): readonly ObjectRef[] {
  const refs = [...dependenciesOf(object).map(({ ref }) => ref), ...appliedDependenciesOf(object)]
  return [...new Map(refs.map((ref) => [refKey(ref), ref])).values()]
}

/**
 * The objects that are deleted together with one and depend on it: they go first. Of those that depend on one another in a cycle none waits for
 * another.
 */
export function deletedDependantsOf(object: KubeObject, cache: CacheReader): readonly ObjectRef[] {
  const dependants = dependantKinds
    .filter((kind) => cache.has(kind))
    .flatMap((kind) => cache.indexed(kind, dependantIndex, refKey(refOf(object))))
    .filter(({ metadata }) => metadata.deletionTimestamp !== undefined)
  if (dependants.length === 0) return []
  const needed = neededBy(object, cache)
  return dependants.map(refOf).filter((ref) => !needed.has(refKey(ref)))
}

/** Everything that an object depends on, also by others. */
function neededBy(object: KubeObject, cache: CacheReader): ReadonlySet<string> {
  const needed = new Set<string>([refKey(refOf(object))])
  const open = [object]
  for (let next = open.pop(); next !== undefined && needed.size < maxVisited; next = open.pop())
    for (const ref of everyDependencyOf(next)) {
      if (needed.has(refKey(ref))) continue
      needed.add(refKey(ref))
      const found = cache.has({ apiVersion: ref.apiVersion, kind: ref.kind }) ? cache.get(ref) : undefined
      if (found !== undefined) open.push(found)
    }
  return needed
}
