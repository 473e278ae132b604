import { type GraphEdge, type GraphNode, planGraph } from 'fleetkit/graph'
import { describe, expect, test } from 'vitest'
import { compareText, sortTexts } from '../internals.ts'

const nodes = (...ids: readonly string[]): GraphNode[] => ids.map((id) => ({ id }))
const edges = (...pairs: readonly string[]): GraphEdge[] =>
  pairs.map((pair) => {
    const [from, to] = pair.split('>') as [string, string]
    return { from, to }
  })

describe('planGraph', () => {
  test.each<[string, string[], string[], string[][]]>([
    ['nothing', [], [], []],
    ['a chain', ['A', 'B', 'C'], ['B>A', 'C>B'], [['A'], ['B'], ['C']]],
    ['two dependencies', ['A', 'B', 'C'], ['A>B', 'A>C'], [['B', 'C'], ['A']]],
    ['a diamond', ['A', 'B', 'C', 'D'], ['A>B', 'A>C', 'B>D', 'C>D'], [['D'], ['B', 'C'], ['A']]],
    ['a cycle beside a free node', ['A', 'B', 'C'], ['A>B', 'B>A'], [['C']]],
  ])('%s in layers', (_, ids, pairs, layers) => {
    expect(planGraph({ nodes: nodes(...ids), edges: edges(...pairs) }).layers).toEqual(layers)
  })

  test('a cycle of three is given as a path, beginning with the smallest id', () => {
    const plan = planGraph({ nodes: nodes('C', 'B', 'A', 'on', 'off'), edges: edges('A>B', 'B>C', 'C>A', 'on>C', 'off>on') })
    expect(plan.cycles).toEqual([{ members: ['A', 'B', 'C'], path: ['A', 'B', 'C'] }])
    expect(plan.explain('off')).toMatchObject({
      causes: [{ cause: 'cycle', blocker: 'C', path: ['off', 'on', 'C'], cycle: ['A', 'B', 'C'] }],
      sentence: 'off is blocked: C is in a cycle, A → B → C → A (off → on → C).',
    })
    expect(plan.explain('B')?.sentence).toBe('B is blocked: it is in a cycle, A → B → C → A.')
  })

  test('cycles that only optional edges join are each a cycle of its own', () => {
    const optional = edges('A>C', 'C>A').map((edge) => ({ ...edge, optional: true }))
    const { cycles } = planGraph({ nodes: nodes('A', 'B', 'C', 'D'), edges: [...edges('A>B', 'B>A', 'C>D', 'D>C'), ...optional] })
    expect(cycles.map(({ members }) => members)).toEqual([
      ['A', 'B'],
      ['C', 'D'],
    ])
  })

  test('a layer is said of a node that can go some time, and of no other', () => {
    const plan = planGraph({
      nodes: nodes('web', 'db', 'lost', 'late'),
      edges: edges('web>db', 'lost>none', 'late>web'),
      outcomes: { db: 'failed' },
    })
    const layerOf = (id: string): unknown => [Object.hasOwn(plan.explain(id) ?? {}, 'layer'), plan.explain(id)?.layer]
    expect(['db', 'web', 'late', 'lost'].map(layerOf)).toEqual([
      [true, 0],
      [true, 1],
      [true, 2],
      [false, undefined],
    ])
  })

  test('what has succeeded all the same passes on no failure of what it needs', () => {
    const outcomes = { b: 'failed', a: 'succeeded', y: 'failed' } as const
    const plan = planGraph({ nodes: nodes('a', 'b', 'c', 'x', 'y'), edges: edges('a>b', 'c>a', 'c>x', 'x>y'), outcomes })
    expect(plan.blocked).toEqual(['c', 'x'].map((id) => ({ id, cause: 'failed', blocker: 'y' })))
    expect(plan.explain('c')?.causes.map(({ path }) => path)).toEqual([['c', 'x', 'y']])
  })

  test('of several cycles through the smallest node the shortest is named, and of those the first by ids', () => {
    const pathsOf = (...pairs: readonly string[]): readonly (readonly string[])[] =>
      planGraph({ nodes: nodes('Z', 'C', 'B', 'A'), edges: edges(...pairs) }).cycles.map(({ path }) => path)
    expect(pathsOf('A>B', 'B>C', 'C>A', 'A>Z', 'Z>A')).toEqual([['A', 'Z']])
    for (const pairs of [
      ['A>C', 'A>B', 'C>A', 'B>A'],
      ['A>B', 'A>C', 'B>A', 'C>A'],
    ])
      expect(pathsOf(...pairs)).toEqual([['A', 'B']])
  })

  test('nodes and edges may be iterables that can be iterated once', () => {
    const given = { nodes: nodes('web', 'db'), edges: edges('web>db') }
    const once = planGraph({ nodes: given.nodes.values(), edges: given.edges.values() })
    expect([once.order, [...once.toInput().edges]]).toEqual([['db', 'web'], given.edges])
  })

  test('removing what is not there changes nothing', () => {
    const plan = planGraph({ nodes: nodes('web', 'db'), edges: edges('web>db') })
    const same = plan.with({ removeEdges: edges('no>db', 'web>no', 'no>one', 'db>web'), removeNodes: ['no'] })
    expect([same.toJSON(), same.changed]).toEqual([plan.toJSON(), []])
  })

  test('says each cause in a sentence', () => {
    const plan = planGraph({
      nodes: [...nodes('web', 'api', 'twice', 'twice', 'user', 'client'), { id: 'lib', version: '1.2.0' }],
      edges: [...edges('web>api', 'api>db', 'user>twice', 'web>twice'), { from: 'client', to: 'lib', range: '^2.0.0' }],
    })
    expect(['api', 'web', 'twice', 'user', 'client', 'lib'].map((id) => plan.explain(id)?.sentence)).toEqual([
      'api is blocked: db does not exist.',
      'web is blocked: twice is given more than once. 1 more cause.',
      'twice is blocked: it is given more than once.',
      'user is blocked: twice is given more than once.',
      'client is blocked: it needs lib ^2.0.0, which is 1.2.0.',
      'lib is ready: nothing blocks it.',
    ])
  })

  test('a node that is given twice in two versions is blocked for that, whichever comes first, and so is what needs it', () => {
    const [one, two] = [
      { id: 'lib', version: '1.0.0' },
      { id: 'lib', version: '2.0.0' },
    ]
    const planOf = (...libs: GraphNode[]) =>
      planGraph({ nodes: [...libs, { id: 'client' }], edges: [{ from: 'client', to: 'lib', range: '^2.0.0' }] })
    expect(planOf(one, two).toJSON()).toEqual(planOf(two, one).toJSON())
    expect(planOf(one, two).blocked).toEqual([
      { id: 'client', cause: 'duplicate', blocker: 'lib' },
      { id: 'lib', cause: 'duplicate', blocker: 'lib' },
    ])
  })

  test('a version that is no text, as YAML gives one, is in no range', () => {
    const lib = { id: 'lib', version: 1.2 as unknown as string }
    const plan = planGraph({ nodes: [lib, { id: 'client' }], edges: [{ from: 'client', to: 'lib', range: '>=1' }] })
    expect(plan.explain('client')?.causes.map(({ cause }) => cause)).toEqual(['out-of-range'])
  })

  test('names the nearest of several blockers, and leaves out what is only reached through another', () => {
    const plan = planGraph({
      nodes: nodes('top', 'left', 'right', 'deep', 'base'),
      edges: edges('top>left', 'top>right', 'right>deep', 'left>base', 'base>gone'),
      outcomes: { left: 'failed', deep: 'failed' },
    })
    expect(plan.explain('top')?.causes).toEqual([
      { cause: 'failed', blocker: 'left', path: ['top', 'left'] },
      { cause: 'failed', blocker: 'deep', path: ['top', 'right', 'deep'] },
    ])
  })

  test('of paths that are equally short names the first by ids', () => {
    for (const order of [edges('top>b', 'top>a', 'b>end', 'a>end'), edges('top>a', 'top>b', 'a>end', 'b>end')]) {
      const plan = planGraph({ nodes: nodes('end', 'b', 'a', 'top'), edges: order, outcomes: { end: 'failed' } })
      expect(plan.explain('top')?.causes).toEqual([{ cause: 'failed', blocker: 'end', path: ['top', 'a', 'end'] }])
    }
  })

  test('of two members of one cycle that are equally near names the first', () => {
    const plan = planGraph({ nodes: nodes('top', 'a', 'b', 'A', 'B'), edges: edges('top>a', 'top>b', 'a>B', 'b>A', 'A>B', 'B>A') })
    expect(plan.explain('top')?.causes).toEqual([{ cause: 'cycle', blocker: 'A', path: ['top', 'b', 'A'], cycle: ['A', 'B'] }])
  })

  test('names each range that is not met, nearest first', () => {
    const plan = planGraph({
      nodes: [...nodes('top', 'mid'), { id: 'lib', version: '1.0.0' }, { id: 'bare' }],
      edges: [
        { from: 'mid', to: 'lib', range: '^3.0.0' },
        { from: 'mid', to: 'lib', range: '^2.0.0' },
        { from: 'mid', to: 'bare', range: '^2.0.0' },
        ...edges('top>mid'),
      ],
    })
    expect(plan.explain('top')?.causes.map(({ blocker, range, version, path }) => [blocker, range, version, path.length])).toEqual([
      ['bare', '^2.0.0', undefined, 3],
      ['lib', '^2.0.0', '1.0.0', 3],
      ['lib', '^3.0.0', '1.0.0', 3],
    ])
    expect(plan.explain('top')?.causes[0]).not.toHaveProperty('version')
    expect(plan.explain('top')?.sentence).toBe(
      'top is blocked: mid needs bare ^2.0.0, which has no version (top → mid → bare). 2 more causes.',
    )
    expect(plan.explain('mid')?.sentence).toBe('mid is blocked: it needs bare ^2.0.0, which has no version. 2 more causes.')
  })

  test('shows a long path without its middle', () => {
    const ids = [...'abcdefghij']
    const plan = (length: number) =>
      planGraph({ nodes: nodes(...ids.slice(0, length)), edges: edges(...ids.slice(1, length + 1).map((id, at) => `${ids[at]}>${id}`)) })
    expect(plan(7).explain('a')?.sentence).toBe('a is blocked: h does not exist (a → b → c → d → e → f → g → h).')
    expect(plan(9).explain('a')?.sentence).toBe('a is blocked: j does not exist (a → b → c → d → 3 more → h → i → j).')
  })

  test('names nothing beyond a cycle, which has to be resolved first', () => {
    const plan = planGraph({ nodes: nodes('a', 'b', 'c', 'd'), edges: edges('a>b', 'b>a', 'b>c', 'c>gone', 'd>a') })
    for (const id of ['a', 'b', 'd']) expect(plan.explain(id)?.causes.map(({ cause }) => cause)).toEqual(['cycle'])
    expect(plan.explain('c')?.causes.map(({ cause }) => cause)).toEqual(['missing'])
  })

  test('an edge that draws another node into a cycle relaxes its optional edges, though it leads down', () => {
    const input = {
      nodes: nodes('a', 'b', 'x', 'w'),
      edges: [...edges('a>b', 'x>w'), { from: 'b', to: 'a', optional: true }, { from: 'a', to: 'x', optional: true }],
    }
    const before = planGraph(input)
    expect(before.layers).toEqual([['b', 'w'], ['x'], ['a']])
    const after = before.with({ edges: edges('x>b') })
    expect(after.layers).toEqual([
      ['b', 'w'],
      ['a', 'x'],
    ])
    expect(after.toJSON()).toEqual(planGraph({ ...input, edges: [...input.edges, ...edges('x>b')] }).toJSON())
  })

  test('an optional dependency is waited for, and never blocks', () => {
    const input = {
      nodes: nodes('web', 'cache'),
      edges: [
        { from: 'web', to: 'cache', optional: true },
        { from: 'web', to: 'gone', optional: true },
      ],
    }
    expect(planGraph(input).ready).toEqual(['cache'])
    expect(planGraph({ ...input, outcomes: { cache: 'running' } }).explain('web')?.sentence).toBe('web is waiting: cache is running.')
    expect(planGraph({ ...input, outcomes: { cache: 'failed' } }).ready).toEqual(['web'])
    expect(planGraph({ ...input, edges: [...input.edges, { from: 'cache', to: 'lost' }] }).ready).toEqual(['web'])
  })

  test.each([
    ['failed', 'a is blocked: b failed.'],
    ['skipped', 'a is blocked: b was skipped.'],
  ] as const)('what has %s is named as that', (outcome, sentence) => {
    expect(planGraph({ nodes: nodes('a', 'b'), edges: edges('a>b'), outcomes: { b: outcome } }).explain('a')?.sentence).toBe(sentence)
  })

  test('what runs is waited for, and not what it still needs', () => {
    const input = { nodes: nodes('a', 'b', 'c'), edges: edges('a>b', 'b>c'), outcomes: { b: 'running' } as const }
    expect(planGraph(input).explain('a')?.sentence).toBe('a is waiting: b is running.')
  })

  test('an optional edge that would close a cycle is relaxed', () => {
    const plan = planGraph({
      nodes: nodes('a', 'b'),
      edges: [
        { from: 'a', to: 'b' },
        { from: 'b', to: 'a', optional: true },
      ],
    })
    expect([plan.order, plan.relaxed, plan.cycles]).toEqual([['b', 'a'], [{ from: 'b', to: 'a' }], []])
  })

  test('keeps what a node carries, and has no node for other ids', () => {
    const plan = planGraph({ nodes: [{ id: 'a', weight: 3 }], edges: edges('a>b') })
    expect(plan.node('a')?.weight).toBe(3)
    for (const id of ['b', 'c', '__proto__', 'constructor']) {
      expect([plan.node(id), plan.state(id), plan.explain(id)]).toEqual([undefined, undefined, undefined])
    }
  })
})

test('ids are ordered by code points, also where UTF-16 units have another order', () => {
  const ids = ['\u{1f600}', '\uff5e', '\ud7ff', 'a', 'B', '', 'aa']
  expect(sortTexts(ids)).toEqual(['', 'B', 'a', 'aa', '\ud7ff', '\uff5e', '\u{1f600}'])
  expect([...ids].sort(compareText)).toEqual(sortTexts(ids))
})

test('each id is a node of its own, short or long, however many there are', () => {
  const texts = Array.from({ length: 30_000 }, (_, i) => i.toString(36))
  const [given, added] = [texts.slice(0, 15_000), texts.slice(15_000)].map((part) =>
    part.flatMap((text) => [text, `a longer id ${text}`]),
  ) as [string[], string[]]
  const chain = (ids: readonly string[]): GraphEdge[] => ids.slice(1).map((from, i) => ({ from, to: ids[i] as string }))
  const plan = planGraph({ nodes: nodes(...given), edges: chain(given) })
  expect(plan.order).toEqual(given)
  expect(added.filter((id) => plan.node(id) !== undefined)).toEqual([])
  const all = [...given, ...added]
  expect(plan.with({ nodes: added.map((id) => ({ id })), edges: chain(all).slice(given.length - 1) }).order).toEqual(all)
})

describe('at scale', () => {
  const size = 1_000_000
  const name = (i: number): string => `n${String(i).padStart(7, '0')}`

  test('a chain of a million nodes, its far end explained', () => {
    const chain = {
      nodes: Array.from({ length: size }, (_, i) => ({ id: name(i) })),
      edges: Array.from({ length: size - 1 }, (_, i) => ({ from: name(i), to: name(i + 1) })),
    }
    const plan = planGraph(chain)
    expect([plan.layers.length, plan.order[0], plan.order.at(-1), plan.ready]).toEqual([size, name(size - 1), name(0), [name(size - 1)]])
    const failed = plan.with({ outcomes: { [name(size - 1)]: 'failed' } })
    expect(failed.blocked.length).toBe(size - 1)
    expect(failed.explain(name(0))?.causes[0]?.path.length).toBe(size)
    expect(failed.explain(name(0))?.sentence.length).toBeLessThan(200)
    const closed = plan.with({ edges: [{ from: name(size - 1), to: name(0) }] })
    expect([closed.order, closed.cycles[0]?.path.length]).toEqual([[], size])
  }, 120_000)

  test('a wide graph of a hundred thousand nodes', () => {
    const wide = 100_000
    const plan = planGraph({
      nodes: Array.from({ length: wide }, (_, i) => ({ id: name(i) })),
      edges: Array.from({ length: wide - 1 }, (_, i) => ({ from: name(i + 1), to: name(0) })),
    })
    expect([plan.layers.length, plan.waiting.length]).toEqual([2, wide - 1])
    const done = plan.with({ outcomes: { [name(0)]: 'succeeded' } })
    expect([done.ready.length, done.changed.length]).toEqual([wide - 1, wide])
  }, 60_000)

  test('ten thousand changes give the same plan as planning from scratch', () => {
    let plan = planGraph({ nodes: nodes('hub', 'a', 'b', 'c'), edges: edges('a>hub', 'b>hub', 'c>hub') })
    for (let i = 0; i < 10_000; i += 1) {
      plan = plan.with({
        nodes: nodes(`t${i}`),
        edges: edges(`t${i}>hub`),
        ...(i > 0 && { removeNodes: [`t${i - 1}`], removeEdges: edges(`t${i - 1}>hub`) }),
      })
    }
    expect(plan.toJSON()).toEqual(
      planGraph({ nodes: nodes('hub', 'a', 'b', 'c', 't9999'), edges: edges('a>hub', 'b>hub', 'c>hub', 't9999>hub') }).toJSON(),
    )
    expect(plan.changed).toEqual(['t9998', 't9999'])
    expect([...plan.toInput().nodes].length).toBe(5)
  }, 60_000)
})
