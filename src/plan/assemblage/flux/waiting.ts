import { type NodeOutcome, planGraph } from '../../../graph/index.ts'
import type { SyncVerdict } from '../../../model/kinds/assemblage/driver-input.ts'
import type { AssembledSync } from '../../../model/kinds/assemblage/types.generated.ts'

const outcomes: Readonly<Record<SyncVerdict['state'], NodeOutcome>> = {
  Ready: 'succeeded',
  Progressing: 'running',
  Waiting: 'pending',
  Failed: 'failed',
  Stalled: 'failed',
  Unassigned: 'pending',
}

/** The verdicts with what those wait for that wait, by our own dependencies: Flux names the next one only, and as it was when it looked. */
export function explainWaiting(syncs: readonly AssembledSync[], verdicts: readonly SyncVerdict[]): readonly SyncVerdict[] {
  if (!verdicts.some(({ state }) => state === 'Waiting')) return verdicts
  const byName = new Map(verdicts.map((verdict) => [verdict.name, verdict]))
  const plan = planGraph({
    nodes: syncs.map(({ name: id }) => ({ id })),
    edges: syncs.flatMap(({ name: from, dependsOn = [] }) => dependsOn.map(({ name: to }) => ({ from, to }))),
    outcomes: Object.fromEntries(verdicts.map(({ name, state }) => [name, outcomes[state]])),
  })
  return verdicts.map((verdict) => {
    if (verdict.state !== 'Waiting') return verdict
    const { causes = [], sentence = '' } = plan.explain(verdict.name) ?? {}
    const blocker = causes[0] && byName.get(causes[0].blocker)
    // Flux asks again from time to time, and an expression may ask for more than readiness.
    if (blocker === undefined) return { ...verdict, message: `Flux has not found all dependencies ready yet: ${verdict.message}` }
    return { ...verdict, message: `${sentence} ${blocker.name}: ${blocker.reason}: ${blocker.message}` }
  })
}
