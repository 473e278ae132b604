import type { Halt } from '../state/state.ts'
import { describeHalt, listText } from './hold.ts'
import type { Gate, HeldTarget, HoldCode, PhaseCause, RolloutPhase } from './plan.ts'
import type { Results } from './results.ts'
import type { Mode } from './select.ts'
import type { Tick } from './tick.ts'

/** A phase, and its cause where the phase alone does not say it. */
export interface PhaseOf {
  readonly phase: RolloutPhase
  readonly cause?: PhaseCause | undefined
}

/** Holds that keep a rollout from being complete. Targets with other holds are left out, or deferred. */
const blocking: ReadonlySet<HoldCode> = new Set<HoldCode>([
  'frozen',
  'retry',
  'stage-closed',
  'busy',
  'dependency',
  'still-needed',
  'concurrency',
  'starts',
  'unavailable',
  'tolerance',
  'deletions',
  'shared-budget',
  'window',
  'halted',
])

/** The phase after a tick. Never `Running` when nothing could ever run. */
export function phaseOf(tick: Tick, results: Results, gates: readonly Gate[], mode: Mode): PhaseOf {
  switch (mode) {
    case 'aborted':
      return { phase: 'Aborted' }
    case 'paused':
      return { phase: 'Paused' }
    case 'halted':
      return { phase: 'Halted', cause: haltCause(tick) }
    case 'revert':
      return revertPhase(tick, results)
  }
  if (results.isActive || gates.some(({ kind }) => kind === 'soak' || kind === 'check' || kind === 'approval')) return { phase: 'Running' }
  const { held, stuck } = results
  const waiting = held.filter(({ reason }) => blocking.has(reason))
  if (gates.length === 0 && waiting.length === 0) {
    const failed = tick.state.failed.length > 0 || held.some(({ reason }) => reason === 'failed')
    return { phase: failed ? 'CompleteWithFailures' : 'Complete', cause: leftOutCause(held) }
  }
  return waiting.some(willPass) ? { phase: 'Running' } : { phase: 'Stalled', cause: stallCause(gates, waiting, stuck) }
}

function revertPhase(tick: Tick, results: Results): PhaseOf {
  if (results.isActive) return { phase: 'Reverting', cause: haltCause(tick) }
  const { held, stuck } = results
  const waiting = held.filter(({ reason }) => blockingRevert.has(reason))
  if (waiting.some(willPass)) return { phase: 'Reverting', cause: haltCause(tick) }
  return waiting.length > 0 ? { phase: 'Stalled', cause: stallCause([], waiting, stuck) } : { phase: 'Reverted', cause: haltCause(tick) }
}

/** Whether it ends although nothing is in progress here. */
function willPass({ reason, until }: HeldTarget): boolean {
  return until !== undefined || reason === 'shared-budget' || reason === 'busy'
}

/** Holds that keep a target from being reverted. */
const blockingRevert: ReadonlySet<HoldCode> = new Set<HoldCode>([
  'concurrency',
  'starts',
  'unavailable',
  'deletions',
  'shared-budget',
  'window',
  'frozen',
  'busy',
  'dependency',
  'still-needed',
])

function haltCause({ state }: Tick): PhaseCause {
  const halt = state.halted as Halt
  return { code: halt.code, message: describeHalt(halt, state.failed) }
}

/** Which targets a complete rollout has left as they are. */
function leftOutCause(held: Results['held']): PhaseCause | undefined {
  if (held.length === 0) return undefined
  const byReason = Map.groupBy(held, ({ reason }) => reason)
  const texts = [...byReason].map(([reason, of]) => `${of.length} ${reason} (${listText(of.map(({ target }) => target))})`)
  const counts = Object.fromEntries([...byReason].map(([reason, of]) => [reason, of.length]))
  return { code: 'left-out', message: `left as they are: ${texts.join(', ')}`, counts }
}

function stallCause(gates: readonly Gate[], waiting: Results['held'], [stuck]: Results['stuck']): PhaseCause {
  if (stuck !== undefined) return { code: stuck.reason, message: stuck.message }
  const first = waiting.find(({ reason }) => reason !== 'stage-closed')
  if (first !== undefined) return { code: first.reason, message: `${first.target}: ${first.message}` }
  const { kind, stage, waitingFor } = gates[0] as Gate
  return { code: kind === 'min-done' ? 'no-success-in-stage' : kind, message: `${stage} waits for ${waitingFor}` }
}
