import type { RecordedFailure, RecordedRetry, RolloutState } from '../state/state.ts'
import type { CanonicalStrategy } from '../strategy/canonical.ts'
import type { ResolvedStage } from '../strategy/resolve.ts'
import type { RetryPolicy } from '../strategy/stage.ts'
import type { TargetView } from '../target-view.ts'
import type { StagedTargets } from './assign-stages.ts'
import { retryAt, retryOf } from './failures/retry.ts'
import { failureReason, isGone, isReady, isSound, isUpdating, progressOf } from './outcome.ts'
import { classifyDeselected, classifyFree, classifyMember, isStartable, type TargetState } from './target-state.ts'
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
  /** 1 when it could be started. */
  readonly startable: Uint8Array
  /** When it finished: for those done or failed. */
  readonly finishedAt: Float64Array
  /** When the next thing happens to it by itself, so that it is looked at again; infinite when nothing does. */
  readonly timer: Float64Array
  /** How many targets have the module or are to have it. */
  readonly involved: number
  /** How many are done, and how many have nothing and could be started. */
  readonly done: number
  readonly absent: number
  /** Whether some say that they are busy. */
  readonly isAnyBusy: boolean
  /** Failures seen now that are not on record. */
  readonly newFailures: readonly RecordedFailure[]
  /** By index, 1 for those that have failed and are tried again, or are to be. */
  readonly retried: Uint8Array
  readonly newRetries: readonly RecordedRetry[]
}

type Draft = { -readonly [Field in keyof Snapshot]: Snapshot[Field] } & {
  readonly states: TargetState[]
  readonly newFailures: RecordedFailure[]
  readonly newRetries: RecordedRetry[]
}

/** What is on record of the targets, by id. */
interface Recorded {
  readonly failures: ReadonlyMap<string, RecordedFailure>
  readonly retries: ReadonlyMap<string, RecordedRetry>
}

/** What was seen in the tick that led to a state. */
interface Seen {
  readonly strategy: CanonicalStrategy
  readonly staged: StagedTargets
  readonly snapshot: Snapshot
  readonly now: number
}

/** By the state that a tick led to. It goes with the state, and once a tick has gone on from there. */
const seen: WeakMap<RolloutState, Seen> = new WeakMap()

function seenBefore(strategy: CanonicalStrategy, state: RolloutState | null): Seen | undefined {
  const last = state === null ? undefined : seen.get(state)
  return last?.strategy === strategy ? last : undefined
}

/**
 * Remembers what was seen, for the tick that goes on from here: most of it will be the same then.
 *
 * @param from - the state that the tick began with
 */
export function rememberSnapshot({ state, input: { strategy }, staged, now }: Tick, snapshot: Snapshot, from: RolloutState): void {
  seen.delete(from)
  seen.set(state, { strategy, staged, snapshot, now })
}

/** The targets as they were in the tick that led to a state, in their stages. */
export function stagedBefore(strategy: CanonicalStrategy, state: RolloutState | null): StagedTargets | undefined {
  return seenBefore(strategy, state)?.staged
}

/**
 * Looks at every target once; only at those that may be something else than before, where the tick goes on from one that is remembered.
 *
 * @param from - the state that the tick began with
 */
export function takeSnapshot(tick: Tick, from: RolloutState): Snapshot {
  const { staged, now } = tick
  const count = staged.views.length
  const before = seenBefore(tick.input.strategy, from)
  const known = before !== undefined && isContinued(before, tick) ? before : undefined
  const draft = known === undefined ? emptyDraft(count) : draftOf(known.snapshot)
  const recorded: Recorded = {
    failures: new Map(tick.state.failed.map((failure) => [failure.target, failure])),
    retries: new Map(tick.state.retries.map((retry) => [retry.target, retry])),
  }
  const members = staged.first[staged.stages.length] as number
  const { states, startable, timer } = draft
  const [views, viewsBefore] = [staged.views, known?.staged.views ?? []]
  let next = Number.POSITIVE_INFINITY
  for (let index = 0; index < count; index += 1) {
    const view = views[index] as TargetView
    // One that was not observed again becomes something else by its timer alone.
    if (view !== viewsBefore[index] || (timer[index] as number) <= now) {
      if (known !== undefined) forget(draft, index)
      if (!isSound(view) || staged.repeated[index] === 1) addInvalid(draft, index, view)
      else if (index < members) addMember(draft, tick, index, view, recorded)
      else addDeselected(draft, index, view)
      startable[index] = isStartable(states[index] as TargetState) ? 1 : 0
    }
    if (view.busy !== undefined) draft.isAnyBusy = true
    if ((timer[index] as number) < next) next = timer[index] as number
    const isDone = states[index] === 'done'
    if (isDone) draft.done += 1
    if (startable[index] === 1 && states[index] === 'absent') draft.absent += 1
    if (index < members || !isDone) draft.involved += 1
  }
  tick.wake.add(next)
  return draft
}

/** Whether the targets are where they were, in the same stages, and time has not gone back. */
function isContinued({ staged, now }: Seen, tick: Tick): boolean {
  return staged.source === tick.staged.source && staged.stages === tick.staged.stages && now <= tick.now
}

function emptyDraft(count: number): Draft {
  return {
    states: new Array(count),
    updating: new Uint8Array(count),
    removing: new Uint8Array(count),
    unavailable: new Uint8Array(count),
    startable: new Uint8Array(count),
    finishedAt: new Float64Array(count),
    timer: new Float64Array(count).fill(Number.POSITIVE_INFINITY),
    involved: 0,
    done: 0,
    absent: 0,
    retried: new Uint8Array(count),
    isAnyBusy: false,
    newFailures: [],
    newRetries: [],
  }
}

function draftOf({ states, updating, removing, unavailable, startable, finishedAt, timer, retried }: Snapshot): Draft {
  return {
    states: states.slice(),
    updating: updating.slice(),
    removing: removing.slice(),
    unavailable: unavailable.slice(),
    startable: startable.slice(),
    finishedAt: finishedAt.slice(),
    timer: timer.slice(),
    involved: 0,
    done: 0,
    absent: 0,
    retried: retried.slice(),
    isAnyBusy: false,
    newFailures: [],
    newRetries: [],
  }
}

function forget(draft: Draft, index: number): void {
  draft.updating[index] = 0
  draft.removing[index] = 0
  draft.unavailable[index] = 0
  draft.finishedAt[index] = 0
  draft.retried[index] = 0
  draft.timer[index] = Number.POSITIVE_INFINITY
}

/** It is not started. What it may be using up of the budgets counts. */
function addInvalid(draft: Draft, index: number, view: TargetView): void {
  draft.states[index] = 'invalid'
  const isThere = !isGone(view)
  if (view.reach.ok && isThere && !isReady(view)) draft.unavailable[index] = 1
  if (isUpdating(view)) draft.updating[index] = 1
  if (view.assigned !== null && view.assigned.version === null && isThere) draft.removing[index] = 1
}

function addMember(draft: Draft, tick: Tick, index: number, view: TargetView, recorded: Recorded): void {
  const { staged, wanted } = tick
  const stage = staged.stages[staged.stageOf[index] as number] as ResolvedStage
  const known = recorded.failures.size === 0 ? undefined : recorded.failures.get(view.id)
  const last = recorded.retries.size === 0 ? undefined : recorded.retries.get(view.id)
  const progress = progressOf(view, stage, tick)
  const seen = classifyMember(view, progress, tick, known !== undefined)
  const retry =
    seen === 'failed' && known === undefined ? retryOf(tick, stage.retry, view, { stage: stage.name, at: progress.at, last }) : undefined
  const due = retry === undefined ? 0 : retryAt(stage.retry as RetryPolicy, retry)
  // It waits until it is tried again, and is like any other that can be started then.
  const state = retry === undefined ? seen : due > tick.now ? 'retrying' : classifyFree(view, tick.wanted)
  if (state === 'retrying') draft.timer[index] = due
  if (retry !== undefined && retry !== last) draft.newRetries.push(retry)
  if ((retry ?? last) !== undefined && state !== 'done' && state !== 'failed') draft.retried[index] = 1
  const { assigned, reach } = view
  const [gone, ready] = [isGone(view), isReady(view)]
  draft.states[index] = state
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
  if (state === 'removing') draft.removing[index] = 1
}
