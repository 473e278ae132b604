import fc from 'fast-check'
import { type ChangeNode, type ChangesInput, type GraphEdge, planChanges } from 'fleetkit/graph'
import semver from 'semver'
import { describe, expect, test } from 'vitest'
import { runs } from '../random-tests.ts'

const nodes = (...ids: readonly string[]): ChangeNode[] => ids.map((id) => ({ id }))
const edge = (from: string, to: string, rest: Partial<GraphEdge> = {}): GraphEdge => ({ from, to, ...rest })
const nothing = { nodes: [], edges: [] }

describe('planChanges', () => {
  test('creates dependencies first and deletes them last', () => {
    const chain = { nodes: nodes('web', 'api', 'db'), edges: [edge('web', 'api'), edge('api', 'db')] }
    expect(planChanges({ applied: nothing, wanted: chain }).operations.order).toEqual(['apply:db', 'apply:api', 'apply:web'])
    expect(planChanges({ applied: chain, wanted: nothing }).operations.order).toEqual(['delete:web', 'delete:api', 'delete:db'])
  })

  test('a deletion goes by the edges last applied, and waits until its dependants are gone', () => {
    const plan = planChanges({ applied: { nodes: nodes('web', 'db'), edges: [edge('web', 'db')] }, wanted: nothing }).operations
    expect(plan.ready).toEqual(['delete:web'])
    expect(plan.explain('delete:db')?.causes).toMatchObject([{ cause: 'pending', blocker: 'delete:web' }])
    expect(plan.with({ outcomes: { 'delete:web': 'succeeded' } }).ready).toEqual(['delete:db'])
    expect(plan.with({ outcomes: { 'delete:web': 'failed' } }).blocked).toEqual([
      { id: 'delete:db', cause: 'failed', blocker: 'delete:web' },
    ])
  })

  test('refuses to delete what a node that stays needs, directly or through others', () => {
    const { operations, refused } = planChanges({
      applied: { nodes: nodes('web', 'db', 'disk'), edges: [edge('web', 'db'), edge('db', 'disk')] },
      wanted: { nodes: nodes('web'), edges: [edge('web', 'db')] },
    })
    expect(refused).toEqual([{ id: 'db', stillNeededBy: ['web'] }])
    expect(operations.blocked).toEqual([
      { id: 'apply:web', cause: 'missing', blocker: 'apply:db' },
      { id: 'delete:db', cause: 'still-needed-by', blocker: 'keep:web' },
      { id: 'delete:disk', cause: 'still-needed-by', blocker: 'keep:web' },
    ])
    expect(operations.explain('delete:disk')?.causes[0]?.path).toEqual(['delete:disk', 'delete:db', 'keep:web'])
    expect(operations.explain('delete:db')?.sentence).toBe('delete:db is blocked: keep:web still needs it.')
  })

  test('an operation has the version that its node is to have, and a deletion none', () => {
    const [kept, gone, bare] = [{ id: 'a', version: '2.0.0' }, { id: 'b', version: '1.0.0' }, { id: 'c' }]
    const { operations } = planChanges({ applied: { nodes: [gone], edges: [] }, wanted: { nodes: [kept, bare], edges: [] } })
    expect(['apply:a', 'delete:b', 'apply:c'].map((id) => operations.node(id))).toStrictEqual([
      { id: 'apply:a', action: 'create', node: kept, version: '2.0.0' },
      { id: 'delete:b', action: 'delete', node: gone },
      { id: 'apply:c', action: 'create', node: bare },
    ])
  })

  test('a need that becomes optional does not stop a deletion, but the dependant is updated first', () => {
    const { operations, refused } = planChanges({
      applied: { nodes: nodes('web', 'cache'), edges: [edge('web', 'cache')] },
      wanted: { nodes: nodes('web'), edges: [edge('web', 'cache', { optional: true })] },
    })
    expect(refused).toEqual([])
    expect(operations.order).toEqual(['apply:web', 'delete:cache'])
  })

  test('a dependant that drops the need is updated before the deletion', () => {
    const { operations } = planChanges({
      applied: { nodes: nodes('web', 'cache'), edges: [edge('web', 'cache')] },
      wanted: { nodes: nodes('web'), edges: [] },
    })
    expect(operations.order).toEqual(['apply:web', 'delete:cache'])
  })

  test('a key is released before another node takes it', () => {
    const swap = planChanges({
      applied: { nodes: [{ id: 'old', key: 'port 80' }], edges: [] },
      wanted: { nodes: [{ id: 'new', key: 'port 80' }], edges: [] },
    })
    expect(swap.operations.order).toEqual(['delete:old', 'apply:new'])
    const move = planChanges({
      applied: { nodes: [{ id: 'z', key: 'port 80' }], edges: [] },
      wanted: {
        nodes: [
          { id: 'a', key: 'port 80' },
          { id: 'z', key: 'port 81' },
        ],
        edges: [],
      },
    })
    expect(move.operations.order).toEqual(['apply:z', 'apply:a'])
  })

  test('all nodes that have a key release it, and nodes without one are not involved', () => {
    const { operations } = planChanges({
      applied: { nodes: [...['x', 'y', 'z'].map((id) => ({ id, key: 'port 80' })), { id: 'bare' }], edges: [] },
      wanted: { nodes: [{ id: 'a', key: 'port 80' }, { id: 'b' }], edges: [] },
    })
    expect(operations.layers).toEqual([['apply:b', 'delete:bare', 'delete:x', 'delete:y', 'delete:z'], ['apply:a']])
  })

  test('a key that a node keeps is not waited for', () => {
    const both = ['a', 'b'].map((id) => ({ id, key: 'port 80' }))
    const { operations } = planChanges({ applied: { nodes: both.slice(1), edges: [] }, wanted: { nodes: both, edges: [] } })
    expect(operations.layers).toEqual([['apply:a', 'apply:b']])
  })

  test('two that swap their keys are a cycle', () => {
    const { operations } = planChanges({
      applied: {
        nodes: [
          { id: 'a', key: '1' },
          { id: 'b', key: '2' },
        ],
        edges: [],
      },
      wanted: {
        nodes: [
          { id: 'a', key: '2' },
          { id: 'b', key: '1' },
        ],
        edges: [],
      },
    })
    expect(operations.cycles).toEqual([{ members: ['apply:a', 'apply:b'], path: ['apply:a', 'apply:b'] }])
  })

  const versions = (api: string, web = '1.0.0'): ChangeNode[] => [
    { id: 'api', version: api },
    { id: 'web', version: web },
  ]
  const between = (from: string, range: string, to: string, newRange: string): ChangesInput => ({
    applied: { nodes: versions(from), edges: [edge('web', 'api', { range })] },
    wanted: { nodes: versions(to, '1.1.0'), edges: [edge('web', 'api', { range: newRange })] },
  })

  test('an upgrade goes to the dependency first', () => {
    const { operations, reversed } = planChanges(between('1.0.0', '^1.0.0', '1.4.0', '^1.4.0'))
    expect([operations.order, reversed]).toEqual([['apply:api', 'apply:web'], []])
  })

  test('an upgrade that breaks the applied dependant goes to the dependency first all the same', () => {
    const { operations, reversed } = planChanges(between('1.0.0', '^1.0.0', '2.0.0', '^2.0.0'))
    expect([operations.order, reversed]).toEqual([['apply:api', 'apply:web'], []])
  })

  test.each([
    ['2.0.0', undefined],
    [undefined, '1.0.0'],
    ['2.0.0', 'main'],
    ['main', '1.0.0'],
  ])('from %s to %s is no downgrade', (from, to) => {
    const version = (of: string | undefined): Pick<ChangeNode, 'version'> => (of === undefined ? {} : { version: of })
    const { operations, reversed } = planChanges({
      applied: { nodes: [{ id: 'api', ...version(from) }, ...nodes('web')], edges: [edge('web', 'api', { range: '^2.0.0' })] },
      wanted: { nodes: [{ id: 'api', ...version(to) }, ...nodes('web')], edges: [edge('web', 'api')] },
    })
    expect([operations.order, reversed]).toEqual([['apply:api', 'apply:web'], []])
  })

  test('reversed edges and refused deletions are sorted', () => {
    const pairs = ['b>z', 'b>y', 'a>z'].map((text) => text.split('>') as [string, string])
    const all = ['a', 'b', 'y', 'z']
    const state = (version: string, range: string): { readonly nodes: ChangeNode[]; readonly edges: GraphEdge[] } => ({
      nodes: all.map((id) => ({ id, version })),
      edges: pairs.map(([from, to]) => edge(from, to, { range })),
    })
    const { reversed } = planChanges({ applied: state('2.0.0', '^2.0.0'), wanted: state('1.0.0', '*') })
    expect(reversed.map(({ from, to }) => `${from}>${to}`)).toEqual(['a>z', 'b>y', 'b>z'])
    const { refused } = planChanges({ applied: state('1.0.0', '*'), wanted: { ...state('1.0.0', '*'), nodes: nodes('b', 'a') } })
    expect(refused).toEqual([
      { id: 'y', stillNeededBy: ['b'] },
      { id: 'z', stillNeededBy: ['a', 'b'] },
    ])
  })

  test('a downgrade within the range of the dependant goes to the dependency first, too', () => {
    const { operations, reversed } = planChanges(between('1.4.0', '^1.0.0', '1.2.0', '^1.0.0'))
    expect([operations.order, reversed]).toEqual([['apply:api', 'apply:web'], []])
  })

  test('a downgrade that breaks the applied dependant goes to the dependant first', () => {
    const { operations, reversed } = planChanges(between('2.0.0', '^2.0.0', '1.9.0', '^1.0.0 || ^2.0.0'))
    expect([operations.order, reversed]).toEqual([['apply:web', 'apply:api'], [{ from: 'web', to: 'api' }]])
    expect(operations.blocked).toEqual([])
  })

  test('a downgrade that breaks the wanted dependant is blocked', () => {
    const { operations } = planChanges(between('2.0.0', '^2.0.0', '1.9.0', '^2.0.0'))
    expect(operations.blocked).toEqual([
      { id: 'apply:api', cause: 'out-of-range', blocker: 'apply:api' },
      { id: 'apply:web', cause: 'out-of-range', blocker: 'apply:api' },
    ])
    expect(operations.explain('apply:web')?.sentence).toBe('apply:web is blocked: it needs apply:api ^2.0.0, which is 1.9.0.')
  })

  test('a dependant is deleted before a version is applied that is out of its range', () => {
    for (const [now, range, next] of [
      ['1.0.0', '^1.0.0', '2.0.0'],
      ['2.0.0', '^2.0.0', '1.0.0'],
    ] as const) {
      const { operations, reversed } = planChanges({
        applied: { nodes: versions(now), edges: [edge('web', 'api', { range })] },
        wanted: { nodes: [{ id: 'api', version: next }], edges: [] },
      })
      expect([operations.order, reversed]).toEqual([['delete:web', 'apply:api'], []])
    }
  })
})

describe('whatever order of ready operations is taken', () => {
  const id = fc.constantFrom<string>('a', 'b', 'c', 'd', 'e')
  const state = fc.record({
    nodes: fc.uniqueArray(fc.record({ id, version: fc.constantFrom<string>('1.0.0', '1.5.0', '2.0.0') }), {
      selector: (node) => node.id,
      minLength: 2,
    }),
    edges: fc.array(fc.record({ from: id, to: id, optional: fc.boolean(), range: fc.constantFrom(undefined, '^1.0.0', '>=1.5.0', '*') }), {
      maxLength: 6,
    }),
  })
  const run = fc.tuple(state, state, fc.infiniteStream(fc.nat()))

  test('nothing is removed while a node requires it, and nothing is applied before what it requires', () => {
    let deletions = 0
    let reversals = 0
    fc.assert(
      fc.property(run, ([applied, wanted, choices]) => {
        const { operations, refused, reversed } = planChanges({ applied, wanted })
        reversals += reversed.length
        let plan = operations
        const live = new Map(
          applied.nodes.map((node) => [node.id, { version: node.version, edges: applied.edges.filter(({ from }) => from === node.id) }]),
        )
        // Only ranges that held before can be kept.
        const sound = ({ edges }: { edges: typeof applied.edges }, of: ReadonlyMap<string, { version: string }>) =>
          edges.filter(({ to, range }) => of.has(to) && (range === undefined || semver.satisfies(of.get(to)?.version as string, range)))
        while (plan.ready.length > 0) {
          const next = plan.ready[(choices.next().value as number) % plan.ready.length] as string
          const { action, node } = plan.node(next) as NonNullable<ReturnType<typeof plan.node>>
          const others = [...live].filter(([other]) => other !== node.id)
          if (action === 'delete') {
            deletions += 1
            for (const [, { edges }] of others) expect(edges.some(({ to, optional }) => to === node.id && !optional)).toBe(false)
            live.delete(node.id)
          } else {
            const down = live.has(node.id) && semver.lt(node.version as string, live.get(node.id)?.version as string)
            if (down) {
              for (const [, other] of others) {
                for (const { to, range } of sound(other, live)) {
                  if (to === node.id && range !== undefined) expect(semver.satisfies(node.version as string, range)).toBe(true)
                }
              }
            }
            const edges = wanted.edges.filter(({ from }) => from === node.id)
            for (const { to, optional } of edges) if (!optional) expect(live.has(to)).toBe(true)
            live.set(node.id, { version: node.version as string, edges })
          }
          plan = plan.with({ outcomes: { [next]: 'succeeded' } })
        }
        expect(plan.waiting).toEqual([])
        for (const { id: kept } of refused) expect(live.has(kept)).toBe(true)
        if (plan.blocked.length === 0) expect([...live.keys()].sort()).toEqual(wanted.nodes.map((node) => node.id).sort())
      }),
      { numRuns: runs(3000) },
    )
    // The generator must reach these cases.
    expect(deletions).toBeGreaterThan(100)
    expect(reversals).toBeGreaterThan(10)
  })
})
