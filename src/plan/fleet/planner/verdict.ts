import { sortTexts } from '../../../model/compare-text.ts'
import type { DependencyVerdict } from '../../../rollout/planner/input.ts'
import { dependsOn, edgesOf, moduleOf, type Placement } from '../placement.ts'

/**
 * What the dependencies of one module say on one cluster. It looks one step far: whatever is not ready holds what needs it, and what that waits
 * for itself decides nothing here. `undefined`: nothing is against it.
 *
 * @param around - the placements of the modules that it has to do with
 */
export function verdictOf(id: string, placement: Placement, around: ReadonlyMap<string, Placement>): DependencyVerdict | undefined {
  const dependants =
    placement.present === undefined ? [] : sortTexts([...around.keys()].filter((module) => dependsOn(around.get(module) as Placement, id)))
  // What has what is wanted, running or failed, is held by nothing.
  const [edge] = placement.outcome === 'pending' ? edgesOf(id, placement, dependants, around) : []
  const path = edge && [id, moduleOf(edge.to)]
  if (placement.wanted === null) return path && { removal: path }
  const [dependant] = dependants
  if (path === undefined && dependant === undefined) return undefined
  return { ...(path && { start: path }), ...(dependant !== undefined && { removal: [id, dependant] }) }
}

/** Whether two verdicts say the same. */
export function sameVerdict(a: DependencyVerdict | undefined, b: DependencyVerdict | undefined): boolean {
  const same = (x: readonly string[] | undefined, y: readonly string[] | undefined): boolean => x?.[1] === y?.[1] && x?.length === y?.length
  return a === b || (a !== undefined && b !== undefined && same(a.start, b.start) && same(a.removal, b.removal))
}
