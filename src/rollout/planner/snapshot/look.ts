import { byTarget } from '../../state/by-target.ts'
import type { RecordedFailure, RecordedRetry } from '../../state/state.ts'
import type { ResolvedStage } from '../../strategy/resolve.ts'
import type { RetryPolicy } from '../../strategy/stage.ts'
import type { TargetView } from '../../target-view.ts'
import { retryAt, retryOf } from '../failures/retry.ts'
import { failureReason, isGone, isReady, isSound, isUpdating, progressOf } from '../outcome.ts'
import { classifyDeselected, classifyFree, classifyMember, type TargetState } from '../target-state.ts'
import type { Tick } from '../tick.ts'
import { type Block, mark } from './block.ts'

/** A block that is being made. */
export interface BlockDraft extends Omit<Block, 'counts' | 'found'> {
  readonly states: TargetState[]
}

/** Looks at targets in one tick. */
export class Look {
  /** Failures seen now that are not on record. */
  readonly newFailures: RecordedFailure[] = []
  readonly newRetries: RecordedRetry[] = []
  readonly #tick: Tick
  /** What is on record of the targets, by id. */
  readonly #failures: ReadonlyMap<string, RecordedFailure>
  readonly #retries: ReadonlyMap<string, RecordedRetry>

  constructor(tick: Tick) {
    this.#tick = tick
    this.#failures = byTarget(tick.state.failed)
    this.#retries = byTarget(tick.state.retries)
  }

  /** Writes down what a target of `stage` is now; of none when it is no longer selected. */
  at(draft: BlockDraft, at: number, stage: ResolvedStage | undefined): void {
    draft.marks[at] = 0
    draft.finishedAt[at] = 0
    draft.timer[at] = Number.POSITIVE_INFINITY
    const view = draft.views[at] as TargetView
    if (!isSound(view) || this.#tick.staged.repeated[draft.from + at] === 1) addInvalid(draft, at, view)
    else if (stage !== undefined) this.#addMember(draft, at, view, stage)
    else addDeselected(draft, at, view)
  }

  #addMember(draft: BlockDraft, at: number, view: TargetView, stage: ResolvedStage): void {
    const { now, wanted } = this.#tick
    const known = this.#failures.get(view.id)
    const last = this.#retries.get(view.id)
    const progress = progressOf(view, stage, this.#tick)
    const seen = classifyMember(view, progress, this.#tick, known !== undefined)
    const retry =
      seen === 'failed' && known === undefined
        ? retryOf(this.#tick, stage.retry, view, { stage: stage.name, at: progress.at, last })
        : undefined
    const due = retry === undefined ? 0 : retryAt(stage.retry as RetryPolicy, retry)
    // It waits until it is tried again, and is like any other that can be started then.
    const state = retry === undefined ? seen : due > now ? 'retrying' : classifyFree(view, wanted)
    if (state === 'retrying') draft.timer[at] = due
    if (retry !== undefined && retry !== last) this.newRetries.push(retry)
    let marks = (retry ?? last) !== undefined && state !== 'done' && state !== 'failed' ? mark.retried : 0
    const { assigned, reach } = view
    const [gone, ready] = [isGone(view), isReady(view)]
    draft.states[at] = state
    if (reach.ok && !gone && !ready) marks |= mark.unavailable
    const inProgress = progress.phase === 'updating' || progress.phase === 'soaking'
    if (inProgress && assigned !== null && !gone && !(known !== undefined && assigned.version === wanted)) {
      if (assigned.version === null) marks |= mark.removing
      else if (!ready || assigned.version === wanted) marks |= mark.updating
      draft.timer[at] = progress.at
    }
    draft.marks[at] = marks
    if (state === 'done') draft.finishedAt[at] = progress.at
    else if (state === 'failed') {
      draft.finishedAt[at] = known?.at ?? progress.at
      if (known === undefined) this.#addFailure(view, stage.name, progress.at)
    }
  }

  /** What goes wrong after the end is no failure of the rollout: it halts nothing, and later targets are started all the same. */
  #addFailure(view: TargetView, stage: string, at: number): void {
    if (this.#tick.state.completedAt !== null) return
    this.newFailures.push({ target: view.id, stage, reason: failureReason(view), at })
  }
}

/** It is not started. What it may be using up of the budgets counts. */
function addInvalid(draft: BlockDraft, at: number, view: TargetView): void {
  draft.states[at] = 'invalid'
  const isThere = !isGone(view)
  const isRemoving = view.assigned !== null && view.assigned.version === null && isThere
  draft.marks[at] =
    (view.reach.ok && isThere && !isReady(view) ? mark.unavailable : 0) |
    (isUpdating(view) ? mark.updating : 0) |
    (isRemoving ? mark.removing : 0)
}

function addDeselected(draft: BlockDraft, at: number, view: TargetView): void {
  const state = classifyDeselected(view)
  draft.states[at] = state
  if (state === 'removing') draft.marks[at] = mark.removing
}
