import { forecast } from 'fleetkit/forecast'
import { planRollout, type RolloutInput, type RolloutPlan, type RolloutState, type Stage, type TargetView } from 'fleetkit/rollout'
import { formatRolloutGantt } from 'fleetkit/views'
import { describe, expect, test } from 'vitest'
import { assignedV2, at, rollout, unreachable } from './plain-fleet.ts'

const retry = { limit: 2, backoff: 100 }
const stages = (more: Partial<Stage> = {}): readonly Stage[] => [{ name: 'one', targets: ['a', 'b'], retry, ...more }, { name: 'two' }]
const inputOf = (targets: readonly TargetView[], more: Partial<Stage> = {}, rest: Partial<RolloutInput> = {}): RolloutInput =>
  rollout('shop', targets, { strategy: { stages: stages(more) }, ...rest })
const plan = (targets: readonly TargetView[], more: Partial<Stage> = {}, now = 1000, state: RolloutState | null = null): RolloutPlan =>
  planRollout(inputOf(targets, more, { now }), state)
const started = ({ actions }: RolloutPlan): readonly (readonly [string, string])[] => actions.map(({ target, why }) => [target, why])
/** It was assigned the wanted version for the `nth` time, at 800 + 100 n, and said so soon after. */
const failing = (id: string, nth: number, phase: 'failed' | 'ready' | 'applying' = 'failed'): TargetView => ({
  ...at(id),
  assigned: { version: 'v2', generation: 1 + nth, at: 800 + 100 * nth },
  observed: { version: 'v2', generation: 1 + nth, phase, since: 820 + 100 * nth },
})

describe('R22: a target that failed', () => {
  const first = plan([failing('a', 1)], {}, 950)
  test('keeps the rollout from its end no longer once its label value is stopped and its time has come', () => {
    const arm = { ...failing('b', 1), labels: { arch: 'arm' } }
    const at1100 = plan([failing('a', 1, 'ready'), arm], {}, 1100, { ...(first.state as RolloutState), cohorts: ['arch=arm'] })
    expect([at1100.phase, at1100.held.map(({ target, reason }) => [target, reason])]).toEqual(['Complete', [['b', 'cohort-halted']]])
  })
  test('is on record, and held until it is tried again', () => {
    expect(first.events[1]).toEqual({
      at: 950,
      type: 'retrying',
      retry: { target: 'a', stage: 'one', reason: 'failed', at: 920, generation: 2, count: 1 },
    })
    expect([first.phase, first.state?.failed, first.nextWakeAt]).toEqual(['Running', [], 1020])
    expect(first.held.map(({ reason, until, by }) => [reason, until, by])).toEqual([['retry', 1020, ['target:a']]])
  })
  test('is tried again, and takes from the budgets meanwhile', () => {
    expect(started(plan([failing('a', 1)], {}, 1020, first.state))).toEqual([['a', 'retry']])
    expect(started(plan([failing('a', 1), at('b')], { maxConcurrency: 1 }, 1020, first.state))).toEqual([['a', 'retry']])
    const trying = { ...failing('a', 1), assigned: { version: 'v2', generation: 3, at: 1020 } }
    expect(plan([trying, at('b')], { maxConcurrency: 1 }, 1021, first.state).held.map(({ reason }) => reason)).toEqual(['concurrency'])
  })
  test('waits twice as long after each failure, but no longer than maxBackoff', () => {
    const second = plan([failing('a', 2)], {}, 1050, first.state)
    expect(second.state?.retries).toEqual([{ target: 'a', stage: 'one', reason: 'failed', at: 1020, generation: 3, count: 2 }])
    expect(second.held.map(({ until }) => until)).toEqual([1220])
    const short = plan([failing('a', 2)], { retry: { ...retry, maxBackoff: 150 } }, 1050, first.state)
    expect(short.held.map(({ until }) => until)).toEqual([1170])
  })
  test('has failed for good after the last retry', () => {
    const second = plan([failing('a', 2)], {}, 1050, first.state)
    const third = plan([failing('a', 3)], {}, 1150, second.state)
    expect([third.phase, third.state?.retries]).toEqual(['Halted', []])
    expect(third.state?.failed).toEqual([{ target: 'a', stage: 'one', reason: 'failed', at: 1120 }])
  })
  test('is done when it succeeds, in the try or by itself', () => {
    expect(plan([failing('a', 2, 'ready')], {}, 1050, first.state).phase).toBe('Complete')
    expect(plan([failing('a', 1, 'ready')], {}, 1000, first.state).phase).toBe('Complete')
  })
  test('missed its deadline: the same; one that was lost is not tried again', () => {
    const late = plan([assignedV2('a')], { progressDeadline: 50 })
    expect(late.state?.retries.map(({ reason, at: when }) => [reason, when])).toEqual([['deadline', 950]])
    expect(plan([assignedV2('a', undefined, unreachable)], { progressDeadline: 50 }).state?.failed.map(({ reason }) => reason)).toEqual([
      'lost',
    ])
  })
  test('closes no gate, unless the stage demands its success; the end waits for it', () => {
    const targets = [failing('a', 1), failing('b', 1, 'ready'), at('c')]
    expect(started(plan(targets))).toEqual([['c', 'stage']])
    expect(plan(targets, { minDone: 'all' }).gates.map(({ waitingFor }) => waitingFor)).toEqual([
      'at least 2 to be done (now 1, 1 tried again)',
    ])
    expect(plan(targets, { requireSuccess: true }).gates.map(({ kind }) => kind)).toEqual(['require-success'])
    expect(plan([failing('a', 1), at('c')]).gates.map(({ kind }) => kind)).toEqual(['min-done'])
    const last = plan([failing('a', 1), failing('b', 1, 'ready')])
    expect([last.phase, last.state?.completedAt, last.gates.map(({ waitingFor }) => waitingFor)]).toEqual([
      'Running',
      null,
      ['a to be done, or to have failed for good'],
    ])
  })
  test('is left for later when it cannot be reached, or is on hold, at its time', () => {
    for (const more of [unreachable, { hold: 'paused' }] as const) {
      const ended = plan([{ ...failing('a', 1), ...more }, failing('b', 1, 'ready')], {}, 1020, first.state)
      expect([ended.actions, ended.phase]).toEqual([[], 'Complete'])
    }
  })
  test('is not tried again once the rollout has halted, and is reverted as one that failed', () => {
    const stopped = plan([failing('a', 1), failing('c', 1)], {}, 950, first.state)
    expect([stopped.phase, stopped.held.map(({ reason }) => reason)]).toEqual(['Halted', ['halted', 'failed']])
    const strategy = { stages: stages(), onHalt: 'revertFailed' } as const
    const begun = planRollout(inputOf([at('a'), at('c')], {}, { now: 800, strategy }), null).state
    const back = planRollout(inputOf([failing('a', 1), failing('c', 1)], {}, { now: 950, strategy }), begun)
    expect(started(back)).toEqual([
      ['a', 'revert'],
      ['c', 'revert'],
    ])
    const trying = planRollout(inputOf([failing('a', 2, 'applying'), failing('c', 1)], {}, { now: 1050, strategy }), back.state)
    expect(started(trying)).toEqual([['c', 'revert']])
    expect(plan([failing('a', 2), failing('c', 1)], {}, 1050, stopped.state).state?.failed.map(({ target }) => target)).toEqual(['c', 'a'])
  })
  test('starts from the first retry in another attempt, and when the state is lost', () => {
    const second = plan([failing('a', 2)], {}, 1050, first.state)
    const again = planRollout(
      inputOf([failing('a', 2)], {}, { now: 1051, module: { id: 'shop', version: 'v2', nonce: '2' } }),
      second.state,
    )
    expect([again.state?.retries, started(again)]).toEqual([[], [['a', 'retry']]])
    expect(plan([failing('a', 2)], {}, 1050).state?.retries.map(({ count }) => count)).toEqual([1])
  })
  test('fails for good at once where the strategy no longer has retries', () => {
    expect(plan([failing('a', 1)], { retry: undefined }, 960, first.state).phase).toBe('Halted')
  })
})

test('a forecast tries again, and draws each try', () => {
  const result = forecast({
    rollout: { stages: [{ name: 'fleet', retry: { limit: 3, backoff: 60_000 } }] },
    clusters: [{ id: 'a' }],
    assume: { failing: ['a'], failsTimes: 2 },
  })
  expect([result.phase, result.duration]).toEqual(['Complete', 6 * 60_000])
  expect(result.bars.map(({ from, outcome }) => [from / 60_000, outcome])).toEqual([
    [0, 'failed'],
    [2, 'failed'],
    [5, 'done'],
  ])
  expect(formatRolloutGantt(result, { width: 13 }).split('\n').slice(1, 4)).toEqual([
    '  a ==x           0s +1m',
    '  a     ==x       2m +1m',
    '  a           ==| 5m +1m',
  ])
  expect(() => forecast({ rollout: { stages: [{ name: 'fleet' }] }, clusters: [{ id: 'a' }], assume: { failsTimes: -1 } })).toThrow(
    'assume.failsTimes: found number -1, accepted a whole number from 0',
  )
})
