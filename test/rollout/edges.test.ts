import {
  type Approval,
  type CanonicalStrategy,
  observePhase,
  planRollout,
  planRollouts,
  type RolloutInput,
  type RolloutPlan,
  type RolloutState,
  type Stage,
  type TargetView,
} from 'fleetkit/rollout'
import { describe, expect, test } from 'vitest'
import { assignedV2, at, rollout, unreachable } from './plain-fleet.ts'

type Rest = Omit<CanonicalStrategy, 'stages'>
type More = Partial<RolloutInput>

const inputOf = (targets: readonly TargetView[], stages: readonly Stage[], more: More = {}, rest: Rest = {}): RolloutInput =>
  rollout('shop', targets, { ...more, strategy: { stages, ...rest } })
const plan = (targets: readonly TargetView[], stages: readonly Stage[], more: More = {}, rest: Rest = {}): RolloutPlan =>
  planRollout(inputOf(targets, stages, more, rest), null)
const stateOf = (...args: Parameters<typeof plan>): RolloutState => plan(...args).state as RolloutState
const stage = (name: string, more: Partial<Stage> = {}): Stage => ({ name, targets: [name], ...more })
const started = ({ actions }: RolloutPlan): readonly string[] => actions.map(({ target }) => target)
const reasons = ({ held }: RolloutPlan): readonly (readonly string[])[] => held.map(({ target, reason }) => [target, reason])
const types = ({ events }: RolloutPlan): readonly string[] => events.map(({ type }) => type)

const v3 = { module: { id: 'shop', version: 'v3' } }
const removal = { module: { id: 'shop', version: null } }
const deselected = (view: TargetView): TargetView => ({ ...view, selected: false })
const bare = (id: string): TargetView => at(id, null)
const fleet: Stage = { name: 'fleet' }
const tolerant: Stage = { name: 'fleet', maxFailures: 'all', maxLost: 'all', minDone: 0 }

describe('R16: what holds one target alone', () => {
  const one: Stage = { name: 'fleet', maxConcurrency: 1, maxFailures: 'all', maxLost: 'all' }
  const [a, b, c] = ['a', 'b', 'c'].map((id) => at(id, 'v1', { region: id === 'c' ? 'eu' : 'us' })) as [TargetView, TargetView, TargetView]
  const held = ({ held: found }: RolloutPlan): readonly unknown[] => found.map(({ target, reason }) => [target, reason])

  test('is named also behind a budget that is used up', () => {
    const behind = (reason: string): readonly unknown[] => [
      ['b', 'concurrency'],
      ['c', reason],
    ]
    expect(held(plan([a, b, c], [one], {}))).toEqual(behind('concurrency'))
    const blocked = inputOf([a, b, c], [one], { dependencies: { c: { start: ['shop', 'db'] } } })
    expect(held(planRollout(blocked, null))).toEqual(behind('dependency'))
    const selector = { matchLabels: { region: 'eu' } }
    const frozen = inputOf([a, b, c], [one], { freezes: [{ name: 'eu', from: 0, to: 9000, selector }] })
    expect(held(planRollout(frozen, null))).toEqual(behind('frozen'))
    const own = inputOf([a, b, c], [one], { targetWindows: [{ selector, intervals: [{ from: 5000, to: 6000 }] }] })
    expect(held(planRollout(own, null))).toEqual(behind('window'))
    const { state } = planRollout(inputOf([a, b, c], [one]), null)
    const gathered = state && { ...state, cohorts: ['region=eu'] }
    expect(held(planRollout(inputOf([a, b, c], [one]), gathered))).toEqual(behind('cohort-halted'))
  })
  test('is asked again when it ends, behind such a budget too', () => {
    const busy = { ...c, busy: { reason: 'backup', since: 1000, maxAge: 7 } }
    const { nextWakeAt, held: found } = plan([a, b, busy], [one])
    expect([nextWakeAt, found.at(-1)?.reason]).toEqual([1007, 'busy'])
    const selector = { matchLabels: { region: 'eu' } }
    const own = plan([a, b, c], [one], { targetWindows: [{ selector, intervals: [{ from: 1009, to: 6000 }] }] })
    expect([own.nextWakeAt, own.held.at(-1)?.reason]).toEqual([1009, 'window'])
  })
})

describe('R16: where two budgets are used up', () => {
  const elsewhere = (id: string): TargetView => ({ ...at(id), assigned: { version: 'v1', generation: 2, at: 900 } })
  test('that of the whole stage is named, whatever uses them and in whatever order', () => {
    const said = (...targets: readonly TargetView[]): readonly unknown[] =>
      reasons(plan(targets, [{ name: 'fleet', maxConcurrency: 1, maxUnavailable: 1 }]))
    expect(said(assignedV2('a'), at('b'))).toEqual([['b', 'concurrency']])
    expect(said(at('a'), assignedV2('b'))).toEqual([['a', 'concurrency']])
    expect(said(elsewhere('a'), at('b'))).toEqual([['b', 'concurrency']])
    expect(said(at('a'), elsewhere('b'))).toEqual([['a', 'concurrency']])
  })
  test('a zone that has no place left holds its own targets alone', () => {
    const zone = (value: string): Partial<TargetView> => ({ labels: { zone: value } })
    const targets = [assignedV2('a', 'ready', zone('1')), assignedV2('b', 'applying', zone('1'))]
    const waiting = [at('c', 'v1', { zone: '1' }), at('d', 'v1', { zone: '2' })]
    const made = plan([...targets, ...waiting], [{ name: 'fleet', maxUnavailable: 1, within: 'zone' }])
    expect([started(made), reasons(made)]).toEqual([['d'], [['c', 'unavailable']]])
  })
  test('a zone that has no place left holds no other zone, however many targets come between', () => {
    const name = (index: number): string => `t${String(index).padStart(4, '0')}`
    const inZone = (index: number): TargetView => at(name(index), 'v1', { zone: index < 600 ? '1' : '2' })
    const targets = [assignedV2(name(0), 'applying', { labels: { zone: '1' } }), ...Array.from({ length: 601 }, (_, at) => inZone(at + 1))]
    const made = plan(targets, [{ name: 'fleet', maxUnavailable: 1, within: 'zone' }])
    expect(started(made)).toEqual([name(600)])
    expect(made.held.map(({ target, reason, by }) => [target, reason, by.at(-1)])).toEqual([
      ...Array.from({ length: 599 }, (_, at) => [name(at + 1), 'unavailable', `target:${name(0)}`]),
      [name(601), 'unavailable', `target:${name(600)}`],
    ])
  })
  test('in a revert too, a target behind is asked again when it is no longer busy', () => {
    const stages = [{ name: 'fleet', maxConcurrency: 1 }]
    const before = stateOf([at('a'), at('b'), at('c')], stages, { now: 800 }, { onHalt: 'revertAll' })
    const busy = { busy: { reason: 'backup', since: 950, maxAge: 400 } }
    const views = [assignedV2('a', 'failed'), assignedV2('b', 'ready'), assignedV2('c', 'ready', busy)]
    const made = planRollout(inputOf(views, stages, {}, { onHalt: 'revertAll' }), before)
    expect([made.phase, started(made), made.nextWakeAt, reasons(made)]).toEqual([
      'Reverting',
      ['a'],
      1350,
      [
        ['b', 'concurrency'],
        ['c', 'busy'],
      ],
    ])
  })
  test('in a revert too, a target behind is asked again when its own window opens', () => {
    const stages = [{ name: 'fleet', maxConcurrency: 1 }]
    const eu = { labels: { region: 'eu' } }
    const before = stateOf([at('a'), at('b'), at('c')], stages, { now: 800 }, { onHalt: 'revertAll' })
    const targetWindows = [{ selector: { matchLabels: { region: 'eu' } }, intervals: [{ from: 1500, to: 6000 }] }]
    const views = [assignedV2('a', 'failed'), assignedV2('b', 'ready'), assignedV2('c', 'ready', eu)]
    const made = planRollout(inputOf(views, stages, { targetWindows }, { onHalt: 'revertAll' }), before)
    expect([made.phase, started(made), made.nextWakeAt]).toEqual(['Reverting', ['a'], 1500])
  })
})

describe('R1: whom a stage with a limit took', () => {
  const stages = [
    { name: 'canary', limit: 1 },
    { name: 'fleet', approvals: 1 },
  ]
  const begun = stateOf([at('b'), at('c'), at('d')], stages)
  const next = (...targets: readonly TargetView[]): RolloutPlan => planRollout(inputOf(targets, stages), begun)
  const stagesOf = ({ held, updating }: RolloutPlan): readonly unknown[] =>
    [...updating, ...held].map(({ target, stage: of }) => [target, of])

  test('is on record when it begins, and only where there is a limit', () => {
    expect(begun.opened).toEqual([{ stage: 'canary', at: 1000, took: ['b'] }])
    expect(plan([at('b')], [fleet]).events).toContainEqual({ at: 1000, type: 'opened', stage: 'fleet', approvedBy: [] })
  })
  test('leaves, and no other comes in: the next stage waits for its approval', () => {
    const after = next(at('c'), at('d'))
    expect([started(after), after.gates.map(({ kind }) => kind)]).toEqual([[], ['approval']])
    const left = next({ ...assignedV2('b', 'ready'), selected: false }, at('c'), at('d'))
    expect(left.actions).toEqual([{ target: 'b', stage: null, remove: true, why: 'deselected' }])
  })
  test('is displaced by no new target with an earlier id', () => {
    const after = next(at('a'), assignedV2('b'), at('c'))
    expect([started(after), stagesOf(after)]).toEqual([
      [],
      [
        ['b', 'canary'],
        ['a', 'fleet'],
        ['c', 'fleet'],
      ],
    ])
  })
  test('is in it again when it comes back, or fits again', () => {
    const strict = stages.map((one) => (one.name === 'canary' ? { ...one, selector: { matchLabels: { tier: 'x' } } } : one))
    const labelled = at('b', 'v1', { tier: 'x' })
    const state = stateOf([labelled, at('c', 'v1', { tier: 'x' })], strict)
    const stageOfB = (view: TargetView): unknown => stagesOf(planRollout(inputOf([view, at('d')], strict), state))[0]
    expect(started(planRollout(inputOf([labelled, at('d')], strict), state))).toEqual(['b'])
    expect(stageOfB(at('b'))).toEqual(['b', 'fleet'])
  })
  test('stays when the limit is another one, and all that fit are in it when there is none any more', () => {
    const wider = (limit?: number): RolloutPlan => {
      const changed = stages.map((one) => (one.name === 'canary' ? { ...one, limit } : one))
      return planRollout(inputOf([at('b'), at('c'), at('d')], changed), begun)
    }
    expect([started(wider(3)), started(wider())]).toEqual([['b'], ['b', 'c', 'd']])
  })
  test('is chosen again by the next attempt, and after the state was lost', () => {
    const views = [at('a'), assignedV2('b'), at('c')]
    expect(planRollout(inputOf(views, stages, v3), begun).state?.opened[0]?.took).toEqual(['a'])
    expect(planRollout(inputOf(views, stages), null).state?.opened[0]?.took).toEqual(['a'])
  })
})

describe('R6: the gate', () => {
  test('the soak counts from those that finished, not from what becomes unreachable meanwhile', () => {
    const stages = [stage('one', { targets: ['a', 'b'], soak: 500 }), fleet]
    const away = (since: number): TargetView => ({ ...at('b'), reach: { ok: false, since } })
    const views = (since: number): readonly TargetView[] => [assignedV2('a', 'ready'), away(since), at('c')]
    expect([plan(views(100), stages).nextWakeAt, plan(views(999), stages).nextWakeAt]).toEqual([1400, 1400])
  })
  const opened = (names: readonly string[], targets: readonly TargetView[], stages: readonly Stage[]): RolloutState => ({
    ...stateOf(targets, stages, { now: 900 }),
    opened: names.map((name, index) => ({ stage: name, at: index })),
  })
  test('where the stages were given another order, the one that began last and the one that is last now both count', () => {
    const stages = [stage('a'), stage('b'), stage('c')]
    const gate = (a: TargetView, b: TargetView): number =>
      planRollout(inputOf([a, b, at('c')], stages), opened(['b', 'a'], [at('a'), at('b'), at('c')], stages)).gate
    expect(gate(assignedV2('a'), assignedV2('b', 'ready'))).toBe(2)
    expect(gate(assignedV2('a', 'ready'), assignedV2('b'))).toBe(2)
    expect(gate(assignedV2('a', 'ready'), assignedV2('b', 'ready'))).toBe(3)
    const more = [...stages, stage('d')]
    const targets = [assignedV2('a'), assignedV2('b', 'ready'), assignedV2('c', 'ready'), at('d')]
    expect(planRollout(inputOf(targets, more), opened(['c', 'b', 'a'], targets, more)).gate).toBe(3)
  })
  test('a stage is finished only when each of the two is', () => {
    const stages = [stage('a'), stage('b', { soak: 500 })]
    const next = (a: TargetView): string | null | undefined =>
      planRollout(
        inputOf([a, assignedV2('b', 'ready')], stages, v3, { supersede: { mode: 'finishStage' } }),
        opened(['b', 'a'], [at('a'), at('b')], stages),
      ).state?.rid.version
    expect(next(assignedV2('a'))).toBe('v2')
    expect(next(assignedV2('a', 'ready'))).toBe('v3')
  })
  test('what goes down in a stage that is complete stops no later one', () => {
    const stages = [stage('a'), stage('b'), stage('c')]
    const targets = [assignedV2('a', 'applying'), assignedV2('b', 'ready'), at('c')]
    expect(started(planRollout(inputOf(targets, stages), opened(['a', 'b'], [at('a'), at('b'), at('c')], stages)))).toEqual(['c'])
  })
  test('once the rollout is complete there is none', () => {
    const stages = [{ name: 'fleet', maxDeferred: 0 }]
    const complete = stateOf([assignedV2('a', 'ready')], stages)
    const { phase, gates } = planRollout(inputOf([assignedV2('a', 'ready'), { ...at('b'), ...unreachable }], stages), complete)
    expect([phase, gates]).toEqual(['Complete', []])
  })
  test('does not wait for a target whose data are wrong', () => {
    const odd = { ...at('odd'), reach: { ok: true, since: Number.NaN } }
    expect(started(plan([assignedV2('a', 'ready'), odd, at('b')], [{ name: 'one', targets: ['a', 'odd'] }, fleet]))).toEqual(['b'])
  })
  test('how many may be deferred is a share of the stage', () => {
    const deferred = ['b', 'c', 'd'].map((id) => ({ ...at(id), ...unreachable }))
    const stages = [{ name: 'one', targets: ['x', 'y', 'z'] }, { name: 'two', targets: ['a', 'b', 'c', 'd'], maxDeferred: '50%' }, fleet]
    const targets = [...['x', 'y', 'z', 'a'].map((id) => assignedV2(id, 'ready')), ...deferred, at('last')]
    expect(plan(targets, stages as readonly Stage[]).gates.map(({ waitingFor }) => waitingFor)).toEqual([
      'at most 2 to be unreachable (now 3)',
    ])
  })
})

describe('R18: what can go on for ever', () => {
  const oneByOne = [{ name: 'fleet', maxConcurrency: 1 }]
  const applying = (more: Partial<TargetView>): TargetView => ({
    ...at('a'),
    observed: { version: 'v1', generation: 1, phase: 'applying', since: 0 },
    ...more,
  })
  test.each<[string, TargetView, string, string]>([
    [
      'cannot be reached',
      applying(unreachable),
      'unreachable',
      'a cannot be reached since 1970-01-01T00:00:00Z; it is updating, and has no progressDeadline',
    ],
    ['is paused', applying({ hold: 'paused' }), 'paused', 'a is paused; it is updating, and has no progressDeadline'],
    [
      'is wanted',
      assignedV2('a', 'applying', unreachable),
      'unreachable',
      'a cannot be reached since 1970-01-01T00:00:00Z; it is updating, and has no progressDeadline',
    ],
  ])('stalls the rollout with its name where no deadline ends it: one that %s', (_, view, code, message) => {
    const { phase, cause, updating, nextWakeAt } = plan([view, at('b')], oneByOne)
    expect([phase, cause, updating.map(({ target }) => target), nextWakeAt]).toEqual(['Stalled', { code, message }, ['a'], null])
    const ends = plan([view, at('b')], [{ name: 'fleet', maxConcurrency: 1, progressDeadline: 5000 }])
    expect([ends.phase, ends.nextWakeAt === null]).toEqual(['Running', false])
  })
  test('not where it can be reached, and nothing keeps it', () => {
    expect(plan([assignedV2('a', 'applying'), at('b')], oneByOne).phase).toBe('Running')
    expect(plan([assignedV2('a', 'applying', { hold: 'paused' }), at('b')], oneByOne).phase).toBe('Running')
    expect(plan([deselected(applying({ assigned: { version: null, generation: 2, at: 900 }, ...unreachable }))], oneByOne).phase).toBe(
      'Complete',
    )
  })
})

describe('R13: approvals', () => {
  test('a stage without members asks for none', () => {
    const asking = [stage('a'), stage('none', { approvals: 1 }), fleet]
    expect(started(plan([assignedV2('a', 'ready'), at('b')], asking))).toEqual(['b'])
    expect(started(plan([assignedV2('a', 'ready'), at('none'), at('b')], asking))).toEqual([])
  })
  const stages = [{ name: 'fleet', approvals: 2 }]
  const rid = { version: 'v2', nonce: '' }
  const by = (actor: string, since: number, revokedAt?: number): Approval => ({ rid, stage: 'fleet', actor, at: since, revokedAt })
  const asked = (...approvals: readonly Approval[]): RolloutPlan => plan([at('a')], stages, { approvals })
  test('one that is given later counts later', () => {
    const { gates, nextWakeAt } = asked(by('ann', 500), by('bob', 1200))
    expect([gates[0]?.waitingFor, nextWakeAt]).toEqual(['approvals (1 of 2)', 1200])
  })
  test('one that was taken back counts until then', () => {
    expect(asked(by('ann', 500, 1300)).nextWakeAt).toBe(1300)
    expect(started(asked(by('ann', 500, 1000), by('bob', 500)))).toEqual([])
    expect(started(asked(by('ann', 500, 1001), by('bob', 500)))).toEqual(['a'])
  })
  test('who approved is said in order', () => {
    expect(asked(by('zoe', 500), by('ann', 600)).events).toContainEqual({
      at: 1000,
      type: 'opened',
      stage: 'fleet',
      approvedBy: ['ann', 'zoe'],
    })
  })
})

describe('R9: after what is over nothing waits', () => {
  const queue: Rest = { supersede: { mode: 'queue' } }
  test('neither after a complete one nor after a halted one', () => {
    for (const phase of ['ready', 'failed'] as const) {
      const over = stateOf([assignedV2('a', phase)], [fleet], {}, queue)
      expect(over.completedAt === null).toBe(phase === 'failed')
      const next = planRollout(inputOf([assignedV2('a', phase)], [fleet], v3, queue), over)
      expect([types(next)[0], next.state?.rid.version]).toEqual(['started', 'v3'])
    }
  })
  test('not even when it is over only now, and paused', () => {
    const running = stateOf([at('a')], [fleet], { now: 800 }, queue)
    const next = (phase?: 'failed'): string | null | undefined =>
      planRollout(inputOf([assignedV2('a', phase)], [fleet], { ...v3, paused: true }, queue), running).state?.rid.version
    expect([next(), next('failed')]).toEqual(['v2', 'v3'])
  })
  test('when it is complete but for what it catches up with, which the newer one does instead', () => {
    const stages = [{ name: 'one', targets: ['a', 'late'] }, stage('b')]
    const running = stateOf([assignedV2('a', 'ready'), at('b')], stages, { now: 950 }, queue)
    const next = planRollout(
      inputOf([assignedV2('a', 'ready'), assignedV2('b', 'ready'), deselected(at('gone')), at('late')], stages, v3, {
        ...queue,
        maxDeletions: 'all',
      }),
      running,
    )
    expect(next.state?.rid.version).toBe('v3')
    expect(types(next)).toEqual(['queued', 'completed', 'started', 'opened', 'set', 'set', 'removed'])
  })
})

describe('R10: what was there before', () => {
  test('a fast rollback needs no proof of a stage that cannot give any', () => {
    const stages = [stage('a'), stage('b')]
    const before: RolloutState = { ...stateOf([at('a', 'v2'), at('b', 'v2')], stages, v3), history: ['v2'] }
    const views = [{ ...assignedV2('a', 'ready', unreachable), assigned: { version: 'v3', generation: 3, at: 950 } }, at('b', 'v3')]
    const back = planRollout(inputOf(views, stages), before)
    expect([back.state?.fastRollback, started(back)]).toEqual([true, ['b']])
    const slow = planRollout(inputOf(views, stages, {}, { fastRollback: false }), before)
    expect([slow.state?.fastRollback, started(slow)]).toEqual([false, []])
  })
  test('a fast rollback needs it of a stage that can', () => {
    const stages = [{ name: 'one', targets: ['a', 'b'], minDone: 2, maxFailures: 1 }, stage('c')]
    const before: RolloutState = {
      ...stateOf(
        ['a', 'b', 'c'].map((id) => at(id, 'v2')),
        stages,
        v3,
      ),
      history: ['v2'],
    }
    const begun = planRollout(
      inputOf(
        ['a', 'b', 'c'].map((id) => at(id, 'v3')),
        stages,
        { now: 800 },
      ),
      before,
    ).state
    const { state, gates } = planRollout(inputOf([assignedV2('a', 'ready'), assignedV2('b', 'failed'), at('c', 'v3')], stages), begun)
    expect([state?.fastRollback, gates.map(({ waitingFor }) => waitingFor)]).toEqual([true, ['at least 2 to be done (now 1)']])
  })
  test('a version that failed on more than a tenth of the targets is not known to be good', () => {
    const good = (failed: number, finished: number): boolean => {
      const views = Array.from({ length: finished }, (_, index) => assignedV2(`t${index}`, index < failed ? 'failed' : 'ready'))
      const over = stateOf(views, [tolerant])
      expect(over.completedAt).toBe(1000)
      return over.history.includes('v2')
    }
    expect([good(0, 3), good(1, 10), good(2, 10), good(9, 10)]).toEqual([true, true, false, false])
  })
  test('a new target that is pinned to the wanted version is given no other', () => {
    const stages = [stage('a'), stage('b')]
    const before = stateOf([at('a'), at('b')], stages)
    const joins = (hold?: TargetView['hold']): readonly string[] =>
      started(planRollout(inputOf([assignedV2('a'), { ...bare('b'), hold }], stages), before))
    expect([joins(), joins({ pin: 'v2' })]).toEqual([['b'], []])
  })
  const baseline = (...targets: readonly TargetView[]): RolloutState['baseline'] => stateOf(targets, [fleet]).baseline
  const seen = (id: string, phase: 'ready' | 'absent', version: string | null): TargetView => ({
    ...at(id, null),
    observed: { version, generation: 1, phase, since: 0 },
  })
  test('is what most of the selected targets had; nothing before something, then the smaller text', () => {
    expect(baseline(at('a', 'v1'), at('b', 'v0'))).toEqual({ version: 'v0', others: { a: 'v1' } })
    expect(baseline(at('a', 'v0'), bare('b'))).toEqual({ version: null, others: { a: 'v0' } })
    expect(baseline(bare('a'), at('b', 'v0'))).toEqual({ version: null, others: { b: 'v0' } })
    expect(baseline(at('a', 'v0'), ...['b', 'c'].map((id) => deselected(at(id))))).toEqual({ version: 'v0', others: {} })
    expect(baseline(seen('a', 'absent', 'v1'), at('b', 'v2'))).toEqual({ version: null, others: { b: 'v2' } })
    expect(baseline(seen('a', 'ready', 'v1'))).toEqual({ version: 'v1', others: {} })
    expect(baseline()).toEqual({ version: null, others: {} })
  })
  test('is the same text in whatever order the targets come', () => {
    const targets = [at('d', 'v4'), at('c', 'v3'), at('a'), at('b'), at('e')]
    expect(JSON.stringify(baseline(...targets))).toBe(JSON.stringify(baseline(...targets.toReversed())))
  })
  test('an attempt whose state is lost began with the first assignment', () => {
    const early = { ...assignedV2('a'), assigned: { version: 'v2', generation: 2, at: 700 } }
    const odd = { ...assignedV2('c'), assigned: { version: 'v2', generation: 2, at: Number.NEGATIVE_INFINITY } }
    expect(plan([assignedV2('b'), early, odd, at('d')], [fleet]).events[0]).toMatchObject({ type: 'started', startedAt: 700 })
  })

  const before = stateOf(
    ['a', 'b', 'c', 'd'].map((id) => at(id)),
    [tolerant],
    { now: 800 },
  )
  const halted = (onHalt: 'revertAll' | 'revertFailed'): RolloutPlan =>
    planRollout(
      inputOf(
        [
          assignedV2('a', 'failed'),
          assignedV2('b', 'ready'),
          assignedV2('c', 'ready', { hold: 'paused' }),
          assignedV2('d', 'ready', { reach: { ok: true, since: Number.NaN } }),
        ],
        [fleet],
        {},
        { onHalt },
      ),
      before,
    )
  test('comes back to all that may move, or to those that failed', () => {
    expect(halted('revertAll').actions).toEqual(['a', 'b'].map((target) => ({ target, stage: 'fleet', set: 'v1', why: 'revert' })))
    expect(started(halted('revertFailed'))).toEqual(['a'])
    expect(reasons(halted('revertAll'))).toEqual([['d', 'invalid']])
  })
  const back = (targets: readonly TargetView[], limits: Partial<Stage> = {}, more: More = {}, rest: Rest = {}): RolloutPlan =>
    planRollout(inputOf(targets, [{ ...fleet, ...limits }], more, { onHalt: 'revertAll', maxDeletions: 'all', ...rest }), {
      ...before,
      baseline: { version: 'v1', others: { n1: null, n2: null, n3: null, same: 'v2' } },
    })
  test('comes back under the budgets, strict or not', () => {
    expect(reasons(back([assignedV2('a', 'failed'), assignedV2('b', 'ready')], {}, { windows: [] }))).toEqual([
      ['a', 'window'],
      ['b', 'window'],
    ])
    expect(started(back([assignedV2('a', 'failed')], { strict: true }))).toEqual(['a'])
  })
  test('comes back under a stopped label value too', () => {
    const arm = { labels: { arch: 'arm' } }
    const targets = [assignedV2('a', 'failed', arm), assignedV2('b', 'failed', arm), assignedV2('c', 'ready'), assignedV2('d', 'failed')]
    const actions = started(back(targets, {}, {}, { correlate: { labels: ['arch'], percent: 50, minSample: 2 } }))
    expect(actions.toSorted()).toEqual(['a', 'b', 'c', 'd'])
  })
  test('where there was nothing, it is removed, as availability and removals allow', () => {
    const targets = [
      assignedV2('n1', 'ready'),
      assignedV2('n2', 'ready'),
      assignedV2('n3', 'ready'),
      assignedV2('z', 'failed', { hold: 'paused' }),
    ]
    expect(back(targets, { maxUnavailable: 2 }).actions).toEqual([{ target: 'n1', stage: 'fleet', remove: true, why: 'revert' }])
    expect(reasons(back(targets, { maxUnavailable: 2 }))).toEqual([
      ['n2', 'unavailable'],
      ['n3', 'unavailable'],
      ['z', 'failed'],
    ])
    expect(reasons(back(targets, { maxUnavailable: 3 }, {}, { maxDeletions: 1 }))).toEqual([
      ['n2', 'deletions'],
      ['n3', 'deletions'],
      ['z', 'failed'],
    ])
  })
  test('a removal frees its concurrency for the next', () => {
    const [b, z] = [assignedV2('b', 'ready'), assignedV2('z', 'failed', { hold: 'paused' })]
    expect(started(back([assignedV2('n1'), b, z], { maxConcurrency: 1 }))).toEqual(['n1', 'b'])
    expect(started(back([assignedV2('n1'), b, assignedV2('c', 'ready'), z], { maxConcurrency: 1 }))).toEqual(['n1', 'b'])
  })
  test('a baseline that is the wanted version is unknown, unless the target was assigned another one', () => {
    const first = back([assignedV2('same', 'failed')])
    expect(reasons(first)).toEqual([['same', 'no-baseline']])
    const elsewhere = planRollout(inputOf([at('same')], [fleet], {}, { onHalt: 'revertAll' }), first.state)
    expect(reasons(elsewhere)).toEqual([['same', 'failed']])
  })
  test('a removal is not taken back', () => {
    const failed = { ...at('a'), assigned: { version: null, generation: 2, at: 900 } }
    const { phase, actions } = plan(
      [{ ...failed, observed: { version: null, generation: 2, phase: 'failed', since: 950 } }, at('b')],
      [fleet],
      removal,
      { onHalt: 'revertAll' },
    )
    expect([phase, actions]).toEqual(['Halted', []])
  })
  test('waits for shared budgets like every start', () => {
    const input = inputOf([assignedV2('a', 'failed')], [fleet], {}, { onHalt: 'revertAll' })
    const [shared] = planRollouts({ rollouts: [{ input, prev: before }], budgets: [{ id: 'none', limit: 0 }] }).plans
    expect([shared?.phase, reasons(shared as RolloutPlan)]).toEqual(['Reverting', [['a', 'shared-budget']]])
  })
  test('a new target does not get it where it is the wanted version', () => {
    const [targets, stages] = [
      [assignedV2('a', 'applying'), assignedV2('b', 'ready')],
      [stage('a'), { name: 'two' }],
    ]
    const begun = stateOf(targets, stages)
    expect(begun.baseline.version).toBe('v2')
    expect(started(planRollout(inputOf([...targets, bare('new')], stages), begun))).toEqual([])
  })
})

describe('R5: failures', () => {
  const three = ['a', 'b', 'c'].map((id) => assignedV2(id, 'failed'))
  const rate = { maxFailures: { percent: 50, minSample: 4 } }
  const halt = (targets: readonly TargetView[], rest: Rest = rate, prev: RolloutState | null = null): string | undefined =>
    planRollout(inputOf(targets, [{ ...tolerant, progressDeadline: 90 }], {}, rest), prev).state?.halted?.stage
  test('of all stages are a share of what has finished', () => {
    expect(halt([...three, assignedV2('d', 'ready')])).toBe('*')
    expect(halt([...three, assignedV2('d', 'ready'), assignedV2('e', 'ready'), assignedV2('f', 'ready')])).toBe(undefined)
    expect(halt(three)).toBe(undefined)
    expect(halt([...three, at('d')])).toBe(undefined)
  })
  test('those that were lost have finished, and did not fail', () => {
    const lost = assignedV2('l', undefined, unreachable)
    expect(halt([...three.slice(1), lost, assignedV2('d', 'ready')])).toBe(undefined)
    expect(halt([...three, lost, assignedV2('d', 'ready')])).toBe('*')
  })
  test('deselected targets that never failed do not count', () => {
    expect(halt([...three, deselected(bare('d'))])).toBe(undefined)
  })
  test('deselected targets that failed count, unless they are to be forgotten', () => {
    const prev = stateOf(three, [tolerant], {}, rate)
    const now = [...three.slice(1), assignedV2('d', 'ready')]
    for (const targets of [now, [...now, deselected(assignedV2('a', 'failed'))]]) {
      expect(halt(targets, rate, prev)).toBe('*')
      expect(halt(targets, { ...rate, forgetDeselected: true }, prev)).toBe(undefined)
    }
    // It did not leave: its data are wrong.
    expect(
      halt(
        [...now, { ...assignedV2('a', 'failed'), reach: unreachable.reach, assigned: { version: 'v2', generation: 2, at: Number.NaN } }],
        { ...rate, forgetDeselected: true },
        prev,
      ),
    ).toBe('*')
  })
  test('count in the stage in which they were, also when the target has left', () => {
    const stages = [stage('a'), { name: 'two', targets: ['b', 'c'], maxFailures: 1 }]
    const prev = stateOf([assignedV2('a', 'ready'), assignedV2('b', 'failed'), at('c')], stages)
    expect(prev.failed.map(({ target, stage }) => [target, stage])).toEqual([['b', 'two']])
    const { state } = planRollout(inputOf([assignedV2('a', 'ready'), assignedV2('c', 'failed')], stages), prev)
    expect(state?.halted).toEqual({ code: 'failures', stage: 'two', at: 1000 })
  })
  test('all may fail, also more than there are now', () => {
    const prev = stateOf(three, [tolerant])
    expect(planRollout(inputOf([assignedV2('d', 'ready')], [tolerant]), prev).phase).toBe('CompleteWithFailures')
  })
  test('after the end it halts nothing: the target is held, and those that join later are started', () => {
    const prev: RolloutState = { ...stateOf([assignedV2('d', 'ready')], [fleet]), startedAt: 800, completedAt: 900 }
    const joined = { ...assignedV2('a', 'failed'), assigned: { version: 'v2', generation: 2, at: 950 } }
    const after = planRollout(inputOf([joined, assignedV2('d', 'ready'), bare('e')], [fleet]), prev)
    expect([after.state?.failed, after.state?.halted]).toEqual([[], null])
    expect([started(after), reasons(after)]).toEqual([['e'], [['a', 'failed']]])
    const still = planRollout(inputOf([joined, assignedV2('d', 'ready')], [fleet]), prev)
    expect(still.phase).toBe('CompleteWithFailures')
  })

  const correlate = { labels: ['arch'], percent: 50, minSample: 2 }
  const on = (arch: string, view: TargetView): TargetView => ({ ...view, labels: { arch } })
  const gathered = [
    on('arm', assignedV2('a', 'failed')),
    on('arm', assignedV2('b', 'failed')),
    on('amd', assignedV2('c', 'ready')),
    on('arm', at('d')),
  ]
  test('a label value that was stopped stays so, and is on record once', () => {
    const first = plan(gathered, [tolerant], {}, { correlate })
    expect(first.state?.cohorts).toEqual(['arch=arm'])
    const bareLabels: TargetView = { ...at('e'), labels: undefined }
    const later = planRollout(inputOf([...gathered, on('arm', at('f')), bareLabels], [tolerant], {}, { correlate }), first.state)
    expect([started(later), types(later)]).toEqual([['e'], ['set']])
    expect(reasons(later).filter(([, reason]) => reason === 'cohort-halted')).toEqual([
      ['d', 'cohort-halted'],
      ['f', 'cohort-halted'],
    ])
    const leaving = planRollout(inputOf([...gathered, deselected(on('arm', at('g')))], [tolerant], {}, { correlate }), first.state)
    expect(started(leaving)).toEqual(['g'])
    const without = planRollout(inputOf([...gathered, on('arm', at('f'))], [tolerant]), first.state)
    expect(started(without)).toEqual([])
  })
  test('where all that finished have the value there is nothing particular about it', () => {
    const alike = ['a', 'b', 'c'].map((id) => on('arm', assignedV2(id, 'failed')))
    expect(stateOf([...alike, on('amd', at('d'))], [tolerant], {}, { correlate }).cohorts).toEqual([])
  })
  test('what has no such label has nothing in common by it', () => {
    const none = [
      assignedV2('a', 'failed'),
      assignedV2('b', 'failed'),
      on('amd', assignedV2('c', 'ready')),
      on('amd', assignedV2('d', 'ready')),
    ]
    expect(stateOf(none, [tolerant], {}, { correlate }).cohorts).toEqual([])
    expect(stateOf(none, [tolerant], {}, { correlate: { ...correlate, labels: ['toString'] } }).cohorts).toEqual([])
  })
  test('the others may fail as often as is tolerated, and not more', () => {
    const arm = [on('arm', assignedV2('a', 'failed')), on('arm', assignedV2('b', 'failed'))]
    const amd = (failed: number, ready: number): readonly TargetView[] => [
      ...Array.from({ length: failed }, (_, index) => on('amd', assignedV2(`f${index}`, 'failed'))),
      ...Array.from({ length: ready }, (_, index) => on('amd', assignedV2(`r${index}`, 'ready'))),
    ]
    expect(stateOf([...arm, ...amd(2, 2)], [tolerant], {}, { correlate }).cohorts).toEqual(['arch=arm'])
    expect(stateOf([...arm, ...amd(3, 2)], [tolerant], {}, { correlate }).cohorts).toEqual([])
  })
  test('after a halt cohorts are not looked for, and deselected targets belong to none', () => {
    const halted = stateOf(gathered, [fleet])
    expect(planRollout(inputOf(gathered, [fleet], {}, { correlate }), halted).state?.cohorts).toEqual([])
    const prev = stateOf(gathered, [tolerant])
    const gone = gathered.map((view) => (view.id === 'c' ? view : deselected(view)))
    expect(planRollout(inputOf(gone, [tolerant], {}, { correlate }), prev).state?.cohorts).toEqual([])
  })
  test('what is stopped no longer counts, neither what failed of it nor what did not', () => {
    const targets = [
      ...['a', 'b', 'c'].map((id) => on('arm', assignedV2(id, 'failed'))),
      on('arm', assignedV2('d', 'ready')),
      on('amd', assignedV2('e', 'failed')),
      on('amd', assignedV2('f', 'ready')),
    ]
    expect(halt(targets, { correlate, maxFailures: { percent: 30, minSample: 3 } })).toBe(undefined)
    expect(halt(targets, { correlate, maxFailures: { percent: 30, minSample: 2 } })).toBe('*')
  })
})

describe('R3: budgets', () => {
  const elsewhere = (id: string): TargetView => ({ ...at(id), assigned: { version: 'v1', generation: 2, at: 900 } })
  test('a target that is updating already costs nothing more', () => {
    expect(started(plan([at('a'), elsewhere('b')], [{ name: 'fleet', maxConcurrency: 1 }]))).toEqual(['b'])
    const input = inputOf([at('a'), elsewhere('b')], [fleet])
    const [shared] = planRollouts({ rollouts: [{ input, prev: null }], budgets: [{ id: 'one', limit: 1 }] }).plans
    expect(started(shared as RolloutPlan)).toEqual(['b'])
    expect(shared?.held.map(({ by }) => by)).toEqual([['budget:one']])
  })
  test('of a budget of 0 nothing is said but that: neither who updates nor until when', () => {
    const { held } = plan([assignedV2('a'), at('b')], [{ name: 'fleet', maxConcurrency: 0, progressDeadline: 500 }])
    expect(held.map(({ by, until }) => [by, until])).toEqual([[['stage:fleet'], undefined]])
  })
  test('what is past its deadline no longer uses up concurrency', () => {
    const late = inputOf([assignedV2('m')], [{ ...tolerant, progressDeadline: 50 }])
    const [, other] = planRollouts({
      rollouts: [
        { input: late, prev: null },
        { input: rollout('other', [at('x')]), prev: null },
      ],
      budgets: [{ id: 'one', limit: 1 }],
    }).plans
    expect(started(other as RolloutPlan)).toEqual(['x'])
  })
  test('availability does not slow down a removal', () => {
    const targets = ['a', 'b', 'c'].map((id) => at(id))
    const limits = { maxUnavailable: 1, maxConcurrency: 1 }
    expect(started(plan(targets, [{ name: 'fleet', ...limits }], removal, { maxDeletions: 'all' }))).toEqual(['a', 'b', 'c'])
    // Nor where all that may be unavailable is so already.
    const down: TargetView = { ...observePhase(at('x'), 'failed', 900), hold: 'paused' }
    const full = plan([...targets, down], [{ name: 'fleet', ...limits }], removal, { maxDeletions: 'all' })
    expect(started(full)).toEqual(['a', 'b', 'c'])
  })
  test('a start does not free a deletion', () => {
    const targets = [at('a'), deselected(at('y')), deselected(at('z'))]
    expect(started(plan(targets, [fleet], {}, { maxDeletions: 1 }))).toEqual(['a', 'y'])
  })
  test('strict counts what is not ready for long enough, and shares are of the stage', () => {
    const [soaking, next] = [assignedV2('a', 'ready'), at('b')]
    expect(reasons(plan([soaking, next], [{ name: 'fleet', strict: true, minReady: 500 }]))).toEqual([['b', 'tolerance']])
    expect(started(plan([soaking, next], [{ name: 'fleet', strict: true, minReady: 50 }]))).toEqual(['b'])
    const first = ['w', 'x', 'y', 'z'].map((id) => assignedV2(id, 'ready'))
    const second = Array.from({ length: 10 }, (_, index) => at(`c${index}`))
    const stages = [
      { name: 'one', targets: ['w', 'x', 'y', 'z'] },
      { name: 'two', strict: true, maxFailures: '20%' as const },
    ]
    expect(started(plan([...first, ...second], stages)).length).toBe(3)
  })
  test('a stopped label value holds removals too, and is named', () => {
    const failed = (id: string, arch: string): TargetView => ({
      ...at(id, 'v1', { arch }),
      assigned: { version: null, generation: 2, at: 900 },
      observed: { version: null, generation: 2, phase: 'failed', since: 950 },
    })
    const gone = ['g1', 'g2', 'g3', 'g4'].map((id) => at(id, null, { arch: 'amd' }))
    const targets = [...['a', 'b'].map((id) => failed(id, 'arm')), ...['c', 'd'].map((id) => failed(id, 's390'))]
    const waiting = [at('p', 'v1', { arch: 's390' }), at('q', 'v1', { arch: 'arm' }), at('r', 'v1', { arch: 'amd' })]
    const made = plan([...targets, ...gone, ...waiting], [tolerant], removal, {
      correlate: { labels: ['arch'], percent: 60, minSample: 2 },
      maxDeletions: 'all',
    })
    expect(started(made)).toEqual(['r'])
    expect(made.held.filter(({ reason }) => reason === 'cohort-halted').map(({ target, by }) => [target, by])).toEqual([
      ['p', ['cohort:arch=s390']],
      ['q', ['cohort:arch=arm']],
    ])
  })
  test('the name of a shared budget says of which part it is only where it has parts', () => {
    const input = inputOf([at('a', 'v1', { region: 'eu' })], [fleet])
    const said = (more: { readonly by?: string }): readonly unknown[] | undefined =>
      planRollouts({ rollouts: [{ input, prev: null }], budgets: [{ id: 'none', limit: 0, ...more }] }).plans[0]?.held.map(
        ({ message }) => message,
      )
    expect([said({}), said({ by: 'region' })]).toEqual([
      ['the budget none is 0, so nothing starts'],
      ['the budget none/region=eu is 0, so nothing starts'],
    ])
  })
  test('updates of a rollout that has become invalid still count', () => {
    const seen = (phase: 'ready' | 'failed' | 'applying' | 'absent'): TargetView => ({
      ...assignedV2('m'),
      observed: { version: 'v2', generation: 2, phase, since: 950 },
    })
    const others = ['x', 'y'].map((id) => at(id))
    const granted = (view: TargetView, wrong: Partial<RolloutInput>): number => {
      const rollouts = [
        { input: { ...inputOf([view], [fleet]), ...wrong }, prev: null },
        { input: rollout('other', others), prev: null },
      ]
      return planRollouts({ rollouts, budgets: [{ id: 'two', limit: 2 }] }).plans[1]?.actions.length ?? 0
    }
    for (const wrong of [{ now: Number.NaN }, { strategy: { stages: [{ name: 'a', minReady: Number.NaN }] } }]) {
      const odd = { ...assignedV2('m'), reach: { ok: true, since: Number.NaN } }
      for (const view of [assignedV2('m'), seen('applying'), seen('absent'), odd]) expect(granted(view, wrong)).toBe(1)
      const removing = { ...at('m'), assigned: { version: null, generation: 2, at: 900 } }
      for (const view of [seen('ready'), seen('failed'), at('m', null), removing]) expect(granted(view, wrong)).toBe(2)
    }
  })
})

test('the targets that use up a budget are named, and no others', () => {
  const { held } = plan([at('a'), assignedV2('b'), at('c')], [{ name: 'fleet', maxUnavailable: 1 }])
  expect(held.map(({ target, by }) => [target, by])).toEqual([
    ['a', ['stage:fleet', 'target:b']],
    ['c', ['stage:fleet', 'target:b']],
  ])
  expect(plan([at('a'), at('b')], [{ name: 'fleet', maxUnavailable: 1 }]).held[0]?.by).toEqual(['stage:fleet', 'target:a'])
  const odd = { ...at('a'), reach: { ok: true, since: Number.NaN } }
  expect(plan([odd], [fleet]).held[0]?.by).toEqual(['target:a'])
})

describe('R3: starts within a time', () => {
  const slow = [{ name: 'fleet', maxStarts: { limit: 2, per: 500 } }]
  const since = (id: string, when: number): TargetView => ({
    ...assignedV2(id, 'ready'),
    assigned: { version: 'v2', generation: 2, at: when },
  })
  test('those that were started a whole interval ago no longer count, and it wakes when the next one does not', () => {
    const { actions, held, nextWakeAt } = plan([since('a', 500), since('b', 700), at('c'), at('d')], slow)
    expect([actions.map(({ target }) => target), held[0]?.until, nextWakeAt]).toEqual([['c'], 1200, 1200])
  })
  test('where more were started than may be, each that no longer counts changes what is said, and the last but one lets one go', () => {
    for (const [a, b, c] of [
      [600, 700, 800],
      [800, 600, 700],
    ] as const) {
      const { held, nextWakeAt } = plan([since('a', a), since('b', b), since('c', c), at('d')], slow)
      expect([held[0]?.reason, held[0]?.until, nextWakeAt]).toEqual(['starts', 1200, 1100])
    }
  })
  test('what was started with another version counts too, and waits for a place as any other', () => {
    const elsewhere = (id: string, when: number): TargetView => ({ ...at(id), assigned: { version: 'v1', generation: 2, at: when } })
    const { actions, updating } = plan([elsewhere('a', 900), elsewhere('b', 950), at('c')], slow)
    expect([actions, updating.map(({ target, held }) => [target, held?.until])]).toEqual([
      [],
      [
        ['a', 1400],
        ['b', 1400],
      ],
    ])
    expect(started(plan([elsewhere('a', 900), at('c')], slow))).toEqual(['a', 'c'])
  })
  test('removals count, and wait for no place', () => {
    const removed = { ...at('a'), assigned: { version: null, generation: 2, at: 900 } }
    expect(started(plan([removed, since('b', 900), at('c')], slow))).toEqual([])
    const all = plan([since('a', 900), since('b', 900)], slow, { module: { id: 'shop', version: null } }, { maxDeletions: 'all' })
    expect(all.actions).toHaveLength(2)
  })
  test('a number is one of starts, however few members there are: one that is tried again takes a second place', () => {
    const stages = [{ ...(slow[0] as Stage), retry: { limit: 1, backoff: 50 } }]
    const again: TargetView = {
      ...since('a', 900),
      observed: { version: 'v2', generation: 2, phase: 'failed', since: 940 },
    }
    expect(started(plan([again], stages))).toEqual(['a'])
    const one = [{ ...(stages[0] as Stage), maxStarts: { limit: 1, per: 500 } }]
    expect(plan([again], one).held.map(({ reason, until }) => [reason, until])).toEqual([['starts', 1400]])
  })
  test('a share is of the members, and one at least', () => {
    const share = [{ name: 'fleet', maxStarts: { limit: '10%', per: 500 } as const }]
    expect(started(plan([at('a'), at('b'), at('c')], share))).toEqual(['a'])
  })
})

describe('R3: weights', () => {
  const weighing = (id: string, weight?: number): TargetView => ({ ...at(id), weight })
  const by = (limits: Partial<Stage>): readonly Stage[] => [{ name: 'fleet', weighted: true, ...limits }]
  test('fill a budget in the order of the targets, and the first that has no room is followed by no other', () => {
    const targets = [weighing('a', 3), weighing('b', 5), weighing('c', 1)]
    expect(started(plan(targets, by({ maxConcurrency: 8 })))).toEqual(['a', 'b'])
    const { held } = plan(targets, by({ maxConcurrency: 7 }))
    expect(held.map(({ target, message }) => `${target}: ${message}`)).toEqual(
      ['b', 'c'].map((id) => `${id}: maxConcurrency of fleet has no room for it: 3 of 7 by weight updating (a)`),
    )
  })
  test('what has no room among the unavailable is passed by a lighter one, and each says how much was used when its turn came', () => {
    const targets = [weighing('a', 3), weighing('b', 5), weighing('c', 1), weighing('d', 5)]
    const made = plan(targets, by({ maxUnavailable: 7, maxConcurrency: 'all' }))
    expect([started(made), made.held.map(({ target, message }) => `${target}: ${message}`)]).toEqual([
      ['a', 'c'],
      [
        'b: maxUnavailable of fleet has no room for it: 3 of 7 by weight unavailable (a)',
        'd: maxUnavailable of fleet has no room for it: 4 of 7 by weight unavailable (a, c)',
      ],
    ])
  })
  test('one that is heavier than a limit goes alone, none goes into 0, and what weighs nothing always does', () => {
    expect(started(plan([weighing('a', 50), weighing('b')], by({ maxConcurrency: 10 })))).toEqual(['a'])
    expect(started(plan([weighing('a', 0)], by({ maxConcurrency: 0 })))).toEqual([])
    expect(started(plan([weighing('a', 50), weighing('b', 0)], by({ maxConcurrency: 10 })))).toEqual(['a', 'b'])
    expect(started(plan([weighing('a', 0), weighing('b', 0)], by({ maxConcurrency: '1%' })))).toEqual(['a', 'b'])
  })
  test('a share is of the total weight, and not rounded', () => {
    const targets = [weighing('a', 0.5), weighing('b', 0.5), weighing('c', 2), weighing('d')]
    expect(started(plan(targets, by({ maxConcurrency: '25%' })))).toEqual(['a', 'b'])
    expect(started(plan(targets, by({ maxUnavailable: '50%', maxConcurrency: 'all' })))).toEqual(['a', 'b', 'd'])
    expect(started(plan(targets, by({ maxStarts: { limit: 3, per: 500 } })))).toEqual(['a', 'b', 'c'])
  })
  test('shares of the fleet, and of each zone', () => {
    const stages: readonly Stage[] = [{ name: 'canary', weighted: true, waves: ['10%'], maxConcurrency: 'all' }]
    const targets = [weighing('a', 6), weighing('b', 4), weighing('c', 90)]
    expect(started(plan(targets, stages))).toEqual(['a', 'b'])
    const zoned = targets.map((view, index) => ({ ...view, labels: { zone: String(index % 2) } }))
    expect(started(plan(zoned, [{ name: 'canary', weighted: true, limit: 4, limitBy: 'zone' }, { name: 'rest-of-it' }]))).toEqual([
      'a',
      'b',
    ])
  })
  test('without weighted, or without a weight, each counts as one', () => {
    expect(started(plan([weighing('a', 50), weighing('b', 50)], [{ name: 'fleet', maxConcurrency: 2 }]))).toEqual(['a', 'b'])
    expect(started(plan([weighing('a'), weighing('b'), weighing('c')], by({ maxConcurrency: 2 })))).toEqual(['a', 'b'])
  })
  test('a weight that is none makes its target invalid', () => {
    for (const weight of [-1, Number.NaN, Number.POSITIVE_INFINITY, '2'])
      expect(reasons(plan([{ ...at('a'), weight: weight as number }], by({})))).toEqual([['a', 'invalid']])
    expect(started(plan([{ ...at('a'), weight: null as never }], by({ maxConcurrency: 1 })))).toEqual(['a'])
  })
})

describe('R12: windows and freezes', () => {
  test('go by the labels as they are now, also where one of several has changed and no stage goes by it', () => {
    const strategy: CanonicalStrategy = { stages: [{ name: 'fleet' }] }
    const edge = { name: 'edge', from: 0, to: 9000, selector: { matchLabels: { region: 'eu', tier: 'edge' } } }
    const all = { name: 'all', from: 0, to: 1500 }
    const of = (id: string, tier: string): TargetView => at(id, 'v1', { region: 'eu', tier })
    const [core, edges] = [['a', 'b'].map((id) => of(id, 'core')), ['c', 'd'].map((id) => of(id, 'edge'))]
    const input = rollout('shop', [...core, ...edges], { strategy, freezes: [all, edge] })
    const first = planRollout(input, null)
    expect(reasons(first).map(([, reason]) => reason)).toEqual(['frozen', 'frozen', 'frozen', 'frozen'])
    const moved = [of('a', 'edge'), core[1], edges[0], of('d', 'core')] as readonly TargetView[]
    const second = planRollout({ ...input, now: 2000, targets: moved }, first.state)
    expect(started(second)).toEqual(['b', 'd'])
    expect(reasons(second)).toEqual([
      ['a', 'frozen'],
      ['c', 'frozen'],
    ])
  })

  test('an emergency passes a freeze of some targets too', () => {
    const freezes = [{ name: 'f', from: 0, to: 5000, selector: { matchLabels: { zone: '1' } } }]
    const targets = [at('a', 'v1', { zone: '1' })]
    expect(started(plan(targets, [fleet], { freezes }))).toEqual([])
    expect(started(plan(targets, [fleet], { freezes, emergency: { actor: 'ann', reason: 'CVE' } }))).toEqual(['a'])
  })
  test('of two that are closed, the one that opens later says when', () => {
    const until = (own: number, all: number): number | undefined =>
      plan([at('a')], [{ name: 'fleet', windows: [{ from: own, to: 9000 }] }], { windows: [{ from: all, to: 9000 }] }).held[0]?.until
    expect([until(2000, 3000), until(3000, 2000)]).toEqual([3000, 3000])
  })
  test('a window of no length never opens', () => {
    expect(plan([at('a')], [fleet], { windows: [{ from: 2000, to: 2000 }] }).held[0]?.until).toBe(undefined)
  })
  test('of freezes that end together the first by name is named, in whatever order they come', () => {
    const freezes = ['b', 'a', 'c'].map((name) => ({ name, from: 0, to: 5000 }))
    for (const given of [freezes, freezes.toReversed()]) {
      expect(plan([at('a')], [fleet], { freezes: given }).held[0]?.by).toEqual(['freeze:a'])
    }
  })
  test('and of those with one name, as a freeze by time zones has it, the first by what it says', () => {
    const freezes = ['in b', 'in a'].map((note) => ({ name: 'f', note, from: 0, to: 5000 }))
    for (const given of [freezes, freezes.toReversed()]) {
      expect(plan([at('a')], [fleet], { freezes: given }).held[0]?.message).toBe('frozen by f until 1970-01-01T00:00:05Z: in a')
    }
  })
  const eu = { matchLabels: { region: 'eu' } }
  const coming = [{ from: 2000, to: 3000 }]
  test('a freeze of everything is named before a closed window, and that before a freeze of some', () => {
    const [all, some] = [
      { name: 'all', from: 0, to: 1500 },
      { name: 'eu', from: 0, to: 5000, selector: eu },
    ]
    const said = (more: More): readonly string[] | undefined => plan([at('a', 'v1', { region: 'eu' })], [fleet], more).held[0]?.by
    expect(said({ freezes: [all, some], windows: coming })).toEqual(['freeze:all'])
    expect(said({ freezes: [some, all] })).toEqual(['freeze:all'])
    expect(said({ freezes: [some], windows: coming })).toEqual(['windows'])
  })
  test('of windows of the target and of its stage that open together those of the target are named, with what they say', () => {
    const said = (note?: string): string | undefined =>
      plan([at('a')], [{ name: 'fleet', windows: coming }], { targetWindows: [{ intervals: coming, note }] }).held[0]?.message
    expect([said('by the clocks of its zone'), said()]).toEqual([
      'outside of all windows: by the clocks of its zone; the next opens at 1970-01-01T00:00:02Z',
      'outside of all windows; the next opens at 1970-01-01T00:00:02Z',
    ])
  })
  test('windows that go by another label than before are for others', () => {
    const of = (id: string, region: string, zone: string): TargetView => at(id, 'v1', { region, zone })
    const input = inputOf([of('a', 'eu', '1'), of('b', 'eu', '2'), of('c', 'us', '1')], [fleet])
    const first = planRollout({ ...input, targetWindows: [{ selector: eu, intervals: coming }] }, null)
    const next = (matchLabels: Readonly<Record<string, string>>): readonly string[] =>
      started(planRollout({ ...input, targetWindows: [{ selector: { matchLabels }, intervals: coming }] }, first.state))
    expect([started(first), next({ zone: '1' })]).toEqual([['c'], ['b']])
    // One of the two labels is the same.
    const both = planRollout(
      { ...input, targetWindows: [{ selector: { matchLabels: { region: 'eu', tier: 'x' } }, intervals: coming }] },
      null,
    )
    const selector = { matchLabels: { region: 'eu', zone: '1' } }
    const other = planRollout({ ...input, targetWindows: [{ selector, intervals: coming }] }, both.state)
    expect([started(both), started(other)]).toEqual([
      ['a', 'b', 'c'],
      ['b', 'c'],
    ])
  })
  test('a target whose windows never open has no wake, and the rollout stalls on it', () => {
    const targetWindows = [{ zone: { label: 'tz', notIn: [] }, intervals: [], note: 'its label tz names no time zone' }]
    const { held, phase, cause, nextWakeAt } = plan([at('a')], [fleet], { targetWindows })
    expect([held[0]?.message, phase, cause?.code, nextWakeAt]).toEqual([
      'outside of all windows: its label tz names no time zone; none opens any more',
      'Stalled',
      'window',
      null,
    ])
  })
  test('a target that no window is for is open', () => {
    const targetWindows = [{ selector: eu, intervals: coming }]
    const { actions, held, nextWakeAt } = plan([at('a', 'v1', { region: 'eu' }), at('b', 'v1', { region: 'us' })], [fleet], {
      targetWindows,
    })
    expect([actions.map(({ target }) => target), held[0]?.until, nextWakeAt]).toEqual([['b'], 2000, 2000])
  })
  test('windows without a selector count beside those of all targets', () => {
    const targetWindows = [{ intervals: [{ from: 0, to: 1500 }] }]
    expect(started(plan([at('a')], [fleet], { windows: coming, targetWindows }))).toEqual(['a'])
    expect(plan([at('a')], [fleet], { windows: coming, targetWindows: [{ intervals: [] }] }).held[0]?.until).toBe(2000)
  })
  test('removals and emergencies follow the windows of the target as well', () => {
    const targetWindows = [{ selector: eu, intervals: coming }]
    const gone = { ...at('a', 'v1', { region: 'eu' }), selected: false }
    expect(reasons(plan([gone], [fleet], { targetWindows }))).toEqual([['a', 'window']])
    expect(
      started(plan([at('a', 'v1', { region: 'eu' })], [fleet], { targetWindows, emergency: { actor: 'ann', reason: 'CVE' } })),
    ).toEqual(['a'])
  })
  test('windows that are none are named', () => {
    const given = [{ intervals: [{ from: 1 }] }, { selector: { matchLabels: 5 }, intervals: [] }, null, { zone: {}, intervals: [] }]
    const { diagnostics } = plan([at('a')], [fleet], { targetWindows: given as never })
    expect(diagnostics.map(({ path }) => path)).toEqual([
      'targetWindows[0].intervals[0].to',
      'targetWindows[1].selector.matchLabels',
      'targetWindows[2]',
      'targetWindows[3].zone.label',
    ])
    expect(plan([at('a')], [fleet], { targetWindows: 'none' as never }).diagnostics.map(({ path }) => path)).toEqual(['targetWindows'])
    expect(started(plan([at('a')], [fleet], { targetWindows: null as never }))).toEqual(['a'])
    const nulls = [{ selector: null, zone: null, note: null, intervals: coming }]
    expect(plan([at('a')], [fleet], { targetWindows: nulls as never }).held[0]?.until).toBe(2000)
  })
  test('aborted comes before paused', () => {
    expect(reasons(plan([at('a')], [fleet], { paused: true, aborted: true }))).toEqual([['a', 'aborted']])
  })
})

test('R14: a dependency may be nameless', () => {
  const { held } = plan([at('a')], [fleet], { dependencies: { a: { start: [] } } })
  expect(held.map(({ message, by }) => [message, by])).toEqual([['shop waits for another module on a', ['target:a']]])
})

describe('what is seen', () => {
  const odd = (id: string): TargetView => ({ ...assignedV2(id), assigned: { version: 'v2', generation: 2, at: Number.NaN } })
  test('a target with wrong data, and two of one id, use up what they may be using up', () => {
    const one = [{ name: 'fleet', maxConcurrency: 2, maxUnavailable: 'all' } as const]
    expect(started(plan([odd('a'), at('b'), at('c')], one))).toEqual(['b'])
    expect(started(plan([assignedV2('a'), assignedV2('a', 'applying'), at('b')], one))).toEqual([])
    // Both are known to be ready.
    expect(started(plan([at('a'), at('a', 'v3'), at('b'), at('c')], one))).toEqual(['b', 'c'])
    expect(started(plan([odd('a'), at('b'), at('c')], [{ name: 'fleet', maxUnavailable: 2 }]))).toEqual(['b'])
    const budgets = [{ id: 'two', limit: 2 }]
    const [shared] = planRollouts({ rollouts: [{ input: inputOf([odd('a'), at('b'), at('c')], [fleet]), prev: null }], budgets }).plans
    expect(shared?.actions.map(({ target }) => target)).toEqual(['b'])
  })
  test('a rollout is not complete while there is one', () => {
    for (const views of [[odd('a')], [assignedV2('b', 'ready'), odd('a')], [assignedV2('a', 'ready'), assignedV2('a', 'ready')]]) {
      const { phase, cause, gates, state } = plan(views, [
        { name: 'fleet', minDone: 0 },
        { name: 'none', targets: [] },
      ])
      expect([phase, cause?.code, state?.completedAt]).toEqual(['Stalled', 'invalid', null])
      expect(gates).toEqual([{ kind: 'invalid', stage: 'fleet', waitingFor: 'a to have valid data, and an id of its own' }])
    }
    expect(plan([assignedV2('b', 'ready'), deselected(odd('a'))], [fleet]).phase).toBe('Complete')
    // That comes last, when there is nothing else to wait for.
    expect(plan([assignedV2('b'), odd('a')], [fleet]).gates.map(({ kind }) => kind)).toEqual(['members'])
  })
  const observed = (version: string | null, generation: number, phase: 'ready' | 'absent' | 'applying') =>
    ({ observed: { version, generation, phase, since: 900 } }) as const
  const where = ({ done, updating, actions, held }: RolloutPlan): readonly (readonly string[])[] => [
    done,
    updating.map(({ target }) => target),
    actions.map(({ target }) => target),
    held.map(({ target }) => target),
  ]
  test('of another version is not the outcome, whatever its generation', () => {
    expect(where(plan([{ ...assignedV2('a'), ...observed('v1', 2, 'ready') }], [fleet]))).toEqual([[], ['a'], [], []])
    expect(where(plan([{ ...assignedV2('a'), ...observed('v2', 3, 'ready') }], [fleet]))).toEqual([['a'], [], [], []])
    expect(where(plan([{ ...assignedV2('a'), ...observed('v2', 2, 'absent') }], [fleet]))).toEqual([[], ['a'], [], []])
  })
  test('nothing there is nothing to remove', () => {
    const targets = [
      bare('a'),
      { ...bare('b'), ...observed('v1', 1, 'absent') },
      { ...bare('c'), ...observed(null, 1, 'ready') },
      { ...at('d'), assigned: { version: null, generation: 2, at: 900 }, ...observed(null, 2, 'absent') },
    ]
    expect(where(plan(targets, [fleet], removal))).toEqual([['a', 'b', 'c', 'd'], [], [], []])
  })
  test('an absence from before does not say that it was removed', () => {
    const again = { ...at('a'), assigned: { version: null, generation: 3, at: 900 }, ...observed(null, 1, 'absent') }
    expect(where(plan([again], [fleet], removal))).toEqual([[], ['a'], [], []])
    expect(where(plan([{ ...again, observed: null }], [fleet], removal))).toEqual([[], ['a'], [], []])
    expect(where(plan([deselected(again)], [fleet]))).toEqual([[], ['a'], [], []])
  })
  test('a deselected target without an assignment is done', () => {
    expect(where(plan([deselected({ ...bare('a'), ...observed('v1', 1, 'ready') })], [fleet]))).toEqual([['a'], [], [], []])
  })
  test('removals that are under way count', () => {
    const removing = deselected({ ...at('a'), assigned: { version: null, generation: 2, at: 900 } })
    const of = (maxDeletions: number): RolloutPlan => plan([removing, deselected(at('b'))], [fleet], {}, { maxDeletions })
    expect([started(of(1)), started(of(2))]).toEqual([[], ['b']])
    expect(reasons(of(1))).toEqual([['b', 'deletions']])
  })
  const underWay = (id: string): TargetView => ({ ...at(id), assigned: { version: null, generation: 2, at: 900 } })
  const deletionHolds = ({ held }: RolloutPlan): readonly unknown[] =>
    held.flatMap(({ target, reason, message, by }) => (reason === 'deletions' ? [[target, message, by]] : []))
  test('those that use deletions up are named in their order, whether they are under way or begin now', () => {
    const both = plan([underWay('a'), at('b'), at('c')], [fleet], removal, { maxDeletions: 2 })
    expect([started(both), deletionHolds(both)]).toEqual([
      ['b'],
      [['c', 'maxDeletions is used up: 2 of 2 being removed (a, b)', ['maxDeletions', 'target:a', 'target:b']]],
    ])
    const many = plan([...['v', 'w', 'x', 'y', 'z'].map(underWay), at('a'), at('b')], [fleet], removal, { maxDeletions: 6 })
    expect([started(many), deletionHolds(many)]).toEqual([
      ['a'],
      [['b', 'maxDeletions is used up: 6 of 6 being removed (a, v, w and 3 more)', ['maxDeletions', 'target:a', 'target:v', 'target:w']]],
    ])
  })
  test('a removal that is taken back uses no deletion any more', () => {
    const made = plan([underWay('m'), ...['x', 'y'].map((id) => deselected(at(id)))], [fleet], {}, { maxDeletions: 1 })
    expect([started(made), deletionHolds(made)]).toEqual([
      ['m', 'x'],
      [['y', 'maxDeletions is used up: 1 of 1 being removed (x)', ['maxDeletions', 'target:x']]],
    ])
  })
  test('a removal that is taken back meanwhile makes room for the next, and the one that is held then names that', () => {
    const revert = { name: 'fleet', onFailure: 'revert', maxFailures: 'all' } as const
    const failed = ['a', 'y', 'z'].map((id) => assignedV2(id, 'failed'))
    const begun = stateOf([...failed, at('m')], [revert], { now: 800 })
    const before = { ...begun, baseline: { version: 'v1', others: { a: null, y: null, z: null } } }
    const made = planRollout(inputOf([...failed, underWay('m')], [revert], {}, { maxDeletions: 1 }), before)
    expect(made.actions.map(({ target, why }) => [target, why])).toEqual([
      ['m', 'stage'],
      ['y', 'revert'],
    ])
    expect(deletionHolds(made).map((found) => (found as readonly unknown[]).slice(0, 2))).toEqual([
      ['a', 'maxDeletions is used up: 1 of 1 being removed (m)'],
      ['z', 'maxDeletions is used up: 1 of 1 being removed (y)'],
    ])
  })
  test('where nothing is said, a tenth of the targets may be removed at once', () => {
    const removedOf = (count: number): number =>
      plan(
        Array.from({ length: count }, (_, index) => deselected(at(`t${index}`))),
        [fleet],
      ).actions.length
    expect([1, 19, 20, 39].map(removedOf)).toEqual([1, 1, 2, 3])
  })
  test('what a budget alone holds is planned again when a window ends', () => {
    const windows = [{ from: 0, to: 5000 }]
    const wakeOf = (targets: readonly TargetView[], limits: Partial<Stage>): unknown => {
      const { held, nextWakeAt } = plan(targets, [{ name: 'fleet', ...limits }], { windows })
      return [held.map(({ reason }) => reason), nextWakeAt]
    }
    expect(wakeOf([at('a'), at('b')], { maxConcurrency: 1 })).toEqual([['concurrency'], 5000])
    expect(wakeOf([assignedV2('a', 'applying'), at('b')], { maxUnavailable: 1 })).toEqual([['unavailable'], 5000])
    expect(wakeOf([at('a'), at('b')], {})).toEqual([[], null])
  })
  test('deletions are a share of the targets that have the module or are to have it', () => {
    const removedOf = (...targets: readonly TargetView[]): readonly string[] =>
      started(plan(targets, [fleet], {}, { maxDeletions: '50%' })).filter((id) => id !== 'm')
    const [x, y, z] = ['x', 'y', 'z'].map((id) => deselected(at(id))) as [TargetView, TargetView, TargetView]
    expect(removedOf(x, y, deselected(bare('p')), deselected(bare('q')))).toEqual(['x'])
    expect(removedOf(bare('m'), x, y, z, deselected(bare('p')))).toEqual(['x', 'y'])
    expect(removedOf(assignedV2('a', 'ready'), x, y, z)).toEqual(['x', 'y'])
  })
  test('what was removed, and is to have it again in its turn, is not updating', () => {
    const gone = { ...at('b'), assigned: { version: null, generation: 2, at: 900 }, ...observed(null, 2, 'absent') }
    expect(reasons(plan([assignedV2('a'), gone], [stage('a'), { name: 'two' }]))).toEqual([['b', 'stage-closed']])
  })
  test('a pause stops removals too', () => {
    const { actions, held } = plan([deselected(at('a')), deselected(at('b'))], [fleet], { paused: true })
    expect([actions, held.map(({ reason }) => reason)]).toEqual([[], ['rollout-paused', 'rollout-paused']])
  })
  test('a pin to what is rolled out holds nothing back', () => {
    expect(
      started(
        plan(
          [
            { ...at('a'), hold: { pin: 'v2' } },
            { ...at('b'), hold: { pin: 'v1' } },
          ],
          [fleet],
        ),
      ),
    ).toEqual(['a'])
  })
  test('a view without what it needs is wrong', () => {
    const odd = { ...at('a'), reach: undefined as unknown as TargetView['reach'] }
    expect(reasons(plan([odd], [fleet]))).toEqual([['a', 'invalid']])
  })
})

describe('R17: when to ask again', () => {
  test('at the deadline of a removal that begins', () => {
    const stages = [{ name: 'fleet', progressDeadline: 50 }]
    expect(plan([at('a')], stages, removal, { maxDeletions: 'all' }).nextWakeAt).toBe(1050)
  })
  test('when the freeze ends that holds what is to be reverted, and says so of what moves', () => {
    const stages = [{ name: 'fleet', maxFailures: 0 }]
    const views = [assignedV2('a', 'failed'), assignedV2('b', 'applying')]
    const freezes = [{ name: 'f', from: 0, to: 5000 }]
    const before = stateOf([at('a'), at('b')], stages, { now: 800 }, { onHalt: 'revertAll' })
    const frozen = planRollout(inputOf(views, stages, { freezes }, { onHalt: 'revertAll' }), before)
    expect([frozen.phase, frozen.nextWakeAt]).toEqual(['Reverting', 5000])
    expect(frozen.updating.map(({ target, held }) => [target, held?.reason, held?.until])).toEqual([['b', 'frozen', 5000]])
    const alone = planRollout(inputOf([assignedV2('b', 'applying')], stages, { freezes }, { onHalt: 'revertAll' }), {
      ...before,
      failed: [{ target: 'a', stage: 'fleet', reason: 'failed', at: 900 }],
    })
    expect([alone.phase, alone.nextWakeAt]).toEqual(['Reverting', 5000])
  })
  const windows = [{ from: 2000, to: 3000 }]
  test('for the deadline of what begins now', () => {
    expect(plan([at('a')], [{ name: 'fleet', progressDeadline: 500 }]).nextWakeAt).toBe(1500)
  })
  test('not for a window when all is done', () => {
    const { phase, nextWakeAt, diagnostics } = plan([assignedV2('a', 'ready')], [fleet], { windows })
    expect([phase, nextWakeAt, diagnostics]).toEqual(['Complete', null, []])
  })
  test('for a window in which what is updating to another version is started', () => {
    const elsewhere = { ...at('a'), assigned: { version: 'v1', generation: 2, at: 900 } }
    const { done, updating, held, nextWakeAt } = plan([elsewhere, assignedV2('b', 'ready')], [fleet], { windows })
    expect([done, updating.length, held, nextWakeAt]).toEqual([['b'], 1, [], 2000])
  })
  test('for a window in which a deselected target is removed', () => {
    expect(plan([assignedV2('a', 'ready'), deselected(at('b'))], [fleet], { windows }).nextWakeAt).toBe(2000)
  })
})

describe('R1: a strategy that refuses what no stage takes', () => {
  test('takes a fleet that fits', () => {
    expect(plan([at('a')], [stage('a')], {}, { rest: 'reject' }).phase).toBe('Running')
  })
  test('refuses one that does not as a whole, and names its targets in order', () => {
    expect(reasons(plan([at('c'), at('a'), at('b'), at('a')], [stage('a')], {}, { rest: 'reject' }))).toEqual([
      ['a', 'invalid'],
      ['b', 'invalid'],
      ['c', 'invalid'],
    ])
  })
})

test('the log begins with the beginning, and counts', () => {
  const first = plan([at('a')], [fleet])
  expect(types(first)).toEqual(['started', 'opened', 'set'])
  expect(first.state).toEqual({
    rid: { version: 'v2', nonce: '' },
    startedAt: 1000,
    opened: [{ stage: 'fleet', at: 1000 }],
    failed: [],
    retries: [],
    cohorts: [],
    baseline: { version: 'v1', others: {} },
    history: [],
    fastRollback: false,
    halted: null,
    completedAt: null,
    supersedes: 0,
    queued: null,
    waitingSince: null,
    cursor: 3,
  })
  expect(planRollout(inputOf([assignedV2('a', 'ready')], [fleet], v3), first.state).state?.cursor).toBe(6)
})
test('of a halt the first three failures are named', () => {
  const failed = ['a', 'b', 'c', 'd'].map((id) => assignedV2(id, 'failed'))
  const { held } = plan([...failed, at('z')], [fleet])
  expect(held.find(({ target }) => target === 'z')?.by).toEqual(['stage:fleet', 'target:a', 'target:b', 'target:c'])
})
