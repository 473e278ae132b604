import type { RecordedFailure, RecordedRetry, RolloutState } from '../state/state.ts'
import type { CanonicalStrategy } from '../strategy/canonical.ts'
import { sameItems } from './assign-stages.ts'
import { type Block, blockSize, busyIn, countBlock, type mark } from './snapshot/block.ts'
import { type BlockDraft, Look } from './snapshot/look.ts'
import type { TargetState } from './target-state.ts'
import { blockOf, type StagedTargets } from './targets/staged-targets.ts'
import type { Tick } from './tick.ts'

/** What is seen of the targets. */
export class Snapshot {
  readonly strategy: CanonicalStrategy
  readonly staged: StagedTargets
  readonly now: number
  readonly blocks: readonly Block[]
  /** Failures seen now that are not on record. */
  readonly newFailures: readonly RecordedFailure[]
  readonly newRetries: readonly RecordedRetry[]
  /** How many targets have the module or are to have it. */
  readonly involved: number
  readonly done: number
  readonly removing: number
  /** Whether some say that they are busy. */
  readonly isAnyBusy: boolean
  /** When the next thing happens to one of them by itself. */
  readonly next: number

  constructor({ input, staged, now }: Tick, blocks: readonly Block[], { newFailures, newRetries }: Look) {
    this.strategy = input.strategy
    this.staged = staged
    this.now = now
    this.blocks = blocks
    this.newFailures = newFailures
    this.newRetries = newRetries
    let [done, removing, gone, next] = [0, 0, 0, Number.POSITIVE_INFINITY]
    const deselected = staged.first[staged.stages.length] as number
    for (const { from, counts } of blocks) {
      done += counts.done
      removing += counts.removing
      if (from >= deselected) gone += counts.done
      next = Math.min(next, counts.next)
    }
    this.involved = staged.views.length - gone
    this.done = done
    this.removing = removing
    this.isAnyBusy = blocks.some((block) => busyIn(block).length > 0)
    this.next = next
  }

  /** Those of a stage, in order; of one that does not exist, the deselected targets. */
  blocksOf(stage: number): readonly Block[] {
    const { firstBlock } = this.staged
    return this.blocks.slice(firstBlock[stage], firstBlock[stage + 1])
  }

  state(index: number): TargetState {
    const block = this.block(index)
    return block.states[index - block.from] as TargetState
  }

  has(index: number, one: (typeof mark)[keyof typeof mark]): boolean {
    const block = this.block(index)
    return ((block.marks[index - block.from] as number) & one) !== 0
  }

  /** The block that a target is in. */
  block(index: number): Block {
    return this.blocks[blockOf(this.staged, index)] as Block
  }
}

/** What was seen, by the state that the tick led to. It goes with the state, and once a tick has gone on from there. */
const seen: WeakMap<RolloutState, Snapshot> = new WeakMap()

/** By the state that a tick began with, for another that asks the same: what is updating is counted before anything is started. */
const asked: typeof seen = new WeakMap()

function seenBefore(by: typeof seen, strategy: CanonicalStrategy, state: RolloutState | null): Snapshot | undefined {
  const last = state && by.get(state)
  return last?.strategy === strategy ? last : undefined
}

/**
 * Remembers what was seen, for the tick that goes on from here: most of it will be the same then.
 *
 * @param from - the state that the tick began with
 */
export function rememberSnapshot({ state }: Tick, snapshot: Snapshot, from: RolloutState): void {
  seen.delete(from)
  asked.delete(from)
  seen.set(state, snapshot)
}

/** The targets as they were last when there was a state, in their stages. */
export function stagedBefore(strategy: CanonicalStrategy, state: RolloutState | null): StagedTargets | undefined {
  return (seenBefore(asked, strategy, state) ?? seenBefore(seen, strategy, state))?.staged
}

/**
 * Looks at every target once; only at those that may be something else than before, where the tick goes on from one that is remembered.
 *
 * @param from - the state that the tick began with
 */
export function takeSnapshot(tick: Tick, from: RolloutState): Snapshot {
  const same = asked.get(from)
  const snapshot = same?.now === tick.now && same.staged === tick.staged ? same : lookAtAll(tick, from)
  asked.set(from, snapshot)
  tick.wake.add(snapshot.next)
  return snapshot
}

function lookAtAll(tick: Tick, from: RolloutState): Snapshot {
  const { staged, now } = tick
  const last = seenBefore(seen, tick.input.strategy, from)
  const before = last && isContinued(last, tick) ? last : undefined
  const changed = before && changedBlocks(staged, before.staged)
  const look = new Look(tick)
  const blocks: Block[] = [...(before?.blocks ?? [])]
  for (let stage = 0; stage <= staged.stages.length; stage += 1) {
    const end = staged.first[stage + 1] ?? staged.views.length
    for (let number = staged.firstBlock[stage] as number; number < (staged.firstBlock[stage + 1] as number); number += 1) {
      const known = blocks[number]
      // One that was not observed again becomes something else by its timer alone.
      if (known !== undefined && changed?.has(number) === false && known.counts.next > now) continue
      const start = (staged.first[stage] as number) + (number - (staged.firstBlock[stage] as number)) * blockSize
      const draft = draftOf(staged, start, Math.min(start + blockSize, end), known)
      for (let at = 0; at < draft.views.length; at += 1) {
        if (draft.views[at] !== known?.views[at] || (draft.timer[at] as number) <= now) look.at(draft, at, staged.stages[stage])
      }
      blocks[number] = { ...draft, counts: countBlock(draft), found: new Map() }
    }
  }
  return new Snapshot(tick, blocks, look)
}

/** Whether the targets are where they were, and time has not gone back. */
function isContinued({ staged, now }: Snapshot, tick: Tick): boolean {
  return now <= tick.now && sameItems(staged.first, tick.staged.first) && sameItems(staged.indexAt, tick.staged.indexAt)
}

/** The blocks with a target that is given anew, or is in another group. */
function changedBlocks(staged: StagedTargets, before: StagedTargets): ReadonlySet<number> {
  const changed = new Set<number>()
  const { views, indexAt, groupOf } = staged
  for (const position of views.given.changesFrom(before.views.given)) changed.add(blockOf(staged, indexAt[position] as number))
  if (groupOf !== before.groupOf)
    for (const [index, group] of groupOf.entries()) if (group !== before.groupOf[index]) changed.add(blockOf(staged, index))
  return changed
}

/** A block to be written on. */
function draftOf({ views, groupOf }: StagedTargets, from: number, to: number, known: Block | undefined): BlockDraft {
  const count = to - from
  return {
    from,
    views: views.slice(from, to),
    groups: groupOf.subarray(from, to),
    states: known === undefined ? new Array(count) : known.states.slice(),
    marks: known?.marks.slice() ?? new Uint8Array(count),
    finishedAt: known?.finishedAt.slice() ?? new Float64Array(count),
    timer: known?.timer.slice() ?? new Float64Array(count),
  }
}
