import { type LintOptions, lintStrategy } from 'fleetkit/forecast'
import { type CanonicalStrategy, planRollout, type Stage } from 'fleetkit/rollout'
import { describe, expect, test } from 'vitest'
import { at, rollout } from './plain-fleet.ts'

const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l']
const fleet = ids.map((id) => at(id))
const known = { targets: fleet, now: 1000, versionInterval: 1000 }
/** Nothing is wrong with it by itself. */
const stage = (more: Partial<Stage>): Stage => ({ name: 'one', progressDeadline: 500, ...more })
const said = (strategy: CanonicalStrategy, context?: LintOptions): readonly string[] =>
  lintStrategy(strategy, context).map(({ severity, code, path, message }) => `${severity} ${code} ${path}: ${message}`)

describe('R19: what looks wrong with a strategy', () => {
  const held = 'warning zero-budget stages[0].maxConcurrency: one: maxConcurrency is 0, which holds the stage until it is changed'
  const never = 'error window-never-opens stages[0].windows: one: all windows are over, so the rollout can never finish'
  const starves =
    'warning soak-starvation stages[0].soak: one: versions come faster than the soak ends; set supersede.maxSupersedes or minRunTime'
  const stalls = (count: number): string =>
    `warning tolerance-unreachable stages[0].maxFailures: one: ${count} failed targets use up maxUnavailable, so the rollout stalls before it halts`

  test.each<[string, Partial<Stage>, LintOptions | undefined, readonly string[]]>([
    ['nothing', {}, undefined, []],
    ['nothing in a fleet', {}, known, []],
    [
      'no deadline',
      { progressDeadline: undefined },
      undefined,
      [
        'warning no-deadline stages[0].progressDeadline: one: a target that neither fails nor gets ready, or is lost meanwhile, is waited for without end',
      ],
    ],
    [
      'a backoff that is never so long',
      { retry: { limit: 1, backoff: 9, maxBackoff: 8 } },
      undefined,
      ['warning backoff-over-max stages[0].retry.backoff: one: the backoff is longer than maxBackoff, which is what counts'],
    ],
    ['a backoff that grows', { retry: { limit: 1, backoff: 8, maxBackoff: 8 } }, undefined, []],
    [
      'a revert beside a halt',
      { onFailure: 'revert' },
      undefined,
      [
        'warning revert-then-halt stages[0].onFailure: one: the first failure halts the rollout, so that no others go on; raise maxFailures',
      ],
    ],
    ['a revert beside a tolerance', { onFailure: 'revert', maxFailures: 1 }, undefined, []],
    ['a success that no failure may spoil', { requireSuccess: true }, known, []],
    [
      'a success beside a tolerance',
      { requireSuccess: true, maxFailures: 1 },
      undefined,
      [
        'warning success-over-tolerance stages[0].maxFailures: one: requireSuccess lets no failure pass, so one that is tolerated stalls the rollout',
      ],
    ],
    [
      'a success of none',
      { requireSuccess: true, targets: ['x'] },
      known,
      [
        'error success-impossible stages[0].requireSuccess: one: the stage takes no target, so it never succeeds, and the rollout can never finish',
        'warning unmatched stages: no stage takes a, b, c, d, e, f, g, h, i, j; they come last',
      ],
    ],
    [
      'a check that may wait for ever',
      { checks: [{ name: 'load', maxPending: 5 }, { name: 'smoke' }] },
      undefined,
      ['warning no-max-pending stages[0].checks[1].maxPending: one: a verdict of smoke is waited for without end'],
    ],
    ['a budget of none', { maxConcurrency: 0 }, undefined, [held]],
    ['a budget of none in a fleet', { maxConcurrency: 0 }, known, [held]],
    [
      'no starts',
      { maxStarts: { limit: 0, per: 1 } },
      known,
      [held.replace('maxConcurrency', 'maxStarts.limit').replace('maxConcurrency', 'maxStarts')],
    ],
    ['some starts', { maxStarts: { limit: 1, per: 1 } }, known, []],
    ['a share of none', { maxUnavailable: '0%' }, known, [held.replaceAll('maxConcurrency', 'maxUnavailable')]],
    ['a share that is one at least', { maxUnavailable: '1%' }, known, []],
    ['no window at all', { windows: [] }, undefined, [never]],
    [
      'windows that are over',
      {
        windows: [
          { from: 0, to: 900 },
          { from: 950, to: 1000 },
        ],
      },
      known,
      [never],
    ],
    [
      'windows that are not',
      {
        windows: [
          { from: 0, to: 900 },
          { from: 950, to: 1001 },
        ],
      },
      known,
      [],
    ],
    ['windows at no known time', { windows: [{ from: 0, to: 900 }] }, undefined, []],
    ['resting longer than versions live', { soak: 1001 }, known, [starves]],
    ['resting as long as versions live', { soak: 1000 }, known, []],
    ['resting where it is not known how long versions live', { soak: 1001 }, undefined, []],
    ['as many failures as may be down', { maxUnavailable: 2, maxFailures: 2 }, known, [stalls(2)]],
    ['fewer failures than may be down', { maxUnavailable: 3, maxFailures: 2 }, known, []],
    ['any failures where all may be down', { maxUnavailable: 12, maxFailures: 'all' }, known, []],
    ['any failures where all but one may be down', { maxUnavailable: 11, maxFailures: 'all' }, known, [stalls(11)]],
    [
      'any failures where none may be down',
      { maxUnavailable: 0, maxFailures: 'all' },
      known,
      [held.replaceAll('maxConcurrency', 'maxUnavailable')],
    ],
    ['shares of any fleet', { maxUnavailable: '10%', maxFailures: '10%' }, undefined, [stalls(100)]],
    ['no target', { targets: [] }, { targets: [] }, ['warning stage-empty stages[0].selector: one: the stage takes no target']],
    [
      'no target, with a budget of none',
      { maxUnavailable: '50%', maxConcurrency: 0, maxStarts: { limit: 0, per: 1 } },
      { targets: [] },
      ['warning stage-empty stages[0].selector: one: the stage takes no target'],
    ],
  ])('%s', (_, more, context, expected) => {
    expect(said({ stages: [stage(more)] }, context)).toEqual(expected)
  })

  test('stages that take from one another', () => {
    const two = (first: Partial<Stage>, second: Partial<Stage>): readonly string[] =>
      said({ stages: [stage(first), stage({ name: 'two', ...second })] }, known)
    const overlap = (target: string): string =>
      `warning overlap stages[1].selector: two: ${target} also fits one, which comes first and has it`
    expect(two({ targets: ['b', 'c'] }, { targets: ['a', 'c', ...ids.slice(3)] })).toEqual([overlap('c')])
    expect(two({ targets: ['b', 'c'] }, { targets: ids.slice(3) })).toEqual(['warning unmatched stages: no stage takes a; they come last'])
    // What is left over, or all that there is, is no mistake.
    expect(two({ targets: ['b', 'c'] }, {})).toEqual([])
    expect(two({ targets: ['b', 'c'], limit: 1 }, { targets: ids.filter((id) => id !== 'b') })).toEqual([])
  })
  test('targets that no stage takes', () => {
    const some = { stages: [stage({ targets: ['a'] })] }
    expect(said({ ...some, rest: 'reject' }, known)).toEqual([
      'error unmatched stages: no stage takes b, c, d, e, f, g, h, i, j, k; that is refused',
    ])
    expect(said(some, known)).toEqual(['warning unmatched stages: no stage takes b, c, d, e, f, g, h, i, j, k; they come last'])
    expect(said({ ...some, rest: 'reject' }, { targets: [at('a')] })).toEqual([])
  })
  test('approvals on a rollback', () => {
    const asks = 'warning approval-on-rollback stages[0].approvals: a rollback waits for an approval before anything starts'
    expect(said({ stages: [stage({ approvals: 1 })], fastRollback: false })).toEqual([asks])
    expect(said({ stages: [stage({ approvals: 1 })] })).toEqual([])
    expect(said({ stages: [stage({}), stage({ name: 'two', approvals: 1 })], fastRollback: false })).toEqual([])
    expect(said({ stages: [], fastRollback: false })).toEqual([])
  })
  test('a budget that uses up a later stage is of that stage', () => {
    const stages = [stage({ targets: ids.slice(0, 8) }), stage({ name: 'two', maxUnavailable: '50%', maxFailures: 2 })]
    expect(said({ stages }, known)).toEqual([
      'warning tolerance-unreachable stages[1].maxFailures: two: 2 failed targets use up maxUnavailable, so the rollout stalls before it halts',
    ])
  })
})

describe('what is wrong with a strategy, which then starts nothing', () => {
  const amount = 'a whole number from 0, a percentage from 0% to 100%, or all'
  const rate = 'a whole number from 0 to 100'
  const whole = 'a whole number from 0 to 1000000'
  test.each<[Partial<Stage>, string | undefined]>([
    ...(['limit', 'maxConcurrency', 'maxUnavailable', 'minDone', 'maxDeferred', 'maxLost', 'maxFailures'] as const).map(
      (field): [Partial<Stage>, string] => [
        { [field]: '150%' },
        `bad-strategy stages[0].${field}: found string "150%", accepted ${amount}`,
      ],
    ),
    [{ maxFailures: -1 }, `bad-strategy stages[0].maxFailures: found number -1, accepted ${amount}`],
    [{ maxFailures: { percent: -1, minSample: 1 } }, `bad-strategy stages[0].maxFailures.percent: found number -1, accepted ${rate}`],
    [{ maxFailures: { percent: 101, minSample: 1 } }, `bad-strategy stages[0].maxFailures.percent: found number 101, accepted ${rate}`],
    [
      { maxFailures: { percent: 50, minSample: 0 } },
      `bad-strategy stages[0].maxFailures.minSample: found number 0, accepted a whole number from 1 to 1000000`,
    ],
    [{ maxFailures: null as never, limit: null as never, windows: null as never }, undefined],
    [{ maxFailures: { percent: 0, minSample: 1 } }, undefined],
    [{ maxFailures: { percent: 100, minSample: 1 } }, undefined],
    ...(['minReady', 'soak', 'progressDeadline'] as const).flatMap((field): [Partial<Stage>, string | undefined][] => [
      [
        { [field]: -1 },
        `bad-strategy stages[0].${field}: found number -1, accepted milliseconds from ${field === 'progressDeadline' ? 1 : 0}`,
      ],
      [
        { [field]: '5m' as never },
        `bad-strategy stages[0].${field}: found string "5m", accepted milliseconds from ${field === 'progressDeadline' ? 1 : 0}`,
      ],
      [{ [field]: 1 }, undefined],
    ]),
    [{ soak: Number.POSITIVE_INFINITY }, 'bad-strategy stages[0].soak: found number Infinity, accepted milliseconds from 0'],
    // It would fail every target as it is started.
    [{ progressDeadline: 0 }, 'bad-strategy stages[0].progressDeadline: found number 0, accepted milliseconds from 1'],
    [
      { selector: { matchExpressions: [{ key: 'zone', operator: 'in' as never, values: ['1'] }] } },
      'bad-strategy stages[0].selector.matchExpressions[0].operator: found string "in", accepted one of In, NotIn, Exists, DoesNotExist',
    ],
    [{ within: 'no label' }, 'bad-strategy stages[0].within: found string "no label", accepted'],
    [{ strict: 'yes' as never }, 'bad-strategy stages[0].strict: found string "yes", accepted true or false'],
    [{ maxUnavailble: 1 } as never, 'bad-strategy stages[0].maxUnavailble: found an unknown field, accepted one of'],
    [{ targets: [7 as never] }, 'bad-strategy stages[0].targets[0]: found number 7, accepted'],
    [{ approvals: -1 }, `bad-strategy stages[0].approvals: found number -1, accepted ${whole}`],
    [{ approvals: 1.5 }, `bad-strategy stages[0].approvals: found number 1.5, accepted ${whole}`],
    [{ approvals: 0 }, undefined],
    [
      {
        windows: [
          { from: 1, to: 2 },
          { from: 5, to: 5 },
        ],
      },
      'bad-strategy stages[0].windows[1].to: found number 5, accepted a time after 5',
    ],
    [
      { windows: [{ from: Number.NaN, to: 2 }] },
      'bad-strategy stages[0].windows[0].from: found number NaN, accepted milliseconds since 1970',
    ],
    [{ name: 'rest' }, 'bad-strategy stages[0].name: found string "rest", accepted a name that no other stage has: not rest'],
  ])('%j', (more, expected) => {
    const strategy = { stages: [stage(more)] }
    const errors = lintStrategy(strategy).filter(({ severity }) => severity === 'error')
    const found = errors.map(({ code, path, message }) => `${code} ${path}: ${message}`)
    expect(found).toEqual(expected === undefined ? [] : [expect.stringContaining(expected)])
    const { phase, actions } = planRollout(rollout('shop', [at('a')], { strategy }), null)
    expect(phase === 'Invalid').toBe(expected !== undefined)
    if (expected !== undefined) expect(actions).toEqual([])
  })
  test('of all stages, and of two', () => {
    expect(said({ stages: [stage({})], maxFailures: '150%', maxDeletions: -1 })).toEqual([
      `error bad-strategy maxDeletions: found number -1, accepted ${amount}`,
      `error bad-strategy maxFailures: found string "150%", accepted ${amount}`,
    ])
    expect(said({ stages: [stage({}), stage({})] })).toEqual([
      'error bad-strategy stages[1].name: found string "one", accepted a name that no other stage has: not rest, one',
    ])
    expect(said({ stages: [stage({})], onHalt: 'Hold' as never, join: 'target' as never, rest: 'refuse' as never })).toEqual([
      'error bad-strategy onHalt: found string "Hold", accepted one of hold, revertFailed, revertAll',
      'error bad-strategy join: found string "target", accepted one of baseline, wait, wanted',
      'error bad-strategy rest: found string "refuse", accepted one of last, reject',
    ])
    for (const strategy of [null, 'all', [], {}, { stages: {} }, { stages: [null] }, { stages: [{}] }])
      expect(lintStrategy(strategy as never).map(({ severity }) => severity)).toEqual(['error'])
  })
})

describe('R12: windows that do not fit the targets', () => {
  const start = Date.UTC(2026, 0, 1)
  const zoned = ['Europe/Berlin', 'Mars', undefined].map((tz, index) => at(`t${index}`, 'v1', tz === undefined ? {} : { tz }))
  const nightly = { schedule: '0 22 * * *', duration: '4h', timeZoneLabel: 'tz' }
  const found = (windows: LintOptions['windows'], more: LintOptions = {}): readonly string[] =>
    said({ stages: [stage({})] }, { targets: zoned, now: start, windows, ...more })

  test('the targets without a time zone', () => {
    const none = 'accepted the IANA name of a time zone, e.g. Europe/Berlin'
    expect(found({ allow: [nightly] })).toEqual([
      `error no-time-zone windows: t1 can never start: found string "Mars" in labels[tz], ${none}`,
      `error no-time-zone windows: t2 can never start: found nothing in labels[tz], ${none}`,
    ])
    expect(found({ allow: [{ ...nightly, timeZone: 'UTC' }] })).toEqual([])
    expect(found({ allow: [nightly] }, { now: undefined })).toEqual([])
  })
  test('windows that are over, for those that go by them', () => {
    const over = {
      from: '2025-01-01T00:00:00Z',
      to: '2025-02-01T00:00:00Z',
      selector: { matchExpressions: [{ key: 'tz', operator: 'Exists' }] },
    }
    expect(found({ allow: [over as never] })).toEqual([
      'error window-never-opens windows: t0 can never start: no window opens within a year',
      'error window-never-opens windows: t1 can never start: no window opens within a year',
    ])
  })
  test('a selector that selects nothing, and windows that are none', () => {
    const nowhere = { ...nightly, timeZone: 'UTC', selector: { matchLabels: { tz: 'Asia/Tokyo'.replace('/', '.') } } }
    const unused = (path: string): string => `warning window-unused windows.${path}: it selects no target`
    expect(found({ allow: [nowhere], freezes: [{ ...nowhere, name: 'f' }] })).toEqual([
      unused('allow[0].selector'),
      unused('freezes[0].selector'),
    ])
    expect(found({ allow: [{ schedule: '* * *', duration: '1h' }] })).toEqual([
      'error bad-windows windows.allow[0].schedule: found string "* * *", accepted five fields of cron: minute, hour, day of the month, month, day of the week; or @daily and its like',
    ])
  })

  test('a selector is of no use only where it is known what there is to select', () => {
    const freeze = { name: 'f', from: '2025-01-01T00:00:00Z', to: '2025-02-01T00:00:00Z', selector: { matchLabels: { tz: 'Moon' } } }
    expect(found({ freezes: [freeze] })).toEqual(['warning window-unused windows.freezes[0].selector: it selects no target'])
    expect(found({ freezes: [freeze] }, { targets: [] })).toEqual([
      'warning stage-empty stages[0].selector: one: the stage takes no target',
    ])
    expect(found({ freezes: [freeze] }, { targets: undefined })).toEqual([])
    const used = { ...freeze, selector: { matchLabels: { tz: 'Mars' } } }
    expect(found({ allow: [{ ...nightly, timeZone: 'UTC', selector: used.selector }], freezes: [used, freeze] })).toEqual([
      'warning window-unused windows.freezes[1].selector: it selects no target',
    ])
  })
  test('targets that are alike to the windows are named together, a few of them', () => {
    const mars = ids.map((id) => at(id, 'v1', { tz: 'Mars' }))
    expect(found({ allow: [nightly] }, { targets: [at('ok', 'v1', { tz: 'UTC' }), ...mars] })).toEqual([
      'error no-time-zone windows: a, b, c and 9 more can never start: found string "Mars" in labels[tz], accepted the IANA name of a time zone, e.g. Europe/Berlin',
    ])
  })

  test('tracks that no target is in', () => {
    const tracks = { stages: [stage({})], tracks: 'tenant' }
    expect(said(tracks, known)).toEqual(['warning no-tracks tracks: no target has the label tenant, so that all are one track'])
    expect(said(tracks)).toEqual([])
    expect(said(tracks, { targets: [at('a', 'v1', { tenant: 'x' }), at('b')] })).toEqual([])
  })
})

describe('R1: waves and limits that do not fit the fleet', () => {
  test('a wave that is empty, or beyond the fleet, and what is said of all waves once', () => {
    const waves = ['50%', 0, 8, '30%'] as const
    expect(said({ stages: [stage({ waves })] }, known)).toEqual([
      'warning wave-empty stages[0].waves[1]: one-2: it takes no target',
      'warning wave-beyond stages[0].waves[2]: one-3: it takes 6 of 8, since no more are left',
      'warning wave-beyond stages[0].waves[3]: one-4: it takes 0 of 3, since no more are left',
    ])
    expect(said({ stages: [stage({ waves: ['1%', '5%', '20%'] })] }, known)).toEqual([])
    expect(said({ stages: [stage({ waves: [0, 5] })] }, known)).toEqual([
      'warning wave-empty stages[0].waves[0]: one-1: it takes no target',
    ])
    expect(said({ stages: [stage({ waves: ['50%', '50%'], maxConcurrency: 0 })] }, known)).toHaveLength(1)
    expect(said({ stages: [stage({ waves: [1], targets: ['a', 'b'] }), stage({ name: 'two', waves: ['10%'] })] }, known)).toEqual([])
  })
  test('weights that no target has, and one that is heavier than a budget', () => {
    const strategy = { stages: [stage({ weighted: true, maxConcurrency: 3, maxUnavailable: '50%' })] }
    expect(said(strategy, known)).toEqual(['warning weight-missing stages[0].weighted: one: no target has a weight, so each counts as 1'])
    const heavy = { ...known, targets: fleet.map((view, index) => ({ ...view, weight: index === 1 ? 5 : 1 })) }
    expect(said(strategy, heavy)).toEqual([
      'warning weight-beyond stages[0].maxConcurrency: one: b weighs 5 and goes alone, since maxConcurrency is 3 by weight',
    ])
    // Each stage by its own targets.
    expect(said({ stages: [stage({ targets: ['a', 'c'], weighted: true, maxConcurrency: 3 }), stage({ name: 'two' })] }, heavy)).toEqual([])
    expect(
      said({ stages: [stage({ weighted: true, maxUnavailable: 2, maxFailures: 2 })] }, { ...heavy, targets: heavy.targets.slice(2) }),
    ).toEqual([])
  })
  const weighing = (...weights: readonly (number | undefined)[]): LintOptions => ({
    targets: weights.map((weight, index) => ({ ...at(ids[index] as string), ...(weight !== undefined && { weight }) })),
  })
  const beyond = (field: string, id: string, weight: number, capacity: number): string =>
    `warning weight-beyond stages[0].${field}: one: ${id} weighs ${weight} and goes alone, since ${field} is ${capacity} by weight`
  test.each<[string, Partial<Stage>, LintOptions, readonly string[]]>([
    ['a weight that one of two has', { maxConcurrency: 2 }, weighing(undefined, 2), []],
    ['one that is as heavy as the budget', { maxConcurrency: 5 }, weighing(1, 5), []],
    ['the first of two that are too heavy', { maxConcurrency: 4 }, weighing(1, 5, 5), [beyond('maxConcurrency', 'b', 5, 4)]],
    ['the heaviest, not the first', { maxConcurrency: 3 }, weighing(4, 5, 1), [beyond('maxConcurrency', 'b', 5, 3)]],
    ['a share of the weight, not rounded', { maxConcurrency: '15%' }, weighing(2, 5, 3), [beyond('maxConcurrency', 'b', 5, 1.5)]],
    [
      'both budgets',
      { maxConcurrency: 4, maxUnavailable: 2 },
      weighing(1, 5),
      [beyond('maxConcurrency', 'b', 5, 4), beyond('maxUnavailable', 'b', 5, 2)],
    ],
    ['a budget of each group, whose weight is not that of the stage', { maxUnavailable: 2, within: 'zone' }, weighing(1, 5), []],
    [
      'what may go on in all groups together',
      { maxConcurrency: 4, maxUnavailable: 2, within: 'zone' },
      weighing(1, 5),
      [beyond('maxConcurrency', 'b', 5, 4)],
    ],
    [
      'a budget of none, which is said once',
      { maxConcurrency: 0 },
      weighing(1, 5),
      ['warning zero-budget stages[0].maxConcurrency: one: maxConcurrency is 0, which holds the stage until it is changed'],
    ],
    ['no weight where nothing goes by it', { weighted: false, maxConcurrency: 1 }, weighing(1, 5), []],
    ['no target', { maxConcurrency: 2 }, { targets: [] }, ['warning stage-empty stages[0].selector: one: the stage takes no target']],
    ['waves of a weight', { waves: [50, 'all'], maxConcurrency: 5 }, weighing(1, 5), []],
  ])('weights: %s', (_, more, context, expected) => {
    expect(said({ stages: [stage({ weighted: true, ...more })] }, context)).toEqual(expected)
  })
  test('shares of failures, of a thousand targets where the fleet is not known', () => {
    const spoils =
      'warning success-over-tolerance stages[0].maxFailures: one: requireSuccess lets no failure pass, so one that is tolerated stalls the rollout'
    const halts =
      'warning revert-then-halt stages[0].onFailure: one: the first failure halts the rollout, so that no others go on; raise maxFailures'
    const success = { stages: [stage({ requireSuccess: true, maxFailures: '1%' })] } as const
    const revert = { stages: [stage({ onFailure: 'revert', maxFailures: '1%' })] } as const
    expect([said(success), said(success, known)]).toEqual([[spoils], []])
    expect([said(revert), said(revert, known)]).toEqual([[], [halts]])
  })
  test('a label that no target has', () => {
    const zoned = { ...known, targets: fleet.map((view) => ({ ...view, labels: { zone: '1' } })) }
    const strategy = { stages: [stage({ limit: 1, limitBy: 'zone' }), stage({ name: 'two' })] }
    expect(said(strategy, zoned)).toEqual([])
    expect(said(strategy, known)).toEqual([
      'warning label-missing stages[0].limitBy: one: no target has the label zone, so that limit counts for all together',
    ])
    // One that has it is enough, and without targets nothing is known.
    expect(said(strategy, { ...known, targets: [...fleet.slice(1), ...zoned.targets.slice(0, 1)] })).toEqual([])
    expect(said(strategy)).toEqual([])
  })
})
