import { sortTexts } from '../../../model/compare-text.ts'
import { Answers } from '../../../rollout/forecast/answers.ts'
import { Peak } from '../../../rollout/forecast/peak.ts'
import type { RolloutState } from '../../../rollout/state/state.ts'
import type { HistoryEvent } from '../history/event.ts'
import type { FleetInput, FleetModule } from '../planner/input.ts'
import type { FleetPlan, ModuleProgress } from '../planner/plan.ts'
import { planFleet } from '../planner/plan-fleet.ts'
import { AssumedFleet } from './assumed-fleet.ts'
import { refuseAssumptions } from './check-fleet-assumptions.ts'
import type { FleetAssumptions, FleetForecast, FleetForecastStep } from './result.ts'

/**
 * Runs {@link planFleet} against an assumed world to the end: what would be assigned when, the most that would be updating at once, and why modules would not
 * complete. Nothing is touched.
 *
 * @throws FleetkitError `model/invalid` when the input is none, and when assumptions are about clusters or modules that are not there.
 *
 * @example
 * ```ts
 * import { type FleetInput, forecastFleet } from 'fleetkit/fleet'
 *
 * const reach = { ok: true, since: 0 }
 * const input: FleetInput = {
 *   now: 0,
 *   modules: [{ id: 'shop', revision: 'v5', selector: {}, rollout: { stages: [{ name: 'canary', limit: 1, soak: 600_000 }, { name: 'fleet' }] } }],
 *   clusters: ['eu-1', 'eu-2', 'eu-3'].map((id) => ({ id, reach })),
 * }
 * const { modules, duration, steps } = forecastFleet(input, { readyAfter: '5m' })
 * console.log(modules.shop?.phase, duration / 60_000, steps.map(({ at }) => at / 60_000)) // Complete 20 [ 0, 5, 15, 20 ]
 * ```
 *
 * @category Fleet
 */
export function forecastFleet(input: FleetInput, assume: FleetAssumptions = {}): FleetForecast {
  let plan = planFleet(input)
  refuseAssumptions(input, assume)
  const world = new ForecastWorld(input, assume)
  const { maxSteps = 100_000 } = assume
  let now = input.now
  for (;;) {
    world.note(plan, now)
    const next = Math.min(world.next(now), plan.nextWakeAt ?? Number.POSITIVE_INFINITY)
    const isIdle = next - input.now > (world.steps.at(-1)?.at ?? 0) + patienceMs
    if (!Number.isFinite(next) || isIdle || world.steps.length >= maxSteps || world.isOver(plan)) break
    now = next
    plan = plan.with({ now, ...world.passTo(now) })
  }
  return world.end(plan, now)
}

/** After so long without a decision none is expected: windows open again and again. */
const patienceMs: number = 400 * 86_400_000

/** Phases in which nothing more happens by itself. */
const ended: ReadonlySet<string> = new Set(['Complete', 'CompleteWithFailures', 'Halted', 'Reverted', 'Aborted', 'Invalid', 'Stalled'])

/** The assumed world, and what has been decided in it so far. */
class ForecastWorld {
  readonly steps: FleetForecastStep[] = []
  readonly #input: FleetInput
  readonly #fleet: AssumedFleet
  readonly #peak: Peak
  readonly #events: HistoryEvent[] = []
  /** The modules of the input, and as they are now. */
  readonly #given: ReadonlyMap<string, FleetModule>
  readonly #modules: Map<string, FleetModule>
  readonly #answers: ReadonlyMap<string, Answers>
  readonly #states: Map<string, RolloutState>
  /** By module: the clusters that are updating to a revision. */
  readonly #updating: Map<string, readonly string[]> = new Map()

  constructor(input: FleetInput, assume: FleetAssumptions) {
    this.#input = input
    this.#fleet = new AssumedFleet(input, assume)
    this.#peak = new Peak(input.clusters.map((cluster) => ({ ...cluster, assigned: null, observed: null })))
    this.#given = new Map(input.modules.map((module) => [module.id, module]))
    this.#modules = new Map(this.#given)
    this.#states = new Map(input.rollouts?.map(({ module, state }) => [module, state]))
    this.#answers = new Map(
      input.modules.map(({ id, rollout = { stages: [] } }) => [id, new Answers(rollout, { ...assume, ...assume.modules?.[id] })]),
    )
  }

  /** Carries a plan out, and notes what it says. */
  note(plan: FleetPlan, now: number): void {
    const at = now - this.#input.now
    const { assignments, progress, rollouts, events } = plan.decisions
    for (const { module, state } of rollouts) this.#states.set(module, state)
    for (const assignment of assignments) this.#fleet.carryOut(assignment, this.#modules.get(assignment.module)?.revision ?? null)
    for (const { module, gates } of progress) this.#answers.get(module)?.ask({ gates, state: this.#states.get(module) ?? null }, now)
    // One may have taken the place of another, so that the counts are the same.
    for (const { module } of [...progress, ...rollouts]) this.#updating.set(module, updatingOf(plan, module))
    this.#peak.note(
      at,
      Array.from(this.#updating, ([module, clusters]) => ({ module, clusters })),
    )
    for (const event of events) this.#events.push(event)
    if (assignments.length > 0 || progress.length > 0) this.steps.push({ at, assignments, progress })
  }

  /** When something happens next. */
  next(now: number): number {
    let next = this.#fleet.next
    for (const answers of this.#answers.values()) next = Math.min(next, answers.nextAfter(now))
    return next
  }

  /** Lets what is due happen. */
  passTo(now: number): ReturnType<AssumedFleet['passTo']> & { readonly modules: readonly FleetModule[] } {
    const modules: FleetModule[] = []
    for (const [id, { approvals, verdicts }] of this.#answers) {
      const module = this.#modules.get(id) as FleetModule
      const given = { approvals: approvals.filter(({ at }) => at <= now), verdicts: verdicts.filter(({ at }) => at <= now) }
      const { approvals: old = [], verdicts: said = [] } = this.#given.get(id) as FleetModule
      const all = { approvals: [...old, ...given.approvals], verdicts: [...said, ...given.verdicts] }
      if (all.approvals.length === (module.approvals?.length ?? 0) && all.verdicts.length === (module.verdicts?.length ?? 0)) continue
      const answered = { ...module, ...all }
      this.#modules.set(id, answered)
      modules.push(answered)
    }
    return { ...this.#fleet.passTo(now), modules }
  }

  /** Whether nothing more will be decided, whatever the windows do. */
  isOver(plan: FleetPlan): boolean {
    if (Number.isFinite(this.#fleet.next)) return false
    return [...this.#modules.keys()].every((id) => ended.has((plan.progress(id) as ModuleProgress).phase))
  }

  end(plan: FleetPlan, now: number): FleetForecast {
    const progress = sortTexts([...this.#modules.keys()]).map((id) => plan.progress(id) as ModuleProgress)
    return {
      steps: this.steps,
      modules: Object.fromEntries(progress.map((each) => [each.module, each])),
      peak: { updating: this.#peak },
      duration: this.steps.at(-1)?.at ?? 0,
      deadEnds: progress.flatMap((each) => this.#deadEndsOf(each, plan)),
      events: this.#events,
      end: {
        ...this.#input,
        now,
        modules: [...this.#modules.values()],
        clusters: [...this.#fleet.clusters.values()],
        assemblages: [...this.#fleet.clusters.values()].map(({ id, uid }) => ({ cluster: id, uid, modules: plan.assemblage(id) })),
        rollouts: [...this.#states].map(([module, state]) => ({ module, state })),
      },
    }
  }

  #deadEndsOf({ module, phase, gates }: ModuleProgress, plan: FleetPlan): FleetForecast['deadEnds'] {
    if (phase === 'Complete') return []
    const held = [...this.#fleet.clusters.keys()].map((id) => plan.explain(id, module)).filter(({ state }) => state === 'held')
    const byReason = Map.groupBy(held, ({ reason }) => reason)
    return [
      ...[...byReason].map(([reason = '', of]) => {
        return { module, reason, message: of[0]?.message ?? '', clusters: of.map(({ cluster }) => cluster) }
      }),
      ...gates.map(({ kind, stage, waitingFor }) => ({ module, reason: kind, message: `${stage} waits for ${waitingFor}`, clusters: [] })),
    ]
  }
}

function updatingOf(plan: FleetPlan, module: string): readonly string[] {
  return plan.updating(module).flatMap(({ target, to }) => (to === null ? [] : [target]))
}
