import { compareText } from '../model/compare-text.ts'
import { isRange } from '../model/versions.ts'
import { OPTIONAL, RANGED } from './adjacency.ts'
import type { Ids } from './ids.ts'
import { DUPLICATE, isRelaxed, PRESENT, type Structure } from './structure.ts'

/** Something wrong with the data of a graph. It is handled as described here, and the rest is planned. */
export type GraphProblem =
  /** A node is given more than once: it is blocked, because it is not known which one is meant. */
  | { readonly problem: 'duplicate-node'; readonly id: string }
  /** A node depends on itself: a cycle if required, ignored if optional. */
  | { readonly problem: 'self-edge'; readonly id: string }
  /** An edge starts at a node that does not exist: it is ignored. */
  | { readonly problem: 'unknown-from'; readonly from: string; readonly to: string }
  /** The range of an edge is not valid: no version is in it. */
  | { readonly problem: 'invalid-range'; readonly from: string; readonly to: string; readonly range: string }

/** An edge by its two ends. */
export interface EdgeEnds {
  readonly from: string
  readonly to: string
}

/** The required edges to nodes that do not exist; they block the nodes that have them. Sorted. */
export function listMissing({ dependants, marks }: Structure, ids: Ids): EdgeEnds[] {
  const missing: EdgeEnds[] = []
  for (let to = 0; to < marks.length; to += 1) {
    if (((marks[to] as number) & PRESENT) !== 0) continue
    for (const { target: from, mark } of dependants.list(to)) {
      if ((mark & OPTIONAL) === 0 && ((marks[from] as number) & PRESENT) !== 0) missing.push({ from: ids.name(from), to: ids.name(to) })
    }
  }
  return distinct(missing)
}

/** The optional edges that were left out because they would close a cycle. Sorted. */
export function listRelaxed(structure: Structure, ids: Ids): EdgeEnds[] {
  const { dependencies, optionalCycles } = structure
  const relaxed: EdgeEnds[] = []
  for (const from of optionalCycles.keys()) {
    for (let slot = dependencies.first[from] as number; slot < (dependencies.last[from] as number); slot += 1) {
      if (isRelaxed(structure, from, slot)) relaxed.push({ from: ids.name(from), to: ids.name(dependencies.target[slot] as number) })
    }
  }
  return distinct(relaxed)
}

/** Everything wrong with the data, in one canonical order. */
export function listProblems({ dependencies, marks }: Structure, ids: Ids): GraphProblem[] {
  const { first, last, target, mark } = dependencies
  const duplicates: string[] = []
  const selves: string[] = []
  const unknown: EdgeEnds[] = []
  const ranges: (EdgeEnds & { readonly range: string })[] = []
  for (let from = 0; from < marks.length; from += 1) {
    if (((marks[from] as number) & DUPLICATE) !== 0) duplicates.push(ids.name(from))
    const present = ((marks[from] as number) & PRESENT) !== 0
    for (let slot = first[from] as number; slot < (last[from] as number); slot += 1) {
      const to = target[slot] as number
      if (!present) unknown.push({ from: ids.name(from), to: ids.name(to) })
      else if (to === from) selves.push(ids.name(from))
      if (!present || ((mark[slot] as number) & RANGED) === 0 || isRange(dependencies.range(slot))) continue
      ranges.push({ from: ids.name(from), to: ids.name(to), range: dependencies.range(slot) })
    }
  }
  return [
    ...duplicates.sort(compareText).map((id): GraphProblem => ({ problem: 'duplicate-node', id })),
    ...[...new Set(selves)].sort(compareText).map((id): GraphProblem => ({ problem: 'self-edge', id })),
    ...distinct(unknown).map((edge): GraphProblem => ({ problem: 'unknown-from', ...edge })),
    ...distinct(ranges).map((edge): GraphProblem => ({ problem: 'invalid-range', ...edge })),
  ]
}

function distinct<E extends EdgeEnds & { readonly range?: string }>(edges: E[]): E[] {
  const compare = (a: E, b: E): number =>
    compareText(a.from, b.from) || compareText(a.to, b.to) || compareText(a.range ?? '', b.range ?? '')
  return edges.sort(compare).filter((edge, i) => i === 0 || compare(edges[i - 1] as E, edge) !== 0)
}
