import {
  assignVersion,
  carryOut,
  observePhase,
  planRollout,
  type RolloutInput,
  type TargetView,
  type ViewOptions,
  view,
} from 'fleetkit/rollout'
import { describe, expect, test } from 'vitest'

const inputOf = (...targets: readonly TargetView[]): RolloutInput => ({
  now: 1000,
  module: { id: 'shop', version: 'v2' },
  strategy: { stages: [{ name: 'fleet', progressDeadline: 5000, maxFailures: 1 }] },
  targets,
})

/** What the planner makes of one target among others that keep the rollout from ending. */
function seenAs(target: TargetView): unknown {
  const { actions, done, updating, held, diagnostics } = planRollout(inputOf(target), null)
  expect(diagnostics).toEqual([])
  if (done.length > 0) return 'done'
  const [action, one, hold] = [actions[0], updating[0], held[0]]
  if (action !== undefined) return 'set' in action ? `set ${action.set}: ${action.why}` : 'remove'
  return one === undefined ? hold?.reason : `updating to ${one.to} since ${one.since}`
}

describe('a target in one line', () => {
  test.each<[string, string | null, ViewOptions, string]>([
    ['ready with the version before', 'v1', {}, 'set v2: stage'],
    ['ready with the wanted version', 'v2', {}, 'done'],
    ['updating', 'v2', { phase: 'applying', since: 900 }, 'updating to v2 since 900'],
    ['failed', 'v2', { phase: 'failed', since: 900 }, 'failed'],
    ['unreachable', 'v1', { unreachableSince: 100 }, 'unreachable'],
    ['not there yet', null, {}, 'set v2: stage'],
    ['paused', 'v1', { hold: 'paused' }, 'paused'],
    ['excluded', 'v1', { hold: 'excluded' }, 'excluded'],
    ['pinned', 'v1', { hold: { pin: 'v1' } }, 'pinned'],
    ['no longer selected', 'v1', { selected: false }, 'remove'],
    ['being removed', null, { phase: 'applying', selected: false }, 'updating to null since 0'],
  ])('that is %s', (_, version, options, expected) => {
    expect(seenAs(view('eu-1', version, options))).toBe(expected)
  })

  test('has what it was given, and nothing else', () => {
    expect(view('a', null)).toStrictEqual({ id: 'a', reach: { ok: true, since: 0 }, assigned: null, observed: null })
    expect(view('a', 'v1', { labels: { region: 'eu' }, sortKey: 3, unreachableSince: 7, since: 5, phase: 'failed' })).toStrictEqual({
      id: 'a',
      labels: { region: 'eu' },
      sortKey: 3,
      reach: { ok: false, since: 7 },
      assigned: { version: 'v1', generation: 1, at: 5 },
      observed: { version: 'v1', generation: 1, phase: 'failed', since: 5 },
    })
  })
})

describe('a target that goes on', () => {
  test('what was observed before an assignment is not the outcome of it', () => {
    const assigned = assignVersion(view('a', 'v2', { phase: 'failed' }), 'v2', 900)
    expect(seenAs(assigned)).toBe('updating to v2 since 900')
    expect(seenAs(observePhase(assigned, 'ready', 950))).toBe('done')
    expect(
      assignVersion({ ...view('a', null), observed: { version: 'v0', generation: 7, phase: 'ready', since: 0 } }, 'v1', 1),
    ).toMatchObject({
      assigned: { version: 'v1', generation: 8, at: 1 },
    })
  })

  test('a removal that is ready leaves nothing', () => {
    const removed = observePhase(assignVersion(view('a', 'v1', { selected: false }), null, 900), 'ready', 950)
    expect([removed.observed?.phase, seenAs(removed)]).toEqual(['absent', 'done'])
  })

  test('what was assigned nothing has nothing to report', () => {
    const bare = view('a', null)
    expect(observePhase(bare, 'ready', 5)).toBe(bare)
    expect(observePhase(assignVersion(bare, null, 900), 'failed', 950).observed?.phase).toBe('failed')
  })

  test('the actions of a plan are assigned; the other targets are the same objects', () => {
    const input = inputOf(view('a', 'v1'), view('b', 'v1', { hold: 'paused' }), view('c', 'v1', { selected: false }))
    const after = carryOut(input.targets, planRollout(input, null).actions, 1000)
    expect(after.map(({ assigned }) => assigned)).toEqual([
      { version: 'v2', generation: 2, at: 1000 },
      { version: 'v1', generation: 1, at: 0 },
      { version: null, generation: 2, at: 1000 },
    ])
    expect(after[1]).toBe(input.targets[1])
  })
})
