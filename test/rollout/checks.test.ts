import { forecast } from 'fleetkit/forecast'
import {
  planRollout,
  type RolloutInput,
  type RolloutPlan,
  type Stage,
  type StageCheck,
  type TargetView,
  type Verdict,
} from 'fleetkit/rollout'
import { formatRolloutGantt } from 'fleetkit/views'
import { describe, expect, test } from 'vitest'
import { assignedV2, at, rollout, unreachable } from './plain-fleet.ts'

const rid = { version: 'v2', nonce: '' }
const say = (verdict: Verdict['verdict'], when: number, more: Partial<Verdict> = {}): Verdict => {
  return { rid, stage: 'canary', check: 'smoke', verdict, at: when, ...more }
}
const stages = (check: Partial<StageCheck> = {}, canary: Partial<Stage> = {}): readonly Stage[] => [
  { name: 'canary', targets: ['a', 'b'], maxFailures: 'all', checks: [{ name: 'smoke', ...check }], ...canary },
  { name: 'fleet' },
]
/** The canary is done since 900, and it is 1000. */
const fleet: readonly TargetView[] = [assignedV2('a', 'ready'), at('c')]
const plan = (of: readonly Stage[], verdicts: readonly Verdict[], more: Partial<RolloutInput> = {}): RolloutPlan =>
  planRollout(rollout('shop', fleet, { strategy: { stages: of }, verdicts, ...more }), null)
const gates = ({ gates: all }: RolloutPlan): readonly string[] => all.map(({ stage, waitingFor }) => `${stage} waits for ${waitingFor}`)
const started = ({ actions }: RolloutPlan): readonly string[] => actions.map(({ target }) => target)

describe('R21: a check at the end of a stage', () => {
  test.each<[string, readonly Verdict[], string]>([
    ['has no verdict', [], 'no verdict yet'],
    ['is pending', [say('pending', 950, { evidence: '3 of 9 probes' })], 'pending since 1970-01-01T00:00:00Z: 3 of 9 probes'],
    ['passed before the members had finished', [say('pass', 899)], 'no verdict yet'],
    ['passes later', [say('pass', 1001)], 'no verdict yet'],
    ['passed, and is pending again', [say('pass', 950), say('pending', 960)], 'pending since 1970-01-01T00:00:00Z'],
    ['passed and is pending at once', [say('pending', 950), say('pass', 950)], 'pending since 1970-01-01T00:00:00Z'],
    ['passed in another attempt', [say('pass', 950, { rid: { version: 'v2', nonce: '2' } })], 'no verdict yet'],
    ['passed in another stage', [say('pass', 950, { stage: 'fleet' })], 'no verdict yet'],
    ['is another one', [say('pass', 950, { check: 'load' })], 'no verdict yet'],
  ])('holds the next one while it %s', (_, verdicts, said) => {
    const made = plan(stages(), verdicts)
    expect([started(made), made.phase]).toEqual([[], 'Running'])
    expect(gates(made)).toEqual([`canary waits for check smoke to pass (${said})`])
    expect(made.held.map(({ target, reason, by }) => [target, reason, by])).toEqual([
      ['c', 'stage-closed', ['stage:canary', 'check:smoke']],
    ])
  })
  test('says the evidence of the last verdict; of two at once, in whatever order, the one that sorts last', () => {
    const evidence = (...verdicts: readonly Verdict[]): unknown =>
      plan(stages(), verdicts).gates.map((gate) => ['evidence' in gate, gate.evidence])
    const [plain, a, b] = [undefined, 'a', 'b'].map((text) => say('pending', 950, text === undefined ? {} : { evidence: text })) as [
      Verdict,
      Verdict,
      Verdict,
    ]
    expect(evidence(plain)).toEqual([[false, undefined]])
    for (const verdicts of [
      [a, b, plain],
      [b, a, plain],
      [plain, b, a],
      [plain, a, b],
    ])
      expect(evidence(...verdicts)).toEqual([[true, 'b']])
    expect(evidence(plain, a)).toEqual([[true, 'a']])
  })
  test.each([{ evidence: 'probe 3' }, {}])('halts with the evidence of its failure: %o', (more) => {
    const { events } = plan(stages(), [say('fail', 950, more)])
    const halted = events.find(({ type }) => type === 'halted')
    expect(halted).toStrictEqual({
      at: 1000,
      type: 'halted',
      halt: { code: 'check', stage: 'canary', at: 1000, check: 'smoke', verdict: 'fail', ...more },
    })
  })
  test('lets it begin once it has passed', () => {
    expect(started(plan(stages(), [say('pending', 910), say('pass', 950)]))).toEqual(['c'])
    expect(plan(stages(), [say('pass', 1001)]).nextWakeAt).toBe(1001)
  })
  test('each of several has to pass', () => {
    const both = stages({}, { checks: [{ name: 'smoke' }, { name: 'load' }] })
    expect(plan(both, [say('pass', 950)]).gates.map(({ check }) => check)).toEqual(['load'])
    expect(started(plan(both, [say('pass', 950), say('pass', 900, { check: 'load' })]))).toEqual(['c'])
  })
  test('of the last one holds the completion', () => {
    const last = [{ name: 'fleet', targets: ['a'], checks: [{ name: 'smoke' }] }]
    const of = (verdicts: readonly Verdict[]): RolloutPlan =>
      planRollout(rollout('shop', [assignedV2('a', 'ready')], { strategy: { stages: last }, verdicts }), null)
    expect([of([]).phase, of([]).state?.completedAt]).toEqual(['Running', null])
    expect(of([say('pass', 950, { stage: 'fleet' })]).phase).toBe('Complete')
  })
  test('goes side by side with the soak', () => {
    const soaking = stages({}, { soak: 500 })
    expect(plan(soaking, []).gates.map(({ kind }) => kind)).toEqual(['soak', 'check'])
    expect(plan(soaking, [say('pass', 950)]).gates.map(({ kind }) => kind)).toEqual(['soak'])
  })
  test('that failed halts, with its evidence', () => {
    const made = plan(stages(), [say('fail', 950, { evidence: 'p99 is 4 s' })])
    expect([made.phase, made.cause, made.actions]).toEqual([
      'Halted',
      { code: 'check', message: 'check smoke of canary failed: p99 is 4 s' },
      [],
    ])
    expect(made.events.at(-1)).toEqual({
      at: 1000,
      type: 'halted',
      halt: { code: 'check', stage: 'canary', at: 1000, check: 'smoke', verdict: 'fail', evidence: 'p99 is 4 s' },
    })
    expect(made.held.map(({ target, reason, by }) => [target, reason, by])).toEqual([['c', 'halted', ['stage:canary', 'check:smoke']]])
  })
  test('that fails halts while its members are updating, and after later stages have begun, but no longer once the rollout is complete', () => {
    const of = (targets: readonly TargetView[], verdict: Verdict): RolloutPlan => {
      const input = rollout('shop', targets, { strategy: { stages: stages() }, verdicts: [say('pass', 950), verdict] })
      return planRollout({ ...input, now: 2000 }, planRollout({ ...input, verdicts: [say('pass', 950)] }, null).state)
    }
    expect(of([assignedV2('a'), at('c')], say('fail', 1500)).phase).toBe('Halted')
    expect(of(fleet, say('fail', 1500)).phase).toBe('Halted')
    expect(of([assignedV2('a', 'ready'), assignedV2('c', 'ready')], say('fail', 1500)).phase).toBe('Complete')
    expect(of(fleet, say('fail', 1500, { stage: 'nowhere' })).phase).toBe('Running')
  })
  test('that is waited for too long has failed, and is woken for', () => {
    const waits = plan(stages({ maxPending: 300 }, { soak: 50 }), [])
    expect([waits.phase, waits.gates[0]?.until, waits.nextWakeAt]).toEqual(['Running', 1250, 1250])
    const at1250 = (verdicts: readonly Verdict[]): RolloutPlan => plan(stages({ maxPending: 300 }, { soak: 50 }), verdicts, { now: 1250 })
    expect([at1250([]).phase, at1250([]).cause?.message]).toEqual(['Halted', 'check smoke of canary had no verdict for too long'])
    expect(at1250([say('pending', 1249, { evidence: 'queue' })]).cause?.message).toBe(
      'check smoke of canary was pending for too long: queue',
    )
    expect(at1250([say('pass', 1249)]).phase).toBe('Running')
  })
  test.each([
    ['halt', 'revertAll', 'Halted', []],
    [undefined, 'revertAll', 'Reverting', ['a']],
    ['revertAll', 'hold', 'Reverting', ['a']],
    ['revertFailed', 'revertAll', 'Reverted', []],
  ] as const)('that failed leads to %s where the strategy says %s', (onFail, onHalt, phase, back) => {
    const state = planRollout(rollout('shop', [at('a'), at('c')], { now: 800, strategy: { stages: stages() } }), null).state
    const strategy = { stages: stages({ onFail }), onHalt }
    const made = planRollout(rollout('shop', fleet, { strategy, verdicts: [say('fail', 950)] }), state)
    expect([made.phase, started(made)]).toEqual([phase, back])
  })
  test('is not asked for by a fast rollback, a removal, or a stage in which nothing has finished', () => {
    const strategy = { stages: stages() }
    const good = planRollout(rollout('shop', [assignedV2('a', 'ready')], { strategy, verdicts: [say('pass', 950)] }), null).state
    const v3 = { module: { id: 'shop', version: 'v3' }, strategy }
    const away = planRollout(rollout('shop', [assignedV2('a', 'ready'), at('c')], v3), good).state
    const back = planRollout(rollout('shop', fleet, { strategy }), away)
    expect([back.state?.fastRollback, started(back)]).toEqual([true, ['c']])
    expect(started(plan(stages({}, { targets: ['x'] }), []))).toEqual(['a', 'c'].filter((id) => id === 'c'))
    const removal = rollout('shop', [at('a', null), at('c')], {
      strategy: { ...strategy, maxDeletions: 'all' },
      module: { id: 'shop', version: null },
    })
    expect(started(planRollout(removal, null))).toEqual(['c'])
  })
  test('an input says what is wrong with a verdict', () => {
    const wrong = plan(stages(), [{ ...say('pass', 950), verdict: 'ok' } as never])
    expect([wrong.phase, wrong.diagnostics.map(({ path }) => path)]).toEqual(['Invalid', ['verdicts[0].verdict']])
  })
})

describe('R6: a stage that requires success', () => {
  const strict = (more: Partial<Stage> = {}): readonly Stage[] => [
    { name: 'canary', targets: ['a', 'b', 'x'], maxFailures: 'all', minDone: 0, requireSuccess: true, ...more },
    { name: 'fleet' },
  ]
  const of = (canaries: readonly TargetView[], more: Partial<Stage> = {}): RolloutPlan =>
    planRollout(rollout('shop', [...canaries, at('c')], { strategy: { stages: strict(more) } }), null)
  test.each<[string, readonly TargetView[], string]>([
    ['that is unreachable', [assignedV2('a', 'ready'), { ...at('b'), ...unreachable }], 'now 1, 1 cannot be reached'],
    ['that failed, and is tolerated', [assignedV2('a', 'ready'), assignedV2('b', 'failed')], 'now 1, 1 failed'],
    ['that is paused', [assignedV2('a', 'ready'), { ...at('b'), hold: 'paused' }], 'now 1, 1 on hold or invalid'],
    [
      'that failed, beside one that is unreachable',
      [assignedV2('a', 'ready'), assignedV2('b', 'failed'), { ...at('x'), ...unreachable }],
      'now 1, 1 cannot be reached, 1 failed',
    ],
    [
      'that is unreachable, beside one that is paused',
      [assignedV2('a', 'ready'), { ...at('b'), ...unreachable }, { ...at('x'), hold: 'paused' }],
      'now 1, 1 cannot be reached, 1 on hold or invalid',
    ],
    ['alone that is unreachable', [{ ...at('a'), ...unreachable }], 'now 0, 1 cannot be reached'],
    ['of which there is none', [], 'now 0'],
    ['that is excluded alone', [{ ...at('a'), hold: 'excluded' }], 'now 0'],
  ])('does not let a member pass %s, and says so', (_, canaries, now) => {
    const made = of(canaries)
    expect([started(made), made.phase, made.cause?.code]).toEqual([[], 'Stalled', 'require-success'])
    expect(gates(made)).toEqual([`canary waits for every member to be done, one at least (${now})`])
  })
  test('nor one that is tried again, beside one that cannot be reached', () => {
    const made = of([assignedV2('a', 'ready'), assignedV2('b', 'failed'), { ...at('x'), ...unreachable }], {
      retry: { limit: 1, backoff: 5000 },
    })
    expect([started(made), gates(made)]).toEqual([
      [],
      ['canary waits for every member to be done, one at least (now 1, 1 tried again, 1 cannot be reached)'],
    ])
  })
  test('is complete when each is done but the excluded ones', () => {
    expect(started(of([assignedV2('a', 'ready'), { ...at('b'), hold: 'excluded' }]))).toEqual(['c'])
  })
  test('waits for those that are updating, as any other', () => {
    expect(of([assignedV2('a', 'ready'), assignedV2('b')]).gates.map(({ kind }) => kind)).toEqual(['members'])
  })
  test('is no condition of a fast rollback', () => {
    const strategy = { stages: strict() }
    const good = planRollout(rollout('shop', [assignedV2('a', 'ready')], { strategy }), null).state
    const v3 = { module: { id: 'shop', version: 'v3' }, strategy }
    const away = planRollout(rollout('shop', [assignedV2('a', 'ready'), at('c')], v3), good).state
    expect(started(planRollout(rollout('shop', [{ ...at('a', 'v3'), ...unreachable }, at('c')], { strategy }), away))).toEqual(['c'])
  })
})

describe('a forecast of checks', () => {
  const minute = 60_000
  const of = (assume: Parameters<typeof forecast>[0]['assume']) =>
    forecast({ rollout: { stages: stages({ maxPending: 30 * minute }) }, clusters: [{ id: 'a' }, { id: 'c' }], assume })
  test('has them pass after some time', () => {
    expect([of({}).phase, of({ checks: '10m' }).duration]).toEqual(['Complete', 12 * minute])
  })
  test('has them fail', () => {
    const { phase, cause } = of({ failingChecks: ['smoke'] })
    expect([phase, cause?.message]).toEqual(['Halted', 'check smoke of canary failed: assumed'])
    expect(
      formatRolloutGantt(of({ failingChecks: ['smoke'] }))
        .split('\n')
        .at(-1),
    ).toContain('check smoke of canary failed: assumed')
  })
  test('has them say nothing, until that is too long', () => {
    const { phase, duration, cause } = of({ checks: 'never' })
    expect([phase, duration, cause?.code]).toEqual(['Halted', 31 * minute, 'check'])
  })
  test('refuses what no stage asks for', () => {
    expect(() => of({ failingChecks: ['load'] })).toThrow(
      'assume.failingChecks[0]: found string "load", accepted the name of a check of one of the stages',
    )
    expect(() => of({ checks: 'soon' })).toThrow('assume.checks: found string "soon", accepted milliseconds, or a duration such as 5m')
  })
})
