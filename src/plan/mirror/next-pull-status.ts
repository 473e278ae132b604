import { type ConditionUpdate, setReady } from '../../model/condition.ts'
import type { PullSyncStatus } from '../../model/kinds/pull-sync/types.generated.ts'

/** What came of looking at the management. */
export interface PullOutcome {
  /** `Unknown` where it could not be asked. */
  readonly ready: 'True' | 'False' | 'Unknown'
  /** For programs, as the reason of the condition. */
  readonly reason: string
  /** For people. */
  readonly message: string
  /** Whether only a change can repair it. */
  readonly stalled?: boolean | undefined
}

/**
 * The status of a PullSync after that.
 *
 * @param now - milliseconds since the epoch
 */
export function nextPullStatus(previous: PullSyncStatus, generation: number, outcome: PullOutcome, now: number): PullSyncStatus {
  const { ready: status, reason, stalled = false } = outcome
  const since = status === 'Unknown' && previous.lastContactAt !== undefined ? `; the last answer came at ${previous.lastContactAt}` : ''
  const ready: ConditionUpdate = { type: 'Ready', status, reason, message: `${outcome.message}${since}`, observedGeneration: generation }
  return { ...previous, observedGeneration: generation, conditions: setReady(previous.conditions ?? [], ready, stalled, now) }
}
