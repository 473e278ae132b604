import { compileWindows, windowsFor } from '../planner/budgets/scope.ts'
import type { DependencyVerdict, RolloutInput, SharedRollout } from '../planner/input.ts'
import type { RolloutPlan } from '../planner/plan.ts'
import { countDone } from '../planner/results.ts'
import type { RolloutState } from '../state/state.ts'
import type { CanonicalStrategy } from '../strategy/canonical.ts'
import type { Interval } from '../strategy/interval.ts'
import { resolveStrategy } from '../strategy/resolve.ts'
import type { TargetView } from '../target-view.ts'
import { Answers } from './answers.ts'
import type { Assumptions } from './assumptions.ts'
import { Bars } from './bars.ts'
import type { ForecastInput } from './input.ts'
import { lintStrategy } from './lint.ts'
import { Peak } from './peak.ts'
import type { DeadEnd, Forecast, ForecastStep } from './result.ts'
import { SimulatedFleet } from './simulated-fleet.ts'
import { Timing } from './timing.ts'

/** A rollout as its forecast begins. */
export interface RolloutSubject extends Pick<ForecastInput, 'windows' | 'freezes'> {
  readonly name: string
  readonly strategy: CanonicalStrategy
  readonly clusters: readonly TargetView[]
  readonly assume: Assumptions
  readonly start: number
  readonly version: string | null
  readonly state: RolloutState | null
  readonly priority?: number | undefined
}

/** One rollout in the assumed world, and what has come of it so far. */
export class SimulatedRollout {
  readonly subject: RolloutSubject
  readonly fleet: SimulatedFleet
  /** The ids of the clusters that are updating; `taking`: to a version, which takes from shared budgets. */
  updating: readonly string[] = []
  taking: readonly string[] = []
  readonly steps: ForecastStep[] = []
  readonly #peak: Forecast['peak']
  readonly #answers: Answers
  readonly #windowsUsed: Map<string, Interval> = new Map()
  readonly #timing: Timing
  readonly #bars: Bars = new Bars()
  #state: RolloutState | null
  #plan: RolloutPlan | undefined

  constructor(subject: RolloutSubject) {
    const { strategy, clusters, version, start, assume, state } = subject
    this.subject = subject
    this.fleet = new SimulatedFleet(clusters, version, start, assume)
    this.#peak = { unavailable: new Peak(clusters), concurrency: new Peak(clusters) }
    this.#timing = new Timing(subject, clusters, start)
    this.#answers = new Answers(strategy, assume)
    this.#state = state
  }

  /** What the planner is given. */
  inputAt(now: number, dependencies: Readonly<Record<string, DependencyVerdict>> | undefined): SharedRollout {
    const { name, version, strategy, priority } = this.subject
    const input: RolloutInput = {
      now,
      module: { id: name, version },
      strategy,
      targets: this.fleet.views,
      ...this.#timing.at(now),
      approvals: [...this.#answers.approvals],
      verdicts: [...this.#answers.verdicts],
      ...(dependencies !== undefined && { dependencies }),
    }
    return { input, prev: this.#state, priority }
  }

  /** Carries a plan out, and notes what it says. Returns the step, if something was decided. */
  carryOut({ input }: SharedRollout, plan: RolloutPlan): ForecastStep | undefined {
    const { now } = input
    const at = now - this.subject.start
    this.#plan = plan
    this.#state = plan.state
    this.#bars.note(plan, this.fleet, at)
    this.#answers.ask(plan, now)
    for (const window of windowsOf(input, plan)) this.#windowsUsed.set(`${window.from} ${window.to}`, window)
    this.fleet.carryOut(plan.actions, now)
    const starting = plan.actions.flatMap((action) => ('set' in action ? [action.target] : []))
    this.updating = [...plan.updating.map(({ target }) => target), ...starting]
    this.taking = [...plan.updating.flatMap(({ target, to }) => (to === null ? [] : [target])), ...starting]
    this.#peak.unavailable.note(at, [{ module: this.subject.name, clusters: [...this.fleet.unavailable] }])
    this.#peak.concurrency.note(at, [{ module: this.subject.name, clusters: this.updating }])
    if (plan.events.length === 0 && plan.phase === this.steps.at(-1)?.phase) return undefined
    const step = { at, actions: plan.actions, events: plan.events, phase: plan.phase, done: countDone(plan) }
    this.steps.push(step)
    return step
  }

  /** When something happens next in its world. */
  nextAfter(now: number): number {
    return Math.min(this.#answers.nextAfter(now), this.fleet.next, this.#timing.until)
  }

  /** Whether nothing more will happen, whatever the windows do. */
  get isOver(): boolean {
    const { phase, updating, cause } = this.#plan as RolloutPlan
    if (updating.length > 0 || Number.isFinite(this.fleet.next)) return false
    if (cause?.code === 'window' && Number.isFinite(this.#timing.until)) return false
    return phase !== 'Running' && phase !== 'Reverting'
  }

  /** What came of it until `now`. */
  endAt(now: number): Forecast {
    const { strategy, clusters, start } = this.subject
    const plan = this.#plan as RolloutPlan
    return {
      steps: this.steps,
      phase: plan.phase,
      ...(plan.cause !== undefined && { cause: plan.cause }),
      peak: this.#peak,
      duration: (this.steps.at(-1) as ForecastStep).at,
      deadEnds: plan.phase === 'Complete' ? [] : deadEndsOf(plan),
      windowsUsed: [...this.#windowsUsed.values()].sort((a, b) => a.from - b.from),
      bars: this.#bars.bars,
      diagnostics:
        plan.phase === 'Invalid'
          ? plan.diagnostics
          : lintStrategy(strategy, { targets: clusters, now: start, windows: this.#timing.lintable }),
      end: { at: now, state: this.#state, clusters: this.fleet.views },
    }
  }
}

/** The open windows by which something was started. */
function windowsOf({ windows, targetWindows = [], targets, strategy, now }: RolloutInput, { actions }: RolloutPlan): readonly Interval[] {
  if (actions.length === 0) return []
  const stages = new Set(actions.map(({ stage }) => stage))
  const started = new Set(actions.map(({ target }) => target))
  const own = compileWindows(targetWindows)
  const ofTargets =
    own.length === 0
      ? (windows ?? [])
      : targets
          .filter(({ id }) => started.has(id))
          .flatMap(({ labels = {} }) => windowsFor(own, windows, labels)?.intervals ?? windows ?? [])
  const ofStages = resolveStrategy(strategy).stages.flatMap((stage) => (stages.has(stage.name) ? (stage.windows ?? []) : []))
  return [...ofTargets, ...ofStages].filter(({ from, to }) => from <= now && now < to)
}

function deadEndsOf({ held, gates }: RolloutPlan): readonly DeadEnd[] {
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
