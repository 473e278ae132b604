import { type Cycle, planGraph } from '../../graph/index.ts'
import type { AssembledSync } from '../../model/kinds/assemblage/types.generated.ts'

/** Syncs in the order in which they are written. */
export interface OrderedSyncs {
  /** Those that others depend on first. */
  readonly syncs: readonly AssembledSync[]
  /** Those that depend on one another: they can never be ready. */
  readonly cycles: readonly Cycle[]
}

/** Puts the syncs of an Assemblage into the order of their dependencies. */
export function orderSyncs(syncs: readonly AssembledSync[]): OrderedSyncs {
  const byName = new Map(syncs.map((sync) => [sync.name, sync]))
  const edges = syncs.flatMap(({ name: from, dependsOn = [] }) => dependsOn.map(({ name: to }) => ({ from, to })))
  const { order, cycles } = planGraph({ nodes: syncs.map(({ name: id }) => ({ id })), edges })
  return { syncs: order.map((name) => byName.get(name) as AssembledSync), cycles }
}
