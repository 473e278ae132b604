import { planRollout, planRollouts, type RolloutInput, type RolloutPlan, type SharedBudget, type SharedRollout } from 'fleetkit/rollout'
import { describe, expect, test } from 'vitest'
import { at, comeTrue, rollout } from './plain-fleet.ts'
import { Random } from './simulation/random.ts'

const count = (plans: readonly RolloutPlan[]): readonly number[] => plans.map(({ actions }) => actions.length)

test('R15: a budget by weight', () => {
  const weighing = (id: string, weight: number) => ({ ...at(id), weight })
  const plans = (limit: number | '50%') =>
    planRollouts({
      rollouts: ['x', 'y'].map((id) => ({ input: rollout(id, [weighing(`${id}1`, 3), weighing(`${id}2`, 1)]), prev: null })),
      budgets: [{ id: 'users', limit, weighted: true }],
    }).plans
  expect(plans(4).map(({ actions }) => actions.map(({ target }) => target))).toEqual([['x1', 'x2'], []])
  expect(plans('50%')[1]?.held[0]?.message).toBe('the budget users has no room for it: 4 of 4 by weight updating (x1, x2)')
  expect(plans(2).map(({ actions }) => actions.map(({ target }) => target))).toEqual([['x1'], []])
  expect(
    planRollouts({
      rollouts: [{ input: rollout('x', [at('a')]), prev: null }],
      budgets: [{ id: 'users', limit: 1, weighted: 'yes' as never }],
    }).plans[0]?.diagnostics.map(({ path }) => path),
  ).toEqual(['budgets[0].weighted'])
})

describe('R15: rollouts that share budgets', () => {
  const targets = ['a', 'b', 'c', 'd'].map((id, index) => at(id, 'v1', { region: index < 2 ? 'eu' : 'us', customer: 'x' }))

  test('a start takes from every budget that covers it: the fleet, the region and the customer', () => {
    const budgets: readonly SharedBudget[] = [
      { id: 'fleet', limit: 3 },
      { id: 'region', limit: 1, by: 'region' },
      { id: 'customer', limit: '75%', selector: { matchLabels: { customer: 'x' } } },
    ]
    const plans = planRollouts({ rollouts: [{ input: rollout('m', targets), prev: null }], budgets }).plans
    expect(plans[0]?.actions.map(({ target }) => target)).toEqual(['a', 'c'])
    expect(plans[0]?.held.map(({ target, reason, by }) => [target, reason, by[0]])).toEqual([
      ['b', 'shared-budget', 'budget:region/region=eu'],
      ['d', 'shared-budget', 'budget:region/region=us'],
    ])
  })
  test('what is updating for another module counts', () => {
    const updating = { ...at('a'), assigned: { version: 'v2', generation: 2, at: 900 } }
    const other = rollout('other', [updating])
    const plans = planRollouts({
      rollouts: [
        { input: rollout('m', targets), prev: null },
        { input: other, prev: null },
      ],
      budgets: [{ id: 'fleet', limit: 2 }],
    }).plans
    expect(count(plans)).toEqual([1, 0])
  })
  test('the order of the rollouts does not matter: priority, then age, then name', () => {
    const rollouts: SharedRollout[] = [
      { input: rollout('z', targets), prev: null, priority: 1 },
      { input: rollout('b', targets), prev: null },
      { input: rollout('a', targets), prev: null },
    ]
    const budgets = [{ id: 'fleet', limit: 6 }]
    expect(count(planRollouts({ rollouts, budgets }).plans)).toEqual([4, 0, 2])
    expect(count(planRollouts({ rollouts: rollouts.toReversed(), budgets }).plans)).toEqual([2, 0, 4])
  })
  test('a removal gives back its place at once, also to a rollout whose turn was before', () => {
    const leaving = { ...at('b'), assigned: { version: 'v2', generation: 2, at: 900 } }
    const removal = rollout('other', [leaving], { module: { id: 'other', version: null } })
    const rollouts = [
      { input: rollout('m', [at('a')]), prev: null, priority: 1 },
      { input: removal, prev: null },
    ]
    expect(count(planRollouts({ rollouts, budgets: [{ id: 'fleet', limit: 1 }] }).plans)).toEqual([1, 1])
    // What is updating beside it keeps its place.
    const beside = { ...rollouts[1], input: { ...removal, targets: [leaving, { ...leaving, id: 'c', hold: 'paused' as const }] } }
    expect(count(planRollouts({ rollouts: [rollouts[0], beside] as SharedRollout[], budgets: [{ id: 'fleet', limit: 2 }] }).plans)).toEqual(
      [1, 1],
    )
    expect(count(planRollouts({ rollouts: [rollouts[0], beside] as SharedRollout[], budgets: [{ id: 'fleet', limit: 1 }] }).plans)).toEqual(
      [0, 1],
    )
    // What another rollout updates on the same target keeps its place, and is named.
    const third = planRollouts({
      rollouts: [
        { input: rollout('m', [leaving]), prev: null },
        rollouts[1] as SharedRollout,
        { input: rollout('z', [at('z')]), prev: null },
      ],
      budgets: [{ id: 'fleet', limit: 1 }],
    })
    expect(third.plans[2]?.held[0]?.message).toBe('the budget fleet is used up: 1 of 1 updating (b)')
    // One that is not updating has no place to give.
    const quiet = [rollouts[0] as SharedRollout, { input: { ...removal, targets: [at('b')] }, prev: null }]
    expect(count(planRollouts({ rollouts: quiet, budgets: [{ id: 'fleet', limit: 0 }] }).plans)).toEqual([0, 1])
  })
  test('a removal of what a budget does not cover gives it nothing back', () => {
    const leaving = { ...at('b'), assigned: { version: 'v2', generation: 2, at: 900 } }
    const rollouts = [
      { input: rollout('m', targets), prev: null, priority: 1 },
      { input: rollout('other', [leaving], { module: { id: 'other', version: null } }), prev: null },
    ]
    const budgets = [{ id: 'eu', limit: 1, selector: { matchLabels: { region: 'eu' } } }]
    expect(count(planRollouts({ rollouts, budgets }).plans)).toEqual([3, 1])
  })
  test('no rollout starves: one of low priority completes although important ones never do', () => {
    const finished = (patience: number): number => {
      let low: SharedRollout = { input: rollout('low', targets), prev: null }
      let high: SharedRollout = { input: rollout('high', targets), prev: null, priority: 9 }
      let done = 0
      for (let now = 1000; now < 2000 && done < 4; now += 10) {
        const next = [low, high].map((each) => ({ ...each, input: { ...each.input, now } }))
        const [lowPlan, highPlan] = planRollouts({ rollouts: next, budgets: [{ id: 'fleet', limit: 1 }], patience }).plans
        if (lowPlan === undefined || highPlan === undefined) throw new Error('a plan is missing')
        done = lowPlan.done.length
        low = { ...low, input: comeTrue({ ...low.input, now }, lowPlan, now), prev: lowPlan.state }
        high = { ...high, input: comeTrue({ ...high.input, now }, highPlan, now), prev: highPlan.state }
        // Another version before the one before is everywhere, so that there is always something to start.
        if (highPlan.done.length >= 2) high = { ...high, input: { ...high.input, module: { id: 'high', version: `v${now}` } } }
      }
      return done
    }
    expect(finished(50)).toBe(4)
    expect(finished(Number.POSITIVE_INFINITY)).toBe(0)
  })
  test('since when budgets alone hold it is remembered until it starts something', () => {
    const high = { input: rollout('high', targets), prev: null, priority: 9 }
    const plan = (limit: number, now: number, prev: RolloutPlan['state'], more: Partial<RolloutInput> = {}): RolloutPlan => {
      const low = { input: rollout('low', targets, { now, ...more }), prev }
      return planRollouts({ rollouts: [low, high], budgets: [{ id: 'fleet', limit }] }).plans[0] as RolloutPlan
    }
    const first = plan(4, 1000, null)
    expect([first.phase, first.nextWakeAt, first.state?.waitingSince, first.held.map(({ reason }) => reason)]).toEqual([
      'Running',
      null,
      1000,
      Array.from('abcd', () => 'shared-budget'),
    ])
    const later = plan(4, 1500, first.state)
    expect([later.state?.waitingSince, later.events]).toEqual([1000, []])
    expect(plan(5, 1500, first.state).state?.waitingSince).toBe(null)
    // It is held by something else: that is no waiting for a budget.
    expect(plan(4, 1500, first.state, { windows: [] }).state?.waitingSince).toBe(null)
    const queue = { ...rollout('low', targets).strategy, supersede: { mode: 'queue' } } as const
    const queued = plan(4, 1500, first.state, { module: { id: 'low', version: 'v3' }, strategy: queue })
    expect([queued.state?.queued?.version, queued.actions, queued.held[0]?.reason]).toEqual(['v3', [], 'shared-budget'])
  })
  test('of two that waited too long the one that waited longer goes first, whatever else speaks for the other', () => {
    const waiting = (id: string, since: number, priority: number): SharedRollout => {
      const { state } = planRollout(rollout(id, targets, { now: 0 }), null)
      return { input: rollout(id, targets), prev: state && { ...state, waitingSince: since }, priority }
    }
    const granted = (since: readonly number[], patience?: number): readonly number[] => {
      const rollouts = [waiting('a', since[0] ?? 0, 5), waiting('b', since[1] ?? 0, 0)]
      return count(planRollouts({ rollouts, budgets: [{ id: 'fleet', limit: 4 }], patience }).plans)
    }
    expect(granted([200, 100], 500)).toEqual([0, 4])
    expect(granted([100, 200], 500)).toEqual([4, 0])
    expect(granted([200, 500], 500)).toEqual([4, 0])
    expect(granted([501, 500], 500)).toEqual([0, 4])
    expect(granted([501, 501], 500)).toEqual([4, 0])
    // An hour, unless said otherwise.
    expect(granted([200, 100])).toEqual([4, 0])
    expect(granted([200, 1000 - 3_600_000])).toEqual([0, 4])
  })
  test('of equals the one that began earlier goes first; one that has not begun begins now', () => {
    const began = (id: string, now: number): SharedRollout => ({
      input: rollout(id, targets),
      prev: planRollout(rollout(id, targets, { now }), null).state,
    })
    const budgets = [{ id: 'fleet', limit: 4 }]
    expect(count(planRollouts({ rollouts: [began('a', 500), began('b', 400)], budgets }).plans)).toEqual([0, 4])
    expect(count(planRollouts({ rollouts: [{ input: rollout('a', targets), prev: null }, began('b', 999)], budgets }).plans)).toEqual([
      0, 4,
    ])
    expect(count(planRollouts({ rollouts: [{ input: rollout('a', targets), prev: null }, began('b', 1001)], budgets }).plans)).toEqual([
      4, 0,
    ])
  })
  test.each([
    ['all', {}, 8],
    [0, {}, 0],
    [9, {}, 8],
    ['50%', {}, 2],
    ['10%', {}, 1],
    [1, { by: 'region' }, 2],
    ['50%', { by: 'region' }, 2],
    [0, { by: 'planet' }, 8],
    [0, { selector: { matchLabels: { region: 'eu' } } }, 4],
    [1, { selector: { matchLabels: { region: 'eu' } }, by: 'region' }, 5],
  ] as const)('a limit of %j with %j lets two modules start %i on four targets', (limit, more, expected) => {
    const rollouts = ['m', 'n'].map((id) => ({ input: rollout(id, targets), prev: null }))
    const started = count(planRollouts({ rollouts, budgets: [{ id: 'b', limit, ...more }] }).plans)
    expect(started.reduce((sum, each) => sum + each, 0)).toBe(expected)
  })
  test('what cannot be planned uses up nothing, and is said to be wrong', () => {
    const bad = { input: rollout('bad', targets, { now: Number.NaN }), prev: null }
    const worse = { input: rollout('worse', targets, { strategy: { stages: [{ name: 'a', soak: -1 }] } }), prev: null }
    const plans = planRollouts({
      rollouts: [bad, worse, { input: rollout('m', targets), prev: null }],
      budgets: [{ id: 'fleet', limit: 4 }],
    }).plans
    expect(plans.map(({ phase, actions }) => [phase, actions.length])).toEqual([
      ['Invalid', 0],
      ['Invalid', 0],
      ['Running', 4],
    ])
  })
  test('it is time to plan again at the first wake-up of all, and when the patience of one that waits ends', () => {
    const budgets = [{ id: 'fleet', limit: 4 }]
    const closing = { stages: [{ name: 'fleet', progressDeadline: 400 }] }
    const [high, low] = [rollout('high', targets), rollout('low', targets)]
    const plan = (patience: number, more: Partial<RolloutInput> = {}) =>
      planRollouts({
        rollouts: [
          { input: { ...high, ...more }, prev: null, priority: 9 },
          { input: low, prev: null },
        ],
        budgets,
        patience,
      })
    expect(plan(Number.POSITIVE_INFINITY).nextWakeAt).toBe(null)
    expect(plan(500).nextWakeAt).toBe(1500)
    expect(plan(500, { strategy: closing }).nextWakeAt).toBe(1400)
    expect(plan(300, { strategy: closing }).nextWakeAt).toBe(1300)
    // It goes first already: nothing else will come of waiting.
    expect(plan(0).nextWakeAt).toBe(null)
    expect(plan(500, { now: Number.NaN }).nextWakeAt).toBe(null)
  })
  test('before that time nothing is decided otherwise', () => {
    const random = new Random(11)
    for (let run = 0; run < 300; run += 1) {
      const patience = 1 + random.below(40)
      const stages = [{ name: 'fleet', progressDeadline: 5 + random.below(60), minReady: random.below(30) }]
      const known = ['m', 'n', 'o'].map((id): SharedRollout => {
        const input = rollout(id, random.shuffle(targets), { strategy: { stages } })
        const { state } = planRollout(input, null)
        const prev = state && { ...state, waitingSince: random.chance(0.5) ? 1000 - random.below(40) : null }
        return { input, prev, priority: random.below(3) }
      })
      const at = (now: number) =>
        planRollouts({
          rollouts: known.map((each) => ({ ...each, input: { ...each.input, now } })),
          budgets: [{ id: 'fleet', limit: 4 }],
          patience,
        })
      const started = (plans: readonly RolloutPlan[]): readonly unknown[] =>
        plans.map(({ actions, held }) => [actions, held.map(({ target, reason }) => [target, reason])])
      const { plans, nextWakeAt } = at(1000)
      const last = nextWakeAt === null ? 2000 : nextWakeAt - 1
      expect(started(at(last).plans), `run ${run}`).toEqual(started(plans))
    }
  })
  test('no budget is ever exceeded, whatever the rollouts', () => {
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
      }).plans
      const started = plans.flatMap(({ actions }) => actions.map(({ target }) => fleet.find(({ id }) => id === target)?.labels?.region))
      expect(started.length).toBeLessThanOrEqual(limits.fleet)
      for (const region of ['eu', 'us']) expect(started.filter((found) => found === region).length).toBeLessThanOrEqual(limits.region)
      // And none is unused that could be used.
      const wanted = 3 * fleet.length
      const inEach = ['eu', 'us'].map((region) =>
        Math.min(limits.region, 3 * fleet.filter(({ labels }) => labels?.region === region).length),
      )
      expect(started.length).toBe(Math.min(limits.fleet, wanted, (inEach[0] ?? 0) + (inEach[1] ?? 0)))
    }
  })
})

describe('R9: versions that come faster than they can be rolled out', () => {
  /** A new version each minute; a version takes two. Returns how many were rolled out to the end. */
  const finished = (supersede: RolloutInput['strategy']['supersede']): number => {
    const strategy = { stages: [{ name: 'one', targets: ['a'], soak: 90 }, { name: 'two' }], supersede }
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
