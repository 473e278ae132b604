import { invalid } from '../../model/errors/invalid.ts'
import { assumptionProblems } from './check-assumptions.ts'
import type { ForecastInput } from './input.ts'
import type { Forecast } from './result.ts'
import { simulate } from './simulate.ts'
import { type RolloutSubject, SimulatedRollout } from './simulated-rollout.ts'
import { subjectOf } from './subject.ts'

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
  const problems = assumptionProblems(input, subject)
  if (problems.length > 0) throw invalid(undefined, problems)
  const { windows, freezes } = input
  return run({ ...subject, windows, freezes, assume, start, version: after, state: null }, input)
}

/**
 * What would come of a rollback at the end of a forecast: to the version before, from wherever the forecast ended. It is assumed that
 * nothing fails meanwhile, and that every cluster is reachable.
 */
export function forecastRollback(input: ForecastInput): Forecast {
  const there = forecast(input)
  const { assume = {}, windows, freezes } = input
  const subject = subjectOf(input.module, input.rollout, there.end.clusters, null, there.end.at)
  const calm = { readyAfter: assume.readyAfter, approvals: assume.approvals, checks: assume.checks, start: there.end.at }
  return run({ ...subject, windows, freezes, assume: calm, start: there.end.at, version: before, state: there.end.state }, input)
}

function run(subject: RolloutSubject, { maxSteps }: ForecastInput): Forecast {
  const rollout = new SimulatedRollout(subject)
  const end = simulate([rollout], { start: subject.start, maxSteps })
  return rollout.endAt(end)
}
