import type { DriverInput, SyncVerdict } from '../../../model/kinds/assemblage/driver-input.ts'
import type { AssembledSync } from '../../../model/kinds/assemblage/types.generated.ts'
import type { KubeObject } from '../../../model/object.ts'
import { formatRevision } from '../../../model/revision.ts'
import { judgeObject } from '../judge-object.ts'
import { judgeRemoved } from '../judge-removed.ts'
import { removedObjects } from '../removed-objects.ts'
import { gitRepository } from './objects.ts'
import { kustomizationOutcome, retryReason } from './outcome.ts'
import { successorsOf } from './removal.ts'
import { sourceOutcome } from './source-outcome.ts'
import { explainWaiting } from './waiting.ts'
import { wantedObjects } from './wanted.ts'

/** How the syncs are, and those that are being removed. */
export function judgeFlux(input: DriverInput): readonly SyncVerdict[] {
  const verdicts = judgeSyncs(input)
  const removed = removedObjects(input)
  return [
    ...verdicts,
    ...judgeRemoved(input).map((verdict, index) => {
      const object = removed[index] as KubeObject
      const successors = object.metadata.deletionTimestamp === undefined ? successorsOf(object, input, verdicts) : []
      if (successors.length === 0) return verdict
      return { ...verdict, reason: 'SuccessorNotReady', message: `it is deleted once its objects belong to ${successors.join(', ')}` }
    }),
  ]
}

/** How the syncs are that are to be. */
export function judgeSyncs(input: DriverInput): readonly SyncVerdict[] {
  const { assemblage, syncs } = input
  const { kustomizations } = wantedObjects(input)
  const verdicts = syncs.map((sync, index) => {
    const hadFailed = isFailing(sync, input)
    return judgeObject(sync, kustomizations[index] as KubeObject, input, (object, wasReady) =>
      kustomizationOutcome(sync, object, { wasReady, hadFailed }, (said) =>
        sourceOutcome(sync, gitRepository(sync.source.git, assemblage), input, said, hadFailed),
      ),
    )
  })
  return explainWaiting(syncs, verdicts)
}

/** Whether a sync had failed at its revision when it was judged last, or was tried again since. */
function isFailing({ name, source }: AssembledSync, { known }: DriverInput): boolean {
  const before = known.find((sync) => sync.name === name)
  if (before?.revision !== formatRevision({ commit: source.git.commit })) return false
  return before.state === 'Failed' || (before.state === 'Progressing' && before.reason === retryReason)
}
