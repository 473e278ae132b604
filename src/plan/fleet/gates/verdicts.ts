import type { StoredVerdict } from '../../../model/kinds/rollout/types.generated.ts'
import type { Verdict } from '../../../rollout/planner/input.ts'
import { type RolloutId, sameRollout } from '../../../rollout/state/id.ts'
import type { FleetModule } from '../planner/input.ts'

/** The attempt that a module is at. */
export function attemptOf({ revision, nonce = '' }: FleetModule): RolloutId {
  return { version: revision, nonce }
}

/**
 * The verdicts of an attempt with one more: of each check of a stage the last one is kept. What is still pending for the same reason stays as it was, so that it says since when.
 */
export function withVerdict(verdicts: readonly Verdict[], next: Verdict): readonly Verdict[] {
  const isOfSame = ({ stage, track, check }: Verdict): boolean => stage === next.stage && track === next.track && check === next.check
  const last = verdicts.find((each) => isOfSame(each) && sameRollout(each.rid, next.rid))
  if (last?.verdict === 'pending' && next.verdict === 'pending' && last.evidence === next.evidence) return verdicts
  return [...verdicts.filter((each) => !isOfSame(each) && sameRollout(each.rid, next.rid)), next]
}

/** A verdict as it is stored. */
export function storedVerdict({ rid, ...rest }: Verdict): StoredVerdict {
  return { revision: rid.version ?? '', nonce: rid.nonce, ...rest }
}

/** A verdict as it was stored. */
export function verdictOf({ revision, nonce, ...rest }: StoredVerdict): Verdict {
  return { rid: { version: revision, nonce }, ...rest }
}
