import { formatDuration } from '../../model/duration.ts'
import { toError } from '../../model/errors/to-error.ts'
import { compileClusterExpression } from '../../plan/fleet/cluster-expression.ts'
import { type CheckedOptions, checkOptions } from './check-options.ts'
import type { SimulateFleetOptions } from './options.ts'
import type { FleetSimulation } from './result.ts'
import { ScenarioFleet } from './scenario-fleet.ts'
import { Over, Simulation } from './simulation.ts'

/**
 * Runs a whole fleet in virtual time: the controllers of Modules and of their rollouts as they are, over a store in memory, with clusters that take their time, fail and are
 * lost, calls that fail, and managers that die between any two writes, are cut off and have wrong clocks. After each write it is judged whether that was right. The same seed gives the
 * same, line by line.
 *
 * What people do is the scenario. When it has ended and `during` is over, everything heals, and every module has to come to an end.
 *
 * @throws FleetkitError `model/invalid` with everything that is wrong with the options, and when the clusters cannot have the modules that are installed.
 *
 * @example
 * ```ts
 * import { Rolling } from 'fleetkit/rollout'
 * import { simulateFleet } from 'fleetkit/testing'
 *
 * const source = { git: { url: 'https://git.example.com/shop.git', tag: 'v1' } }
 * const { violations, trace, peak, phase } = await simulateFleet({
 *   seed: 7,
 *   clusters: ['eu-1', 'eu-2', 'us-1'].map((id) => ({ id, labels: { region: id.slice(0, 2) } })),
 *   modules: [{ metadata: { name: 'shop' }, spec: { source, clusters: {}, rollout: new Rolling({ maxUnavailable: 1, within: 'region' }) } }],
 *   policy: { budgets: [{ id: 'fleet', limit: 2 }] },
 *   world: { readyAfter: ['10s', '5m'], managers: 2, crashes: 3, outages: 2, faults: { fail: 0.05, lose: 0.02 } },
 *   scenario: async (fleet) => {
 *     await fleet.after('10m')
 *     await fleet.release('shop', 'v2')
 *     await fleet.until('shop', 'Complete')
 *   },
 *   invariants: { 'one of eu at a time': (fleet) => fleet.updating({ matchLabels: { region: 'eu' } }).length <= 1 || 'two are updating' },
 * })
 * console.log(violations.length === 0 ? `${phase('shop')}, at most ${peak.updating.by('region').eu} of eu at once` : trace)
 * ```
 */
export async function simulateFleet(options: SimulateFleetOptions): Promise<FleetSimulation> {
  const checked = checkOptions(options)
  await warmUp()
  return run(checked)
}

let warm: Promise<unknown> | undefined

/** What a process loads with its first fleet takes real turns of the event loop: no later one has them. */
function warmUp(): Promise<unknown> {
  const source = { git: { url: 'https://git.example.com/first.git', tag: 'v1' } }
  const modules = [{ metadata: { name: 'first' }, spec: { source, clusters: {} } }]
  // The package of expressions need not be there.
  const loaded = (): Promise<unknown> => compileClusterExpression('true').catch(() => {})
  warm ??= loaded().then(() => run(checkOptions({ clusters: [{ id: 'first' }], modules, during: 0 })))
  return warm
}

async function run(options: CheckedOptions): Promise<FleetSimulation> {
  const simulation = new Simulation(options)
  try {
    await simulation.begin()
    await play(simulation, options)
  } finally {
    await simulation.stop()
  }
  return resultOf(simulation, options)
}

async function play(simulation: Simulation, { scenario, during }: CheckedOptions): Promise<void> {
  const fleet = new ScenarioFleet(simulation)
  try {
    await scenario?.(fleet)
    await fleet.done()
    await simulation.pass(Math.max(0, during - simulation.view.now))
    await simulation.end()
  } catch (error) {
    if (!(error instanceof Over)) simulation.observer.violated('throws', toError(error).message, error)
  }
}

function resultOf({ observer, view, trace, management, endedAt }: Simulation, { seed, modules }: CheckedOptions): FleetSimulation {
  const { violations, updating, assignments } = observer
  const [first] = violations
  const phases = modules.map(({ metadata: { name } }) => `${name} is ${view.phase(name) ?? 'gone'}`)
  const { faults } = management.processes
  const counts = `${assignments} assignments, ${faults} faults, ${formatDuration(endedAt)}`
  const summary =
    first === undefined
      ? `seed ${seed}: ${phases.join(', ')}; ${counts}`
      : `seed ${seed}: ${first.invariant} does not hold after ${formatDuration(first.at)}: ${first.message}`
  return {
    seed,
    violations,
    trace: trace.text,
    phase: (module) => view.phase(module),
    end: view,
    peak: { updating },
    duration: endedAt,
    assignments,
    faults,
    summary,
  }
}
