import type { Halt } from '../state/state.ts'
import type { HaltPolicy } from '../strategy/canonical.ts'
import type { ResolvedStage } from '../strategy/resolve.ts'
import type { StageProgress } from './gates.ts'
import { mark } from './snapshot/block.ts'
import type { Snapshot } from './snapshot.ts'
import type { Start, Starts } from './starts.ts'
import { isStartable, type TargetState } from './target-state.ts'
import type { Tick } from './tick.ts'

/** Whether the rollout goes forward, reverts, or starts nothing at all, and if so why. */
export type Mode = 'forward' | 'revert' | 'halted' | 'paused' | 'aborted'

/** The mode that the state and the input leave. */
export function modeOf(tick: Tick): Mode {
  const { input, state } = tick
  if (input.aborted === true) return 'aborted'
  if (input.paused === true) return 'paused'
  if (state.halted === null) return 'forward'
  // A rollback is not reverted in turn, and a removal has nothing to revert to.
  return haltPolicyOf(tick, state.halted) !== 'hold' && state.completedAt === null && !state.fastRollback && state.rid.version !== null
    ? 'revert'
    : 'halted'
}

/** What follows a halt: of a check, what that says; of anything else, what the strategy does. */
function haltPolicyOf({ input, staged }: Tick, { code, stage, check }: Halt): HaltPolicy {
  const { onHalt = 'hold' } = input.strategy
  if (code !== 'check') return onHalt
  const { onFail } = staged.stages.find(({ name }) => name === stage)?.checks.find(({ name }) => name === check) ?? {}
  return onFail === 'halt' ? 'hold' : (onFail ?? onHalt)
}

/** What a target had before the rollout; for a new target, what most had. */
export function baselineOf({ state: { baseline } }: Tick, id: string): string | null {
  return Object.hasOwn(baseline.others, id) ? (baseline.others[id] as string | null) : baseline.version
}

/** What a target is to get, by index. */
type StartOf = (index: number) => Start | undefined

/** Goes through the stages and starts what the mode allows. */
export function select(tick: Tick, snapshot: Snapshot, { opened }: StageProgress, starts: Starts, mode: Mode): void {
  const { staged, state } = tick
  const revert = revertStart(tick, snapshot)
  const forward = forwardStart(tick, snapshot)
  const early = newTargetStart(tick, snapshot)
  const back = failedStart(tick, snapshot)
  for (const stage of staged.stages.keys()) {
    if (mode === 'revert') starts.stage(stage, revert, 'members')
    if (mode !== 'forward' && mode !== 'halted') continue
    const passed = stage < opened - 1 || state.completedAt !== null
    const isOpen = stage < opened
    const turn = mode === 'halted' ? undefined : isOpen ? forward(passed) : early
    // Those that have failed are no candidates otherwise.
    if (back !== undefined && revertsFailed(tick, staged.stages[stage]))
      starts.stage(stage, (index) => back(index) ?? turn?.(index), 'members')
    else if (turn !== undefined) starts.stage(stage, turn, isOpen ? 'startable' : 'absent')
  }
  if (tick.input.paused !== true) starts.deselected()
}

/** In an open stage. `passed`: a later one is open as well. */
function forwardStart({ wanted, staged }: Tick, snapshot: Snapshot): (passed: boolean) => StartOf {
  const retry: Start = { version: wanted, why: 'retry' }
  return (passed) => {
    const turn: Start = { version: wanted, why: passed ? 'catch-up' : 'stage' }
    return (index) => {
      if (!isStartable(snapshot.state(index))) return undefined
      return staged.views.at(index).assigned?.version === wanted ? retry : turn
    }
  }
}

/** In a stage that has not begun: what a new target gets, which has nothing. */
function newTargetStart(tick: Tick, snapshot: Snapshot): StartOf {
  const { staged, input, wanted } = tick
  const policy = input.strategy.join ?? 'baseline'
  if (policy === 'wait') return () => undefined
  return (index) => {
    const { id, hold } = staged.views.at(index)
    // One that is pinned to the wanted version waits for it.
    if (snapshot.state(index) !== 'absent' || hold !== undefined) return undefined
    const version = baselineOf(tick, id)
    if (version === null || version === wanted) return undefined
    return policy === 'wanted' ? { version: wanted, why: 'stage' } : { version, why: 'baseline' }
  }
}

/** Whether it is tried now. */
function isInProgress(state: TargetState): boolean {
  return state === 'updating' || state === 'soaking'
}

/** Whether a target whose failure is on record gets what it had before. A rollback is not reverted, and a removal leaves nothing to go back to. */
export function revertsFailed({ wanted, fastRollback }: Tick, stage: ResolvedStage | undefined): boolean {
  return stage?.onFailure === 'revert' && wanted !== null && !fastRollback
}

/** Where the others go on: what a failed target of a stage that says so is to get. */
function failedStart(tick: Tick, snapshot: Snapshot): StartOf | undefined {
  const { staged, state } = tick
  if (state.failed.length === 0) return undefined
  const recorded = new Set(state.failed.map(({ target }) => target))
  return (index) => {
    return snapshot.state(index) === 'failed' && recorded.has(staged.views.at(index).id) ? backStart(tick, index) : undefined
  }
}

/** What a target had before. It is reverted once: afterwards it no longer has the wanted version. */
function backStart(tick: Tick, index: number): Start | undefined {
  const { staged, wanted } = tick
  const view = staged.views.at(index)
  if (view.assigned?.version !== wanted || !view.reach.ok || view.hold !== undefined) return undefined
  const version = baselineOf(tick, view.id)
  return version === wanted ? undefined : { version, why: 'revert' }
}

/** After a halt. */
function revertStart(tick: Tick, snapshot: Snapshot): StartOf {
  const { halted } = tick.state
  const policy = halted === null ? 'hold' : haltPolicyOf(tick, halted)
  return (index) => {
    const state = snapshot.state(index)
    if (state === 'invalid') return undefined
    if (policy === 'revertFailed' && state !== 'failed' && !(snapshot.has(index, mark.retried) && !isInProgress(state))) return undefined
    return backStart(tick, index)
  }
}
