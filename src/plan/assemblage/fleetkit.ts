import { getCondition } from '../../model/condition.ts'
import type { DriverChange, DriverInput } from '../../model/kinds/assemblage/driver-input.ts'
import { assembledName } from '../../model/kinds/assemblage/marks.ts'
import type { AssembledSync } from '../../model/kinds/assemblage/types.generated.ts'
import { syncKind } from '../../model/kinds/sync/kind.ts'
import { syncStatusOf } from '../../model/kinds/sync/status.ts'
import type { KubeObject } from '../../model/object.ts'
import { type ObjectRef, refKey } from '../../model/reference.ts'
import { parseRevision } from '../../model/revision.ts'
import { withDefaults } from '../../model/schema/validate.ts'
import type { Outcome } from './judge-object.ts'
import { markedObject, syncOf } from './marked-object.ts'
import { dependantsOf, removedObjects } from './removed-objects.ts'

/** Those that were made last, with the Assemblage that they are of: a sync is judged more often than it changes. */
const made = new WeakMap<AssembledSync, { readonly of: string; readonly object: KubeObject }>()

/** The Sync that a sync of an Assemblage is made of. */
export function syncObject(sync: AssembledSync, assemblage: ObjectRef): KubeObject {
  const of = refKey(assemblage)
  const known = made.get(sync)
  if (known?.of === of) return known.object
  const object = makeObject(sync, assemblage)
  made.set(sync, { of, object })
  return object
}

/** As a `Sync` would be, which is not made: what it would look at again is as the Assemblage was looked at, and there may be a thousand. */
function makeObject({ name, source, dependsOn, ...fields }: AssembledSync, assemblage: ObjectRef): KubeObject {
  const { url, commit, secretRef } = source.git
  const spec = {
    ...fields,
    source: { git: { url, commit, secretRef } },
    dependsOn: dependsOn?.map((dependency) => ({ ...dependency, name: assembledName(assemblage.name, dependency.name) })),
  }
  const { apiVersion, kind } = syncKind
  const metadata = { name: assembledName(assemblage.name, name) }
  return markedObject({ apiVersion, kind, metadata, spec: withDefaults(syncKind.spec, spec) as KubeObject['spec'] }, assemblage, name)
}

/** The next step of each Sync that is to go, those first that no other depends on. A suspended one would leave its objects: that is ended before it is deleted. */
export function syncRemovals(input: DriverInput): readonly DriverChange[] {
  const removed = removedObjects(input).filter(
    (object) => object.metadata.deletionTimestamp === undefined && dependantsOf(object, input).length === 0,
  )
  return removed.map((object) => {
    const spec = object.spec as { readonly suspend?: unknown } | undefined
    const change = { sync: syncOf(object), reason: 'removed', edits: [] } as const
    if (spec?.suspend !== true) return { ...change, action: 'delete', object }
    return { ...change, action: 'update', object: { ...object, spec: { ...spec, suspend: false } } }
  })
}

const waits: ReadonlySet<string> = new Set(['DependencyNotReady', 'DependencyCycle'])

/**
 * What a Sync, which is as it was written, says of itself.
 *
 * @param wasReady - whether it was ready at this generation when it was judged last
 */
export function syncOutcome({ source }: Pick<AssembledSync, 'source'>, object: KubeObject, wasReady: boolean): Outcome {
  const { observedGeneration, lastAppliedRevision, lastAttemptedRevision, conditions } = syncStatusOf(object)
  const { generation } = object.metadata
  const ready = getCondition(conditions, 'Ready')
  const said = { reason: ready?.reason ?? 'Progressing', message: ready?.message ?? 'nothing is known of it yet', lastAppliedRevision }
  if (ready?.observedGeneration !== generation)
    return { ...said, state: 'Progressing', reason: 'Progressing', message: 'the Sync has not reported on this version yet' }
  const isAt = (revision = ''): boolean => parseRevision(revision)?.commit === source.git.commit
  if (ready?.status === 'True') {
    const isExact = observedGeneration === generation && isAt(lastAppliedRevision) && lastAppliedRevision === lastAttemptedRevision
    return { ...said, state: isExact ? 'Ready' : 'Progressing' }
  }
  if (getCondition(conditions, 'Stalled')?.status === 'True') return { ...said, state: waits.has(said.reason) ? 'Waiting' : 'Stalled' }
  if (ready?.status === 'False') return { ...said, state: waits.has(said.reason) ? 'Waiting' : 'Failed' }
  // What is being looked at again is still ready.
  return { ...said, state: wasReady && isAt(lastAttemptedRevision) ? 'Ready' : 'Progressing' }
}
