import { compareText } from '../../model/compare-text.ts'
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

/** Begins the wanted attempt. Without a state it goes on from what it finds. */
export function begin(input: RolloutInput, before: RolloutState | null): { readonly state: RolloutState; readonly event: RolloutEvent } {
  const rid = wantedRollout(input)
  const assigned = before === null ? input.targets.filter((view) => isSound(view) && view.assigned?.version === rid.version) : []
  const startedAt = assigned.reduce((earliest, view) => Math.min(earliest, view.assigned?.at as number), input.now)
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
  const has = (view: TargetView): string | null =>
    view.assigned?.version ?? (view.observed?.phase === 'absent' ? null : (view.observed?.version ?? null))
  const selected = targets.filter(({ selected = true }) => selected)
  const counts = new Map<string | null, number>()
  for (const view of selected) counts.set(has(view), (counts.get(has(view)) ?? 0) + 1)
  const [version = null] = [...counts].sort(([a, x], [b, y]) => y - x || (a === null ? -1 : b === null ? 1 : compareText(a, b)))[0] ?? []
  const others = selected.filter((view) => has(view) !== version).sort((a, b) => compareText(a.id, b.id))
  return { version, others: Object.fromEntries(others.map((view) => [view.id, has(view)])) }
}
