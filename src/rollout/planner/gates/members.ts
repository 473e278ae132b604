import type { TargetView } from '../../target-view.ts'
import type { Snapshot } from '../snapshot.ts'
import { isStartable } from '../target-state.ts'

/** The members that the gate of their stage looks at. */
export interface Members {
  readonly done: number
  readonly failed: number
  readonly unreachable: number
  /** Those that have failed and are tried again, or are to be: the gate does not wait for them. */
  readonly retried: number
  /** Those that the gate does not wait for: paused, pinned, or with wrong data. */
  readonly leftOut: number
  /** Indices of those that have not finished. */
  readonly pending: readonly number[]
  /** When the last of those done or failed finished. */
  readonly finishedAt: number
}

/** Counts the members of a stage. Those that are excluded, and those of a stopped label value, count as no members. */
export function countMembers(
  { states, finishedAt, retried: isRetried }: Snapshot,
  views: readonly TargetView[],
  stopped: Uint8Array,
  from: number,
  to: number,
): Members {
  const pending: number[] = []
  let [done, failed, unreachable, retried, leftOut, last] = [0, 0, 0, 0, 0, 0]
  for (let index = from; index < to; index += 1) {
    const state = states[index]
    if (state === undefined || (stopped[index] === 1 && isStartable(state))) continue
    switch (state) {
      case 'held':
      case 'invalid':
        if ((views[index] as TargetView).hold !== 'excluded') leftOut += 1
        continue
      case 'done':
        done += 1
        break
      case 'failed':
        failed += 1
        break
      case 'unreachable':
        unreachable += 1
        continue
      case 'retrying':
      case 'updating':
      case 'soaking':
      case 'down':
      case 'ready':
      case 'absent':
      case 'deselected':
      case 'removing':
        if (isRetried[index] === 1) retried += 1
        else pending.push(index)
        continue
      default:
        state satisfies never
    }
    last = Math.max(last, finishedAt[index] as number)
  }
  return { done, failed, unreachable, retried, leftOut, pending, finishedAt: last }
}
