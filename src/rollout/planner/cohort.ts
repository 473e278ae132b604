import { compareText } from '../../model/compare-text.ts'
import type { CorrelationPolicy } from '../strategy/canonical.ts'
import type { ClusterView } from '../target-view.ts'
import type { Facts } from './snapshot.ts'
import { DONE } from './target-state.ts'

/** A label value that failures have in common. */
export interface Cohort {
  /** As `arch=arm64`. */
  readonly cohort: string
  readonly failed: number
  readonly settled: number
}

/**
 * The label value under which most of the settled clusters failed, if failures gather there and not elsewhere; of equals the one with
 * the larger sample, then the smaller text. Clusters that are stopped already are left out, and failures that are not on record.
 */
export function findCohort(
  policy: CorrelationPolicy,
  views: readonly ClusterView[],
  { standing }: Facts,
  recorded: ReadonlySet<string>,
  stopped: Uint8Array,
): Cohort | undefined {
  let [allFailed, allSettled] = [0, 0]
  const tallies = new Map<string, { failed: number; settled: number }>()
  for (const [place, { id, labels = {} }] of views.entries()) {
    const failed = recorded.has(id) ? 1 : 0
    if (stopped[place] === 1 || (failed === 0 && standing[place] !== DONE)) continue
    allFailed += failed
    allSettled += 1
    for (const label of policy.labels) {
      if (!Object.hasOwn(labels, label)) continue
      const cohort = `${label}=${labels[label]}`
      const tally = tallies.get(cohort) ?? { failed: 0, settled: 0 }
      tallies.set(cohort, { failed: tally.failed + failed, settled: tally.settled + 1 })
    }
  }
  const gathered = [...tallies].flatMap(([cohort, { failed, settled }]) => {
    const others = allSettled - settled
    const here = settled >= policy.minSample && failed * 100 > policy.percent * settled
    const elsewhere = others === 0 || (allFailed - failed) * 100 > policy.percent * others
    return here && !elsewhere ? [{ cohort, failed, settled }] : []
  })
  return gathered.sort((a, b) => b.failed * a.settled - a.failed * b.settled || b.settled - a.settled || compareText(a.cohort, b.cohort))[0]
}
