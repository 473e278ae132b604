import type { TargetView } from '../../target-view.ts'
import { type Block, byBlock, mark } from '../snapshot/block.ts'
import { Few } from '../snapshot/few.ts'
import { isStartable, type TargetState } from '../target-state.ts'

/** The members that the gate of their stage looks at. */
export interface Members {
  readonly done: number
  readonly failed: number
  readonly unreachable: number
  /** Those that have failed and are tried again, or are to be: the gate does not wait for them. */
  readonly retried: number
  /** Those that the gate does not wait for: paused, pinned, or with wrong data. */
  readonly leftOut: number
  /** The ids of those that have not finished. */
  readonly pending: Few
  /** When the last of those done or failed finished. */
  readonly finishedAt: number
}

/**
 * Counts the members of a stage. Those that are excluded, and those of a stopped label value, count as no members.
 *
 * @param stopped - by index, 1 for those of a stopped label value; `undefined`: there is none
 */
export function countMembers(blocks: readonly Block[], stopped: Uint8Array | undefined): Members {
  let [done, failed, unreachable, retried, leftOut, finishedAt] = [0, 0, 0, 0, 0, 0]
  const pending = new Few()
  for (const block of blocks) {
    const members = stopped === undefined ? allOf(block) : membersOf(block, stopped)
    done += members.done
    failed += members.failed
    unreachable += members.unreachable
    retried += members.retried
    leftOut += members.leftOut
    finishedAt = Math.max(finishedAt, members.finishedAt)
    pending.join(members.pending)
  }
  return { done, failed, unreachable, retried, leftOut, pending, finishedAt }
}

const allOf: (block: Block) => Members = byBlock((block) => membersOf(block, undefined))

function membersOf({ from, views, states, marks, finishedAt }: Block, stopped: Uint8Array | undefined): Members {
  let [done, failed, unreachable, retried, leftOut, last] = [0, 0, 0, 0, 0, 0]
  const pending = new Few()
  for (let at = 0; at < states.length; at += 1) {
    const state = states[at] as TargetState
    if (stopped?.[from + at] === 1 && isStartable(state)) continue
    const { id, hold } = views[at] as TargetView
    switch (state) {
      case 'held':
      case 'invalid':
        if (hold !== 'excluded') leftOut += 1
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
        if (((marks[at] as number) & mark.retried) !== 0) retried += 1
        else pending.add(id)
        continue
      default:
        state satisfies never
    }
    last = Math.max(last, finishedAt[at] as number)
  }
  return { done, failed, unreachable, retried, leftOut, pending, finishedAt: last }
}
