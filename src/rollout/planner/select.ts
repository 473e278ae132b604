import type { TargetView } from '../target-view.ts'
import type { StageProgress } from './gates.ts'
import type { Snapshot } from './snapshot.ts'
import type { Start, Starts } from './starts.ts'
import { isStartable } from './target-state.ts'
import type { Tick } from './tick.ts'

/** Whether the rollout goes forward, reverts, or starts nothing at all, and if so why. */
export type Mode = 'forward' | 'revert' | 'halted' | 'paused' | 'aborted'

/** The mode that the state and the input leave. */
export function modeOf({ input, state }: Tick): Mode {
  if (input.aborted === true) return 'aborted'
  if (input.paused === true) return 'paused'
  if (state.halted === null) return 'forward'
  const { onHalt = 'hold' } = input.strategy
  // A rollback is not reverted in turn, and a removal has nothing to revert to.
  return onHalt !== 'hold' && state.completedAt === null && !state.fastRollback && state.rid.version !== null ? 'revert' : 'halted'
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
  for (const stage of staged.stages.keys()) {
    if (mode === 'revert') starts.stage(stage, revert, undefined)
    if (mode !== 'forward') continue
    const passed = stage < opened - 1 || state.completedAt !== null
    if (stage < opened) starts.stage(stage, forward(passed), snapshot.startable)
    else if (snapshot.absent > 0) starts.stage(stage, early, snapshot.startable)
  }
  if (tick.input.paused === true) return
  const deselected: number[] = []
  for (let index = staged.first[staged.stages.length] as number; index < staged.views.length; index += 1) {
    if (snapshot.states[index] === 'deselected') deselected.push(index)
  }
  starts.deselected(deselected)
}

/** In an open stage. `passed`: a later one is open as well. */
function forwardStart({ wanted, staged }: Tick, { states }: Snapshot): (passed: boolean) => StartOf {
  const retry: Start = { version: wanted, why: 'retry' }
  return (passed) => {
    const turn: Start = { version: wanted, why: passed ? 'catch-up' : 'stage' }
    return (index) => {
      const state = states[index]
      if (state === undefined || !isStartable(state)) return undefined
      return (staged.views[index] as TargetView).assigned?.version === wanted ? retry : turn
    }
  }
}

/** In a stage that has not begun: what a new target gets, which has nothing. */
function newTargetStart(tick: Tick, { states }: Snapshot): StartOf {
  const { staged, input, wanted } = tick
  const policy = input.strategy.join ?? 'baseline'
  if (policy === 'wait') return () => undefined
  return (index) => {
    const { id, hold } = staged.views[index] as TargetView
    // One that is pinned to the wanted version waits for it.
    if (states[index] !== 'absent' || hold !== undefined) return undefined
    const version = baselineOf(tick, id)
    if (version === null || version === wanted) return undefined
    return policy === 'wanted' ? { version: wanted, why: 'stage' } : { version, why: 'baseline' }
  }
}

/** After a halt. Each target is reverted once: afterwards it no longer has the wanted version. */
function revertStart(tick: Tick, { states }: Snapshot): StartOf {
  const { staged, input, wanted } = tick
  return (index) => {
    const view = staged.views[index] as TargetView
    const state = states[index]
    if (state === 'invalid' || view.assigned?.version !== wanted || !view.reach.ok || view.hold !== undefined) return undefined
    if (input.strategy.onHalt === 'revertFailed' && state !== 'failed') return undefined
    const version = baselineOf(tick, view.id)
    return version === wanted ? undefined : { version, why: 'revert' }
  }
}
