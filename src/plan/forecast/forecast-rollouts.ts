import { compareText } from '../../model/compare-text.ts'
import { invalid } from '../../model/errors/invalid.ts'
import type { Problem } from '../../model/errors/problem.ts'
import { Peak } from '../../rollout/forecast/peak.ts'
import { simulate } from '../../rollout/forecast/simulate.ts'
import { SimulatedRollout } from '../../rollout/forecast/simulated-rollout.ts'
import { BudgetParts } from '../../rollout/planner/budgets/shared.ts'
import type { SharedBudget } from '../../rollout/planner/input.ts'
import type { TargetView } from '../../rollout/target-view.ts'
import { RememberedVerdicts } from '../fleet/dependency-verdicts.ts'
import type { ForecastRolloutsInput } from './input.ts'
import { type ModuleSubject, moduleSubject } from './module-subject.ts'
import { moduleProblems, rolloutsProblems } from './problems.ts'
import type { BudgetPeak, RolloutsForecast, RolloutsForecastStep } from './result.ts'

/**
 * {@link forecast} for several modules in one assumed world: under budgets that they share (as `planRollouts` plans them), and with what
 * they need of one another on each cluster (as `dependencyVerdicts` of `fleetkit/fleet` says it before each step).
 *
 * @throws FleetkitError `model/invalid` when there is nothing to forecast; when modules are there twice, need what is not there, or need one
 * another; when assumptions or budgets are about clusters or labels that are not there; and when windows or freezes are given without
 * `assume.start`.
 *
 * @example
 * ```ts
 * import { forecastRollouts } from 'fleetkit/forecast'
 *
 * const clusters = ['a', 'b', 'c'].map((id) => ({ id }))
 * const rollout = { stages: [{ name: 'fleet' }] }
 * const { modules, peak } = forecastRollouts({
 *   modules: [
 *     { id: 'db', version: '2.0.0', rollout },
 *     { id: 'web', version: '2.0.0', rollout, needs: [{ module: 'db', range: '^2' }] },
 *   ],
 *   clusters,
 *   budgets: [{ id: 'fleet', limit: 2 }],
 *   assume: { readyAfter: '5m' },
 * })
 * console.log(modules.web?.duration, peak.budgets[0]?.members)
 * ```
 */
export function forecastRollouts(input: ForecastRolloutsInput): RolloutsForecast {
  refuse(moduleProblems(input))
  const start = input.assume?.start ?? 0
  const subjects = input.modules.map((module) => moduleSubject(module, input, start))
  refuse(rolloutsProblems(input, subjects))
  const rollouts = subjects.map((subject) => new SimulatedRollout(subject))
  const fleet = fleetOf(subjects)
  const peaks = { unavailable: new Peak(fleet), concurrency: new Peak(fleet), taking: new Peak(fleet) }
  const steps: RolloutsForecastStep[] = []
  const { budgets, patience, maxSteps } = input
  const end = simulate(rollouts, {
    start,
    maxSteps,
    budgets,
    patience,
    dependencies: verdictsOf(subjects, rollouts),
    onStep: ({ subject: { name } }, step) => steps.push({ module: name, ...step }),
    onMoment: (at) => {
      const partsOf = (clusters: (rollout: SimulatedRollout) => readonly string[]) =>
        rollouts.map((rollout) => ({ module: rollout.subject.name, clusters: clusters(rollout) }))
      peaks.unavailable.note(
        at,
        partsOf((rollout) => [...rollout.fleet.unavailable]),
      )
      peaks.concurrency.note(
        at,
        partsOf(({ updating }) => updating),
      )
      peaks.taking.note(
        at,
        partsOf(({ taking }) => taking),
      )
    },
  })
  const ends = rollouts.map((rollout) => [rollout.subject.name, rollout.endAt(end)] as const)
  const { taking, ...peak } = peaks
  return {
    steps,
    modules: Object.fromEntries(ends),
    peak: { ...peak, budgets: (budgets ?? []).flatMap((budget) => budgetPeaks(budget, taking, fleet)) },
    duration: steps.at(-1)?.at ?? 0,
    deadEnds: ends.flatMap(([module, { deadEnds }]) => deadEnds.map((deadEnd) => ({ module, ...deadEnd }))),
  }
}

function refuse(problems: readonly Problem[]): void {
  if (problems.length > 0) throw invalid(undefined, problems)
}

/** Every cluster once. */
function fleetOf(subjects: readonly ModuleSubject[]): readonly TargetView[] {
  return [...new Map(subjects.flatMap(({ clusters }) => clusters.map((view) => [view.id, view]))).values()]
}

/** What the modules let each cluster do before a step. Nothing is asked where none needs another. */
function verdictsOf(subjects: readonly ModuleSubject[], rollouts: readonly SimulatedRollout[]) {
  const needs = subjects.some(({ needs, neededBefore }) => needs.length > 0 || Object.keys(neededBefore).length > 0)
  if (!needs) return undefined
  const verdicts = new RememberedVerdicts(
    subjects.map(({ name: id, version, needs, neededBefore }) => ({ id, version, needs, neededBefore })),
  )
  return () => {
    const found = verdicts.of(rollouts.map(({ fleet }) => fleet.views))
    return subjects.map(({ name }) => found[name])
  }
}

function budgetPeaks(budget: SharedBudget, taking: Peak, fleet: readonly TargetView[]): readonly BudgetPeak[] {
  const parts = new BudgetParts(budget, fleet)
  const moments = [...taking.moments((labels) => parts.of(labels))].sort(([a], [b]) => compareText(a, b))
  return moments.map(([value, moment]) => ({
    budget: budget.id,
    ...(budget.by !== undefined && { value }),
    limit: parts.limits.get(value) ?? 0,
    ...moment,
  }))
}
