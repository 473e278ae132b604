import { planRollout, planRollouts, type RolloutInput, type RolloutPlan, type RolloutState, type SharedRollouts } from 'fleetkit/rollout'
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
  // The removal is what waits, as it did.
  const strategy = { ...input.strategy, supersede: { mode: 'queue' } } as const
  const waiting = { ...early, queued: { version: null } } as unknown as RolloutState
  const { state, events } = planRollout({ ...input, strategy, module: { id: 'shop', version: null }, paused: true }, waiting)
  expect([state?.queued, events]).toEqual([{ version: null, nonce: '' }, []])
})
