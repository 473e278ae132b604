import type { KubeObject } from '../../model/object.ts'
import { type ObjectRef, refKey } from '../../model/reference.ts'
import { appliedDependenciesOf, dependenciesOf } from '../../plan/sync/dependencies.ts'

/** The index of the kinds that can depend on others by what they depend on, or did when they were applied last. */
export const dependantIndex = 'dependencies'

/** What an object depends on now, and what it depended on when it was applied last. */
export function everyDependencyOf(object: KubeObject): readonly ObjectRef[] {
  const refs = [...dependenciesOf(object).map(({ ref }) => ref), ...appliedDependenciesOf(object)]
  return [...new Map(refs.map((ref) => [refKey(ref), ref])).values()]
}
