import type { RecordedFailure } from '../state/state.ts'
import type { TargetView } from '../target-view.ts'
import type { StageProgress } from './gates.ts'
import { describeHalt, type Hold, haltingFailures, hold, timeText } from './hold.ts'
import { failureReason, isReady } from './outcome.ts'
import type { HeldTarget, HoldCode, RolloutAction, UpdatingTarget } from './plan.ts'
import { baselineOf, type Mode } from './select.ts'
import type { Snapshot } from './snapshot.ts'
import type { Starts } from './starts.ts'
import type { TargetState } from './target-state.ts'
import type { Tick } from './tick.ts'

/** Where each target went: every one into exactly one of the lists. */
export interface Results {
  readonly actions: readonly RolloutAction[]
  readonly done: readonly string[]
  readonly updating: readonly UpdatingTarget[]
  readonly held: readonly HeldTarget[]
  /** Of those that are updating, the ones that may do so for ever: no one can reach them or lets them go on, and they have no deadline. */
  readonly stuck: readonly { readonly target: string; readonly reason: HoldCode; readonly message: string }[]
}

/** Sorts the targets into the lists, and says for each that is held why. */
export function classifyResults(tick: Tick, snapshot: Snapshot, progress: StageProgress, starts: Starts, mode: Mode): Results {
  const { staged } = tick
  const done: string[] = []
  const updating: UpdatingTarget[] = []
  const stuck: Results['stuck'][number][] = []
  const held: HeldTarget[] = staged.duplicates.map((id) =>
    heldTarget(id, null, hold('invalid', `more than one target has the id ${id}`, [`target:${id}`])),
  )
  const reasons = new Reasons(tick, progress, mode)
  for (let index = 0; index < staged.views.length; index += 1) {
    if (starts.started[index] === 1 || staged.repeated[index] === 1) continue
    const view = staged.views[index] as TargetView
    const state = snapshot.states[index] as TargetState
    const stage = staged.stages[staged.stageOf[index] as number]?.name ?? null
    const own = starts.holds[index]
    // One that is done and held all the same is to be reverted.
    if (state === 'done' && own === undefined) done.push(view.id)
    else if (state !== 'invalid' && (snapshot.updating[index] === 1 || snapshot.removing[index] === 1)) {
      const back = own ?? (isOnItsWay(state) ? undefined : reasons.of(view, state))
      updating.push(updatingTarget(view, stage, state, snapshot.timer[index] as number, back))
      const isStuck = !Number.isFinite(snapshot.timer[index]) && (state === 'held' || !view.reach.ok)
      if (isStuck) stuck.push(stuckTarget(view, state))
    } else held.push(heldTarget(view.id, stage, own ?? reasons.of(view, state)))
  }
  return { actions: starts.actions, done, updating, held, stuck }
}

/** Whether what is updating is so to what it is to have. */
function isOnItsWay(state: TargetState): boolean {
  return state === 'updating' || state === 'soaking' || state === 'removing'
}

/** Why targets are held that were not candidates to be started. */
class Reasons {
  readonly #tick: Tick
  readonly #mode: Mode
  readonly #failures: ReadonlyMap<string, RecordedFailure>
  /** For targets that wait for the rollout as a whole: it is stopped, or their stage has not begun. */
  readonly #waiting: Hold

  constructor(tick: Tick, { gates }: StageProgress, mode: Mode) {
    this.#tick = tick
    this.#mode = mode
    this.#failures = new Map(tick.state.failed.map((failure) => [failure.target, failure]))
    this.#waiting = stoppedHold(tick, mode) ?? closedHold(gates[0])
  }

  of(view: TargetView, state: TargetState): Hold {
    switch (state) {
      case 'invalid':
        return ownHold('invalid', view, 'has a time or generation that is not a number')
      case 'failed':
        return this.#failed(view)
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

  #failed(view: TargetView): Hold {
    const hasWanted = view.assigned?.version === this.#tick.wanted
    if (this.#mode === 'revert' && hasWanted && baselineOf(this.#tick, view.id) === this.#tick.wanted) {
      return ownHold('no-baseline', view, 'failed, and its version before the rollout is not known')
    }
    const known = this.#failures.get(view.id)
    const what = failureTexts[known?.reason ?? failureReason(view)]
    const ready = hasWanted && isReady(view) ? '; it is ready now, but the failure counts until the next attempt' : ''
    return ownHold('failed', view, `${what}${known === undefined ? '' : ` at ${timeText(known.at)}`}${ready}`)
  }
}

const failureTexts = { failed: 'reported a failure', deadline: 'missed its deadline', lost: 'was unreachable until its deadline' } as const

const pausedHold: Hold = hold('rollout-paused', 'the rollout is paused', ['paused'])

function stoppedHold({ state: { halted, failed } }: Tick, mode: Mode): Hold | undefined {
  if (mode === 'paused') return pausedHold
  if (mode === 'aborted') return hold('aborted', 'the rollout is aborted', ['aborted'])
  if (halted === null) return undefined
  const path = haltingFailures(halted, failed)
    .slice(0, 3)
    .map((id) => `target:${id}`)
  return hold('halted', describeHalt(halted, failed), [`stage:${halted.stage}`, ...path])
}

function closedHold(gate: StageProgress['gates'][number] | undefined): Hold {
  const message = `its stage has not begun: ${gate?.stage} waits for ${gate?.waitingFor}`
  return hold('stage-closed', message, [`stage:${gate?.stage}`], gate?.until)
}

/** The hold that a person put on the target. */
function asOrdered(view: TargetView): Hold {
  if (typeof view.hold === 'object') return ownHold('pinned', view, `is pinned to ${view.hold.pin}`)
  return view.hold === 'excluded' ? ownHold('excluded', view, 'is excluded') : ownHold('paused', view, 'is paused')
}

function unreachableHold(view: TargetView): Hold {
  return ownHold('unreachable', view, `cannot be reached since ${timeText(view.reach.since)}`)
}

function stuckTarget(view: TargetView, state: TargetState): Results['stuck'][number] {
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
