import type { Diagnostic } from '../diagnostic.ts'
import { compileWindows, windowsFor } from '../planner/budgets/scope.ts'
import type { Approval, RolloutInput } from '../planner/input.ts'
import type { PhaseCause, RolloutAction, RolloutPhase, RolloutPlan } from '../planner/plan.ts'
import { planRollout } from '../planner/plan-rollout.ts'
import type { RolloutEvent } from '../state/event.ts'
import type { RolloutState } from '../state/state.ts'
import type { CanonicalStrategy } from '../strategy/canonical.ts'
import type { Interval } from '../strategy/interval.ts'
import type { TargetView } from '../target-view.ts'
import { type Assumptions, toMs } from './assumptions.ts'
import { type ForecastBar, noteBars } from './bars.ts'
import { checkAssumptions } from './check-assumptions.ts'
import type { ForecastInput } from './input.ts'
import { lintStrategy } from './lint.ts'
import { Peak } from './peak.ts'
import { SimulatedFleet } from './simulated-fleet.ts'
import { subjectOf } from './subject.ts'
import { Timing } from './timing.ts'

/** One moment at which something was decided. */
export interface ForecastStep {
  /** Milliseconds from the beginning. */
  readonly at: number
  readonly actions: readonly RolloutAction[]
  readonly events: readonly RolloutEvent[]
  readonly phase: RolloutPhase
  readonly done: number
}

/** What would come of a rollout. */
export interface Forecast {
  readonly steps: readonly ForecastStep[]
  /** How it ends. `Running` when it was stopped at `maxSteps`, or waits for what is assumed never to come. */
  readonly phase: RolloutPhase
  readonly cause?: PhaseCause | undefined
  readonly peak: { readonly unavailable: Peak; readonly concurrency: Peak }
  /** Milliseconds from the first decision to the last. */
  readonly duration: number
  /** Why it does not complete: the clusters that are held at the end, by reason. Empty when it is complete. */
  readonly deadEnds: readonly { readonly reason: string; readonly message: string; readonly clusters: readonly string[] }[]
  /** The windows in which something was started. */
  readonly windowsUsed: readonly Interval[]
  /** When each cluster was updating. */
  readonly bars: readonly ForecastBar[]
  /** What is wrong with the strategy, or looks wrong. */
  readonly diagnostics: readonly Diagnostic[]
  /** The state and the clusters at the end: what {@link forecastRollback} goes on from. */
  readonly end: { readonly at: number; readonly state: RolloutState | null; readonly clusters: readonly TargetView[] }
}

const before = 'before'
const after = 'after'

/**
 * Runs the planner against an assumed world, to the end: a rollout without a cluster and without a clock.
 *
 * @throws FleetkitError `model/invalid` when there is nothing to forecast, an assumed duration is none, what is assumed is about clusters that
 * are not there, or windows and freezes are given without `assume.start`.
 *
 * @example
 * ```ts
 * import { forecast } from 'fleetkit/forecast'
 *
 * const { phase, peak, duration } = forecast({
 *   rollout: { stages: [{ name: 'fleet', maxUnavailable: 1, within: 'region' }] },
 *   clusters: [{ id: 'a', labels: { region: 'eu' } }, { id: 'b', labels: { region: 'eu' } }],
 *   assume: { readyAfter: '5m' },
 * })
 * // phase is 'Complete', peak.unavailable.by('region') is { eu: 1 }, duration is 600 000
 * ```
 */
export function forecast(input: ForecastInput): Forecast {
  const { assume = {} } = input
  const start = assume.start ?? 0
  const subject = subjectOf(input.module, input.rollout, input.clusters, assume.installed === false ? null : before, start)
  checkAssumptions(input, subject)
  return run({ ...subject, input, assume, start, version: after, state: null })
}

/**
 * What would come of a rollback at the end of a forecast: to the version before, from wherever the forecast ended. It is assumed that
 * nothing fails meanwhile, and that every cluster is reachable.
 */
export function forecastRollback(input: ForecastInput): Forecast {
  const there = forecast(input)
  const { assume = {} } = input
  const subject = subjectOf(input.module, input.rollout, there.end.clusters, null, there.end.at)
  const calm = { readyAfter: assume.readyAfter, approvals: assume.approvals, start: there.end.at }
  return run({ ...subject, input, assume: calm, start: there.end.at, version: before, state: there.end.state })
}

interface Run {
  readonly name: string
  readonly strategy: CanonicalStrategy
  readonly clusters: readonly TargetView[]
  readonly input: ForecastInput
  readonly assume: Assumptions
  readonly start: number
  readonly version: string
  readonly state: RolloutState | null
}

function run({ name, strategy, clusters, input, assume, start, version, state: from }: Run): Forecast {
  const fleet = new SimulatedFleet(clusters, version, start, assume)
  const peak = { unavailable: new Peak(clusters), concurrency: new Peak(clusters) }
  const steps: ForecastStep[] = []
  const approvals: Approval[] = []
  const used = new Map<string, Interval>()
  const timing = new Timing(input, clusters, start)
  const bars: ForecastBar[] = []
  let state = from
  let now = start
  let plan: RolloutPlan
  for (;;) {
    const tick: RolloutInput = {
      now,
      module: { id: name, version },
      strategy,
      targets: fleet.views,
      ...timing.at(now),
      approvals: [...approvals],
    }
    plan = planRollout(tick, state)
    state = plan.state
    noteBars(bars, plan, fleet, now - start)
    askFor(plan, strategy, approvals, assume, now)
    for (const window of windowsOf(tick, plan)) used.set(`${window.from} ${window.to}`, window)
    fleet.carryOut(plan.actions, now)
    peak.unavailable.note(fleet.unavailable)
    peak.concurrency.note([...plan.updating, ...plan.actions.filter((action) => 'set' in action)].map(({ target }) => target))
    if (plan.events.length > 0 || plan.phase !== steps.at(-1)?.phase) {
      steps.push({ at: now - start, actions: plan.actions, events: plan.events, phase: plan.phase, done: plan.done.length })
    }
    const asked = approvals.map(({ at }) => at).filter((at) => at > now)
    const due = Math.min(fleet.next, timing.until, plan.nextWakeAt ?? Number.POSITIVE_INFINITY)
    const next = asked.reduce((first, at) => Math.min(first, at), due)
    const over = isOver(plan, fleet) && !(plan.cause?.code === 'window' && Number.isFinite(timing.until))
    if (!Number.isFinite(next) || steps.length >= (input.maxSteps ?? 100_000) || over) break
    now = next
    fleet.passTo(now)
  }
  const deadEnds = plan.phase === 'Complete' ? [] : deadEndsOf(plan)
  return {
    steps,
    phase: plan.phase,
    ...(plan.cause !== undefined && { cause: plan.cause }),
    peak,
    duration: (steps.at(-1) as ForecastStep).at,
    deadEnds,
    windowsUsed: [...used.values()].sort((a, b) => a.from - b.from),
    bars,
    diagnostics:
      plan.phase === 'Invalid' ? plan.diagnostics : lintStrategy(strategy, { targets: clusters, now: start, windows: timing.lintable }),
    end: { at: now, state, clusters: fleet.views },
  }
}

/** Whether nothing more will happen, whatever the windows do. */
function isOver({ phase, updating }: RolloutPlan, fleet: SimulatedFleet): boolean {
  if (updating.length > 0 || Number.isFinite(fleet.next)) return false
  return phase !== 'Running' && phase !== 'Reverting'
}

/** Has as many people approve as the gate needs, some time after it first waited for them. */
function askFor(
  { gates, state }: RolloutPlan,
  { stages }: CanonicalStrategy,
  approvals: Approval[],
  { approvals: delay = 0 }: Assumptions,
  now: number,
): void {
  if (delay === 'never' || state === null) return
  for (const { kind, stage } of gates) {
    if (kind !== 'approval' || approvals.some((approval) => approval.stage === stage)) continue
    const at = Math.max(now + toMs(delay, 'approvals'), now + 1)
    const needed = stages.find(({ name }) => name === stage)?.approvals ?? 0
    for (let person = 1; person <= needed; person += 1) approvals.push({ rid: state.rid, stage, actor: `person-${person}`, at })
  }
}

/** The open windows by which something was started. */
function windowsOf({ windows, targetWindows = [], targets, strategy, now }: RolloutInput, { actions }: RolloutPlan): readonly Interval[] {
  if (actions.length === 0) return []
  const stages = new Set(actions.map(({ stage }) => stage))
  const started = new Set(actions.map(({ target }) => target))
  const own = compileWindows(targetWindows)
  const ofTargets = own.length === 0 ? [] : targets.filter(({ id }) => started.has(id))
  const all = [
    ...(own.length === 0 ? (windows ?? []) : ofTargets.flatMap(({ labels = {} }) => windowsFor(own, windows, labels)?.intervals ?? [])),
    ...strategy.stages.flatMap((stage) => (stages.has(stage.name) ? (stage.windows ?? []) : [])),
  ]
  return all.filter(({ from, to }) => from <= now && now < to)
}

function deadEndsOf({ held, gates }: RolloutPlan): Forecast['deadEnds'] {
  const found = new Map<string, { reason: string; message: string; clusters: string[] }>()
  for (const { target, reason, message } of held) {
    const known = found.get(reason)
    if (known === undefined) found.set(reason, { reason, message, clusters: [target] })
    else known.clusters.push(target)
  }
  return [
    ...found.values(),
    ...gates.map(({ kind, stage, waitingFor }) => ({ reason: kind, message: `${stage} waits for ${waitingFor}`, clusters: [] })),
  ]
}
