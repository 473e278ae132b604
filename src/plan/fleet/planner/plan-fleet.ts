import { PlannedFleet } from './fleet-plan.ts'
import { FleetRollouts } from './fleet-rollouts.ts'
import type { FleetChanges, FleetInput } from './input.ts'
import type { FleetPlan } from './plan.ts'
import { checkInput } from './read-fleet.ts'

/** What the newest plans were made from. */
const inputs: WeakMap<FleetPlan, FleetInput> = new WeakMap()

/**
 * Decides what a whole fleet does now: which cluster is to have which revision of each module, where every rollout stands, and on request why a
 * cluster has what it has. Each module is rolled out by the rules of `planRollout`, one after the other in turn: under the budgets that all share,
 * and with what modules need of one another on each cluster. What is assigned counts at once, so that nothing is assigned twice.
 *
 * It is a pure function of plain data. After the plan before it costs what differs, and decides what is to be done since.
 *
 * @param prev - the plan before; one that another plan has followed is as none, so that everything is decided from nothing
 * @throws FleetkitError `model/invalid` when lists are no lists, or ids are missing or there twice. Anything else that is wrong is a diagnostic,
 * and holds the module or the cluster that it is about.
 *
 * @example
 * ```ts
 * import { type FleetInput, planFleet } from 'fleetkit/fleet'
 *
 * const reach = { ok: true, since: 0 }
 * const input: FleetInput = {
 *   now: 1000,
 *   modules: [
 *     { id: 'db', revision: 'v2', selector: {} },
 *     { id: 'web', revision: 'v5', selector: {}, rollout: { stages: [{ name: 'canary', limit: 1, soak: 60_000 }, { name: 'fleet' }] } },
 *   ],
 *   revisions: [{ module: 'web', id: 'v5', needs: [{ module: 'db' }] }],
 *   clusters: [{ id: 'eu-1', reach }, { id: 'eu-2', reach }],
 * }
 * const first = planFleet(input)
 * console.log(first.decisions.assignments.map(({ cluster, module }) => `${module} on ${cluster}`)) // db on eu-1, db on eu-2
 * console.log(first.explain('eu-1', 'web').message) // web waits for db on eu-1
 *
 * const observed = { version: 'v2', generation: 1, phase: 'ready', since: 2000 } as const
 * const second = first.with({ now: 2000, observed: [{ cluster: 'eu-1', module: 'db', observed }] })
 * console.log(second.decisions.assignments.map(({ cluster, module }) => `${module} on ${cluster}`)) // web on eu-1
 * ```
 *
 * @category Fleet
 */
export function planFleet(input: FleetInput, prev: FleetPlan | null = null): FleetPlan {
  checkInput(input)
  const before = prev instanceof PlannedFleet && prev.isNewest ? inputs.get(prev) : undefined
  const plan =
    before === undefined || prev === null
      ? new PlannedFleet(new FleetRollouts(), { ...input, policy: input.policy ?? {} }, input.rollouts ?? [])
      : prev.with(changesFrom(before, input))
  inputs.set(plan, input)
  return plan
}

/** What differs between two inputs. What is the same object is the same. */
function changesFrom(before: FleetInput, { now, modules, revisions, clusters, assemblages, policy }: FleetInput): FleetChanges {
  return {
    now,
    modules: newIn(modules, before.modules),
    removedModules: goneFrom(modules, before.modules),
    revisions: newIn(revisions ?? [], before.revisions ?? []),
    clusters: newIn(clusters, before.clusters),
    removedClusters: goneFrom(clusters, before.clusters),
    assemblages: newIn(assemblages ?? [], before.assemblages ?? []),
    ...(policy !== before.policy && { policy: policy ?? {} }),
  }
}

function newIn<Item extends object>(list: readonly Item[], before: readonly Item[]): readonly Item[] {
  if (list === before) return []
  // Most are where they were.
  const others = list.filter((item, at) => before[at] !== item)
  if (others.length === 0) return others
  const known = new Set(before)
  return others.filter((item) => !known.has(item))
}

function goneFrom(list: readonly { readonly id: string }[], before: readonly { readonly id: string }[]): readonly string[] {
  if (list === before || (list.length === before.length && list.every(({ id }, at) => before[at]?.id === id))) return []
  const ids = new Set(list.map(({ id }) => id))
  return before.flatMap(({ id }) => (ids.has(id) ? [] : [id]))
}
