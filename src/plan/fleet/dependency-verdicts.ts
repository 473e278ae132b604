import type { Cause } from '../../graph/explain.ts'
import type { GraphInput } from '../../graph/input.ts'
import { planGraph } from '../../graph/plan.ts'
import { compareText } from '../../model/compare-text.ts'
import type { DependencyVerdict } from '../../rollout/planner/input.ts'
import type { TargetView } from '../../rollout/target-view.ts'
import type { ObservedModule } from './observed-module.ts'
import { edgesOf, going, moduleOf, type PlacedModule, type Placement, placementOf } from './placement.ts'

/** By module, then by cluster: the `dependencies` of the input of the module's rollout. A cluster without a verdict has no blocker. */
export type DependencyVerdicts = Readonly<Record<string, Readonly<Record<string, DependencyVerdict>>>>

/**
 * What the dependencies between modules say about each cluster: which module may be started there, which may be removed, and for the
 * others the path to the blocker. A pure function; the order of modules and clusters does not matter. The rules, for each cluster:
 * - A version is started when everything that it needs is there, ready, in range, and stays in range.
 * - A version that would break an installed module waits until that one has been updated, unless that one can only follow: on an
 *   upgrade the dependency goes first, on a downgrade the dependant does.
 * - A module is removed when nothing installed was applied with a need of it.
 * - Modules that need one another block themselves and whatever needs them, and nothing else.
 *
 * @example
 * ```ts
 * import { dependencyVerdicts, type ObservedModule } from 'fleetkit/fleet'
 * import { planRollout, type RolloutInput } from 'fleetkit/rollout'
 *
 * declare const modules: readonly ObservedModule[]
 * declare const ingress: RolloutInput
 * const verdicts = dependencyVerdicts(modules)
 * const plan = planRollout({ ...ingress, dependencies: verdicts.ingress }, null)
 * for (const { target, reason, by } of plan.held) if (reason === 'dependency') console.log(target, by) // edge-7 ['ingress', 'cert-manager', …]
 * ```
 */
export function dependencyVerdicts(modules: readonly ObservedModule[]): DependencyVerdicts {
  return new RememberedVerdicts(modules).of(modules.map(({ clusters }) => clusters))
}

/** The verdicts of modules, step by step: found again only for the clusters where something changed. */
export class RememberedVerdicts {
  readonly #modules: readonly Omit<ObservedModule, 'clusters'>[]
  #views: readonly (readonly TargetView[])[] = []
  /** By cluster, then by module. */
  readonly #placements: Map<string, Map<string, Placement>> = new Map()
  readonly #verdicts: Map<string, Record<string, DependencyVerdict>> = new Map()

  constructor(modules: readonly Omit<ObservedModule, 'clusters'>[]) {
    this.#modules = modules
  }

  /** `views`: for each module, what was observed of it on the clusters. The verdicts hold until it is called again. */
  of(views: readonly (readonly TargetView[])[]): DependencyVerdicts {
    if (!views.every((list, index) => isAlike(list, this.#views[index]))) this.#forget()
    const changed = new Set<string>()
    for (const [index, given] of this.#modules.entries()) {
      const module = placedModule(given)
      for (const [position, view] of (views[index] ?? []).entries()) {
        if (this.#views[index]?.[position] === view) continue
        const placements = this.#placements.get(view.id) ?? new Map<string, Placement>()
        this.#placements.set(view.id, placements)
        placements.set(given.id, placementOf(module, view))
        changed.add(view.id)
      }
    }
    for (const cluster of changed) this.#judge(cluster)
    this.#views = views
    return Object.fromEntries(this.#verdicts)
  }

  #forget(): void {
    this.#views = []
    this.#placements.clear()
    for (const { id } of this.#modules) this.#verdicts.set(id, Object.create(null))
  }

  #judge(cluster: string): void {
    for (const found of this.#verdicts.values()) delete found[cluster]
    for (const [module, verdict] of verdictsOn(this.#placements.get(cluster) as Map<string, Placement>)) {
      const found = this.#verdicts.get(module)
      if (found !== undefined) found[cluster] = verdict
    }
  }
}

function isAlike(now: readonly TargetView[], before: readonly TargetView[] | undefined): boolean {
  return now.length === before?.length && now.every(({ id }, index) => id === before[index]?.id)
}

function placedModule({ version, needs = [], neededBefore = {} }: Omit<ObservedModule, 'clusters'>): PlacedModule {
  return {
    version,
    needs,
    neededBy: (text) => (Object.hasOwn(neededBefore, text) ? neededBefore[text] : undefined),
    numberOf: (text) => text,
  }
}

function* verdictsOn(placements: ReadonlyMap<string, Placement>): Iterable<readonly [string, DependencyVerdict]> {
  const dependants = dependantsOf(placements)
  const paths = pathsToBlockers(placements, dependants)
  for (const [id, { wanted }] of placements) {
    const path = paths.get(id)
    const [dependant] = dependants.get(id) ?? []
    const removal = wanted === null ? path : dependant === undefined ? undefined : [id, dependant]
    const start = wanted === null ? undefined : path
    if (start !== undefined || removal !== undefined) yield [id, { ...(start && { start }), ...(removal && { removal }) }]
  }
}

/** By module, of those that wait for others on a cluster: the shortest path to what it waits for. */
export function pathsToBlockers(
  placements: ReadonlyMap<string, Placement>,
  dependants: ReadonlyMap<string, readonly string[]> = dependantsOf(placements),
): ReadonlyMap<string, readonly string[]> {
  const paths = new Map<string, readonly string[]>()
  const edges = [...placements].flatMap(([id, placement]) => edgesOf(id, placement, dependants.get(id) ?? [], placements))
  if (edges.length === 0) return paths
  const plan = planGraph({ ...nodesOf(placements), edges })
  for (const id of placements.keys()) {
    const cause = plan.explain(going(id))?.causes[0]
    if (cause !== undefined) paths.set(id, pathOf(cause))
  }
  return paths
}

/** The path to a blocker. A member of a cycle is its own blocker; its path is the cycle. */
function pathOf({ path, cycle = [] }: Cause): readonly string[] {
  const [node] = path
  if (path.length > 1 || node === undefined) return path.map(moduleOf)
  const at = cycle.indexOf(node)
  const around = at === -1 ? [node, ...cycle, ...cycle.slice(0, 1)] : [...cycle.slice(at), ...cycle.slice(0, at), node]
  return around.map(moduleOf)
}

function nodesOf(placements: ReadonlyMap<string, Placement>): Omit<GraphInput, 'edges'> {
  const involved = [...placements].filter(([, { wanted, present }]) => wanted !== null || present !== undefined)
  return {
    nodes: involved.map(([id]) => ({ id: going(id) })),
    outcomes: Object.fromEntries(involved.map(([id, { outcome }]) => [going(id), outcome])),
  }
}

/** By module: the installed modules that were applied with a need of it, in the order of ids. */
function dependantsOf(placements: ReadonlyMap<string, Placement>): ReadonlyMap<string, readonly string[]> {
  const dependants = new Map<string, string[]>()
  for (const [id, { applied }] of [...placements].sort(([a], [b]) => compareText(a, b))) {
    for (const module of new Set(applied.map((need) => need.module))) {
      if (module === id || placements.get(module)?.present === undefined) continue
      const known = dependants.get(module)
      if (known === undefined) dependants.set(module, [id])
      else known.push(id)
    }
  }
  return dependants
}
