import { describeValue } from '../../model/errors/problem.ts'
import type { RolloutEvent } from '../state/event.ts'
import { sameRollout } from '../state/id.ts'
import { applyEvent } from '../state/replay.ts'
import type { RolloutState } from '../state/state.ts'
import { resolveStrategy } from '../strategy/resolve.ts'
import { layOut } from './assign-stages.ts'
import type { Ledger } from './budgets/shared.ts'
import { judgeFailures } from './failures.ts'
import { openStages } from './gates.ts'
import type { RolloutInput } from './input.ts'
import { phaseOf } from './phase.ts'
import type { Diagnostic, Gate, RolloutPlan } from './plan.ts'
import { sortOut } from './results.ts'
import { choose, courseOf } from './select.ts'
import { observe } from './snapshot.ts'
import { Starts } from './starts.ts'
import { begin, isCurrent, letsGo, succession, wantedRollout } from './supersede.ts'
import { isStartable } from './target-state.ts'
import { Round } from './tick.ts'

/**
 * Decides what a roll-out does now. A pure function: the same input and state give the same plan, the order of clusters does not matter,
 * and wrong data are diagnostics, never exceptions. Carry the actions out, keep the state, and call again when something was observed
 * or at `nextWakeAt`; before that, nothing would be decided otherwise. The rules are in docs/planner.md.
 *
 * @example
 * ```ts
 * import { type ClusterView, planRollout } from 'fleetkit/rollout'
 *
 * declare const clusters: readonly ClusterView[]
 * const plan = planRollout(
 *   {
 *     now: Date.now(),
 *     module: { id: 'ingress', version: '1.5.0' },
 *     strategy: { stages: [{ name: 'canary', limit: 1, soak: 3_600_000 }, { name: 'fleet', maxUnavailable: '10%' }] },
 *     clusters,
 *   },
 *   null,
 * )
 * for (const { cluster, reason, message } of plan.held) console.log(cluster, reason, message)
 * ```
 */
export function planRollout(input: RolloutInput, prev: RolloutState | null): RolloutPlan {
  return planWithin(input, prev, undefined)
}

/** {@link planRollout} under shared budgets. */
export function planWithin(input: RolloutInput, prev: RolloutState | null, ledger: Ledger | undefined): RolloutPlan {
  const invalid = refuse(input)
  if (invalid.length > 0) return refusal(input, prev, invalid)
  if (prev === null) return start(input, null, [], ledger)
  if (isCurrent(input, prev)) {
    const event = { at: input.now, type: 'unqueued' } as const
    return prev.queued === null ? runRound(input, prev, [], ledger).plan : runRound(input, prev, [event], ledger).plan
  }
  const { now, at } = succession(input, prev)
  if (now) return start(input, prev, [], ledger)
  const wanted = wantedRollout(input)
  const queue = { at: input.now, type: 'queued', rid: wanted } as const
  const queued = prev.queued !== null && sameRollout(prev.queued, wanted) ? [] : [queue]
  // Without the ledger: what this plan would start is not started when the next attempt begins.
  const { plan, settled } = runRound(input, prev, queued, undefined)
  if (letsGo(input, plan, settled)) {
    const decided = plan.events.filter(({ type }) => type !== 'set' && type !== 'removed')
    const ended = decided.reduce<RolloutState | null>(applyEvent, prev)
    return start(input, ended, decided, ledger)
  }
  const kept = ledger === undefined ? plan : runRound(input, prev, queued, ledger).plan
  const stage = plan.gates[0]?.stage ?? '*'
  const gate: Gate = {
    kind: 'queue',
    stage,
    waitingFor: `${prev.rid.version ?? 'the removal'} to finish before ${wanted.version ?? 'the removal'} begins`,
  }
  const wake = at === undefined ? kept.nextWakeAt : Math.min(at, kept.nextWakeAt ?? at)
  return { ...kept, gates: [...kept.gates, at === undefined ? gate : { ...gate, until: at }], nextWakeAt: wake }
}

function start(input: RolloutInput, prev: RolloutState | null, before: readonly RolloutEvent[], ledger: Ledger | undefined): RolloutPlan {
  const { state, event } = begin(input, prev)
  const { plan } = runRound(input, state, [], ledger)
  return { ...plan, events: [...before, event, ...plan.events] }
}

function runRound(
  input: RolloutInput,
  state: RolloutState,
  first: readonly RolloutEvent[],
  ledger: Ledger | undefined,
): { readonly plan: RolloutPlan; readonly settled: boolean } {
  const round = new Round(input, layOut(input.strategy, input.clusters), state)
  for (const event of first) round.record(event)
  const facts = observe(round)
  const failures = judgeFailures(round, facts)
  const progress = openStages(round, facts, failures)
  const course = courseOf(round)
  const starts = new Starts(round, facts, failures, ledger)
  choose(round, facts, progress, starts, course)
  noteWaiting(round, starts)
  const results = sortOut(round, facts, progress, starts, course)
  const { phase, cause } = phaseOf(round, results, progress.gates, course)
  if (facts.standing.some((standing) => isStartable(standing)) || results.held.length > 0) wakeAtEdges(round)
  const plan: RolloutPlan = {
    state: round.state,
    ...results,
    phase,
    ...(cause !== undefined && { cause }),
    gate: progress.opened,
    gates: progress.gates,
    events: round.events,
    nextWakeAt: round.wake.next,
    diagnostics: [],
  }
  return { plan, settled: progress.settled }
}

/** Remembers since when shared budgets alone hold the roll-out up, so that its turn comes. */
function noteWaiting(round: Round, { shared }: Starts): void {
  const { waitingSince } = round.state
  if (shared === 'held' && waitingSince === null) round.record({ at: round.now, type: 'waiting', since: round.now })
  if (shared !== 'held' && waitingSince !== null) round.record({ at: round.now, type: 'waiting', since: null })
}

/** Beginnings and ends of windows and freezes: as long as something is held, they may change why. */
function wakeAtEdges({ input, layout, wake }: Round): void {
  const lists = [input.windows, input.freezes, ...layout.stages.map(({ windows }) => windows)]
  for (const { from, to } of lists.flatMap((list) => list ?? [])) {
    wake.add(from)
    wake.add(to)
  }
}

function refuse(input: RolloutInput): readonly Diagnostic[] {
  const { errors } = resolveStrategy(input.strategy)
  const found: Diagnostic[] = [...errors]
  const wrong = (code: string, path: string, message: string): void => {
    found.push({ severity: 'error', code, path, message })
  }
  if (!Number.isFinite(input.now)) wrong('bad-time', 'now', `found ${describeValue(input.now)}, accepted milliseconds since 1970`)
  const { unmatched } = layOut(input.strategy, input.clusters)
  if (input.strategy.rest === 'reject' && unmatched.length > 0) {
    wrong(
      'unmatched',
      'strategy.stages',
      `no stage takes ${unmatched.slice(0, 10).join(', ')}${unmatched.length > 10 ? ` and ${unmatched.length - 10} more` : ''}`,
    )
  }
  return found
}

/** A plan that leaves everything where it is. */
function refusal(input: RolloutInput, prev: RolloutState | null, diagnostics: readonly Diagnostic[]): RolloutPlan {
  const [first] = diagnostics
  const message = `${first?.path}: ${first?.message}`
  const ids = [...new Set(input.clusters.map(({ id }) => id))].sort()
  const held = ids.map((cluster) => ({
    cluster,
    stage: null,
    reason: 'invalid' as const,
    message,
    by: diagnostics.map(({ path }) => path),
  }))
  const cause = { code: first?.code ?? 'invalid', message }
  return {
    state: prev,
    actions: [],
    done: [],
    moving: [],
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
