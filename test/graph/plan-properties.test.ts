import fc from 'fast-check'
import { type GraphInput, type GraphPlan, planGraph } from 'fleetkit/graph'
import { describe, expect, test } from 'vitest'
import { compareText } from '../internals.ts'
import { runs } from '../random-tests.ts'
import { applyChanges, changes, graph } from './arbitrary-graph.ts'
import { naivePlan } from './naive-plan.ts'

const check = <T>(property: fc.IPropertyWithHooks<T>, count = 1500): void => fc.assert(property, { numRuns: runs(count) })
const idsOf = (input: GraphInput): string[] => [...new Set([...input.nodes].map(({ id }) => id))]
const everything = (plan: GraphPlan, input: GraphInput) => ({
  ...plan.toJSON(),
  size: plan.size,
  explanations: idsOf(input)
    .sort(compareText)
    .map((id) => plan.explain(id)),
})
const requiredEdge = (input: GraphInput, from: string, to: string): boolean =>
  [...input.edges].some((edge) => edge.from === from && edge.to === to && edge.optional !== true)
const anyEdge = (input: GraphInput, from: string, to: string): boolean =>
  [...input.edges].some((edge) => edge.from === from && edge.to === to)

describe('planGraph', () => {
  test('agrees with a plain implementation of the rules', () => {
    check(
      fc.property(graph, (input) => {
        const { cycles, ...plan } = planGraph(input).toJSON()
        expect({ ...plan, cycleMembers: cycles.map(({ members }) => members) }).toEqual(naivePlan(input))
      }),
      6000,
    )
  })

  test('puts dependencies before dependants, in the earliest layer possible', () => {
    check(
      fc.property(graph, (input) => {
        const { order, layers, relaxed } = planGraph(input)
        expect(layers.flat()).toEqual(order)
        const layerOf = new Map(layers.flatMap((ids, layer) => ids.map((id) => [id, layer] as const)))
        for (const { from, to } of input.edges) {
          if (!layerOf.has(from) || !layerOf.has(to) || relaxed.some((edge) => edge.from === from && edge.to === to)) continue
          expect(layerOf.get(from)).toBeGreaterThan(layerOf.get(to) as number)
        }
        for (const [id, layer] of layerOf) {
          if (layer > 0) expect([...input.edges].some(({ from, to }) => from === id && layerOf.get(to) === layer - 1)).toBe(true)
        }
      }),
    )
  })

  test('tells ids apart, whatever their characters, lengths and hashes', () => {
    const likely = [
      '',
      '\0',
      '\0\0',
      'a',
      '\0a',
      'a\0',
      'ab',
      'ba',
      'abcd',
      'abcd\0',
      '\u00e9',
      '\u0141',
      'aA',
      'a\u0141',
      '\u0141bcd',
      'abcdefghijk',
      'abcdefghijkl',
    ]
    // Each pair weighs the same in a sum by powers of 53: all 81 of these are in one place.
    const alike = ['b\0', 'a5', 'c\0']
    const collide = alike.flatMap((a) => alike.flatMap((b) => alike.flatMap((c) => alike.map((d) => `${a}${b}${c}${d}`))))
    const ids = fc.oneof(fc.constantFrom(...likely), fc.constantFrom(...collide), fc.string({ maxLength: 13, unit: 'binary' }))
    const input = fc.uniqueArray(ids, { minLength: 2, maxLength: 60 }).chain((all) =>
      fc.record({
        nodes: fc.constant(all.map((id) => ({ id }))),
        edges: fc.array(fc.record({ from: fc.constantFrom(...all), to: fc.constantFrom(...all, 'not there') }), { maxLength: 60 }),
      }),
    )
    check(
      fc.property(input, (given) => {
        // Long ids are looked up in another way, and have the same order.
        const long = (id: string): string => `a long id: ${id}`
        const renamed = {
          nodes: given.nodes.map(({ id }) => ({ id: long(id) })),
          edges: given.edges.map(({ from, to }) => ({ from: long(from), to: long(to) })),
        }
        const plan = planGraph(given)
        expect(plan.layers.map((layer) => layer.map(long))).toEqual(planGraph(renamed).layers)
        for (const { id } of given.nodes) expect(plan.state(id)).toBe(planGraph(renamed).state(long(id)))
      }),
      300,
    )
  })

  test('is a function of the sets of nodes and edges', () => {
    const shuffled = graph.chain((input) =>
      fc.tuple(
        fc.constant(input),
        fc.shuffledSubarray([...input.edges], { minLength: [...input.edges].length }),
        fc.shuffledSubarray([...input.nodes], { minLength: [...input.nodes].length }),
      ),
    )
    check(
      fc.property(shuffled, ([input, edges, nodes]) => {
        expect(everything(planGraph({ ...input, nodes, edges: [...edges, ...edges] }), input)).toEqual(everything(planGraph(input), input))
      }),
    )
  })

  test('names cycles that exist, as short as possible, and blocks only their members and what requires them', () => {
    const plain = graph.map(({ nodes, edges }) => ({
      nodes: idsOf({ nodes, edges }).map((id) => ({ id })),
      edges: [...edges].map(({ range: _, ...edge }) => edge),
    }))
    check(
      fc.property(plain, (input) => {
        const plan = planGraph(input)
        for (const { members, path } of plan.cycles) {
          expect(path[0]).toBe(members[0])
          expect(new Set(path).size).toBe(path.length)
          path.forEach((id, i) => {
            expect(members).toContain(id)
            expect(requiredEdge(input, id, path[(i + 1) % path.length] as string)).toBe(true)
            // No shortcut: an edge to a later node of the path would make a shorter cycle.
            for (const later of path.slice(i + 2)) expect(requiredEdge(input, id, later)).toBe(false)
          })
        }
        const cyclic = plan.cycles.flatMap(({ members }) => members)
        const blocked = new Set([...cyclic, ...plan.missing.map(({ from }) => from)])
        for (const id of blocked)
          for (const { from, to, optional } of input.edges) if (to === id && optional !== true && plan.node(from)) blocked.add(from)
        expect(plan.blocked.map(({ id }) => id)).toEqual([...blocked].sort(compareText))
        expect([...plan.order].sort(compareText)).toEqual(
          idsOf(input)
            .filter((id) => !blocked.has(id))
            .sort(compareText),
        )
      }),
    )
  })

  test('explains every blocked or waiting node by paths that exist and have no shortcut', () => {
    check(
      fc.property(graph, (input) => {
        const plan = planGraph(input)
        const nearest = new Map(plan.blocked.map(({ id, cause, blocker }) => [id, { cause, blocker }]))
        for (const id of idsOf(input)) {
          const explanation = plan.explain(id)
          expect(explanation?.state).toBe(plan.state(id))
          const causes = explanation?.causes ?? []
          expect(causes.length > 0).toBe(plan.state(id) === 'blocked' || plan.state(id) === 'waiting')
          if (nearest.has(id)) expect(causes[0]).toMatchObject(nearest.get(id) as object)
          expect(new Set(causes.map(({ cause, blocker, range }) => JSON.stringify([cause, blocker, range]))).size).toBe(causes.length)
          for (const { cause, blocker, path } of causes) {
            expect([path[0], path.at(-1)]).toEqual([id, blocker])
            path.slice(1).forEach((to, i) => {
              const from = path[i] as string
              const optionalCounts = cause === 'pending' || cause === 'out-of-range'
              expect(optionalCounts ? anyEdge(input, from, to) : requiredEdge(input, from, to)).toBe(true)
              for (const later of cause === 'pending' ? [] : path.slice(i + 2, -1)) expect(requiredEdge(input, from, later)).toBe(false)
            })
            if (cause === 'pending') expect(['ready', 'running']).toContain(plan.state(blocker))
            if (cause === 'failed' || cause === 'skipped') expect(plan.state(blocker)).toBe(cause)
            if (cause === 'missing') expect(plan.node(blocker)).toBeUndefined()
          }
        }
      }),
    )
  })

  test('a cycle that is added changes nothing but what depends on it', () => {
    check(
      fc.property(graph, fc.subarray(['a', 'b', 'c', 'd'], { minLength: 2 }), (input, members) => {
        const before = planGraph(input)
        const cycle = members.map((from, i) => ({ from, to: members[(i + 1) % members.length] as string }))
        const after = planGraph({ ...input, edges: [...input.edges, ...cycle] })
        const reached = new Set(members)
        for (const to of reached) for (const edge of [...input.edges, ...cycle]) if (edge.to === to) reached.add(edge.from)
        for (const id of idsOf(input)) if (!reached.has(id)) expect(after.explain(id)).toEqual(before.explain(id))
      }),
    )
  })

  test('done in the order of `ready` everything that the edges allow succeeds', () => {
    check(
      fc.property(graph, ({ nodes, edges }) => {
        let plan = planGraph({ nodes, edges })
        const { order } = plan
        const done: string[] = []
        for (let next = plan.ready[0]; next !== undefined; next = plan.ready[0]) {
          done.push(next)
          plan = plan.with({ outcomes: { [next]: 'succeeded' } })
        }
        expect([...done].sort(compareText)).toEqual([...order].sort(compareText))
        expect(plan.waiting).toEqual([])
      }),
      300,
    )
  })

  test('goes through JSON', () => {
    check(
      fc.property(graph, (input) => {
        const plan = planGraph(input)
        expect(JSON.parse(JSON.stringify(plan))).toEqual(plan.toJSON())
        expect(everything(planGraph(JSON.parse(JSON.stringify(input)) as GraphInput), input)).toEqual(everything(plan, input))
      }),
      300,
    )
  })
})

describe('GraphPlan.with', () => {
  test('equals planning the changed graph from scratch, and says what is different', () => {
    check(
      fc.property(graph, fc.array(changes, { minLength: 1, maxLength: 6 }), (start, steps) => {
        let input = start
        let plan = planGraph(input)
        for (const step of steps) {
          const before = plan
          const beforeData = everything(before, input)
          const changed = applyChanges(input, step)
          plan = plan.with(step)
          const scratch = planGraph(changed)
          expect(everything(plan, changed)).toEqual(everything(scratch, changed))
          expect(everything(before, input)).toEqual(beforeData)
          const different = [...new Set([...idsOf(input), ...idsOf(changed)])].filter(
            (id) => before.state(id) !== plan.state(id) || before.explain(id)?.layer !== plan.explain(id)?.layer,
          )
          expect(plan.changed).toEqual(different.sort(compareText))
          input = changed
        }
        expect(everything(planGraph(plan.toInput()), input)).toEqual(everything(plan, input))
      }),
      2500,
    )
  })

  test('two plans made from one do not disturb each other', () => {
    check(
      fc.property(graph, changes, changes, (input, left, right) => {
        const plan = planGraph(input)
        const [one, other] = [plan.with(left), plan.with(right)]
        expect(everything(one, applyChanges(input, left))).toEqual(
          everything(planGraph(applyChanges(input, left)), applyChanges(input, left)),
        )
        expect(everything(other, applyChanges(input, right))).toEqual(
          everything(planGraph(applyChanges(input, right)), applyChanges(input, right)),
        )
      }),
      500,
    )
  })
})
