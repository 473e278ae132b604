import { compareText } from '../../../model/compare-text.ts'
import type { CorrelationPolicy } from '../../strategy/canonical.ts'
import { labelOf } from '../../target-view.ts'
import type { Snapshot } from '../snapshot.ts'

/** A label value that failures have in common. */
export interface Cohort {
  /** As `arch=arm64`. */
  readonly cohort: string
  readonly failed: number
  readonly finished: number
}

/**
 * The label value under which most of the finished targets failed, if failures gather there and not elsewhere; of equals the one with
 * the larger sample, then the smaller text. Targets that are stopped already are left out, and failures that are not on record.
 */
export function findCohort(
  policy: CorrelationPolicy,
  { staged, blocks }: Snapshot,
  recorded: ReadonlySet<string>,
  stopped: Uint8Array | undefined,
): Cohort | undefined {
  let [allFailed, allFinished] = [0, 0]
  const tallies = new Map<string, { failed: number; finished: number }>()
  for (const { from, views, states } of blocks.slice(0, staged.firstBlock[staged.stages.length])) {
    for (const [at, { id, labels }] of views.entries()) {
      const failed = recorded.has(id) ? 1 : 0
      if (stopped?.[from + at] === 1 || (failed === 0 && states[at] !== 'done')) continue
      allFailed += failed
      allFinished += 1
      for (const label of policy.labels) {
        const value = labelOf(labels, label)
        if (value === undefined) continue
        const cohort = `${label}=${value}`
        const tally = tallies.get(cohort) ?? { failed: 0, finished: 0 }
        tallies.set(cohort, { failed: tally.failed + failed, finished: tally.finished + 1 })
      }
    }
  }
  const gathered = [...tallies].flatMap(([cohort, { failed, finished }]) => {
    const others = allFinished - finished
    const here = finished >= policy.minSample && failed * 100 > policy.percent * finished
    const elsewhere = others === 0 || (allFailed - failed) * 100 > policy.percent * others
    return here && !elsewhere ? [{ cohort, failed, finished }] : []
  })
  return gathered.sort(
    (a, b) => b.failed * a.finished - a.failed * b.finished || b.finished - a.finished || compareText(a.cohort, b.cohort),
  )[0]
}
