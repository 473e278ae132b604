import {
  type HoldCode,
  planRollout,
  planRollouts,
  type RolloutInput,
  type RolloutPlan,
  type Stage,
  type TargetView,
} from 'fleetkit/rollout'
import { describe, expect, test } from 'vitest'
import { assignedV2, at, rollout, unreachable } from './plain-fleet.ts'

/** The one place where the planner's sentences for people are pinned, as lint.test.ts is for those of lint; other tests go by codes and paths. */

const one = (limits: Partial<Stage> = {}, more: Partial<RolloutInput['strategy']> = {}): Pick<RolloutInput, 'strategy'> => ({
  strategy: { stages: [{ name: 'one', ...limits }], ...more },
})
const two = (first: Partial<Stage>, second: Partial<Stage> = {}): Pick<RolloutInput, 'strategy'> => ({
  strategy: {
    stages: [
      { name: 'one', targets: ['a', 'b', 'c', 'd', 'e'], maxFailures: 'all', ...first },
      { name: 'two', ...second },
    ],
  },
})
const plan = (targets: readonly TargetView[], more: Partial<RolloutInput> = one()): RolloutPlan =>
  planRollout(rollout('shop', targets, { ...one(), ...more }), null)
/** What is said of a target. */
const of = (id: string, { held }: RolloutPlan): string => {
  const found = held.find(({ target }) => target === id)
  return `${found?.reason}: ${found?.message}`
}
const removal: RolloutInput['module'] = { id: 'shop', version: null }

describe('holds', () => {
  const shared = (): RolloutPlan =>
    planRollouts({
      rollouts: ['x', 'y'].map((id) => ({ input: rollout(id, [at('a')]), prev: null })),
      budgets: [{ id: 'fleet', limit: 1 }],
    }).plans[1] as RolloutPlan
  const arch = (view: TargetView, value: string): TargetView => ({ ...view, labels: { arch: value } })
  const cohort = (): RolloutPlan =>
    plan(
      [
        arch(at('a'), 'arm64'),
        ...['b', 'c'].map((id) => arch(assignedV2(id, 'failed'), 'arm64')),
        ...['x', 'y'].map((id) => arch(assignedV2(id, 'ready'), 'amd64')),
      ],
      one({}, { correlate: { labels: ['arch'], percent: 50, minSample: 2 } }),
    )
  const sentences: Readonly<Record<HoldCode, readonly [() => RolloutPlan, string]>> = {
    paused: [() => plan([{ ...at('a'), hold: 'paused' }]), 'a is paused'],
    excluded: [() => plan([{ ...at('a'), hold: 'excluded' }]), 'a is excluded'],
    pinned: [() => plan([{ ...at('a'), hold: { pin: 'v1' } }]), 'a is pinned to v1'],
    frozen: [() => plan([at('a')], { freezes: [{ name: 'audit', from: 0, to: 5000 }] }), 'frozen by audit until 1970-01-01T00:00:05Z'],
    failed: [() => plan([assignedV2('a', 'failed')]), 'a reported a failure at 1970-01-01T00:00:00Z'],
    retry: [
      () => plan([assignedV2('a', 'failed')], one({ retry: { limit: 3, backoff: 500 } })),
      'a reported a failure at 1970-01-01T00:00:00Z; retry 1 of 3 at 1970-01-01T00:00:01Z',
    ],
    'cohort-halted': [cohort, 'failures gather under arch=arm64'],
    unreachable: [() => plan([{ ...at('a'), ...unreachable }]), 'a cannot be reached since 1970-01-01T00:00:00Z'],
    'stage-closed': [
      () => plan([assignedV2('b'), at('a')], two({ targets: ['b'] })),
      'its stage has not begun: one waits for b to be done',
    ],
    busy: [
      () => plan([{ ...at('a'), busy: { reason: 'backup', since: 500, maxAge: 86_400_000 } }]),
      'a is busy since 1970-01-01T00:00:00Z: backup, at most until 1970-01-02T00:00:00Z',
    ],
    dependency: [() => plan([at('a')], { dependencies: { a: { start: ['shop', 'api', 'db'] } } }), 'shop waits for db on a'],
    'still-needed': [
      () => plan([at('a')], { module: removal, dependencies: { a: { removal: ['shop', 'web'] } } }),
      'shop is still needed by web on a',
    ],
    concurrency: [
      () => plan([at('a'), assignedV2('b')], one({ maxConcurrency: 1 })),
      'maxConcurrency of one is used up: 1 of 1 updating (b)',
    ],
    starts: [
      () => plan([at('a'), assignedV2('b', 'ready')], one({ maxStarts: { limit: 1, per: 500 } })),
      'maxStarts of one is used up: 1 of 1 started within 500ms; the next at 1970-01-01T00:00:01Z',
    ],
    unavailable: [
      () => plan([at('a'), assignedV2('b')], one({ maxUnavailable: 1 })),
      'maxUnavailable of one is used up: 1 of 1 unavailable (b)',
    ],
    tolerance: [
      () => plan([at('a'), assignedV2('b')], one({ strict: true })),
      'one more failure in one could exceed its maxFailures: 0 failed and 1 may yet, 0 tolerated',
    ],
    deletions: [
      () =>
        plan([at('a'), { ...at('b'), assigned: { version: null, generation: 2, at: 900 } }], {
          module: removal,
          ...one({}, { maxDeletions: 1 }),
        }),
      'maxDeletions is used up: 1 of 1 being removed (b)',
    ],
    'shared-budget': [shared, 'the budget fleet is used up: 1 of 1 updating (a)'],
    window: [() => plan([at('a')], { windows: [] }), 'outside of all windows; none opens any more'],
    halted: [() => plan([at('a'), assignedV2('b', 'failed')]), 'more targets failed in one than are tolerated: 1 (b)'],
    'rollout-paused': [() => plan([at('a')], { paused: true }), 'the rollout is paused'],
    aborted: [() => plan([at('a')], { aborted: true }), 'the rollout is aborted'],
    'no-baseline': [
      () => plan([assignedV2('a', 'failed')], one({}, { onHalt: 'revertAll' })),
      'a failed, and its version before the rollout is not known',
    ],
    invalid: [() => plan([{ ...at('a'), reach: { ok: true, since: Number.NaN } }]), 'a has a time or generation that is not a number'],
  }
  test.each(Object.entries(sentences))('%s', (reason, [made, sentence]) => {
    expect(of('a', made())).toBe(`${reason}: ${sentence}`)
  })
  test.each([
    ['a deadline', () => plan([assignedV2('a')], one({ progressDeadline: 50 })), 'failed: a missed its deadline at 1970-01-01T00:00:00Z'],
    [
      'a loss',
      () => plan([assignedV2('a', undefined, unreachable)], one({ progressDeadline: 50 })),
      'failed: a was unreachable until its deadline at 1970-01-01T00:00:00Z',
    ],
    [
      'a deadline that has passed, before the retry',
      () => plan([assignedV2('a')], one({ progressDeadline: 50, retry: { limit: 3, backoff: 500 } })),
      'retry: a missed its deadline at 1970-01-01T00:00:00Z; retry 1 of 3 at 1970-01-01T00:00:01Z',
    ],
    ['no starts', () => plan([at('a')], one({ maxStarts: { limit: 0, per: 1 } })), 'starts: maxStarts of one is 0, so nothing starts'],
    ['no concurrency', () => plan([at('a')], one({ maxConcurrency: 0 })), 'concurrency: maxConcurrency of one is 0, so nothing starts'],
    ['one id twice', () => plan([at('a'), at('a')]), 'invalid: more than one target has the id a'],
    [
      'losses',
      () => plan([at('a'), assignedV2('b', undefined, unreachable)], one({ progressDeadline: 50 })),
      'halted: more targets were lost in one than are tolerated: 1 (b)',
    ],
    [
      'failures in all',
      () => plan([at('a'), assignedV2('b', 'failed')], one({ maxFailures: 'all' }, { maxFailures: 0 })),
      'halted: more targets failed in all stages than are tolerated: 1 (b)',
    ],
    [
      'a window that opens again',
      () => plan([at('a')], { windows: [{ from: Date.UTC(2026, 11, 27), to: Date.UTC(2026, 11, 28) }] }),
      'window: outside of all windows; the next opens at 2026-12-27T00:00:00Z',
    ],
    [
      'a freeze beyond the calendar',
      () => plan([at('a')], { freezes: [{ name: 'ever', from: 0, to: 1e300 }] }),
      'frozen: frozen by ever until 1e+300 ms',
    ],
    [
      'many that are updating',
      () => plan([at('a'), ...['b', 'c', 'd', 'e', 'f'].map((id) => assignedV2(id))], one({ maxConcurrency: 5 })),
      'concurrency: maxConcurrency of one is used up: 5 of 5 updating (b, c, d and 2 more)',
    ],
    [
      'those that are started now',
      () =>
        plan(
          [at('z0'), at('z1'), at('zz'), at('a', 'v1')].map((view) =>
            view.id === 'a' ? { ...view, sortKey: 9 } : { ...view, sortKey: 1 },
          ),
          one({ maxConcurrency: 2 }),
        ),
      'concurrency: maxConcurrency of one is used up: 2 of 2 updating (z0, z1)',
    ],
    [
      'a group',
      () =>
        plan(
          [at('a', 'v1', { zone: '1' }), assignedV2('b', 'applying', { labels: { zone: '1' } })],
          one({ maxUnavailable: 1, within: 'zone' }),
        ),
      'unavailable: maxUnavailable of one in zone=1 is used up: 1 of 1 unavailable (b)',
    ],
    [
      'the group of those without the label',
      () => plan([at('a'), assignedV2('b')], one({ maxUnavailable: 1, within: 'zone' })),
      'unavailable: maxUnavailable of one without zone is used up: 1 of 1 unavailable (b)',
    ],
    ['no unavailability', () => plan([at('a')], one({ maxUnavailable: 0 })), 'unavailable: maxUnavailable of one is 0, so nothing starts'],
  ])('%s', (_, made, sentence) => {
    expect(of('a', made())).toBe(sentence)
  })
  test.each([
    [-1, '-1 ms'],
    [0, '1970-01-01T00:00:00Z'],
    [999, '1970-01-01T00:00:00Z'],
    [253_402_300_799_999, '9999-12-31T23:59:59Z'],
    [253_402_300_800_000, '253402300800000 ms'],
  ])('a time in them: %d', (since, text) => {
    expect(of('a', plan([{ ...at('a'), busy: { reason: 'backup', since } }]))).toBe(`busy: a is busy since ${text}: backup`)
  })
  test('each time in them is its own, however many there are', () => {
    const day = (index: number): number => Date.UTC(2025, 0, 1 + index)
    const away = Array.from({ length: 200 }, (_, index): TargetView => ({ ...at(`t${index}`), reach: { ok: false, since: day(index) } }))
    const said = plan(away, { ...one(), now: day(500) }).held.map(({ message }) => message.split(' since ')[1])
    expect(said.toSorted()).toEqual(away.map((_, index) => `${new Date(day(index)).toISOString().slice(0, 19)}Z`))
  })
  test.each([
    ['paused', { hold: 'paused' }, 'a is paused'],
    ['unreachable', unreachable, 'a cannot be reached since 1970-01-01T00:00:00Z'],
  ] as const)('one that gets another version, and is held back from the wanted one: %s', (reason, more, message) => {
    const moving = { ...at('a'), assigned: { version: 'v0', generation: 2, at: 900 }, ...more }
    const { updating, held } = plan([moving])
    expect(held).toEqual([])
    expect(updating.map(({ target, to, held: back }) => [target, to, back])).toEqual([['a', 'v0', { reason, message, by: ['target:a'] }]])
  })
  test('a failure of a target that is ready by now', () => {
    const { state } = plan([assignedV2('a', 'failed'), at('z')])
    const later = (view: TargetView): string => of('a', planRollout(rollout('shop', [view, at('z')], one()), state))
    expect(later(assignedV2('a', 'ready'))).toBe(
      'failed: a reported a failure at 1970-01-01T00:00:00Z; it is ready now, but the failure counts until the next attempt',
    )
    expect(later(at('a'))).toBe('failed: a reported a failure at 1970-01-01T00:00:00Z; it has v1 again')
  })
})

describe('gates', () => {
  const ready = assignedV2('a', 'ready')
  test.each<[string, () => RolloutPlan, string]>([
    [
      'members',
      () =>
        plan(
          ['a', 'b', 'c'].map((id) => assignedV2(id)),
          two({}),
        ),
      'one waits for a, b, c to be done',
    ],
    [
      'members',
      () =>
        plan(
          ['a', 'b', 'c', 'd', 'e'].map((id) => assignedV2(id)),
          two({}),
        ),
      'one waits for a, b, c and 2 more to be done',
    ],
    ['min-done', () => plan([assignedV2('a', 'failed')], two({})), 'one waits for at least 1 to be done (now 0)'],
    [
      'deferred',
      () => plan([ready, ...['b', 'c'].map((id) => ({ ...at(id), ...unreachable }))], two({ maxDeferred: 1 })),
      'one waits for at most 1 to be unreachable (now 2)',
    ],
    ['soak', () => plan([ready], two({ soak: 200 })), 'one waits for its soak to end at 1970-01-01T00:00:01Z'],
    ['approval', () => plan([ready, at('z')], two({}, { approvals: 2 })), 'two waits for approvals (0 of 2)'],
  ])('%s', (kind, made, sentence) => {
    const { gates } = made()
    expect([gates[0]?.kind, `${gates[0]?.stage} waits for ${gates[0]?.waitingFor}`]).toEqual([kind, sentence])
  })
  test.each([
    ['v1', 'v3', 'one waits for v1 to finish before v3 begins'],
    ['v1', null, 'one waits for v1 to finish before the removal begins'],
    [null, 'v2', 'one waits for the removal to finish before v2 begins'],
  ])('queue: %s before %s', (running, version, sentence) => {
    const strategy = { stages: [{ name: 'one' }], supersede: { mode: 'queue' } } as const
    const module = (wanted: string | null): RolloutInput['module'] => ({ id: 'shop', version: wanted })
    const { state } = planRollout(rollout('shop', [at('a', 'v0')], { strategy, module: module(running) }), null)
    const updating = { ...at('a', 'v0'), assigned: { version: running, generation: 2, at: 1000 } }
    const gate = planRollout(rollout('shop', [updating], { strategy, module: module(version) }), state).gates.at(-1)
    expect([gate?.kind, `${gate?.stage} waits for ${gate?.waitingFor}`]).toEqual(['queue', sentence])
  })
})

describe('causes', () => {
  test('what a complete rollout has left as it is, in numbers too', () => {
    const others = ['b', 'c', 'd', 'e'].map((id): TargetView => ({ ...at(id), ...unreachable }))
    const { phase, cause } = plan([assignedV2('a', 'ready'), ...others, { ...at('p'), hold: 'paused' }])
    expect([phase, cause]).toEqual([
      'Complete',
      {
        code: 'left-out',
        message: 'left as they are: 4 unreachable (b, c, d and 1 more), 1 paused (p)',
        counts: { unreachable: 4, paused: 1 },
      },
    ])
    expect(plan([assignedV2('a', 'ready')]).cause).toBeUndefined()
  })
  test.each([
    ['a hold', () => plan([at('a')], { windows: [] }), 'a: outside of all windows; none opens any more'],
    ['a gate', () => plan([assignedV2('a', 'failed'), at('z')], two({})), 'one waits for at least 1 to be done (now 0)'],
    ['a halt', () => plan([assignedV2('a', 'failed')]), 'more targets failed in one than are tolerated: 1 (a)'],
  ])('%s', (_, made, sentence) => {
    expect(made().cause?.message).toBe(sentence)
  })
})
