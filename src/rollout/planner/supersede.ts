import { compareText } from '../../model/compare-text.ts'
import { getOrMake } from '../get-or-make.ts'
import type { RolloutEvent } from '../state/event.ts'
import { type RolloutId, sameRollout } from '../state/id.ts'
import { applyEvent } from '../state/replay.ts'
import type { Baseline, RolloutState } from '../state/state.ts'
import type { TargetView } from '../target-view.ts'
import type { RolloutInput } from './input.ts'
import { isSound } from './outcome.ts'
import type { RolloutPlan } from './plan.ts'

/** The attempt that the input asks for. */
export function wantedRollout({ module: { version, nonce = '' } }: RolloutInput): RolloutId {
  return { version, nonce }
}

/** Whether the running attempt is replaced now. */
export interface Supersession {
  readonly now: boolean
  /** When the minimal run time of the running one is over. */
  readonly at?: number | undefined
}

/** Whether the wanted attempt replaces the running one without waiting for it. */
export function supersession(input: RolloutInput, state: RolloutState): Supersession {
  const { mode = 'supersede', maxSupersedes, minRunTime = 0 } = input.strategy.supersede ?? {}
  const wanted = wantedRollout(input)
  if (state.completedAt !== null || state.halted !== null || isRollback(input, state)) return { now: true }
  // Another try of the same version keeps no version from finishing.
  if (wanted.version === state.rid.version) return { now: true }
  if (mode !== 'supersede' || (maxSupersedes !== undefined && state.supersedes >= maxSupersedes)) return { now: false }
  const due = state.startedAt + minRunTime
  return due > input.now ? { now: false, at: due } : { now: true }
}

/** Whether a queued attempt can replace the running one after `plan` of it. A halted one is replaced at once, even while it reverts. */
export function canReplace(input: RolloutInput, { phase, state }: RolloutPlan, finished: boolean): boolean {
  if (state !== null && (state.halted !== null || state.completedAt !== null)) return true
  if (phase === 'Paused') return false
  return phase !== 'Running' || (input.strategy.supersede?.mode === 'finishStage' && finished)
}

/** Whether the wanted version is known to be good: it was rolled out to the end before, or is the baseline of an unfinished rollout. */
function isRollback({ module: { version }, strategy }: RolloutInput, { rid, history, completedAt, baseline }: RolloutState): boolean {
  if (strategy.fastRollback === false || version === null || version === rid.version) return false
  return history.includes(version) || (completedAt === null && baseline.version === version)
}

/** The wanted attempt, and what begins it. */
export interface Begun {
  readonly state: RolloutState
  readonly event: RolloutEvent
}

/** By the input, what begins without a state: what is updating is counted before anything is started. */
const begun: WeakMap<RolloutInput, Begun> = new WeakMap()

/** Begins the wanted attempt. Without a state it goes on from what it finds. */
export function begin(input: RolloutInput, before: RolloutState | null): Begun {
  return before === null ? getOrMake(begun, input, () => beginAfter(input, null)) : beginAfter(input, before)
}

function beginAfter(input: RolloutInput, before: RolloutState | null): Begun {
  const rid = wantedRollout(input)
  let startedAt = input.now
  if (before === null) {
    for (const view of input.targets)
      if (view.assigned?.version === rid.version && isSound(view)) startedAt = Math.min(startedAt, view.assigned.at)
  }
  // An unfinished rollout proved nothing: what targets had before it stays the baseline.
  const keep = before !== null && (before.completedAt === null || before.rid.version === rid.version)
  const baseline = keep ? before.baseline : baselineFrom(input.targets)
  const fastRollback = before !== null && isRollback(input, before)
  const event = { at: input.now, type: 'started', rid, startedAt, baseline, fastRollback } as const
  return { state: applyEvent(before, event) as RolloutState, event }
}

/** Whether the state is of the wanted attempt. */
export function isCurrent(input: RolloutInput, state: RolloutState): boolean {
  return sameRollout(wantedRollout(input), state.rid)
}

function baselineFrom(targets: readonly TargetView[]): Baseline {
  const selected = targets.filter((view) => view.selected !== false)
  const groups = [...Map.groupBy(selected, versionOf)].sort(
    ([a, x], [b, y]) => y.length - x.length || (a === null ? -1 : b === null ? 1 : compareText(a, b)),
  )
  const [version = null] = groups[0] ?? []
  const others = groups.slice(1).flatMap(([, of]) => of)
  others.sort((a, b) => compareText(a.id, b.id))
  return { version, others: Object.fromEntries(others.map((view) => [view.id, versionOf(view)])) }
}

/** What a target has. */
function versionOf({ assigned, observed }: TargetView): string | null {
  return assigned?.version ?? (observed?.phase === 'absent' ? null : (observed?.version ?? null))
}
