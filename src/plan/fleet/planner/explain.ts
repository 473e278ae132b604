import { invalid } from '../../../model/errors/invalid.ts'
import { describeValue } from '../../../model/errors/problem.ts'
import { timeText } from '../../../rollout/planner/hold.ts'
import type { RolloutPlan } from '../../../rollout/planner/plan.ts'
import { resultOf } from '../../../rollout/planner/results.ts'
import type { TargetView } from '../../../rollout/target-view.ts'
import { pathsToBlockers } from '../dependency-verdicts.ts'
import type { FleetRollouts } from './fleet-rollouts.ts'
import type { Explanation } from './plan.ts'

/** Why a cluster has what it has of a module. */
export function explainPair(fleet: FleetRollouts, cluster: string, module: string): Explanation {
  const row = fleet.clusters.rowOf(cluster)
  const rollout = fleet.rolloutOf(module)
  if (row === undefined || rollout === undefined) {
    const [path, found, accepted] =
      row === undefined ? ['cluster', cluster, 'a cluster of the fleet'] : ['module', module, 'a module of the fleet']
    throw invalid(undefined, [{ path, found: describeValue(found), accepted }])
  }
  const view = rollout.targets.get(row)
  if (view === undefined)
    return { cluster, module, state: 'unassigned', assigned: null, observed: null, message: `${module} does not select ${cluster}` }
  const { assigned, observed } = view
  const result = resultOf(rollout.plan as RolloutPlan, cluster)
  const of = { cluster, module, assigned, observed, stage: result?.stage ?? null }
  if (result === undefined || result.list === 'done') return { ...of, state: 'done', message: doneText(module, view) }
  if (result.list === 'updating') {
    const { to, since, soakingUntil, deadline, held } = result
    const until = soakingUntil ?? deadline
    const by = soakingUntil !== undefined ? `, ready and to stay so until` : ', with time until'
    const what = to === null ? `${module} is being removed` : `${module} is updating to ${to}`
    const message = `${what} since ${timeText(since)}${until === undefined ? '' : `${by} ${timeText(until)}`}`
    return { ...of, state: 'updating', message, ...(until !== undefined && { until }), ...(held && { reason: held.reason, by: held.by }) }
  }
  const { reason, until } = result
  // How much of a shared budget is used may have changed since this module was planned.
  const { message, by } = (reason === 'shared-budget' ? fleet.budgetHold(view) : undefined) ?? result
  const path = reason === 'dependency' || reason === 'still-needed' ? pathsToBlockers(fleet.placementsOn(row)).get(module) : undefined
  const held = { ...of, state: 'held' as const, reason, ...(until !== undefined && { until }) }
  if (path === undefined) return { ...held, message, by }
  return { ...held, message: `${module} ${waitsText(reason, path)} on ${cluster}`, by: [...path, `target:${cluster}`] }
}

function waitsText(reason: string, path: readonly string[]): string {
  const verb = reason === 'dependency' ? 'waits for' : 'is still needed by'
  return path
    .slice(1)
    .map((module, at) => (at === 0 ? `${verb} ${module}` : `which ${verb} ${module}`))
    .join(', ')
}

function doneText(module: string, { assigned, observed }: TargetView): string {
  const version = assigned === null ? observed?.version : assigned.version
  if (version == null) return `${module} is not there`
  const since = Math.max(assigned?.at ?? 0, observed?.since ?? 0)
  return `${module} is ready at ${version} since ${timeText(since)}`
}
