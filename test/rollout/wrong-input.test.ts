import {
  planRollout,
  planRollouts,
  type RolloutInput,
  type RolloutPlan,
  type RolloutState,
  type SharedRollouts,
  type TargetView,
} from 'fleetkit/rollout'
import { describe, expect, test } from 'vitest'
import { at, rollout } from './plain-fleet.ts'

const paths = ({ diagnostics }: RolloutPlan): readonly unknown[] => diagnostics.map(({ path }) => path)
const input = rollout('shop', [at('a')])
const bad = (matchExpressions: readonly unknown[]) => ({ selector: { matchExpressions } })
const operator = bad([{ key: 'zone', operator: 'Near' }])
const early = { rid: { version: 'v2', nonce: '' }, startedAt: 900 }

describe('R20: what is wrong is named by its place, and nothing starts', () => {
  test.each<[string, unknown]>([
    ['now', { ...input, now: 'today' }],
    ['module', { ...input, module: 'shop' }],
    ['module.version', { ...input, module: { id: 'shop' } }],
    ['strategy', { ...input, strategy: 'all at once' }],
    ['targets', { ...input, targets: { a: at('a') } }],
    ['targets[1]', { ...input, targets: [at('a'), { labels: {} }] }],
    ['targets[0]', { ...input, targets: [undefined] }],
    ['freezes', { ...input, freezes: 'none' }],
    ['dependencies', { ...input, dependencies: 'db' }],
    ['dependencies[a]', { ...input, dependencies: { a: 'db' } }],
    ['dependencies[a]', { ...input, dependencies: { a: { start: 'db' } } }],
    ['dependencies[a]', { ...input, dependencies: { a: { start: ['db'], removal: ['db', 5] } } }],
    ['freezes[0].selector.matchExpressions[0].operator', { ...input, freezes: [{ name: 'f', from: 0, to: 1, ...operator }] }],
    ['targetWindows[0].selector.matchExpressions[0].operator', { ...input, targetWindows: [{ intervals: [], ...operator }] }],
    [
      'freezes[0].selector.matchExpressions[0].values',
      { ...input, freezes: [{ name: 'f', from: 0, to: 1, ...bad([{ key: 'zone', operator: 'In' }]) }] },
    ],
    [
      'targetWindows[0].selector.matchExpressions[0].values',
      { ...input, targetWindows: [{ intervals: [], ...bad([{ key: 'zone', operator: 'In' }]) }] },
    ],
  ])('in the input: %s', (path, given) => {
    const plan = planRollout(given as RolloutInput, null)
    expect([plan.phase, paths(plan), plan.actions]).toEqual(['Invalid', [path], []])
  })
  test.each<[string, unknown]>([
    ['state', 'running'],
    ['state.startedAt', { ...early, startedAt: 'yesterday' }],
    ['state.baseline', { ...early, baseline: 'v1' }],
    ['state.baseline', { ...early, baseline: { version: 1 } }],
    ['state.baseline', { ...early, baseline: { others: 'v1' } }],
    ['state.baseline.others[a]', { ...early, baseline: { others: { a: 1, b: 'v1', c: null } } }],
    ['state.tracks', { ...early, tracks: 'a' }],
  ])('in the state, which is left as it is: %s', (path, given) => {
    const plan = planRollout(input, given as RolloutState)
    expect([plan.phase, paths(plan), plan.actions, plan.state]).toEqual(['Invalid', [path], [], given])
  })
  test.each<[string, Partial<Record<keyof SharedRollouts, unknown>>]>([
    ['budgets', { budgets: { id: 'fleet', limit: 1 } }],
    ['budgets[0]', { budgets: ['fleet'] }],
    ['budgets[0].id', { budgets: [{ limit: 1 }] }],
    ['budgets[0].limit', { budgets: [{ id: 'fleet', limit: -1 }] }],
    ['budgets[0].by', { budgets: [{ id: 'fleet', limit: 1, by: 5 }] }],
    ['budgets[0].selector.matchExpressions[0].operator', { budgets: [{ id: 'fleet', limit: 1, ...operator }] }],
    ['patience', { patience: -1 }],
    ['patience', { patience: 'long' }],
    ['patience', { patience: '5' }],
    ['rollouts[0].priority', { rollouts: [{ input, prev: null, priority: Number.NaN }] }],
  ])('in what rollouts share: %s', (path, given) => {
    const shared = { rollouts: [{ input, prev: null }], budgets: [], ...given } as SharedRollouts
    const { plans } = planRollouts(shared)
    expect(plans.map((plan) => [plan.phase, paths(plan), plan.actions])).toEqual([['Invalid', [path], []]])
  })
})

const beginning: RolloutState = {
  ...early,
  opened: [],
  failed: [],
  retries: [],
  cohorts: [],
  halted: null,
  completedAt: null,
  baseline: { version: null, others: {} },
  fastRollback: false,
  history: [],
  supersedes: 0,
  queued: null,
  waitingSince: null,
  cursor: 0,
}
test.each([
  {},
  { baseline: null, tracks: null },
  { baseline: {}, tracks: {} },
  { baseline: { version: null, others: null }, tracks: { 'tenant=a': null } },
])('R20: what a state has not is as at the beginning: with %j', (given) => {
  const { state } = planRollout({ ...input, paused: true }, { ...early, ...given } as unknown as RolloutState)
  expect(state).toStrictEqual(beginning)
})
test('R20: no state is a beginning', () => {
  for (const none of [null, undefined]) expect(planRollout(input, none as null).events[0]?.type).toBe('started')
})
test('R20: what may be left out may be null, and no patience is some', () => {
  const nothing = { selector: null, by: null, weighted: null }
  const shared = { rollouts: [{ input, prev: null, priority: null }], budgets: [{ id: 'fleet', limit: 1, ...nothing }], patience: 0 }
  const { plans } = planRollouts(shared as unknown as SharedRollouts)
  expect(plans.map(({ diagnostics, actions }) => [diagnostics, actions.length])).toEqual([[[], 1]])
  for (const dependencies of [null, { a: { start: null, removal: null } }])
    expect(planRollout({ ...input, dependencies } as unknown as RolloutInput, null).actions).toHaveLength(1)
  // The removal is what waits, as it did.
  const strategy = { ...input.strategy, supersede: { mode: 'queue' } } as const
  const waiting = { ...early, queued: { version: null } } as unknown as RolloutState
  const { state, events } = planRollout({ ...input, strategy, module: { id: 'shop', version: null }, paused: true }, waiting)
  expect([state?.queued, events]).toEqual([{ version: null, nonce: '' }, []])
})

describe('R20: a target', () => {
  const seen = { version: 'v1', generation: 1, phase: 'ready', since: 0 }
  const given = { version: 'v1', generation: 1, at: 0 }
  const busy = { reason: 'backup', since: 0 }
  const made = (field: string, value: unknown): RolloutPlan => planRollout(rollout('shop', [{ ...at('a'), [field]: value }, at('b')]), null)
  test.each<[string, readonly unknown[]]>([
    ['labels', ['x', { zone: 5 }]],
    ['sortKey', ['5', true]],
    ['weight', ['5', -1, Number.NaN]],
    ['selected', ['yes', 1]],
    ['hold', ['later', { pin: 5 }, {}, 5]],
    ['busy', ['yes', { since: 0 }, { ...busy, reason: 5 }, { ...busy, since: 'x' }, { ...busy, maxAge: 'x' }, { ...busy, maxAge: -1 }]],
    ['reach', [null, undefined, 'yes', { ok: 'yes', since: 0 }, { ok: true, since: '0' }, { ok: false, since: null }]],
    ['assigned', ['v1', { ...given, version: 5 }, { ...given, generation: '1' }, { ...given, at: '0' }, { ...given, version: undefined }]],
    ['observed', ['v1', { ...seen, version: 5 }, { ...seen, generation: '1' }, { ...seen, since: '0' }, { ...seen, phase: 'odd' }]],
  ])('with wrong data is held alone: %s', (field, values) => {
    for (const value of values) {
      const { actions, held, diagnostics } = made(field, value)
      expect([actions.map(({ target }) => target), held.map(({ target, reason }) => [target, reason]), diagnostics], String(value)).toEqual(
        [['b'], [['a', 'invalid']], []],
      )
    }
  })
  test.each(['labels', 'sortKey', 'weight', 'selected', 'hold', 'busy', 'assigned', 'observed'])('may have null as its %s', (field) => {
    for (const nothing of [null, undefined]) {
      const { actions, held } = made(field, nothing)
      expect([actions.map(({ target }) => target), held]).toEqual([['a', 'b'], []])
    }
  })
  test('with wrong data leaves a state that can be read', () => {
    for (const version of [5, undefined]) {
      const { state } = made('assigned', { ...given, version })
      expect(planRollout(input, JSON.parse(JSON.stringify(state))).diagnostics).toEqual([])
    }
  })
  test('may have null beside what it says', () => {
    const said = { labels: { zone: '2' }, sortKey: 5, weight: 2, selected: false, hold: 'paused', busy } as const
    for (const [field, value] of Object.entries(said)) {
      const plan = (more: object): RolloutPlan =>
        planRollout(
          rollout('shop', [{ ...at('a'), [field]: value, ...more } as TargetView], {
            strategy: { stages: [{ name: 'fleet', selector: { matchLabels: { zone: '2' } } }] },
          }),
          null,
        )
      const other = field === 'hold' ? 'busy' : 'hold'
      expect(JSON.stringify(plan({ [other]: null })), field).toBe(JSON.stringify(plan({})))
    }
  })
  test.each<[string, object, readonly string[]]>([
    ['uses up what it may be using up', { observed: 5 }, []],
    ['of which no one knows whether it can be reached may be unavailable', { reach: { ok: 'yes' }, observed: null }, []],
    ['that cannot be reached is not unavailable', { reach: { ok: false } }, ['b']],
    ['of which it is known that it is ready uses up nothing', { labels: 5 }, ['b']],
    ['that has nothing uses up nothing', { labels: 5, assigned: null, observed: null }, ['b']],
    ['keeps its zone, and is unavailable there alone', { sortKey: 'x', labels: { zone: '2' }, observed: null }, ['b']],
    ['keeps its weight', { sortKey: 'x', weight: 1, observed: null }, ['b']],
    ['that is no longer selected stays so', { sortKey: 'x', selected: false, observed: null }, ['b']],
  ])('with wrong data %s', (_, wrong, expected) => {
    const stages = [{ name: 'fleet', maxUnavailable: 3, within: 'zone', weighted: true }]
    const targets = [{ ...at('a'), weight: 2, ...wrong } as TargetView, { ...at('b'), weight: 2 }]
    const { actions } = planRollout(rollout('shop', targets, { strategy: { stages } }), null)
    expect(actions.map(({ target }) => target)).toEqual(expected)
  })
  test('with wrong data keeps its place in the order, its exclusion, and a removal that may be in progress', () => {
    const wrong = (id: string, more: object): TargetView => ({ ...at(id), ...more, labels: 5 as never })
    const { held } = planRollout(rollout('shop', [wrong('a', { sortKey: 9 }), wrong('b', { sortKey: 1 })]), null)
    expect(held.map(({ target }) => target)).toEqual(['b', 'a'])
    const strategy = { stages: [{ name: 'one', targets: ['a'] }, { name: 'two' }], maxDeletions: 1 }
    const started = (...targets: readonly TargetView[]): readonly string[] =>
      planRollout(rollout('shop', targets, { strategy }), null).actions.map(({ target }) => target)
    expect([started(wrong('a', { hold: 'excluded' }), at('b')), started(wrong('a', {}), at('b'))]).toEqual([['b'], []])
    const leaving = { ...at('b'), selected: false }
    const removing = (version: string | null): TargetView => ({ ...at('a'), assigned: { version, generation: 2, at: 'now' as never } })
    expect([started(removing('v1'), leaving), started(removing(null), leaving)]).toEqual([['b'], []])
  })
})
