import type { Diagnostic } from '../diagnostic.ts'
import type { RolloutEvent } from '../state/event.ts'
import { sameRollout } from '../state/id.ts'
import { applyEvent } from '../state/replay.ts'
import type { RolloutState } from '../state/state.ts'
import { resolveStrategy } from '../strategy/resolve.ts'
import { assignStages } from './assign-stages.ts'
import type { SharedBudgets } from './budgets/shared.ts'
import { judgeFailures } from './failures.ts'
import { openStages } from './gates.ts'
import { timeText } from './hold.ts'
import type { RolloutInput } from './input.ts'
import { phaseOf } from './phase.ts'
import type { Gate, RolloutPlan } from './plan.ts'
import { type ReadRollout, readRollout } from './read/read-rollout.ts'
import { knowState } from './read/read-state.ts'
import { Results, withFields, withLists } from './results.ts'
import { modeOf, select } from './select.ts'
import { rememberSnapshot, stagedBefore, takeSnapshot } from './snapshot.ts'
import { Starts } from './starts.ts'
import { begin, canReplace, isCurrent, supersession, wantedRollout } from './supersede.ts'
import { Tick } from './tick.ts'
import { joinPlans, splitTracks, type Track } from './tracks.ts'

/**
 * Decides what a rollout does now. A pure function: the same input and state give the same plan, the order of targets does not matter,
 * and wrong data are diagnostics, never exceptions. Carry the actions out, keep the state, and call again when something was observed
 * or at `nextWakeAt`; before that, nothing would be decided otherwise. The rules are in docs/planner.md.
 *
 * @example
 * ```ts
 * import { type TargetView, planRollout } from 'fleetkit/rollout'
 *
 * declare const targets: readonly TargetView[]
 * const plan = planRollout(
 *   {
 *     now: Date.now(),
 *     module: { id: 'ingress', version: '1.5.0' },
 *     strategy: { stages: [{ name: 'canary', limit: 1, soak: 3_600_000 }, { name: 'fleet', maxUnavailable: '10%' }] },
 *     targets,
 *   },
 *   null,
 * )
 * for (const { target, reason, message } of plan.held) console.log(target, reason, message)
 * ```
 */
export function planRollout(input: RolloutInput, prev: RolloutState | null): RolloutPlan {
  return planWithin(readRollout(input, prev), undefined)
}

/** {@link planRollout} of what was read, under shared budgets. */
export function planWithin(rollout: ReadRollout, shared: SharedBudgets | undefined): RolloutPlan {
  const invalid = refuse(rollout)
  if (invalid.length > 0) return refusal(rollout, invalid)
  const plan = planTracks(rollout, shared)
  knowState(plan.state as RolloutState)
  return plan
}

/** Each track as a rollout of its own. */
function planTracks({ input, prev, pages }: ReadRollout, shared: SharedBudgets | undefined): RolloutPlan {
  const plans = splitTracks(input, prev, pages).map((track) => [track.track ?? '', planValid(track, shared)] as const)
  return input.strategy.tracks === undefined ? (plans[0]?.[1] as RolloutPlan) : joinPlans(plans, prev)
}

function planValid(track: Track, shared: SharedBudgets | undefined): RolloutPlan {
  const { input, prev } = track
  if (prev === null) return start(track, null, [], shared)
  if (isCurrent(input, prev)) {
    const event = { at: input.now, type: 'unqueued' } as const
    return runTick(track, prev, prev.queued === null ? [] : [event], shared).plan
  }
  const { now, at } = supersession(input, prev)
  if (now) return start(track, prev, [], shared)
  const wanted = wantedRollout(input)
  const queue = { at: input.now, type: 'queued', rid: wanted } as const
  const queued = prev.queued !== null && sameRollout(prev.queued, wanted) ? [] : [queue]
  // Without shared budgets: what this plan would start is not started when the next attempt begins.
  const { plan, finished } = runTick(track, prev, queued, undefined)
  if (canReplace(input, plan, finished)) {
    const decided = plan.events.filter(({ type }) => type !== 'set' && type !== 'removed')
    const ended = decided.reduce<RolloutState | null>(applyEvent, prev)
    return start(track, ended, decided, shared)
  }
  const kept = shared === undefined ? plan : runTick(track, prev, queued, shared).plan
  const stage = plan.gates[0]?.stage ?? '*'
  const gate: Gate = {
    kind: 'queue',
    stage,
    waitingFor: `${prev.rid.version ?? 'the removal'} to finish${at === undefined ? '' : `, or ${timeText(at)},`} before ${wanted.version ?? 'the removal'} begins`,
  }
  const wake = at === undefined ? kept.nextWakeAt : Math.min(at, kept.nextWakeAt ?? at)
  return withFields(kept, { gates: [...kept.gates, at === undefined ? gate : { ...gate, until: at }], nextWakeAt: wake })
}

function start(track: Track, prev: RolloutState | null, before: readonly RolloutEvent[], shared: SharedBudgets | undefined): RolloutPlan {
  const { state, event } = begin(track.input, prev)
  const { plan } = runTick(track, state, [], shared)
  return withFields(plan, { events: [...before, event, ...plan.events] })
}

function runTick(
  { input, pages }: Track,
  state: RolloutState,
  first: readonly RolloutEvent[],
  shared: SharedBudgets | undefined,
): { readonly plan: RolloutPlan; readonly finished: boolean } {
  const staged = assignStages(input.strategy, pages, state.opened, stagedBefore(input.strategy, state))
  const tick = new Tick(input, staged, state)
  for (const event of first) tick.record(event)
  const snapshot = takeSnapshot(tick, state)
  const failures = judgeFailures(tick, snapshot)
  const progress = openStages(tick, snapshot, failures)
  const mode = modeOf(tick)
  const starts = new Starts(tick, snapshot, failures, shared)
  select(tick, snapshot, progress, starts, mode)
  noteWaiting(tick, starts)
  const results = new Results(tick, snapshot, progress, starts, mode)
  const { phase, cause } = phaseOf(tick, results, progress.gates, mode)
  if (starts.isAnyHeld) for (const edge of edgesOf(tick)) tick.wake.add(edge)
  rememberSnapshot(tick, snapshot, state)
  const plan = {
    state: tick.state,
    actions: results.actions,
    phase,
    ...(cause !== undefined && { cause }),
    gate: progress.opened,
    gates: progress.gates,
    events: tick.events,
    nextWakeAt: tick.wake.next,
    diagnostics: [],
  }
  return { plan: withLists(plan, results), finished: progress.finished }
}

/** Remembers since when shared budgets alone hold the rollout up, so that its turn comes. */
function noteWaiting(tick: Tick, { shared }: Starts): void {
  const { waitingSince } = tick.state
  if (shared === 'held' && waitingSince === null) tick.record({ at: tick.now, type: 'waiting', since: tick.now })
  if (shared !== 'held' && waitingSince !== null) tick.record({ at: tick.now, type: 'waiting', since: null })
}

/** Beginnings and ends of windows and freezes: as long as something is held, they may change why. */
function edgesOf({ input, staged }: Tick): readonly number[] {
  const lists = [input.windows, input.freezes, ...staged.stages.map(({ windows }) => windows)]
  return lists.flatMap((list) => (list ?? []).flatMap(({ from, to }) => [from, to]))
}

function refuse({ input, prev, pages, errors }: ReadRollout): readonly Diagnostic[] {
  const found = [...errors, ...resolveStrategy(input.strategy).errors]
  if (found.length > 0 || input.strategy.rest !== 'reject') return found
  const unmatched = splitTracks(input, prev, pages).flatMap((track) => {
    const { strategy } = track.input
    const opened = track.prev !== null && isCurrent(track.input, track.prev) ? track.prev.opened : []
    return assignStages(strategy, track.pages, opened, stagedBefore(strategy, track.prev)).unmatched
  })
  if (unmatched.length === 0) return []
  const message = `no stage takes ${unmatched.slice(0, 10).join(', ')}${unmatched.length > 10 ? ` and ${unmatched.length - 10} more` : ''}`
  return [{ severity: 'error', code: 'unmatched', path: 'strategy.stages', message }]
}

/** A plan that changes nothing. */
function refusal({ input, given }: ReadRollout, diagnostics: readonly Diagnostic[]): RolloutPlan {
  const [first] = diagnostics
  const message = `${first?.path}: ${first?.message}`
  const ids = [...new Set(input.targets.map(({ id }) => id))].sort()
  const held = ids.map((target) => ({
    target,
    stage: null,
    reason: 'invalid' as const,
    message,
    by: diagnostics.map(({ path }) => path),
  }))
  const cause = { code: first?.code ?? 'invalid', message }
  return {
    state: given,
    actions: [],
    done: [],
    updating: [],
    held,
    phase: 'Invalid',
    cause,
    gate: 0,
    gates: [],
    events: [],
    nextWakeAt: null,
    diagnostics,
  }
}
