import type { DriverInput, SyncVerdict } from '../../model/kinds/assemblage/driver-input.ts'
import type { AssembledSync, AssembledSyncStatus } from '../../model/kinds/assemblage/types.generated.ts'
import type { KubeObject } from '../../model/object.ts'
import { formatRevision } from '../../model/revision.ts'
import { isSameVersion, objectEdits } from './diff-objects.ts'
import { foundOf, indexInput } from './index-input.ts'
import { isMarked } from './marked-object.ts'

/** What of a verdict the engine of a sync says. */
export type Outcome = Pick<SyncVerdict, 'state' | 'reason' | 'message' | 'lastAppliedRevision'>

/**
 * Judges a sync by the object that it is made of. What its engine says of that counts only if it is as it was written last.
 *
 * @param wanted - the object, as {@link markedObject} makes it
 * @param outcomeOf - what the engine says of the object; `wasReady`: the sync was ready with this object at this generation when it was judged last
 */
export function judgeObject(
  sync: AssembledSync,
  wanted: KubeObject,
  input: DriverInput,
  outcomeOf: (object: KubeObject, wasReady: boolean) => Outcome,
): SyncVerdict {
  const before = indexInput(input).known.get(sync.name)
  const { uid, generation, lastAppliedRevision } = before ?? {}
  const revision = formatRevision({ commit: sync.source.git.commit })
  const verdict = { name: sync.name, revision, lastAppliedRevision, uid, generation }
  const object = foundOf(wanted, input)
  if (object === undefined) return { ...verdict, state: 'Unassigned', reason: 'NotFound', message: `there is no ${nameOf(wanted)}` }
  if (!isMarked(object, input.assemblage)) {
    const message = `there is a ${nameOf(wanted)} already, which is not of this Assemblage`
    return { ...verdict, state: 'Unassigned', reason: 'NotOurs', message }
  }
  const why = notAsWritten(wanted, object, before)
  if (why !== undefined) return { ...verdict, ...why }
  const at = object.metadata.generation
  const isKnownReady = before?.state === 'Ready' && before.revision === revision && before.generation === at
  const outcome = outcomeOf(object, isKnownReady)
  // What is looked at again and stays ready is no news.
  const said = isKnownReady && outcome.state === 'Ready' ? { reason: before.reason, message: before.message } : {}
  return { ...verdict, ...outcome, ...said, ...(outcome.state === 'Ready' ? { generation: at } : {}) }
}

/** Why nothing that an engine says of an object is of what was written last. */
function notAsWritten(wanted: KubeObject, object: KubeObject, before: AssembledSyncStatus | undefined): Outcome | undefined {
  const { uid, generation = 0, deletionTimestamp } = object.metadata
  const name = nameOf(wanted)
  if (deletionTimestamp !== undefined)
    return { state: 'Unassigned', reason: 'Terminating', message: `${name} is being deleted, since ${deletionTimestamp}` }
  if (!isSameVersion(wanted, object)) return { state: 'Progressing', reason: 'NotWritten', message: `${name} is not of this version yet` }
  const edits = objectEdits(wanted, object)
  if (edits.length > 0) return { state: 'Unassigned', reason: 'Edited', message: `others have edited ${name}: ${edits.join(', ')}` }
  if (before?.uid !== uid || generation < (before?.generation ?? 0))
    return { state: 'Progressing', reason: 'NotSeen', message: `${name} has not been seen since it was written` }
  return undefined
}

function nameOf({ kind, metadata }: KubeObject): string {
  return `${kind} ${metadata.name}`
}
