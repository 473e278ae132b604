import { byTarget } from '../state/by-target.ts'
import type { RecordedFailure, RecordedRetry } from '../state/state.ts'
import type { ResolvedStage } from '../strategy/resolve.ts'
import type { RetryPolicy } from '../strategy/stage.ts'
import type { TargetView } from '../target-view.ts'
import { retryHold } from './failures/retry.ts'
import type { StageProgress } from './gates.ts'
import { describeHalt, type Hold, haltingFailures, hold, timeText } from './hold.ts'
import { failureReason, isReady } from './outcome.ts'
import type { HeldTarget, HoldCode, RolloutAction, RolloutPlan, UpdatingTarget } from './plan.ts'
import { baselineOf, type Mode, revertsFailed } from './select.ts'
import { type Block, mark } from './snapshot/block.ts'
import type { Snapshot } from './snapshot.ts'
import type { Starts } from './starts.ts'
import type { TargetState } from './target-state.ts'
import { indicesById } from './targets/staged-targets.ts'
import type { Tick } from './tick.ts'

/** Of those that are updating, one that may do so for ever: no one can reach it or lets it go on, and it has no deadline. */
export interface StuckTarget {
  readonly target: string
  readonly reason: HoldCode
  readonly message: string
}

/**
 * Where each target went: every one into exactly one of the lists, and for each that is held why. A list is made when it is first looked at:
 * fleets are large, and most ticks change little.
 */
export class Results implements PlanLists {
  readonly actions: readonly RolloutAction[]
  readonly #tick: Tick
  readonly #snapshot: Snapshot
  readonly #progress: StageProgress
  readonly #starts: Starts
  readonly #mode: Mode
  #done: readonly string[] | undefined
  #updating: readonly UpdatingTarget[] | undefined
  #held: readonly HeldTarget[] | undefined
  #reasons: Reasons | undefined

  constructor(tick: Tick, snapshot: Snapshot, progress: StageProgress, starts: Starts, mode: Mode) {
    this.actions = starts.actions
    this.#tick = tick
    this.#snapshot = snapshot
    this.#progress = progress
    this.#starts = starts
    this.#mode = mode
  }

  get done(): readonly string[] {
    this.#done ??= Array.from(this.#listed('done'), ({ view }) => view.id)
    return this.#done
  }

  get doneCount(): number {
    return this.#mode === 'revert' ? this.done.length : this.#snapshot.done
  }

  get updatingCount(): number {
    let count = 0
    for (const _ of this.#listed('updating')) count += 1
    return count
  }

  resultOf(id: string): TargetResult | undefined {
    const { staged } = this.#tick
    const index = indicesById(staged).get(id)
    if (index === undefined) return undefined
    const block = this.#snapshot.block(index)
    const at = index - block.from
    const stage = this.#stage(index)?.name ?? null
    const target = { index, view: staged.views.at(index), state: this.#snapshot.state(index), timer: block.timer[at] as number }
    switch (this.#listOf(block, at)) {
      case 'done':
        return { list: 'done', stage }
      case 'updating':
        return { list: 'updating', ...this.#updatingOf(target) }
      case 'held':
        return { list: 'held', ...heldTarget(id, stage, this.#holdOf(target)) }
      case undefined:
        return undefined
    }
  }

  get updating(): readonly UpdatingTarget[] {
    this.#updating ??= this.#listUpdating()
    return this.#updating
  }

  get held(): readonly HeldTarget[] {
    this.#held ??= this.#listHeld()
    return this.#held
  }

  /** What is updating where nothing is active. */
  get stuck(): readonly StuckTarget[] {
    return Array.from(this.#listed('updating'), stuckTarget)
  }

  /** Whether something is started, or is updating and not stuck. */
  get isActive(): boolean {
    if (this.actions.length > 0) return true
    for (const target of this.#listed('updating')) if (!isStuck(target)) return true
    return false
  }

  #listUpdating(): readonly UpdatingTarget[] {
    return Array.from(this.#listed('updating'), (target) => this.#updatingOf(target))
  }

  #updatingOf(target: ListedTarget): UpdatingTarget {
    const { index, view, state, timer } = target
    const back = isAsWanted(state) ? this.#starts.holdOf(index) : this.#holdOf(target)
    return updatingTarget(view, this.#stage(index)?.name ?? null, state, timer, back)
  }

  #listHeld(): readonly HeldTarget[] {
    const held = this.#tick.staged.duplicates.map((id) =>
      heldTarget(id, null, hold('invalid', `more than one target has the id ${id}`, [`target:${id}`])),
    )
    for (const target of this.#listed('held'))
      held.push(heldTarget(target.view.id, this.#stage(target.index)?.name ?? null, this.#holdOf(target)))
    return held
  }

  #holdOf({ index, view, state }: ListedTarget): Hold {
    this.#reasons ??= new Reasons(this.#tick, this.#progress, this.#mode)
    return this.#starts.holdOf(index) ?? this.#reasons.of(view, state, this.#stage(index))
  }

  /** The stage of a target; `undefined` for one that is no longer selected. */
  #stage(index: number): ResolvedStage | undefined {
    const { staged } = this.#tick
    return staged.stages[staged.stageOf[index] as number]
  }

  *#listed(list: 'done' | 'updating' | 'held'): Iterable<ListedTarget> {
    for (const block of this.#snapshot.blocks) {
      const { from, views, states, marks, timer, counts } = block
      // Most blocks have none that is updating, or none but those that are done: they are passed over at once.
      if (list === 'updating' && counts.members[0] === 0 && counts.removing === 0) continue
      if (list === 'held' && counts.done === views.length && this.#mode !== 'revert') continue
      for (let at = 0; at < views.length; at += 1) {
        if (list === 'updating' && ((marks[at] as number) & inProgress) === 0) continue
        if (this.#listOf(block, at) === list)
          yield { index: from + at, view: views[at] as TargetView, state: states[at] as TargetState, timer: timer[at] as number }
      }
    }
  }

  /** The list that a target is in; `undefined` for one that is started. */
  #listOf({ from, states, marks }: Block, at: number): 'done' | 'updating' | 'held' | undefined {
    const [index, state] = [from + at, states[at]]
    if (this.#starts.started.has(index) || this.#tick.staged.repeated[index] === 1) return undefined
    // One that is done and held all the same is to be reverted.
    if (state === 'done' && (this.#mode !== 'revert' || this.#starts.holdOf(index) === undefined)) return 'done'
    return state !== 'invalid' && ((marks[at] as number) & inProgress) !== 0 ? 'updating' : 'held'
  }
}

const inProgress: number = mark.updating | mark.removing

/** A target in one of the lists. */
interface ListedTarget {
  readonly index: number
  readonly view: TargetView
  readonly state: TargetState
  /** When the next thing happens to it by itself. */
  readonly timer: number
}

function isStuck({ view, state, timer }: ListedTarget): boolean {
  return !Number.isFinite(timer) && (state === 'held' || !view.reach.ok)
}

const lists: unique symbol = Symbol('lists')

/** The lists of a plan that are made when they are looked at. */
export interface PlanLists extends Pick<RolloutPlan, 'done' | 'updating' | 'held'> {
  readonly doneCount: number
  readonly updatingCount: number
  /** The list that a target is in, and what that says of it; `undefined` for one that is started, or is not there. */
  resultOf(id: string): TargetResult | undefined
}

/** What a plan says of one target. */
export type TargetResult =
  | { readonly list: 'done'; readonly stage: string | null }
  | ({ readonly list: 'updating' } & UpdatingTarget)
  | ({ readonly list: 'held' } & HeldTarget)

interface WithLists {
  readonly [lists]: PlanLists
}

/** The same for every plan: functions of its own would give each plan a hidden class of its own, which keeps all that it was made from. */
const lazyLists: PropertyDescriptorMap & ThisType<WithLists> = {
  done: { enumerable: true, get: listGetter('done') },
  updating: { enumerable: true, get: listGetter('updating') },
  held: { enumerable: true, get: listGetter('held') },
}

function listGetter(list: 'done' | 'updating' | 'held'): () => unknown {
  return function (this: WithLists) {
    return this[lists][list]
  }
}

/** How many are done, without making the list of them. */
export function countDone(plan: RolloutPlan): number {
  return lists in plan ? (plan as RolloutPlan & WithLists)[lists].doneCount : plan.done.length
}

/** How many are updating, without making the list of them. */
export function countUpdating(plan: RolloutPlan): number {
  return lists in plan ? (plan as RolloutPlan & WithLists)[lists].updatingCount : plan.updating.length
}

/** What a plan says of one target, without making the lists: of a plan that refuses its input, that it holds it. */
export function resultOf(plan: RolloutPlan, id: string): TargetResult | undefined {
  if (lists in plan) return (plan as RolloutPlan & WithLists)[lists].resultOf(id)
  const held = plan.held.find(({ target }) => target === id)
  return held && { list: 'held', ...held }
}

/** The same plan with other fields, and the same lists. */
export function withFields(plan: RolloutPlan, fields: Partial<Omit<RolloutPlan, 'done' | 'updating' | 'held'>>): RolloutPlan {
  const copy = Object.defineProperties({}, Object.getOwnPropertyDescriptors(plan)) as RolloutPlan
  return Object.assign(copy, fields)
}

/** A plan with its lists, which are made when they are looked at. */
export function withLists(plan: Omit<RolloutPlan, 'done' | 'updating' | 'held'>, made: PlanLists): RolloutPlan {
  Object.defineProperty(plan, lists, { value: made })
  return Object.defineProperties(plan, lazyLists) as RolloutPlan
}

/** Whether what is updating is so to what it is to have. */
function isAsWanted(state: TargetState): boolean {
  return state === 'updating' || state === 'soaking' || state === 'removing'
}

/** Why targets are held that were not candidates to be started. */
class Reasons {
  readonly #tick: Tick
  readonly #mode: Mode
  readonly #failures: ReadonlyMap<string, RecordedFailure>
  readonly #retries: ReadonlyMap<string, RecordedRetry>
  /** The rollout is stopped. */
  readonly #stopped: Hold | undefined
  /** For targets that wait for the rollout as a whole: it is stopped, or their stage has not begun. */
  readonly #waiting: Hold

  constructor(tick: Tick, { gates }: StageProgress, mode: Mode) {
    this.#tick = tick
    this.#mode = mode
    this.#failures = byTarget(tick.state.failed)
    this.#retries = byTarget(tick.state.retries)
    this.#stopped = stoppedHold(tick, mode)
    this.#waiting = this.#stopped ?? closedHold(gates[0])
  }

  of(view: TargetView, state: TargetState, stage: ResolvedStage | undefined): Hold {
    switch (state) {
      case 'invalid':
        return ownHold('invalid', view, 'has a time or generation that is not a number')
      case 'failed':
        return this.#failed(view, stage)
      case 'retrying':
        return this.#stopped ?? retryHold(stage?.retry as RetryPolicy, this.#retries.get(view.id) as RecordedRetry)
      case 'held':
        return asOrdered(view)
      case 'unreachable':
        return unreachableHold(view)
      case 'deselected':
        // Removals are candidates unless the rollout is paused, also when it is aborted.
        return pausedHold
      case 'down':
      case 'ready':
      case 'absent':
      case 'updating':
      case 'soaking':
      case 'done':
      case 'removing':
        return this.#waiting
    }
  }

  #failed(view: TargetView, stage: ResolvedStage | undefined): Hold {
    const hasWanted = view.assigned?.version === this.#tick.wanted
    const known = this.#failures.get(view.id)
    const reverts = this.#mode === 'revert' || (known !== undefined && revertsFailed(this.#tick, stage))
    if (reverts && hasWanted && baselineOf(this.#tick, view.id) === this.#tick.wanted) {
      return ownHold('no-baseline', view, 'failed, and its version before the rollout is not known')
    }
    const what = failureTexts[known?.reason ?? failureReason(view)]
    const now = hasWanted ? 'is ready now, but the failure counts until the next attempt' : `has ${view.assigned?.version} again`
    const ready = isReady(view) ? `; it ${now}` : ''
    return ownHold('failed', view, `${what}${known === undefined ? '' : ` at ${timeText(known.at)}`}${ready}`)
  }
}

/** What a failure is, for people. */
export const failureTexts = {
  failed: 'reported a failure',
  deadline: 'missed its deadline',
  lost: 'was unreachable until its deadline',
} as const

const pausedHold: Hold = hold('rollout-paused', 'the rollout is paused', ['paused'])

function stoppedHold({ state: { halted, failed } }: Tick, mode: Mode): Hold | undefined {
  if (mode === 'paused') return pausedHold
  if (mode === 'aborted') return hold('aborted', 'the rollout is aborted', ['aborted'])
  if (halted === null) return undefined
  const path = haltingFailures(halted, failed)
    .slice(0, 3)
    .map((id) => `target:${id}`)
  const check = halted.check === undefined ? [] : [`check:${halted.check}`]
  return hold('halted', describeHalt(halted, failed), [`stage:${halted.stage}`, ...check, ...path])
}

function closedHold(gate: StageProgress['gates'][number] | undefined): Hold {
  const message = `its stage has not begun: ${gate?.stage} waits for ${gate?.waitingFor}`
  const path = [`stage:${gate?.stage}`, ...(gate?.check === undefined ? [] : [`check:${gate.check}`])]
  return hold('stage-closed', message, path, gate?.until)
}

/** The hold that a person put on the target. */
function asOrdered(view: TargetView): Hold {
  if (typeof view.hold === 'object') return ownHold('pinned', view, `is pinned to ${view.hold.pin}`)
  return view.hold === 'excluded' ? ownHold('excluded', view, 'is excluded') : ownHold('paused', view, 'is paused')
}

function unreachableHold(view: TargetView): Hold {
  return ownHold('unreachable', view, `cannot be reached since ${timeText(view.reach.since)}`)
}

function stuckTarget({ view, state }: ListedTarget): StuckTarget {
  const { reason, message } = state === 'held' ? asOrdered(view) : unreachableHold(view)
  return { target: view.id, reason, message: `${message}; it is updating, and has no progressDeadline` }
}

function ownHold(reason: HoldCode, { id }: TargetView, what: string): Hold {
  return hold(reason, `${id} ${what}`, [`target:${id}`])
}

function heldTarget(target: string, stage: string | null, { reason, message, by, until }: Hold): HeldTarget {
  return until === undefined ? { target, stage, reason, message, by } : { target, stage, reason, message, by, until }
}

function updatingTarget(
  { id, assigned }: TargetView,
  stage: string | null,
  state: TargetState,
  timer: number,
  held: Hold | undefined,
): UpdatingTarget {
  return {
    target: id,
    stage,
    to: assigned?.version ?? null,
    since: assigned?.at ?? 0,
    ...(Number.isFinite(timer) && (state === 'soaking' ? { soakingUntil: timer } : { deadline: timer })),
    ...(held && { held }),
  }
}
