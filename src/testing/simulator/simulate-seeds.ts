import { throwIfAborted } from '../../model/errors/abort.ts'
import { invalid } from '../../model/errors/invalid.ts'
import { describeValue } from '../../model/errors/problem.ts'
import type { SimulateFleetOptions } from './options.ts'
import { wholeProblems } from './problems.ts'
import type { FleetSimulation } from './result.ts'
import { simulateFleet } from './simulate-fleet.ts'

/** Which seeds are simulated. */
export interface SimulateSeedsOptions {
  /** The first. Default 1. */
  readonly from?: number | undefined
  /** Ends it between two seeds: it rejects with the reason. */
  readonly signal?: AbortSignal | undefined
}

/** What came of many simulations. */
export interface SeedsSimulation {
  /** How many there were: all of them, or those up to the first that failed. */
  readonly seeds: number
  /** The first one in which something did not hold. */
  readonly failure?: FleetSimulation | undefined
  readonly assignments: number
  readonly faults: number
  /** For people: one line, or what happened in the seed that failed, and how to see it again. */
  readonly text: string
}

/**
 * Simulates a fleet under one seed after the other, until something does not hold.
 *
 * @throws FleetkitError `model/invalid` for what `simulateFleet` refuses.
 *
 * @example
 * ```ts
 * import { Rolling } from 'fleetkit/rollout'
 * import { simulateSeeds } from 'fleetkit/testing'
 *
 * const source = { git: { url: 'https://git.example.com/shop.git', tag: 'v1' } }
 * const { failure, text } = await simulateSeeds(50, () => ({
 *   clusters: [{ id: 'a' }, { id: 'b' }],
 *   modules: [{ metadata: { name: 'shop' }, spec: { source, clusters: {}, rollout: new Rolling({ maxUnavailable: 1 }) } }],
 *   world: { readyAfter: ['10s', '5m'], managers: 2, crashes: 2, partitions: 1 },
 *   scenario: async (fleet) => {
 *     await fleet.release('shop', 'v2')
 *     await fleet.until('shop', 'Complete')
 *   },
 * }))
 * console.log(text)
 * if (failure !== undefined) process.exitCode = 1
 * ```
 */
export async function simulateSeeds(
  count: number,
  optionsOf: (seed: number) => Omit<SimulateFleetOptions, 'seed'>,
  { from = 1, signal }: SimulateSeedsOptions = {},
): Promise<SeedsSimulation> {
  const problems = [...wholeProblems('count', count, 1), ...wholeProblems('from', from, Number.MIN_SAFE_INTEGER)]
  if (typeof optionsOf !== 'function')
    problems.push({ path: 'optionsOf', found: describeValue(optionsOf), accepted: 'a function that gives the options for a seed' })
  if (problems.length > 0) throw invalid(undefined, problems)
  let [assignments, faults] = [0, 0]
  for (let index = 0; index < count; index++) {
    throwIfAborted(signal)
    const simulation = await simulateFleet({ ...optionsOf(from + index), seed: from + index })
    assignments += simulation.assignments
    faults += simulation.faults
    if (simulation.violations.length > 0)
      return { seeds: index + 1, failure: simulation, assignments, faults, text: failureText(simulation) }
  }
  const text = `${count} seeds from ${from}: everything holds; ${assignments} assignments, ${faults} faults`
  return { seeds: count, assignments, faults, text }
}

function failureText({ seed, trace, violations }: FleetSimulation): string {
  const lines = violations.map(({ invariant, message }) => `${invariant}: ${message}`)
  return [trace, '', ...lines, `To see it again: simulateFleet with the same options and seed: ${seed}`].join('\n')
}
