import type { Condition } from '../../../model/condition.ts'
import type { AssembledSync } from '../../../model/kinds/assemblage/types.generated.ts'
import type { KubeObject } from '../../../model/object.ts'
import type { Outcome } from '../judge-object.ts'
import { currentCondition, fluxStatus, hasApplied, isRevisionOf } from './status.ts'

/** Why a revision failed that was attempted. Flux tries it again. */
const failures: ReadonlySet<string> = new Set(['BuildFailed', 'HealthCheckFailed', 'PruneFailed', 'ReconciliationFailed'])

/** The reason of what is tried again after a failure, as Flux calls it. */
export const retryReason = 'ProgressingWithRetry'

/** How a sync was judged last, at the revision that it is to be at. */
export interface OutcomeBefore {
  /** Whether it was ready, with the Kustomization as it was written last. */
  readonly wasReady: boolean
  /** Whether it had failed, and is being tried again since. */
  readonly hadFailed: boolean
}

/**
 * What a Kustomization, which is as it was written, says of itself. Flux writes its conditions before the rest of its status: only all of it together is an outcome.
 *
 * @param sourceOutcome - what its source says, where that is the cause
 */
export function kustomizationOutcome(
  { source }: AssembledSync,
  object: KubeObject,
  { wasReady, hadFailed }: OutcomeBefore,
  sourceOutcome: (said: Outcome) => Outcome,
): Outcome {
  const { commit } = source.git
  const { lastAppliedRevision, lastAttemptedRevision } = fluxStatus(object)
  const stalled = currentCondition(object, 'Stalled')
  if (stalled?.status === 'True') return { ...saidBy(stalled), state: 'Stalled', lastAppliedRevision }
  const ready = currentCondition(object, 'Ready')
  if (ready === undefined) {
    const message = `${object.kind} ${object.metadata.name} has not reported on this version yet`
    return { state: 'Progressing', reason: 'Progressing', message, lastAppliedRevision }
  }
  const said: Outcome = { ...saidBy(ready), state: 'Progressing', lastAppliedRevision }
  // What is only being looked at again is still ready.
  if (hasApplied(object, commit) && (ready.status === 'True' || (ready.status === 'Unknown' && wasReady)))
    return { ...said, state: 'Ready' }
  if (ready.status === 'False' && ready.reason === 'DependencyNotReady') return { ...said, state: 'Waiting' }
  if (ready.status === 'False' && failures.has(ready.reason) && isRevisionOf(commit, lastAttemptedRevision))
    return { ...said, state: 'Failed' }
  if (ready.status === 'Unknown') return hadFailed ? { ...said, reason: retryReason } : said
  const isOfSource = ready.status === 'True' || ready.reason === 'ArtifactFailed'
  return isOfSource ? sourceOutcome(said) : said
}

function saidBy({ reason, message }: Condition): Pick<Outcome, 'reason' | 'message'> {
  return { reason, message }
}
