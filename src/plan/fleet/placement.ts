import type { GraphEdge, NodeOutcome } from '../../graph/input.ts'
import { inRange, isDowngrade } from '../../model/versions.ts'
import { isGone, isOutcome, isReady } from '../../rollout/planner/outcome.ts'
import type { TargetView } from '../../rollout/target-view.ts'
import type { ModuleNeed } from './observed-module.ts'

/** What of a module its placements are made from. */
export interface PlacedModule {
  /** The version that is wanted. `null`: the module is to be removed everywhere. */
  readonly version: string | null
  /** What it needs, and what is not known to have needed something else. */
  readonly needs: readonly ModuleNeed[]
  /** What another version needed, where that is known. */
  readonly neededBy: (version: string) => readonly ModuleNeed[] | undefined
  /** What ranges are compared with, where a version is a name of its own. */
  readonly numberOf: (version: string) => string
}

/** A version, and what ranges are compared with. */
interface PlacedVersion {
  readonly version: string
  readonly number: string
}

/** One module on one cluster. */
export interface Placement {
  /** `null`: it is not to be there. */
  readonly wanted: PlacedVersion | null
  /** What is there, or assigned. Absent: nothing is. `null`: no one knows which version. */
  readonly present: { readonly version: PlacedVersion | null } | undefined
  /** What is there is ready, and nothing else was assigned since. */
  readonly ready: boolean
  readonly outcome: NodeOutcome
  /** Needs of the wanted version. */
  readonly needs: readonly ModuleNeed[]
  /** Needs of the installed version, and of the one that still runs while it is updating. */
  readonly applied: readonly ModuleNeed[]
}

/** How a module is on a cluster. */
export function placementOf(module: PlacedModule, view: TargetView): Placement {
  const { version, needs, numberOf } = module
  const { assigned, observed, selected = true } = view
  const placed = (text: string | null): PlacedVersion | null => (text === null ? null : { version: text, number: numberOf(text) })
  const wanted = selected ? version : null
  const running = observed?.version ?? null
  const has = assigned?.version ?? running
  const isThere = !isGone(view)
  const ready = isThere && isReady(view)
  const failed = isOutcome(view) && observed?.phase === 'failed'
  const isOther = !isThere || has === null || has !== wanted
  return {
    wanted: placed(wanted),
    present: isThere ? { version: placed(has) } : undefined,
    ready,
    outcome: isOther ? 'pending' : ready ? 'succeeded' : failed ? 'failed' : 'running',
    needs: wanted === null ? [] : needs,
    applied: isThere ? appliedNeeds(module, { has, running, wanted }) : [],
  }
}

function appliedNeeds(
  { needs, neededBy }: PlacedModule,
  { has, running, wanted }: Readonly<Record<'has' | 'running' | 'wanted', string | null>>,
): readonly ModuleNeed[] {
  const needsOf = (version: string | null): readonly ModuleNeed[] =>
    (version !== null && version !== wanted ? neededBy(version) : undefined) ?? needs
  return running === null || running === has ? needsOf(has) : [...needsOf(has), ...needsOf(running)]
}

/** A node `go:` is a module that becomes what is wanted, or goes. There is no node `stay:`, so that an edge to a module that stays blocks. */
export const going = (module: string): string => `go:${module}`
const staying = (module: string): string => `stay:${module}`
export const moduleOf = (node: string): string => node.slice(node.indexOf(':') + 1)

/** What modules are on a cluster, by their ids. */
type Placements = Pick<ReadonlyMap<string, Placement>, 'get'>

/** What a module has to wait for before it changes: its needs that are not met, and the dependants that it would break. */
export function edgesOf(id: string, placement: Placement, dependants: readonly string[], placements: Placements): readonly GraphEdge[] {
  return [
    ...unmetNeeds(id, placement, placements),
    ...dependants.flatMap((dependant) => precedence(id, placement, dependant, placements.get(dependant) as Placement)),
  ]
}

/** Whether the installed version of one module was applied with a need of another. */
export function dependsOn({ applied }: Placement, module: string): boolean {
  return applied.some((need) => need.module === module)
}

function unmetNeeds(id: string, placement: Placement, placements: Placements): readonly GraphEdge[] {
  if (placement.outcome === 'succeeded') return []
  return placement.needs.flatMap(({ module, range }) => {
    const other = placements.get(module)
    if (other === undefined || !fits(other.wanted, range)) return { from: going(id), to: staying(module) }
    const met = other.ready && fits(other.present?.version, range)
    return met || precedence(module, other, id, placement).length > 0 ? [] : { from: going(id), to: going(module) }
  })
}

/** What a change of a module has to wait for, because it would break a dependant as that is now. */
function precedence(id: string, { present, wanted }: Placement, dependant: string, other: Placement): readonly GraphEdge[] {
  if (present === undefined || present.version?.version === wanted?.version) return []
  const allows = (needs: readonly ModuleNeed[], version: PlacedVersion | null): boolean =>
    needs.every(({ module, range }) => module !== id || fits(version, range))
  if (allows(other.applied, wanted)) return []
  if (!allows(other.needs, wanted)) return [{ from: going(id), to: staying(dependant) }]
  const isDown = wanted !== null && isDowngrade(present.version?.number, wanted.number)
  const isFree = wanted === null || allows(other.needs, present.version) || isDown
  return isFree ? [{ from: going(id), to: going(dependant) }] : []
}

function fits(version: PlacedVersion | null | undefined, range: string | undefined): boolean {
  return version != null && (range === undefined || inRange(version.number, range))
}
