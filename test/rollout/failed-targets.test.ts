import { forecast } from 'fleetkit/forecast'
import { planRollout, type RolloutInput, type RolloutPlan, type Stage, type TargetBusy, type TargetView } from 'fleetkit/rollout'
import { formatRolloutGantt } from 'fleetkit/views'
import { describe, expect, test } from 'vitest'
import { assignedV2, at, rollout, unreachable } from './plain-fleet.ts'

const started = ({ actions }: RolloutPlan): readonly unknown[] =>
  actions.map((action) => [action.target, 'set' in action ? action.set : 'removed', action.why])
const reasons = ({ held }: RolloutPlan): readonly unknown[] => held.map(({ target, reason }) => [target, reason])

describe('R23: a failed target of a stage with onFailure: revert', () => {
  const stages = (more: Partial<Stage> = {}): readonly Stage[] => [
    { name: 'fleet', onFailure: 'revert', maxFailures: 'all', maxConcurrency: 1, ...more },
  ]
  const inputOf = (targets: readonly TargetView[], more: Partial<Stage> = {}, rest: Partial<RolloutInput> = {}): RolloutInput =>
    rollout('shop', targets, { strategy: { stages: stages(more) }, ...rest })
  const ids = ['a', 'b', 'c']
  const begun = planRollout(
    inputOf(
      ids.map((id) => at(id)),
      {},
      { now: 800 },
    ),
    null,
  ).state
  const next = (targets: readonly TargetView[], more: Partial<Stage> = {}, rest: Partial<RolloutInput> = {}): RolloutPlan =>
    planRollout(inputOf(targets, more, rest), begun)
  const failed = assignedV2('a', 'failed')

  test('gets what it had, before the others go on, and takes from the budget', () => {
    const made = next([failed, at('b'), at('c')])
    expect([started(made), reasons(made)]).toEqual([
      [['a', 'v1', 'revert']],
      [
        ['b', 'concurrency'],
        ['c', 'concurrency'],
      ],
    ])
    expect(started(next([failed, at('b'), at('c')], { maxConcurrency: 2 }))).toEqual([
      ['a', 'v1', 'revert'],
      ['b', 'v2', 'stage'],
    ])
  })
  test('is back for good: it is reverted once, and its failure counts', () => {
    const first = next([failed, at('b')])
    const back = { ...failed, assigned: { version: 'v1', generation: 3, at: 1000 } }
    const moving = planRollout(inputOf([back, at('b')], {}, { now: 1001 }), first.state)
    expect([started(moving), moving.updating.map(({ target, to, held }) => [target, to, held?.reason])]).toEqual([
      [],
      [['a', 'v1', 'failed']],
    ])
    const there = { ...back, observed: { version: 'v1', generation: 3, phase: 'ready', since: 1100 } } as const
    const later = planRollout(inputOf([there, at('b')], {}, { now: 1200 }), first.state)
    expect([started(later), later.held[0]?.message]).toEqual([
      [['b', 'v2', 'stage']],
      'a reported a failure at 1970-01-01T00:00:00Z; it has v1 again',
    ])
    const broken = { ...back, observed: { version: 'v1', generation: 3, phase: 'failed', since: 1100 } } as const
    expect(started(planRollout(inputOf([broken, assignedV2('b', 'ready')], {}, { now: 1200 }), first.state))).toEqual([])
  })
  test('also when the rollout halts, without reverting the others', () => {
    const made = next([failed, assignedV2('b', 'ready'), at('c')], { maxFailures: 0 })
    expect([made.phase, started(made), reasons(made)]).toEqual(['Halted', [['a', 'v1', 'revert']], [['c', 'halted']]])
  })
  test('and when it was complete by then', () => {
    const made = next([failed, assignedV2('b', 'ready')])
    expect([made.phase, made.state?.completedAt, started(made)]).toEqual(['Running', 1000, [['a', 'v1', 'revert']]])
  })
  test('where it had nothing, the module is removed', () => {
    const bare = planRollout(inputOf([at('a', null), at('b')], {}, { now: 800 }), null).state
    expect(
      started(
        planRollout(
          inputOf([{ ...failed, observed: null, assigned: { version: 'v2', generation: 1, at: 900 } }, at('b')], { progressDeadline: 50 }),
          bare,
        ),
      ),
    ).toEqual([
      ['a', 'removed', 'revert'],
      ['b', 'v2', 'stage'],
    ])
  })
  test.each<[string, () => RolloutPlan, string]>([
    ['it is paused', () => next([{ ...failed, hold: 'paused' }]), 'failed'],
    ['it cannot be reached', () => next([{ ...failed, ...unreachable }]), 'failed'],
    ['the rollout is paused', () => next([failed], {}, { paused: true }), 'failed'],
    ['the rollout is aborted', () => next([failed], {}, { aborted: true }), 'failed'],
    ['it is not known what it had', () => planRollout(inputOf([failed]), null), 'no-baseline'],
    ['the stage says hold', () => next([failed], { onFailure: 'hold' }), 'failed'],
  ])('is left as it is while %s', (_, make, reason) => {
    const made = make()
    expect([started(made), reasons(made)]).toEqual([[], [['a', reason]]])
  })
  test('of a rollback is left as it is', () => {
    const strategy = { stages: stages() }
    const done = planRollout(rollout('shop', [assignedV2('a', 'ready')], { strategy }), null).state
    const v3 = planRollout(rollout('shop', [assignedV2('a', 'ready')], { strategy, module: { id: 'shop', version: 'v3' } }), done).state
    const again = {
      ...failed,
      assigned: { version: 'v2', generation: 4, at: 1100 },
      observed: { version: 'v2', generation: 4, phase: 'failed', since: 1150 },
    } as const
    const back = planRollout(rollout('shop', [{ ...again, assigned: { ...again.assigned, at: 1000 } }], { strategy }), v3)
    expect([back.state?.fastRollback, started(back)]).toEqual([true, []])
  })
  test('in a forecast is drawn twice', () => {
    const result = forecast({ rollout: { stages: stages() }, clusters: [{ id: 'a' }, { id: 'b' }], assume: { failing: ['a'] } })
    expect([result.phase, result.bars.map(({ cluster, to, outcome }) => [cluster, to, outcome])]).toEqual([
      'CompleteWithFailures',
      [
        ['a', 'after', 'failed'],
        ['a', 'before', 'done'],
        ['b', 'after', 'done'],
      ],
    ])
    expect(formatRolloutGantt(result, { width: 10 }).split('\n').slice(1, 4)).toEqual([
      '  a ===x       0s +1m',
      '  a    ===|    1m +1m',
      '  b       ===| 2m +1m',
    ])
  })
})

describe('R24: a target that is busy', () => {
  const busy = (more: Partial<TargetBusy> = {}): { readonly busy: TargetBusy } => ({ busy: { reason: 'backup', since: 900, ...more } })
  const strategy = { stages: [{ name: 'one', targets: ['a', 'b'] }, { name: 'two' }], maxDeletions: 'all' as const }
  const plan = (...targets: readonly TargetView[]): RolloutPlan => planRollout(rollout('shop', targets, { strategy }), null)

  test('is not started, and its stage waits for it', () => {
    const made = plan({ ...at('a'), ...busy() }, assignedV2('b', 'ready'), at('c'))
    expect([started(made), made.phase, reasons(made)]).toEqual([
      [],
      'Running',
      [
        ['a', 'busy'],
        ['c', 'stage-closed'],
      ],
    ])
    expect(made.gates.map(({ waitingFor }) => waitingFor)).toEqual(['a to be done'])
  })
  test('holds no other', () => {
    expect(started(plan({ ...at('a'), ...busy() }, at('b')))).toEqual([['b', 'v2', 'stage']])
  })
  test('is not believed for longer than maxAge, and is woken for', () => {
    const made = plan({ ...at('a'), ...busy({ maxAge: 300 }) })
    expect([made.held.map(({ until }) => until), made.nextWakeAt]).toEqual([[1200], 1200])
    expect(started(plan({ ...at('a'), ...busy({ maxAge: 100 }) }))).toEqual([['a', 'v2', 'stage']])
  })
  test('is not removed, and not reverted', () => {
    expect(reasons(plan({ ...at('x'), selected: false, ...busy() }, assignedV2('b', 'ready')))).toEqual([['x', 'busy']])
    const halting = { ...strategy, onHalt: 'revertAll' } as const
    const begun = planRollout(rollout('shop', [at('a'), at('b')], { now: 800, strategy: halting }), null).state
    const made = planRollout(
      rollout('shop', [{ ...assignedV2('a', 'ready'), ...busy() }, assignedV2('b', 'failed')], { strategy: halting }),
      begun,
    )
    expect([started(made), reasons(made), made.phase]).toEqual([[['b', 'v1', 'revert']], [['a', 'busy']], 'Reverting'])
  })
  test('goes on with what it has begun, and is done when that is', () => {
    expect(plan({ ...assignedV2('a'), ...busy() }).updating.map(({ target, held }) => [target, held])).toEqual([['a', undefined]])
    expect(plan({ ...assignedV2('a', 'ready'), ...busy() }).phase).toBe('Complete')
  })
  test('without a reason or a time is invalid', () => {
    expect(reasons(plan({ ...at('a'), busy: { since: 900 } as never }))).toEqual([['a', 'invalid']])
    expect(reasons(plan({ ...at('a'), ...busy({ since: Number.NaN }) }))).toEqual([['a', 'invalid']])
    expect(started(plan({ ...at('a'), busy: null as never }))).toEqual([['a', 'v2', 'stage']])
  })
})
