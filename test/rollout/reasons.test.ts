import { type CanonicalStrategy, planRollout, type RolloutInput, type RolloutPlan, type Stage, type TargetView } from 'fleetkit/rollout'
import { describe, expect, test } from 'vitest'
import { assignedV2, at, rollout, unreachable } from './plain-fleet.ts'

const names = (prefix: string, count: number): readonly string[] => Array.from({ length: count }, (_, index) => `${prefix}${index + 1}`)
const plan = (
  targets: readonly TargetView[],
  stages: readonly Stage[],
  more: Partial<RolloutInput> = {},
  rest: Omit<CanonicalStrategy, 'stages'> = {},
): RolloutPlan => planRollout(rollout('shop', targets, { strategy: { stages, ...rest }, ...more }), null)
const one = { name: 'one', targets: ['a', 'b', 'c', 'd', 'e'] }

describe('a gate says of which kind and stage it is', () => {
  const waiting = (targets: readonly TargetView[], first: Partial<Stage>, second: Partial<Stage> = {}): readonly unknown[] =>
    plan(
      [...targets, at('z')],
      [
        { ...one, maxFailures: 'all', maxLost: 'all', ...first },
        { name: 'two', ...second },
      ],
    ).gates.map(({ kind, stage, until }) => [kind, stage, ...(until === undefined ? [] : [until])].join(': '))
  test.each([
    ['a member', [assignedV2('a')], {}, {}, ['members: one']],
    ['three members', ['a', 'b', 'c'].map((id) => assignedV2(id)), {}, {}, ['members: one']],
    ['many members', ['a', 'b', 'c', 'd', 'e'].map((id) => assignedV2(id)), {}, {}, ['members: one']],
    ['a success', [assignedV2('a', 'failed')], {}, {}, ['min-done: one']],
    [
      'more successes',
      [assignedV2('a', 'failed'), assignedV2('b', 'ready'), assignedV2('c', 'failed')],
      { minDone: '50%' },
      {},
      ['min-done: one'],
    ],
    [
      'contact',
      [assignedV2('a', 'ready'), { ...at('b'), ...unreachable }, { ...at('c'), ...unreachable }],
      { maxDeferred: 1 },
      {},
      ['deferred: one'],
    ],
    [
      'more successes, before contact',
      [assignedV2('a', 'ready'), assignedV2('b', 'failed'), { ...at('c'), ...unreachable }],
      { minDone: 'all', maxDeferred: 0 },
      {},
      ['min-done: one'],
    ],
    ['contact with any', [{ ...at('b'), ...unreachable }], { maxDeferred: 0 }, {}, ['deferred: one']],
    ['time', [assignedV2('a', 'ready')], { soak: 200 }, {}, ['soak: one: 1100']],
    [
      'time, where as many failed',
      [assignedV2('a', 'ready'), assignedV2('b', 'failed')],
      { soak: 200, minDone: 1 },
      {},
      ['soak: one: 1100'],
    ],
    ['people', [assignedV2('a', 'ready')], {}, { approvals: 2 }, ['approval: two']],
    ['nothing', [assignedV2('a', 'ready')], {}, {}, []],
    ['a success, where no target can be reached', [{ ...at('b'), ...unreachable }], {}, {}, ['min-done: one']],
    ['nothing, where none is demanded', [{ ...at('b'), ...unreachable }], { minDone: 0 }, {}, []],
    ['a success, where all are paused', [{ ...at('b'), hold: 'paused' }], {}, {}, ['min-done: one']],
    ['a success, where the data of all are wrong', [{ ...at('b'), reach: { ok: true, since: Number.NaN } }], {}, {}, ['min-done: one']],
    ['nothing, where all are excluded', [{ ...at('b'), hold: 'excluded' }], {}, {}, []],
    ['all that are not paused', [assignedV2('b', 'ready'), { ...at('c'), hold: 'paused' }], { minDone: 'all' }, {}, []],
    [
      'all, those that cannot be reached too',
      [assignedV2('b', 'ready'), { ...at('c'), ...unreachable }],
      { minDone: 'all' },
      {},
      ['min-done: one'],
    ],
    ['nothing, where there is no target', [], {}, {}, []],
  ] as const)('%s', (_, targets, first, second, expected) => {
    const gates = waiting(targets, first, second)
    expect(gates.filter((gate) => !String(gate).startsWith('members: two'))).toEqual(expected)
  })
  test('people of whom one has approved, twice', () => {
    const rid = { version: 'v2', nonce: '' }
    const approvals = ['ann', 'ann', 'bob'].map((actor, index) => ({ rid, stage: index === 2 ? 'other' : 'two', actor, at: 950 }))
    const stages = [one, { name: 'two', approvals: 2 }]
    const { gates, state } = plan([assignedV2('a', 'ready'), at('z')], stages, { approvals })
    expect(gates.map(({ kind, stage }) => [kind, stage])).toEqual([['approval', 'two']])
    const more = [...approvals, { rid, stage: 'two', actor: 'bob', at: 1000 }]
    const opened = planRollout(rollout('shop', [assignedV2('a', 'ready'), at('z')], { strategy: { stages }, approvals: more }), state)
    expect(opened.events[0]).toEqual({ at: 1000, type: 'opened', stage: 'two', approvedBy: ['ann', 'bob'] })
  })
  test.each(['v3', null])('the version that runs, before %s', (version) => {
    const strategy = { stages: [one], supersede: { mode: 'supersede', minRunTime: 500 } } as const
    const first = planRollout(rollout('shop', [at('a')], { strategy }), null)
    const next = planRollout(rollout('shop', [assignedV2('a')], { strategy, now: 1100, module: { id: 'shop', version } }), first.state)
    expect(next.gates.map(({ kind, stage, until }) => [kind, stage, until])).toEqual([
      ['members', 'one', undefined],
      ['queue', 'one', 1500],
    ])
    expect(next.nextWakeAt).toBe(1500)
    expect(next.events).toEqual([{ at: 1100, type: 'queued', rid: { version, nonce: '' } }])
  })
  test('the removal, before a version', () => {
    const strategy = { stages: [one], supersede: { mode: 'queue' } } as const
    const first = planRollout(rollout('shop', [at('a')], { strategy, module: { id: 'shop', version: null } }), null)
    const leaving = { ...at('a'), assigned: { version: null, generation: 2, at: 1000 } }
    const next = planRollout(rollout('shop', [leaving], { strategy, module: { id: 'shop', version: 'v2' } }), first.state)
    expect(next.gates.at(-1)).toMatchObject({ kind: 'queue', stage: 'one' })
    // It is no longer wanted.
    const again = planRollout(rollout('shop', [leaving], { strategy, module: { id: 'shop', version: null } }), next.state)
    expect([again.events, again.state?.queued]).toEqual([[{ at: 1000, type: 'unqueued' }], null])
  })
})

describe('a hold says why', () => {
  const said = ({ held }: RolloutPlan): readonly string[] =>
    held.map(({ target, reason, by, until }) => [target, reason, by.join(' '), ...(until === undefined ? [] : [until])].join(' | '))
  const hold = (why: TargetView['hold']): TargetView => ({ ...at('a'), hold: why })
  const stage = (limits: Partial<Stage>): readonly Stage[] => [{ name: 'one', ...limits }]
  const updating = [assignedV2('m1'), assignedV2('m2'), assignedV2('m3'), assignedV2('m4')]
  test.each([
    ['paused', () => plan([hold('paused')], stage({})), ['a | paused | target:a']],
    ['excluded', () => plan([hold('excluded')], stage({})), ['a | excluded | target:a']],
    ['pinned', () => plan([hold({ pin: 'v1' })], stage({})), ['a | pinned | target:a']],
    ['pinned to what is wanted', () => plan([hold({ pin: 'v2' })], stage({})), []],
    ['unreachable', () => plan([{ ...at('a'), ...unreachable }], stage({})), ['a | unreachable | target:a']],
    [
      'concurrency',
      () => plan([...updating, at('z')], stage({ maxConcurrency: 4, progressDeadline: 500 })),
      ['z | concurrency | stage:one target:m1 target:m2 target:m3 | 1400'],
    ],
    ['no concurrency', () => plan([at('z')], stage({ maxConcurrency: 0 })), ['z | concurrency | stage:one']],
    [
      'unavailability',
      () => plan([...updating, at('z')], stage({ maxUnavailable: 4 })),
      ['z | unavailable | stage:one target:m1 target:m2 target:m3'],
    ],
    ['tolerance', () => plan([assignedV2('m1'), at('z')], stage({ strict: true })), ['z | tolerance | stage:one target:m1']],
    [
      'a freeze',
      () => plan([at('a')], stage({}), { freezes: [{ name: 'audit', from: 0, to: 5000 }] }),
      ['a | frozen | freeze:audit | 5000'],
    ],
    [
      'a window to come',
      () =>
        plan([at('a')], stage({}), {
          windows: [
            { from: 3000, to: 4000 },
            { from: 2000, to: 2500 },
          ],
        }),
      ['a | window | windows | 2000'],
    ],
    ['a window that is over', () => plan([at('a')], stage({}), { windows: [{ from: 0, to: 1000 }] }), ['a | window | windows']],
    [
      'two windows',
      () => plan([at('a')], stage({ windows: [{ from: 3000, to: 4000 }] }), { windows: [{ from: 2000, to: 2500 }] }),
      ['a | window | windows | 3000'],
    ],
    [
      'a dependency',
      () => plan([at('a')], stage({}), { dependencies: { a: { start: ['shop', 'api', 'db'] } } }),
      ['a | dependency | shop api db target:a'],
    ],
    [
      'a dependant',
      () => plan([at('a')], stage({}), { module: { id: 'shop', version: null }, dependencies: { a: { removal: ['shop', 'web'] } } }),
      ['a | still-needed | shop web target:a'],
    ],
    [
      'removals',
      () => plan([at('a'), at('b')], stage({}), { module: { id: 'shop', version: null } }, { maxDeletions: 1 }),
      ['b | deletions | maxDeletions target:a'],
    ],
    ['a pause', () => plan([at('a')], stage({}), { paused: true }), ['a | rollout-paused | paused']],
    ['being aborted', () => plan([at('a')], stage({}), { aborted: true }), ['a | aborted | aborted']],
    [
      'both, of a deselected target',
      () => plan([{ ...at('a'), selected: false }], stage({}), { aborted: true, paused: true }),
      ['a | rollout-paused | paused'],
    ],
    [
      'a stage that waits',
      () => plan([assignedV2('m1'), at('z')], [{ name: 'one', targets: ['m1'] }, { name: 'two' }]),
      ['z | stage-closed | stage:one'],
    ],
    [
      'a failure',
      () => plan([assignedV2('a', 'failed'), at('z')], stage({})),
      ['z | halted | stage:one target:a', 'a | failed | target:a'],
    ],
    ['a deadline that has passed', () => plan([assignedV2('a')], stage({ progressDeadline: 50 })), ['a | failed | target:a']],
    [
      'a loss',
      () => plan([assignedV2('a', undefined, unreachable), at('z')], stage({ progressDeadline: 50 })),
      ['z | halted | stage:one target:a', 'a | failed | target:a'],
    ],
    [
      'failures in all',
      () => plan([assignedV2('a', 'failed'), at('z')], stage({ maxFailures: 'all' }), {}, { maxFailures: 0 }),
      ['z | halted | stage:* target:a', 'a | failed | target:a'],
    ],
  ] as const)('%s', (_, made, expected) => {
    expect(said(made()).toSorted()).toEqual([...expected].sort())
  })
  test('a failure counts although the target is ready by now, with the wanted version or the one before', () => {
    const first = plan([assignedV2('a', 'failed'), at('z')], stage({}))
    for (const view of [assignedV2('a', 'ready'), at('a')]) {
      const { held } = planRollout(rollout('shop', [view, at('z')], { strategy: { stages: stage({}) } }), first.state)
      expect(held.find(({ target }) => target === 'a')).toMatchObject({ reason: 'failed', by: ['target:a'] })
    }
  })
  test('what cannot be reverted, since its version before is not known', () => {
    const { held, phase } = plan([assignedV2('a', 'failed')], stage({}), {}, { onHalt: 'revertAll' })
    expect([phase, held[0]?.reason, held[0]?.by]).toEqual(['Reverted', 'no-baseline', ['target:a']])
  })
})

describe('a refusal says what is wrong, and leaves everything where it is', () => {
  const refused = (count: number): RolloutPlan =>
    plan(
      names('c', count).map((id) => at(id)),
      [{ name: 'none', targets: [] }],
      {},
      { rest: 'reject' },
    )
  test.each([
    [2, 'no stage takes c1, c2'],
    [10, 'no stage takes c1, c10, c2, c3, c4, c5, c6, c7, c8, c9'],
    [12, 'no stage takes c1, c10, c11, c12, c2, c3, c4, c5, c6, c7 and 2 more'],
  ])('%i targets that no stage takes', (count, message) => {
    expect(refused(count).diagnostics).toEqual([{ severity: 'error', code: 'unmatched', path: 'strategy.stages', message }])
  })
  test('in whole', () => {
    const message = 'strategy.stages: no stage takes c1'
    expect(refused(1)).toEqual({
      state: null,
      actions: [],
      done: [],
      updating: [],
      held: [{ target: 'c1', stage: null, reason: 'invalid', message, by: ['strategy.stages'] }],
      phase: 'Invalid',
      cause: { code: 'unmatched', message },
      gate: 0,
      gates: [],
      events: [],
      nextWakeAt: null,
      diagnostics: [{ severity: 'error', code: 'unmatched', path: 'strategy.stages', message: 'no stage takes c1' }],
    })
  })
  test.each([
    [{ reach: { ok: true, since: Number.NaN } }],
    [{ reach: null as unknown as TargetView['reach'] }],
    [{ reach: 'yes' as unknown as TargetView['reach'] }],
    [{ assigned: { version: 'v1', generation: 1, at: Number.NaN } }],
    [{ assigned: { version: 'v1', generation: Number.NaN, at: 0 } }],
    [{ observed: { version: 'v1', generation: Number.NaN, phase: 'ready', since: 0 } }],
    [{ observed: { version: 'v1', generation: 1, phase: 'ready', since: Number.POSITIVE_INFINITY } }],
  ] as const)('of a target with %j', (odd) => {
    const { held, actions } = plan([{ ...at('a'), ...odd }, at('b')], [{ name: 'one' }])
    expect(held.map(({ target, reason, by }) => [target, reason, by])).toEqual([['a', 'invalid', ['target:a']]])
    expect(actions.map(({ target }) => target)).toEqual(['b'])
  })
})

describe('a phase says its cause', () => {
  test.each([
    [
      'no success in a stage',
      () => plan([assignedV2('a', 'failed'), at('z')], [{ ...one, maxFailures: 1 }, { name: 'two' }]),
      ['Stalled', 'no-success-in-stage'],
    ],
    [
      'no target that can be reached',
      () => plan([{ ...at('a'), ...unreachable }, at('z')], [{ ...one, maxDeferred: 0 }, { name: 'two' }]),
      ['Stalled', 'deferred'],
    ],
    ['no target that may be started', () => plan([at('a')], [{ ...one, maxConcurrency: 0 }]), ['Stalled', 'concurrency']],
    ['a window that never opens', () => plan([at('a')], [one], { windows: [] }), ['Stalled', 'window']],
    ['a window to come', () => plan([at('a')], [one], { windows: [{ from: 2000, to: 3000 }] }), ['Running', undefined]],
    ['a freeze', () => plan([at('a')], [one], { freezes: [{ name: 'f', from: 0, to: 2000 }] }), ['Running', undefined]],
    ['failures', () => plan([assignedV2('a', 'failed')], [one]), ['Halted', 'failures']],
    ['losses', () => plan([assignedV2('a', undefined, unreachable)], [{ ...one, progressDeadline: 50 }]), ['Halted', 'lost']],
    [
      'failures in all',
      () => plan([assignedV2('a', 'failed')], [{ ...one, maxFailures: 'all' }], {}, { maxFailures: 0 }),
      ['Halted', 'failures'],
    ],
    ['an approval', () => plan([at('a')], [{ ...one, approvals: 1 }]), ['Running', undefined]],
    [
      'a failure that is tolerated',
      () => plan([assignedV2('a', 'failed'), assignedV2('b', 'ready')], [{ ...one, maxFailures: 1 }]),
      ['CompleteWithFailures', 'left-out'],
    ],
    ['nothing', () => plan([assignedV2('b', 'ready')], [one]), ['Complete', undefined]],
  ] as const)('%s', (_, made, expected) => {
    const { phase, cause } = made()
    expect([phase, cause?.code]).toEqual(expected)
  })
  test('also while it reverts', () => {
    const stages = [one]
    const begun = planRollout(rollout('shop', [at('a'), at('b')], { now: 800, strategy: { stages } }), null)
    const targets = [assignedV2('a', 'failed'), assignedV2('b', 'ready')]
    const back = (more: Partial<RolloutInput>): RolloutPlan =>
      planRollout(rollout('shop', targets, { strategy: { stages, onHalt: 'revertAll' }, ...more }), begun.state)
    const seen = ({ phase, cause, actions, events }: RolloutPlan): readonly unknown[] => [
      phase,
      cause?.code,
      actions.length,
      events.filter(({ type }) => type === 'set').length,
    ]
    expect(seen(back({}))).toEqual(['Reverting', 'failures', 2, 2])
    expect(seen(back({ windows: [{ from: 2000, to: 3000 }] }))).toEqual(['Reverting', 'failures', 0, 0])
    expect(seen(back({ windows: [] }))).toEqual(['Stalled', 'window', 0, 0])
    const clean = planRollout(rollout('shop', [at('a'), at('b')], { strategy: { stages, onHalt: 'revertAll' } }), back({}).state)
    expect(seen(clean)).toEqual(['Reverted', 'failures', 0, 0])
  })
})

test.each([
  [0, '0'],
  ['25%', '25%'],
  [{ percent: 40, minSample: 2 }, '40% of at least 2'],
] as const)('the log says that more than %j is not tolerated', (maxFailures, tolerated) => {
  const { events } = plan([assignedV2('a', 'failed'), assignedV2('b', 'failed')], [{ ...one, maxFailures }])
  expect(events.find(({ type }) => type === 'halted')).toEqual({
    at: 1000,
    type: 'halted',
    halt: { code: 'failures', stage: 'one', at: 1000 },
    failed: 2,
    tolerated,
  })
})
test.each([
  [{ maxFailures: 1 }, 2],
  [{ maxFailures: '20%' }, 3],
  [{ maxFailures: 'all' }, 10],
  [{ maxFailures: { percent: 20, minSample: 1 } }, 3],
  [{ maxFailures: { percent: 20, minSample: 6 } }, 6],
] as const)('strict with %j starts %i of ten', (tolerance, expected) => {
  expect(
    plan(
      names('c', 10).map((id) => at(id)),
      [{ name: 'one', strict: true, ...tolerance }],
    ).actions.length,
  ).toBe(expected)
})
