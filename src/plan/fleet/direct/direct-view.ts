import { getCondition } from '../../../model/condition.ts'
import { requestedAtAnnotation } from '../../../model/kinds/sync/annotations.ts'
import { syncStatusOf } from '../../../model/kinds/sync/status.ts'
import type { KubeObject } from '../../../model/object.ts'
import { parseTime } from '../../../model/time.ts'
import type { ObservedVersion } from '../../../rollout/target-view.ts'
import { syncOutcome } from '../../assemblage/fleetkit.ts'
import { clusterUidAnnotation } from '../objects/assemblage-view.ts'
import type { AssembledModule } from '../planner/input.ts'
import { type DirectAssignment, directAssignmentOf, directDigestOf } from './assignment.ts'
import { handOverRecordOf } from './hand-over-record.ts'

/** What a cluster was assigned of a BootstrapModule, and what was seen of that. */
export interface DirectView {
  readonly cluster: string
  /** The uid of the Cluster that it was assigned to. */
  readonly uid?: string | undefined
  readonly module: AssembledModule
  /** Whether it says something else than was made of the assignment. */
  readonly isEdited: boolean
}

/** The view of a RemoteSync, as a fleet is planned from; `undefined` for one that applies no BootstrapModule. */
export function directViewOf(object: KubeObject): DirectView | undefined {
  const assignment = directAssignmentOf(object)
  const { cluster } = (object.spec ?? {}) as { readonly cluster?: { readonly name?: unknown } | null }
  if (assignment === undefined || typeof cluster?.name !== 'string') return undefined
  const { module, revision, generation, at } = assignment
  const isGoing = object.metadata.deletionTimestamp !== undefined
  const isEdited = directDigestOf(object) !== assignment.digest
  // What came of something else is no outcome.
  const outcome = isEdited ? undefined : outcomeOf(object, assignment)
  const observed: ObservedVersion | null = outcome === undefined ? null : { version: revision, generation, ...outcome }
  const uid = object.metadata.annotations?.[clusterUidAnnotation]
  return {
    cluster: cluster.name,
    ...(uid !== undefined && { uid }),
    isEdited,
    module: {
      module,
      direct: true,
      // What is being removed is there until it is gone.
      assigned: isGoing ? null : { version: revision, generation, at },
      observed: isGoing ? { version: revision, generation, phase: 'ready', since: at } : observed,
    },
  }
}

type Seen = Pick<ObservedVersion, 'phase' | 'since'>

/** What has become of an assignment: with a Sync that takes over it is ready once that has. */
function outcomeOf(object: KubeObject, assignment: DirectAssignment): Seen | undefined {
  const direct = directOutcome(object)
  if (!handsOver(object)) return direct
  const record = handOverRecordOf(object)
  if (record === undefined || record.generation !== assignment.generation || record.state === 'HandingOver')
    return direct?.phase === 'failed' ? direct : undefined
  return { phase: record.state === 'HandedOver' ? 'ready' : 'failed', since: record.since }
}

/** Whether a RemoteSync applies in the name of a Sync of its cluster. */
export function handsOver({ spec }: Pick<KubeObject, 'spec'>): boolean {
  return (spec as { readonly owner?: unknown } | undefined)?.owner !== undefined
}

/** What became of the last attempt of a RemoteSync, if that is of what it says now. */
export function directOutcome(object: KubeObject): Seen | undefined {
  const { lastHandledReconcileAt, observedGeneration, lastAppliedRevision, lastAttemptedRevision, conditions } = syncStatusOf(object)
  const { annotations = {}, generation } = object.metadata
  const { git } = (object.spec as { readonly source?: { readonly git?: { readonly commit?: unknown } } } | undefined)?.source ?? {}
  if (typeof git?.commit !== 'string') return undefined
  const ready = getCondition(conditions, 'Ready')
  const wasReady = observedGeneration === generation && lastAppliedRevision === lastAttemptedRevision
  const { state } = syncOutcome({ source: { git: { url: '', commit: git.commit } } }, object, wasReady)
  const since = parseTime(ready?.lastTransitionTime ?? '') ?? 0
  // What is being looked at again is still ready.
  if (state === 'Ready') return { phase: 'ready', since }
  const isAsked = annotations[requestedAtAnnotation] !== lastHandledReconcileAt
  return (state === 'Failed' || state === 'Stalled') && !isAsked ? { phase: 'failed', since } : undefined
}
