import type { TargetView } from '../target-view.ts'
import type { Progress } from './gates.ts'
import type { Facts } from './snapshot.ts'
import type { Starts, Wanted } from './starts.ts'
import { ABSENT, FAILED, INVALID, isStartable, LEAVING } from './target-state.ts'
import type { Round } from './tick.ts'

/** What the rollout does now: bring targets forward, back, or nothing at all, and if so why. */
export type Course = 'forward' | 'revert' | 'halted' | 'rollout-paused' | 'aborted'

/** The course that the state and the input leave. */
export function courseOf({ input, state }: Round): Course {
  if (input.aborted === true) return 'aborted'
  if (input.paused === true) return 'rollout-paused'
  if (state.halted === null) return 'forward'
  const reverts =
    (input.strategy.onHalt ?? 'hold') !== 'hold' && state.completedAt === null && !state.fastRollback && state.rid.version !== null
  return reverts ? 'revert' : 'halted'
}

/** What a target had before the rollout; for one that came later, what most had. */
export function baselineOf({ state: { baseline } }: Round, id: string): string | null {
  return Object.hasOwn(baseline.others, id) ? (baseline.others[id] as string | null) : baseline.version
}

/** Goes through the stages and starts what the course says. */
export function choose(round: Round, facts: Facts, { opened }: Progress, starts: Starts, course: Course): void {
  const { layout } = round
  const forward = forwardWants(round, facts)
  const revert = revertWants(round, facts)
  const joiner = joinerWants(round, facts)
  for (const stage of layout.stages.keys()) {
    if (course === 'revert') starts.stage(stage, revert)
    if (course !== 'forward') continue
    const open = stage < opened
    if (open) starts.stage(stage, forward(stage < opened - 1 || round.state.completedAt !== null))
    else starts.stage(stage, joiner)
  }
  if (round.input.paused === true) return
  const leaving: number[] = []
  for (let place = layout.first[layout.stages.length] as number; place < layout.views.length; place += 1) {
    if (facts.standing[place] === LEAVING) leaving.push(place)
  }
  starts.leavers(leaving)
}

function forwardWants({ wanted, layout }: Round, facts: Facts): (passed: boolean) => (place: number) => Wanted | undefined {
  const retry: Wanted = { version: wanted, why: 'retry' }
  return (passed) => {
    const turn: Wanted = { version: wanted, why: passed ? 'catch-up' : 'stage' }
    return (place) => {
      if (!isStartable(facts.standing[place] as number)) return undefined
      return (layout.views[place] as TargetView).assigned?.version === wanted ? retry : turn
    }
  }
}

/** A target that came to a stage which has not begun, and has nothing. */
function joinerWants(round: Round, facts: Facts): (place: number) => Wanted | undefined {
  const { layout, input, wanted } = round
  const policy = input.strategy.join ?? 'baseline'
  if (policy === 'wait') return () => undefined
  return (place) => {
    if (facts.standing[place] !== ABSENT) return undefined
    const version = baselineOf(round, (layout.views[place] as TargetView).id)
    if (version === null || version === wanted) return undefined
    return policy === 'wanted' ? { version: wanted, why: 'stage' } : { version, why: 'baseline' }
  }
}

/** What goes back after a halt. Each target goes back once: afterwards it no longer has the wanted version. */
function revertWants(round: Round, facts: Facts): (place: number) => Wanted | undefined {
  const { layout, input, wanted } = round
  return (place) => {
    const view = layout.views[place] as TargetView
    const standing = facts.standing[place]
    if (standing === INVALID || view.assigned?.version !== wanted || !view.reach.ok || view.hold !== undefined) return undefined
    if (input.strategy.onHalt === 'revertFailed' && standing !== FAILED) return undefined
    const version = baselineOf(round, view.id)
    return version === wanted ? undefined : { version, why: 'revert' }
  }
}
