import fc from 'fast-check'
import { type CondensedGraph, condense, type GraphEdge, type GraphInput, type NodeOutcome, planGraph } from 'fleetkit/graph'
import { seededRandom } from 'fleetkit/testing'
import semver from 'semver'
import { describe, expect, test } from 'vitest'
import { compareText } from '../internals.ts'
import { graph } from './arbitrary-graph.ts'

const nodes = (...ids: readonly string[]) => ids.map((id) => ({ id }))
const edges = (...texts: readonly string[]): readonly GraphEdge[] =>
  texts.map((text) => {
    const [from = '', to = ''] = text.split('>')
    return { from, to }
  })
const text = (value: unknown): string => JSON.stringify(value)
const listed = <T>(values: readonly T[]): readonly string[] => [...new Set(values.map(text))].sort()

/** Which ids can be reached from one over edges, itself only by a cycle. */
function reach(from: string, over: readonly GraphEdge[]): ReadonlySet<string> {
  const seen = new Set<string>()
  const queue = [from]
  for (const next of queue) {
    for (const edge of over) {
      if (edge.from !== next || seen.has(edge.to)) continue
      seen.add(edge.to)
      queue.push(edge.to)
    }
  }
  return seen
}

/** What `condense` is to do, as plainly as possible: two nodes are in one group when each can be reached from the other. */
function naively({ nodes, edges, outcomes = {} }: GraphInput): {
  readonly groups: readonly (readonly string[])[]
  readonly groupOf: (id: string) => string
  readonly stuck: readonly string[]
  readonly outcomes: Readonly<Record<string, NodeOutcome>>
} {
  const given = [...nodes]
  const ids = [...new Set(given.map(({ id }) => id))].sort(compareText)
  const there = [...edges].filter(({ from }) => ids.includes(from))
  const required = there.filter(({ to, optional }) => ids.includes(to) && optional !== true)
  const reached = new Map(ids.map((id) => [id, reach(id, required)]))
  const isTogether = (a: string, b: string): boolean => a === b || (reached.get(a)?.has(b) === true && reached.get(b)?.has(a) === true)
  const groups = [...new Map(ids.map((id) => ids.filter((other) => isTogether(id, other))).map((group) => [group[0], group])).values()]
  const groupOf = (id: string): string => groups.find((group) => group.includes(id))?.[0] ?? id
  const isTwice = (id: string): boolean => given.filter((node) => node.id === id).length > 1
  const isMet = (to: string, range: string): boolean => {
    const version = given.find(({ id }) => id === to)?.version
    return isTwice(to) || (version !== undefined && semver.satisfies(version, range))
  }
  const isBlocking = ({ to, optional, range }: GraphEdge): boolean =>
    ids.includes(to) ? range !== undefined && !isMet(to, range) : optional !== true
  const wrong = ids.filter((id) => isTwice(id) || there.some((edge) => edge.from === id && isBlocking(edge)))
  const stuck = groups.filter((group) => wrong.some((id) => group.some((member) => member === id || reached.get(member)?.has(id))))
  const outcomeOf = (group: readonly string[]): NodeOutcome => {
    const all = group.map((id) => (Object.hasOwn(outcomes, id) ? (outcomes[id] as NodeOutcome) : 'pending'))
    if (all.includes('failed')) return 'failed'
    if (all.includes('skipped')) return 'skipped'
    if (all.every((one) => one === 'succeeded')) return 'succeeded'
    return all.every((one) => one === 'pending') ? 'pending' : 'running'
  }
  const named = groups.map((group): [string, NodeOutcome] => [group[0] as string, outcomeOf(group)])
  return {
    groups,
    groupOf,
    stuck: stuck.map(([first]) => first as string),
    outcomes: Object.fromEntries(named.filter(([, outcome]) => outcome !== 'pending')),
  }
}

const membersOf = ({ nodes }: CondensedGraph): readonly (readonly string[])[] => nodes.map(({ members }) => members)
const withoutOutcomes = ({ nodes, edges }: GraphInput): GraphInput => ({ nodes, edges })

describe('a condensed graph', () => {
  test('has a group for the nodes that can be reached from one another', () => {
    fc.assert(
      fc.property(graph, (input) => {
        const condensed = condense(input)
        const { groups, groupOf, outcomes } = naively(input)
        expect(listed(membersOf(condensed))).toEqual(listed(groups))
        for (const { id, members } of condensed.nodes) expect([id, members]).toEqual([members[0], members.toSorted(compareText)])
        for (const { id } of input.nodes) expect(condensed.groupOf(id)).toBe(groupOf(id))
        expect(condensed.groupOf('no such id')).toBeUndefined()
        expect(listed(Object.entries(condensed.outcomes))).toEqual(listed(Object.entries(outcomes)))
      }),
    )
  })

  test('has an edge where there is one between members, and no other', () => {
    fc.assert(
      fc.property(graph, (input) => {
        const { groupOf } = naively(input)
        const between = [...input.edges]
          .map(({ from, to, optional = false }) => ({ from: groupOf(from), to: groupOf(to), optional }))
          .filter(({ from, to }) => from !== to)
        const isNeeded = (from: string, to: string): boolean =>
          between.some((edge) => edge.from === from && edge.to === to && !edge.optional)
        const condensed = condense(input)
        const others = condensed.edges.filter(({ from, to }) => from !== to)
        expect(listed(others.map(({ from, to }) => [from, to]))).toEqual(listed(between.map(({ from, to }) => [from, to])))
        const required = others.filter(({ optional }) => optional !== true)
        expect(listed(required.map(({ from, to }) => [from, to]))).toEqual(
          listed(between.filter(({ from, to }) => isNeeded(from, to)).map(({ from, to }) => [from, to])),
        )
        expect(new Set(condensed.edges.map(text)).size).toBe(condensed.edges.length)
      }),
    )
  })

  test.each<[NodeOutcome | undefined, NodeOutcome | undefined, NodeOutcome | undefined]>([
    ['succeeded', 'succeeded', 'succeeded'],
    ['succeeded', undefined, 'running'],
    [undefined, 'succeeded', 'running'],
    ['succeeded', 'pending', 'running'],
    ['succeeded', 'running', 'running'],
    ['running', 'running', 'running'],
    ['skipped', 'succeeded', 'skipped'],
    ['skipped', undefined, 'skipped'],
    ['skipped', 'failed', 'failed'],
    ['failed', 'skipped', 'failed'],
    ['failed', 'running', 'failed'],
    [undefined, 'failed', 'failed'],
    [undefined, undefined, undefined],
    ['pending', 'pending', undefined],
  ])('with members that are %s and %s is %s', (a, b, expected) => {
    const outcomes = { ...(a && { a }), ...(b && { b }), web: 'failed' } as const
    const condensed = condense({ nodes: nodes('a', 'b', 'web'), edges: edges('a>b', 'b>a', 'web>a'), outcomes })
    expect(condensed.outcomes).toEqual({ ...(expected && { a: expected }), web: 'failed' })
  })

  test('is planned without a cycle, in its own order, and blocked by nothing but bad data', () => {
    fc.assert(
      fc.property(graph, (input) => {
        const { stuck } = naively(input)
        const condensed = condense(withoutOutcomes(input))
        const plan = planGraph(condensed)
        expect(plan.cycles).toEqual([])
        expect(plan.blocked.map(({ id }) => id)).toEqual(stuck.toSorted(compareText))
        if (stuck.length === 0) expect(plan.order).toEqual(condensed.nodes.map(({ id }) => id))
        const rank = new Map(condensed.nodes.map(({ id }, at) => [id, at]))
        for (const { from, to, optional } of condensed.edges) {
          if (optional !== true && rank.has(from) && rank.has(to)) expect(rank.get(to)).toBeLessThan(rank.get(from) as number)
        }
      }),
    )
  })

  test('is planned as the graph itself where that has no cycle', () => {
    fc.assert(
      fc.property(graph, (input) => {
        const plan = planGraph(input)
        fc.pre(plan.cycles.length === 0)
        // An optional edge of a node to itself says nothing, and is gone.
        const [{ problems: _, ...own }, { problems: __, ...condensed }] = [plan.toJSON(), planGraph(condense(input)).toJSON()]
        expect(condensed).toEqual({ ...own, relaxed: own.relaxed.filter(({ from, to }) => from !== to) })
      }),
    )
  })

  test('does not depend on the order of nodes, edges and outcomes', () => {
    fc.assert(
      fc.property(graph, fc.infiniteStream(fc.nat()), (input, numbers) => {
        const shuffle = <T>(items: Iterable<T>): T[] =>
          [...items]
            .map((item) => ({ item, key: numbers.next().value as number }))
            .sort((a, b) => a.key - b.key)
            .map(({ item }) => item)
        // Of a node that is given twice, either may be meant.
        fc.pre(new Set([...input.nodes].map(({ id }) => id)).size === [...input.nodes].length)
        const outcomes = Object.fromEntries(shuffle(Object.entries(input.outcomes ?? {})))
        const [one, two] = [condense(input), condense({ nodes: shuffle(input.nodes), edges: shuffle(input.edges), outcomes })]
        expect([two.nodes, two.edges]).toEqual([one.nodes, one.edges])
        expect(listed(Object.entries(two.outcomes))).toEqual(listed(Object.entries(one.outcomes)))
      }),
    )
  })

  test('keeps the version of a node alone, and the ranges that are not met', () => {
    const { nodes: groups, edges: between } = condense({
      nodes: [{ id: 'a', version: '1.0.0' }, { id: 'b', version: '2.0.0' }, { id: 'c', version: '3.0.0' }, ...nodes('d')],
      edges: [
        ...edges('a>b', 'd>gone'),
        { from: 'b', to: 'a', range: '^1.0.0' },
        { from: 'a', to: 'b', range: '^9.0.0' },
        { from: 'd', to: 'a', range: '^1.0.0' },
        { from: 'd', to: 'b', range: '^7.0.0' },
        { from: 'd', to: 'c', range: '^3.0.0', optional: true },
      ],
    })
    expect(groups).toStrictEqual([
      { id: 'a', members: ['a', 'b'] },
      { id: 'c', version: '3.0.0', members: ['c'] },
      { id: 'd', members: ['d'] },
    ])
    expect(between).toEqual([
      { from: 'a', to: 'a', optional: true, range: '^9.0.0' },
      { from: 'd', to: 'a' },
      { from: 'd', to: 'a', range: '^7.0.0' },
      { from: 'd', to: 'c', optional: true, range: '^3.0.0' },
      { from: 'd', to: 'gone' },
    ])
  })

  test('gives a group twice when any of its members is given twice', () => {
    const given = { nodes: [...nodes('a', 'b', 'c'), { id: 'b' }], edges: edges('a>b', 'b>a') }
    expect(membersOf(condense(given))).toEqual([['a', 'b'], ['a', 'b'], ['c']])
  })

  test('says of what is missing what its edge says, once beside an optional one', () => {
    const { edges: between } = condense({
      nodes: [{ id: 'a' }, { id: 'b' }],
      edges: [
        { from: 'a', to: 'gone', optional: true },
        { from: 'a', to: 'gone', whenMissing: 'still-needed-by' },
        { from: 'a', to: 'gone', optional: true, whenMissing: 'still-needed-by' },
        { from: 'a', to: 'gone' },
        { from: 'a', to: 'lost', range: '^1.0.0' },
        { from: 'a', to: 'b', whenMissing: 'still-needed-by' },
      ],
    })
    expect(between).toEqual([
      { from: 'a', to: 'b' },
      { from: 'a', to: 'gone' },
      { from: 'a', to: 'gone', whenMissing: 'still-needed-by' },
      { from: 'a', to: 'lost', range: '^1.0.0' },
    ])
  })
})

/** As large as Debian's sources with what they need to be built, with as many cycles near the bottom, where everything else needs them. */
function distribution(size: number, cycles: number): GraphInput {
  const random = seededRandom(7)
  const name = (n: number): string => `p${String(n).padStart(7, '0')}`
  const all = Array.from({ length: size }, (_, n) => ({ id: name(n) }))
  const needs: GraphEdge[] = []
  for (let n = 1; n < size; n += 1) {
    for (let edge = 0; edge < 3; edge += 1) needs.push({ from: name(n), to: name(Math.floor(random() * Math.min(n, 2000))) })
  }
  for (let cycle = 0; cycle < cycles; cycle += 1) needs.push({ from: name(cycle), to: name(cycle * 3 + 1) })
  return { nodes: all, edges: needs }
}

describe('at scale', () => {
  test('what cycles would block goes', () => {
    const input = distribution(34_169, 62)
    expect(planGraph(input).blocked.length).toBeGreaterThan(28_000)
    const condensed = condense(input)
    const plan = planGraph(condensed)
    expect([plan.blocked, plan.cycles]).toEqual([[], []])
    expect(plan.order).toEqual(condensed.nodes.map(({ id }) => id))
    expect(plan.order.length).toBeLessThan(34_169)
    expect(condensed.nodes.reduce((sum, { members }) => sum + members.length, 0)).toBe(34_169)
  }, 60_000)

  test.each<[string, (n: number, size: number) => number, number]>([
    ['one cycle', (n, size) => (n + 1) % size, 1],
    ['one chain', (n, size) => Math.min(n + 1, size - 1), 1_000_000],
  ])(
    'a million nodes in %s',
    (_, next, groups) => {
      const size = 1_000_000
      const name = (n: number): string => `n${String(n).padStart(7, '0')}`
      const condensed = condense({
        nodes: Array.from({ length: size }, (_, n) => ({ id: name(n) })),
        edges: Array.from({ length: size }, (_, n) => ({ from: name(n), to: name(next(n, size)) })),
      })
      expect([condensed.nodes.length, condensed.groupOf(name(size - 1))]).toEqual([
        groups,
        groups === size ? name(size - 1) : name(groups === 1 ? 0 : size - 2),
      ])
    },
    60_000,
  )
})
