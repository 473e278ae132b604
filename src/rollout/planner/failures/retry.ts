import type { RecordedRetry } from '../../state/state.ts'
import type { RetryPolicy } from '../../strategy/stage.ts'
import type { TargetView } from '../../target-view.ts'
import { type Hold, hold, timeText } from '../hold.ts'
import { failureReason } from '../outcome.ts'
import type { Tick } from '../tick.ts'

/** When a target is tried again: the time after each failure is twice the one before. */
export function retryAt({ backoff, maxBackoff = Number.POSITIVE_INFINITY }: RetryPolicy, { at, count }: RecordedRetry): number {
  return at + Math.min(backoff * 2 ** (count - 1), maxBackoff)
}

/**
 * The failure after which `view`, which has failed at `at`, is tried again: the one on record, or a new one. `undefined` when it has failed for
 * good: there is no other try, it was lost, or the rollout has halted meanwhile.
 */
export function retryOf(
  { state: { halted, completedAt } }: Tick,
  policy: RetryPolicy | undefined,
  view: TargetView,
  { stage, at, last }: { readonly stage: string; readonly at: number; readonly last: RecordedRetry | undefined },
): RecordedRetry | undefined {
  const generation = view.assigned?.generation as number
  if (policy === undefined) return undefined
  // What was decided of a failure when it was seen stays so.
  if (last !== undefined && generation <= last.generation) return last
  if (completedAt !== null) return undefined
  const reason = failureReason(view)
  const count = (last?.count ?? 0) + 1
  if (reason === 'lost' || halted !== null || count > policy.limit) return undefined
  return { target: view.id, stage, reason, at, generation, count }
}

/** What holds a target until it is tried again. */
export function retryHold(policy: RetryPolicy, retry: RecordedRetry): Hold {
  const due = retryAt(policy, retry)
  const what = `${retry.target} ${retry.reason === 'failed' ? 'reported a failure' : 'missed its deadline'} at ${timeText(retry.at)}`
  const message = `${what}; retry ${retry.count} of ${policy.limit} at ${timeText(due)}`
  return hold('retry', message, [`target:${retry.target}`], due)
}
