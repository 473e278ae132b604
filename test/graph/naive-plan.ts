import type { GraphInput, GraphPlanData, NodeOutcome } from 'fleetkit/graph'
import semver from 'semver'

const causeOrder = ['failed', 'skipped', 'cycle', 'duplicate', 'missing', 'still-needed-by', 'out-of-range']
const byCodePoints = (a: string, b: string): number => {
  const [x, y] = [Array.from(a, (c) => c.codePointAt(0) as number), Array.from(b, (c) => c.codePointAt(0) as number)]
  const at = x.findIndex((point, i) => point !== y[i])
  return at === -1 ? x.length - y.length : at >= y.length ? 1 : (x[at] as number) - (y[at] as number)
}
const unique = <T>(items: readonly T[]): T[] => [...new Map(items.map((item) => [JSON.stringify(item), item])).values()]
const byEnds = (a: { from: string; to: string }, b: { from: string; to: string }): number =>
  byCodePoints(a.from, b.from) || byCodePoints(a.to, b.to)

/** The rules of the planner, implemented as plainly as possible with fixed points over the whole graph: the oracle for small graphs. */
export function naivePlan(input: GraphInput): Omit<GraphPlanData, 'cycles'> & { readonly cycleMembers: readonly (readonly string[])[] } {
  const given = [...input.nodes]
  const version = new Map(given.map((node) => [node.id, node.version]))
  const ids = [...new Set(given.map(({ id }) => id))].sort(byCodePoints)
  const duplicate = ids.filter((id) => given.filter((node) => node.id === id).length > 1)
  const edges = [...input.edges].filter(({ from }) => ids.includes(from))
  const present = edges.filter(({ to }) => ids.includes(to))
  const required = edges.filter(({ optional }) => optional !== true)
  // Of a node that is given twice no version is known, and it blocks for that.
  const fits = (to: string, range: string): boolean =>
    duplicate.includes(to) || (version.get(to) !== undefined && semver.satisfies(version.get(to) as string, range))

  const reaches = (from: string, to: string, over: readonly { from: string; to: string }[]): boolean => {
    const seen = new Set<string>()
    const queue = over.filter((edge) => edge.from === from).map((edge) => edge.to)
    for (const next of queue) {
      if (seen.has(next)) continue
      seen.add(next)
      queue.push(...over.filter((edge) => edge.from === next).map((edge) => edge.to))
    }
    return seen.has(to)
  }
  const inCycle = ids.filter((id) => reaches(id, id, required))
  const cycleMembers = unique(
    inCycle.map((id) => inCycle.filter((other) => other === id || (reaches(id, other, required) && reaches(other, id, required)))),
  )

  const outOfRange = present.filter(({ to, range }) => range !== undefined && !fits(to, range))
  const missing = required.filter(({ to }) => !ids.includes(to))
  const stuck = new Set([...inCycle, ...duplicate, ...missing.map(({ from }) => from), ...outOfRange.map(({ from }) => from)])
  for (let size = -1; size !== stuck.size; ) {
    size = stuck.size
    for (const { from, to } of required) if (stuck.has(to)) stuck.add(from)
  }

  const free = present.filter(({ from, to }) => !stuck.has(from) && !stuck.has(to))
  const relaxed = free.filter(({ from, to, optional }) => optional === true && (from === to || reaches(to, from, free)))
  const ordering = free.filter((edge) => !relaxed.includes(edge))
  const layer = new Map(ids.filter((id) => !stuck.has(id)).map((id) => [id, 0]))
  for (let moved = true; moved; ) {
    moved = false
    for (const { from, to } of ordering) {
      if ((layer.get(from) as number) > (layer.get(to) as number)) continue
      layer.set(from, (layer.get(to) as number) + 1)
      moved = true
    }
  }
  const layers: string[][] = []
  for (const [id, at] of layer) {
    while (layers.length <= at) layers.push([])
    ;(layers[at] as string[]).push(id)
  }

  const outcomes = new Map(Object.entries(input.outcomes ?? {}).filter(([id]) => ids.includes(id)))
  const outcome = (id: string): NodeOutcome => outcomes.get(id) ?? 'pending'
  const stops = (id: string): boolean => outcome(id) === 'failed' || outcome(id) === 'skipped'
  const blockedIds = new Set(ids.filter((id) => stuck.has(id) && outcome(id) === 'pending'))
  for (let size = -1; size !== blockedIds.size; ) {
    size = blockedIds.size
    for (const { from, to } of required) if (outcome(from) === 'pending' && (stops(to) || blockedIds.has(to))) blockedIds.add(from)
  }
  const open = (id: string): boolean => (outcome(id) === 'pending' || outcome(id) === 'running') && !blockedIds.has(id)
  const pending = ids.filter((id) => outcome(id) === 'pending' && !blockedIds.has(id))
  const waits = (id: string): boolean => present.some((edge) => edge.from === id && open(edge.to) && !relaxed.includes(edge))

  // Paths to blockers: one step for each required edge, over nodes that block their dependants.
  const passes = (id: string): boolean => blockedIds.has(id) || stuck.has(id)
  const causesAt = (id: string): [number, string, string][] => [
    ...(inCycle.includes(id) ? [[0, id, 'cycle'] as [number, string, string]] : []),
    ...(duplicate.includes(id) ? [[0, id, 'duplicate'] as [number, string, string]] : []),
    ...missing.filter(({ from }) => from === id).map((edge): [number, string, string] => [1, edge.to, edge.whenMissing ?? 'missing']),
    ...outOfRange.filter(({ from }) => from === id).map(({ to }): [number, string, string] => [1, to, 'out-of-range']),
    ...required.filter(({ from, to }) => from === id && stops(to)).map(({ to }): [number, string, string] => [1, to, outcome(to)]),
  ]
  const nearest = (start: string): { cause: string; blocker: string } => {
    let level = [start]
    const seen = new Set(level)
    const found: [number, string, string][] = []
    for (let distance = 0; level.length > 0; distance += 1) {
      for (const id of level)
        found.push(...causesAt(id).map(([more, blocker, cause]): [number, string, string] => [distance + more, blocker, cause]))
      level = unique(level.flatMap((id) => required.filter(({ from, to }) => from === id && passes(to)).map(({ to }) => to))).filter(
        (id) => !seen.has(id),
      )
      for (const id of level) seen.add(id)
    }
    found.sort((a, b) => a[0] - b[0] || byCodePoints(a[1], b[1]) || causeOrder.indexOf(a[2]) - causeOrder.indexOf(b[2]))
    const [, blocker, cause] = found[0] as [number, string, string]
    return { cause, blocker }
  }

  const ends = (list: readonly { from: string; to: string }[]) => unique(list.map(({ from, to }) => ({ from, to }))).sort(byEnds)
  const ranges = edges.filter(({ range }) => range !== undefined && semver.validRange(range) === null)
  return {
    layers: layers.map((list) => list.sort(byCodePoints)),
    order: layers.flat(),
    ready: pending.filter((id) => !waits(id)),
    waiting: pending.filter(waits),
    blocked: [...blockedIds].sort(byCodePoints).map((id) => ({ id, ...nearest(id) })) as GraphPlanData['blocked'],
    cycleMembers,
    missing: ends(missing),
    relaxed: ends(relaxed),
    problems: [
      ...duplicate.map((id) => ({ problem: 'duplicate-node' as const, id })),
      ...ids.filter((id) => edges.some(({ from, to }) => from === id && to === id)).map((id) => ({ problem: 'self-edge' as const, id })),
      ...ends([...input.edges].filter(({ from }) => !ids.includes(from))).map((edge) => ({ problem: 'unknown-from' as const, ...edge })),
      ...unique(ranges.map(({ from, to, range }) => ({ problem: 'invalid-range' as const, from, to, range: range as string }))).sort(
        byEnds,
      ),
    ],
  }
}
