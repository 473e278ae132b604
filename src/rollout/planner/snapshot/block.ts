import { getOrMake } from '../../get-or-make.ts'
import type { TargetView } from '../../target-view.ts'
import { isStartable, type TargetState } from '../target-state.ts'

/** How many targets a block has at most. */
export const blockSize = 256

/** Marks of a target, which are independent of its state. */
export const mark = {
  /** An update is in progress, to whatever version: it uses up concurrency. */
  updating: 1,
  /** A removal is in progress: it uses up deletions. */
  removing: 2,
  /** It is reachable, has something, and is not ready: it uses up unavailability. */
  unavailable: 4,
  /** It has failed and is tried again, or is to be. */
  retried: 8,
} as const

/**
 * Neighbours of one stage as they are seen in a tick. It is never changed: the next tick has the same block where nothing is different, so
 * that what is found out about it holds as well. Everything is by the position in the block.
 */
export interface Block {
  /** The index of its first target. */
  readonly from: number
  readonly views: readonly TargetView[]
  /** The group of `within`. */
  readonly groups: Uint32Array
  readonly states: readonly TargetState[]
  readonly marks: Uint8Array
  /** When it finished: for those done or failed. */
  readonly finishedAt: Float64Array
  /** When the next thing happens to it by itself, so that it is looked at again; infinite when nothing does. */
  readonly timer: Float64Array
  readonly counts: BlockCounts
  /** What was found out about it, by what found it. */
  readonly found: Map<unknown, unknown>
}

/** How many there are of each rank. */
type ByRank = [number, number, number]

/** How many targets of a block are what. */
export interface BlockCounts {
  readonly done: number
  readonly removing: number
  readonly members: ByRank
  /** Those that could be started, and of these the ones that have nothing. */
  readonly startable: ByRank
  readonly absent: ByRank
  /** The earliest timer. */
  readonly next: number
}

/** Who is started before whom: 0 when updating already, 1 when unavailable already, since these cost nothing more; 2 for the others. */
export type Rank = 0 | 1 | 2

/** All of them, in order. */
export const ranks: readonly Rank[] = [0, 1, 2]

/** The rank of a target with some marks. */
export function rankOf(marks: number): Rank {
  return (marks & mark.updating) !== 0 ? 0 : (marks & mark.unavailable) !== 0 ? 1 : 2
}

/** Counts what the targets are. */
export function countBlock({ states, marks, timer }: Omit<Block, 'counts' | 'found'>): BlockCounts {
  const none = (): ByRank => [0, 0, 0]
  const [members, startable, absent] = [none(), none(), none()]
  let [done, removing, next] = [0, 0, Number.POSITIVE_INFINITY]
  for (let at = 0; at < marks.length; at += 1) {
    const state = states[at] as TargetState
    const marked = marks[at] as number
    const rank = rankOf(marked)
    members[rank] += 1
    if (isStartable(state)) startable[rank] += 1
    if (state === 'done') done += 1
    if (state === 'absent') absent[rank] += 1
    if ((marked & mark.removing) !== 0) removing += 1
    next = Math.min(next, timer[at] as number)
  }
  return { done, removing, members, startable, absent, next }
}

/** What is found out about a block, once for each. */
export function byBlock<Found>(find: (block: Block) => Found): (block: Block) => Found {
  return (block) => getOrMake(block.found, find, () => find(block)) as Found
}

/** The indices of those in a block of which something holds, found once. */
export function indicesIn(holds: (block: Block, at: number) => boolean): (block: Block) => readonly number[] {
  return byBlock((block) => {
    const found: number[] = []
    for (let at = 0; at < block.views.length; at += 1) if (holds(block, at)) found.push(block.from + at)
    return found
  })
}

/** Those that say that they are busy. */
export const busyIn: (block: Block) => readonly number[] = indicesIn(({ views }, at) => (views[at] as TargetView).busy !== undefined)

/** Those whose removal is in progress. */
export const removingIn: (block: Block) => readonly number[] = indicesIn(({ marks }, at) => ((marks[at] as number) & mark.removing) !== 0)
