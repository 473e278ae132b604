import type { DriverInput, SyncVerdict } from '../../../model/kinds/assemblage/driver-input.ts'
import type { KubeObject } from '../../../model/object.ts'
import { judgeObject } from '../judge-object.ts'
import { judgeRemoved } from '../judge-removed.ts'
import { gitRepository } from './objects.ts'
import { kustomizationOutcome } from './outcome.ts'
import { sourceOutcome } from './source-outcome.ts'
import { explainWaiting } from './waiting.ts'
import { wantedObjects } from './wanted.ts'

/** How the syncs are. */
export function judgeFlux(input: DriverInput): readonly SyncVerdict[] {
  const { assemblage, syncs } = input
  const { kustomizations } = wantedObjects(input)
  const verdicts = syncs.map((sync, index) =>
    judgeObject(sync, kustomizations[index] as KubeObject, input, (object, wasReady) =>
      kustomizationOutcome(sync, object, wasReady, (said) => sourceOutcome(sync, gitRepository(sync.source.git, assemblage), input, said)),
    ),
  )
  return [...explainWaiting(syncs, verdicts), ...judgeRemoved(input)]
}
