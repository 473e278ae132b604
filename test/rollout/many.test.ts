import { describe, expect, test } from 'vitest'
import { planGraph } from '../../src/graph/plan.ts'
import type { ClusterView } from '../../src/rollout/cluster-view.ts'
import { planRollout } from '../../src/rollout/plan-rollout.ts'
import { planRollouts } from '../../src/rollout/plan-rollouts.ts'
import type { DependencyVerdict, RolloutInput, SharedBudget, SharedRollout } from '../../src/rollout/rollout-input.ts'
import type { RolloutPlan } from '../../src/rollout/rollout-plan.ts'
import { carriedOut } from './simulation/properties.ts'
import { Random } from './simulation/random.ts'

const at = (id: string, version: string | null = 'v1', labels: Readonly<Record<string, string>> = {}): ClusterView => ({
  id,
  labels,
  reach: { ok: true, since: 0 },
  assigned: version === null ? null : { version, generation: 1, at: 0 },
  observed: version === null ? null : { version, generation: 1, phase: 'ready', since: 0 },
})

const rollout = (id: string, clusters: readonly ClusterView[], more: Partial<RolloutInput> = {}): RolloutInput => ({
  now: 1000,
  module: { id, version: 'v2' },
  strategy: { stages: [{ name: 'fleet' }], maxDeletions: 'all' },
  clusters,
  ...more,
})

/** All that was told has come true. */
const comeTrue = (input: RolloutInput, plan: RolloutPlan, now: number): RolloutInput => {
  const { clusters } = carriedOut(input, plan)
  const views = clusters.map((view) => {
    const { assigned } = view
    if (assigned === null || view.observed?.generation === assigned.generation) return view
    const phase = assigned.version === null ? 'absent' : 'ready'
    return { ...view, observed: { version: assigned.version, generation: assigned.generation, phase, since: now } } as const
  })
  return { ...input, now, clusters: views }
}

const count = (plans: readonly RolloutPlan[]): readonly number[] => plans.map(({ actions }) => actions.length)

describe('R15: roll-outs that share budgets', () => {
  const clusters = ['a', 'b', 'c', 'd'].map((id, index) => at(id, 'v1', { region: index < 2 ? 'eu' : 'us', customer: 'x' }))

  test('a start needs a place in every budget that covers it, the fleet, the region and the customer', () => {
    const budgets: readonly SharedBudget[] = [
      { id: 'fleet', limit: 3 },
      { id: 'region', limit: 1, by: 'region' },
      { id: 'customer', limit: '75%', selector: { matchLabels: { customer: 'x' } } },
    ]
    const plans = planRollouts({ rollouts: [{ input: rollout('m', clusters), prev: null }], budgets })
    expect(plans[0]?.actions.map(({ cluster }) => cluster)).toEqual(['a', 'c'])
    expect(plans[0]?.held.map(({ cluster, reason, by }) => [cluster, reason, by[0]])).toEqual([
      ['b', 'shared-budget', 'budget:region/region=eu'],
      ['d', 'shared-budget', 'budget:region/region=us'],
    ])
  })
  test('what is on its way for another module counts', () => {
    const moving = { ...at('a'), assigned: { version: 'v2', generation: 2, at: 900 } }
    const other = rollout('other', [moving])
    const plans = planRollouts({
      rollouts: [
        { input: rollout('m', clusters), prev: null },
        { input: other, prev: null },
      ],
      budgets: [{ id: 'fleet', limit: 2 }],
    })
    expect(count(plans)).toEqual([1, 0])
  })
  test('the order of the roll-outs does not matter: priority, then age, then name', () => {
    const rollouts: SharedRollout[] = [
      { input: rollout('z', clusters), prev: null, priority: 1 },
      { input: rollout('b', clusters), prev: null },
      { input: rollout('a', clusters), prev: null },
    ]
    const budgets = [{ id: 'fleet', limit: 6 }]
    expect(count(planRollouts({ rollouts, budgets }))).toEqual([4, 0, 2])
    expect(count(planRollouts({ rollouts: rollouts.toReversed(), budgets }))).toEqual([2, 0, 4])
  })
  test('nobody starves: a roll-out of low priority comes to its end although important ones never do', () => {
    let low: SharedRollout = { input: rollout('low', clusters), prev: null }
    let high: SharedRollout = { input: rollout('high', clusters), prev: null, priority: 9 }
    let done = 0
    for (let now = 1000; now < 2000 && done < 4; now += 10) {
      const next = [low, high].map((each) => ({ ...each, input: { ...each.input, now } }))
      const [lowPlan, highPlan] = planRollouts({ rollouts: next, budgets: [{ id: 'fleet', limit: 1 }], patience: 50 })
      if (lowPlan === undefined || highPlan === undefined) throw new Error('a plan is missing')
      done = lowPlan.done.length
      low = { ...low, input: comeTrue({ ...low.input, now }, lowPlan, now), prev: lowPlan.state }
      high = { ...high, input: comeTrue({ ...high.input, now }, highPlan, now), prev: highPlan.state }
      // Another version as soon as the one before is everywhere.
      if (highPlan.phase === 'Complete') high = { ...high, input: { ...high.input, module: { id: 'high', version: `v${now}` } } }
    }
    expect(done).toBe(4)
  })
  test('no budget is ever exceeded, whatever the roll-outs', () => {
    const random = new Random(7)
    for (let run = 0; run < 500; run += 1) {
      const fleet = Array.from({ length: 1 + random.below(6) }, (_, index) => at(`c${index}`, 'v1', { region: random.pick(['eu', 'us']) }))
      const limits = { fleet: random.below(5), region: 1 + random.below(3) }
      const rollouts = ['m', 'n', 'o'].map((id) => ({ input: rollout(id, random.shuffle(fleet)), prev: null, priority: random.below(2) }))
      const plans = planRollouts({
        rollouts,
        budgets: [
          { id: 'fleet', limit: limits.fleet },
          { id: 'region', limit: limits.region, by: 'region' },
        ],
      })
      const started = plans.flatMap(({ actions }) => actions.map(({ cluster }) => fleet.find(({ id }) => id === cluster)?.labels?.region))
      expect(started.length).toBeLessThanOrEqual(limits.fleet)
      for (const region of ['eu', 'us']) expect(started.filter((found) => found === region).length).toBeLessThanOrEqual(limits.region)
      // And none is left unused that could be used.
      const wanted = 3 * fleet.length
      const inEach = ['eu', 'us'].map((region) =>
        Math.min(limits.region, 3 * fleet.filter(({ labels }) => labels?.region === region).length),
      )
      expect(started.length).toBe(Math.min(limits.fleet, wanted, (inEach[0] ?? 0) + (inEach[1] ?? 0)))
    }
  })
})

/** What the graph of modules says of one cluster: an edge is a dependency, `outcomes` are how far the modules are there. */
function verdicts(
  edges: readonly (readonly [from: string, to: string])[],
  present: Readonly<Record<string, boolean>>,
  settled: Readonly<Record<string, boolean>>,
): ReadonlyMap<string, DependencyVerdict> {
  const nodes = Object.keys(settled).map((id) => ({ id }))
  const outcomes = Object.fromEntries(Object.entries(settled).map(([id, is]) => [id, is ? ('succeeded' as const) : ('pending' as const)]))
  const plan = planGraph({ nodes, edges: edges.map(([from, to]) => ({ from, to })), outcomes })
  return new Map(
    nodes.map(({ id }) => {
      const dependant = edges.find(([from, to]) => to === id && present[from] === true)?.[0]
      const free = plan.state(id) === 'ready' || plan.state(id) === 'succeeded'
      const cause = plan.explain(id)?.causes[0]
      return [id, { ...(!free && { start: cause?.via ?? [id] }), ...(dependant !== undefined && { removal: [id, dependant] }) }]
    }),
  )
}

describe('dependencies between modules', () => {
  test('P18: no dependency is removed while what depends on it is there', () => {
    const random = new Random(3)
    for (let run = 0; run < 300; run += 1) {
      const names = ['m0', 'm1', 'm2', 'm3']
      const edges = names.flatMap((from, index) => names.slice(0, index).flatMap((to) => (random.chance(0.5) ? [[from, to] as const] : [])))
      let inputs = names.map((name) => rollout(name, [at('c')], { module: { id: name, version: null } }))
      let states: (RolloutPlan['state'] | null)[] = names.map(() => null)
      const there = (): Record<string, boolean> =>
        Object.fromEntries(inputs.map(({ module, clusters }) => [module.id, clusters[0]?.observed?.phase !== 'absent']))
      for (let now = 1000; now < 1010; now += 1) {
        const present = there()
        const said = verdicts(edges, present, Object.fromEntries(names.map((name) => [name, true])))
        const plans = inputs.map((input, index) =>
          planRollout({ ...input, now, dependencies: { c: said.get(input.module.id) ?? {} } }, states[index] ?? null),
        )
        for (const [index, { actions, held }] of plans.entries()) {
          const dependants = edges.filter(([from, to]) => to === names[index] && present[from] === true)
          if (actions.length > 0) expect(dependants).toEqual([])
          else if (present[names[index] as string] === true) expect(held.map(({ reason }) => reason)).toEqual(['still-needed'])
        }
        states = plans.map(({ state }) => state)
        inputs = inputs.map((input, index) => comeTrue({ ...input, now }, plans[index] as RolloutPlan, now))
      }
      expect(Object.values(there())).toEqual([false, false, false, false])
    }
  })
  test('P19: a cycle blocks its members and what depends on them, and nobody else', () => {
    const edges = [
      ['x', 'y'],
      ['y', 'x'],
      ['after', 'x'],
      ['free', 'base'],
    ] as const
    const modules = ['x', 'y', 'after', 'free', 'base']
    const said = verdicts(edges, {}, { x: false, y: false, after: false, free: false, base: true })
    const started = modules.filter(
      (id) => planRollout(rollout(id, [at('c')], { dependencies: { c: said.get(id) ?? {} } }), null).actions.length > 0,
    )
    expect(started).toEqual(['free', 'base'])
    const held = planRollout(rollout('after', [at('c')], { dependencies: { c: said.get('after') ?? {} } }), null).held[0]
    expect(held?.reason).toBe('dependency')
    expect(held?.by.slice(0, 2)).toEqual(['after', 'x'])
  })
  test('B14 is noticed: one cycle holds up every module', () => {
    const edges = [
      ['x', 'y'],
      ['y', 'x'],
      ['free', 'base'],
    ] as const
    const all = verdicts(edges, {}, { x: false, y: false, free: false, base: true })
    const mutant = (id: string): DependencyVerdict =>
      [...all.values()].some(({ start }) => start !== undefined) ? { start: ['cycle'] } : (all.get(id) ?? {})
    const starts = (verdict: DependencyVerdict): number =>
      planRollout(rollout('free', [at('c')], { dependencies: { c: verdict } }), null).actions.length
    expect([starts(all.get('free') ?? {}), starts(mutant('free'))]).toEqual([1, 0])
  })
})

describe('R9: versions that come faster than they can be rolled out', () => {
  /** A new version each minute; a version takes two. Returns how many were rolled out to the end. */
  const finished = (supersede: RolloutInput['strategy']['supersede']): number => {
    const strategy = { stages: [{ name: 'one', clusters: ['a'], soak: 90 }, { name: 'two' }], supersede }
    let input = rollout('m', [at('a'), at('b')], { strategy })
    let state: RolloutPlan['state'] = null
    let completed = 0
    for (let now = 1000; now < 2800; now += 10) {
      input = { ...input, now, module: { id: 'm', version: `w${Math.floor(now / 60)}` } }
      const plan = planRollout(input, state)
      state = plan.state
      completed += plan.events.filter(({ type }) => type === 'completed').length
      input = comeTrue(input, plan, now)
    }
    return completed
  }
  test('without a guard none is ever finished', () => expect(finished({ mode: 'supersede' })).toBe(0))
  test('B11 is noticed: with maxSupersedes some are', () => expect(finished({ mode: 'supersede', maxSupersedes: 2 })).toBeGreaterThan(4))
  test('with minRunTime some are', () => expect(finished({ mode: 'supersede', minRunTime: 150 })).toBeGreaterThan(4))
  test('queued, each that is begun is finished, and only the newest waits', () => expect(finished({ mode: 'queue' })).toBeGreaterThan(10))
})
