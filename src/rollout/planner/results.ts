import type { TargetView } from '../target-view.ts'
import type { Progress } from './gates.ts'
import { describeHalt, type Hold, hold } from './hold.ts'
import type { HeldTarget, RolloutAction, UpdatingTarget } from './plan.ts'
import { baselineOf, type Course } from './select.ts'
import { type Facts, failureOf } from './snapshot.ts'
import type { Starts } from './starts.ts'
import { DONE, FAILED, HELD, INVALID, isReady, LEAVING, REMOVING, SOAKING, UNREACHABLE } from './target-state.ts'
import type { Round } from './tick.ts'

/** Where each target went: every one into exactly one of the lists. */
export interface Results {
  readonly actions: readonly RolloutAction[]
  readonly done: readonly string[]
  readonly updating: readonly UpdatingTarget[]
  readonly held: readonly HeldTarget[]
}

const pausedRollout: Hold = hold('rollout-paused', 'the rollout is paused', ['paused'])

/** Sorts the targets into the lists, and says for each that is held why. */
export function sortOut(round: Round, facts: Facts, { gates }: Progress, starts: Starts, course: Course): Results {
  const { layout, state, wanted } = round
  const done: string[] = []
  const updating: UpdatingTarget[] = []
  const held: HeldTarget[] = layout.duplicates.map((target) => ({
    target,
    stage: null,
    ...hold('invalid', `more than one target has the id ${target}`, [`target:${target}`]),
  }))
  const failures = new Map(state.failed.map((failure) => [failure.target, failure]))
  const [gate] = gates
  const closed = hold(
    'stage-closed',
    `its stage has not begun: ${gate?.stage} waits for ${gate?.waitingFor}`,
    [`stage:${gate?.stage}`],
    gate?.until,
  )
  const stopped = stoppedHold()
  for (let place = 0; place < layout.views.length; place += 1) {
    const view = layout.views[place] as TargetView
    if (starts.started[place] === 1) continue
    const standing = facts.standing[place] as number
    const stage = layout.stages[layout.stageOf[place] as number]?.name ?? null
    const own = starts.holds[place]
    // One that is held all the same is to go back.
    if (standing === DONE && own === undefined) done.push(view.id)
    else if (standing === REMOVING || facts.slot[place] !== 0) updating.push(movement(view, stage, facts, place, standing))
    else held.push(entry(view.id, stage, own ?? reason(view, standing)))
  }
  return { actions: starts.actions, done, updating, held }

  /** For those that nobody tried to start. */
  function reason(view: TargetView, standing: number): Hold {
    if (standing === INVALID) return hold('invalid', `the times or generations of ${view.id} are no numbers`, [`target:${view.id}`])
    if (standing === FAILED) return failedHold(view)
    if (standing === HELD) return pausedHold(view)
    if (standing === UNREACHABLE) return hold('unreachable', `${view.id} cannot be reached`, [`target:${view.id}`])
    if (standing === LEAVING) return pausedRollout
    return stopped ?? closed
  }

  function failedHold(view: TargetView): Hold {
    const ready = view.assigned?.version === wanted && isReady(view) ? '; it is ready now, and counts until another attempt' : ''
    const what = { failed: 'said that it failed', deadline: 'did not get there in time', lost: 'could not be reached until its deadline' }
    if (course === 'revert' && view.assigned?.version === wanted && baselineOf(round, view.id) === wanted) {
      return hold('no-baseline', `${view.id} failed, and what it had before is not known`, [`target:${view.id}`])
    }
    return hold('failed', `${view.id} ${what[failures.get(view.id)?.reason ?? failureOf(view)]}${ready}`, [`target:${view.id}`])
  }

  function stoppedHold(): Hold | undefined {
    if (course === 'rollout-paused') return pausedRollout
    if (course === 'aborted') return hold('aborted', 'the rollout was given up', ['aborted'])
    const { halted } = state
    if (halted === null) return undefined
    const path = state.failed.slice(0, 3).map(({ target }) => `target:${target}`)
    return hold('halted', describeHalt(halted), [`stage:${halted.stage}`, ...path])
  }
}

function pausedHold({ id, hold: why }: TargetView): Hold {
  if (typeof why === 'object') return hold('pinned', `${id} is pinned to ${why.pin}`, [`target:${id}`])
  return why === 'excluded' ? hold('excluded', `${id} is excluded`, [`target:${id}`]) : hold('paused', `${id} is paused`, [`target:${id}`])
}

function entry(target: string, stage: string | null, { reason, message, by, until }: Hold): HeldTarget {
  return until === undefined ? { target, stage, reason, message, by } : { target, stage, reason, message, by, until }
}

function movement(view: TargetView, stage: string | null, facts: Facts, place: number, standing: number): UpdatingTarget {
  const timer = facts.timer[place] as number
  return {
    target: view.id,
    stage,
    to: view.assigned?.version ?? null,
    since: view.assigned?.at ?? 0,
    ...(Number.isFinite(timer) && (standing === SOAKING ? { soakingUntil: timer } : { deadline: timer })),
  }
}
