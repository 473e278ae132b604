import type { RecordedFailure } from '../state/state.ts'
import type { ResolvedStage } from '../strategy/resolve.ts'
import type { TargetView } from '../target-view.ts'
import { failureReason, isGone, isReady, isSound, isUpdating, progressOf } from './outcome.ts'
import { classifyDeselected, classifyMember, type TargetState } from './target-state.ts'
import type { Tick } from './tick.ts'

/** What is seen of the targets, by index. */
export interface Snapshot {
  readonly states: readonly TargetState[]
  /** 1 when an update is in progress, to whatever version: it uses up concurrency. */
  readonly updating: Uint8Array
  /** 1 when a removal is in progress: it uses up deletions. */
  readonly removing: Uint8Array
  /** 1 when it is reachable, has something, and is not ready: it uses up unavailability. */
  readonly unavailable: Uint8Array
  /** When it finished: for those done or failed. */
  readonly finishedAt: Float64Array
  /** When the next thing happens to it by itself; infinite when nothing does. */
  readonly timer: Float64Array
  /** How many targets have the module or are to have it. */
  readonly involved: number
  /** Failures seen now that are not on record. */
  readonly newFailures: readonly RecordedFailure[]
}

type Draft = { -readonly [Field in keyof Snapshot]: Snapshot[Field] } & {
  readonly states: TargetState[]
  readonly newFailures: RecordedFailure[]
}

/** Looks at every target once. */
export function takeSnapshot(tick: Tick): Snapshot {
  const { staged } = tick
  const count = staged.views.length
  const draft: Draft = {
    states: new Array(count),
    updating: new Uint8Array(count),
    removing: new Uint8Array(count),
    unavailable: new Uint8Array(count),
    finishedAt: new Float64Array(count),
    timer: new Float64Array(count).fill(Number.POSITIVE_INFINITY),
    involved: 0,
    newFailures: [],
  }
  const recorded = new Map(tick.state.failed.map((failure) => [failure.target, failure]))
  const members = staged.first[staged.stages.length] as number
  for (let index = 0; index < count; index += 1) {
    const view = staged.views[index] as TargetView
    if (!isSound(view) || staged.repeated[index] === 1) addInvalid(draft, index, view)
    else if (index < members) addMember(draft, tick, index, view, recorded)
    else addDeselected(draft, index, view)
    tick.wake.add(draft.timer[index] as number)
  }
  return draft
}

/** It is not started. What it may be using up of the budgets counts. */
function addInvalid(draft: Draft, index: number, view: TargetView): void {
  draft.states[index] = 'invalid'
  draft.involved += 1
  const isThere = !isGone(view)
  if (view.reach.ok && isThere && !isReady(view)) draft.unavailable[index] = 1
  if (isUpdating(view)) draft.updating[index] = 1
  if (view.assigned !== null && view.assigned.version === null && isThere) draft.removing[index] = 1
}

function addMember(draft: Draft, tick: Tick, index: number, view: TargetView, recorded: ReadonlyMap<string, RecordedFailure>): void {
  const { staged, wanted } = tick
  const stage = staged.stages[staged.stageOf[index] as number] as ResolvedStage
  const known = recorded.size === 0 ? undefined : recorded.get(view.id)
  const progress = progressOf(view, stage, tick)
  const state = classifyMember(view, progress, tick, known !== undefined)
  const { assigned, reach } = view
  const [gone, ready] = [isGone(view), isReady(view)]
  draft.states[index] = state
  draft.involved += 1
  if (reach.ok && !gone && !ready) draft.unavailable[index] = 1
  const inProgress = progress.phase === 'updating' || progress.phase === 'soaking'
  if (inProgress && assigned !== null && !gone && !(known !== undefined && assigned.version === wanted)) {
    if (assigned.version === null) draft.removing[index] = 1
    else if (!ready || assigned.version === wanted) draft.updating[index] = 1
    draft.timer[index] = progress.at
  }
  if (state === 'done') draft.finishedAt[index] = progress.at
  else if (state === 'failed') {
    draft.finishedAt[index] = known?.at ?? progress.at
    if (known === undefined) addFailure(draft, tick, view, stage.name, progress.at)
  }
}

/** What goes wrong after the end is no failure of the rollout: it halts nothing, and later targets are started all the same. */
function addFailure(draft: Draft, { state: { completedAt } }: Tick, view: TargetView, stage: string, at: number): void {
  if (completedAt !== null) return
  draft.newFailures.push({ target: view.id, stage, reason: failureReason(view), at })
}

function addDeselected(draft: Draft, index: number, view: TargetView): void {
  const state = classifyDeselected(view)
  draft.states[index] = state
  if (state !== 'done') draft.involved += 1
  if (state === 'removing') draft.removing[index] = 1
}
