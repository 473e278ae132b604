import { forecast } from 'fleetkit/forecast'
import {
  planRollout,
  planRollouts,
  type RolloutEvent,
  type RolloutInput,
  type RolloutPlan,
  type RolloutState,
  replay,
  type TargetView,
} from 'fleetkit/rollout'
import { formatRolloutGantt, rolloutMermaid } from 'fleetkit/views'
import { describe, expect, test } from 'vitest'
import { assignedV2, at, rollout } from './plain-fleet.ts'

const strategy = {
  stages: [
    { name: 'canary', limit: 1 },
    { name: 'fleet', approvals: 1 },
  ],
  tracks: 'tenant',
  maxDeletions: 'all',
} as const
const of = (view: TargetView, tenant?: string): TargetView => ({ ...view, labels: tenant === undefined ? {} : { tenant } })
const inputOf = (targets: readonly TargetView[], more: Partial<RolloutInput> = {}): RolloutInput =>
  rollout('shop', targets, { strategy, ...more })
const plan = (targets: readonly TargetView[], more: Partial<RolloutInput> = {}, prev: RolloutState | null = null): RolloutPlan =>
  planRollout(inputOf(targets, more), prev)
const started = ({ actions }: RolloutPlan): readonly unknown[] => actions.map(({ target, stage, track }) => [track, stage, target])
const rid = { version: 'v2', nonce: '' }

describe('R25: tracks', () => {
  const fleet = [of(at('a1'), 'a'), of(at('a2'), 'a'), of(at('b1'), 'b'), of(at('b2'), 'b'), of(at('n1')), of(at('n2'))]
  const first = plan(fleet)
  test('have the stages side by side, those without the label in one of their own', () => {
    expect(started(first)).toEqual([
      ['!tenant', 'canary', 'n1'],
      ['tenant=a', 'canary', 'a1'],
      ['tenant=b', 'canary', 'b1'],
    ])
    expect(first.held.map(({ target, track, reason }) => [track, target, reason])).toEqual([
      ['!tenant', 'n2', 'stage-closed'],
      ['tenant=a', 'a2', 'stage-closed'],
      ['tenant=b', 'b2', 'stage-closed'],
    ])
    expect(first.tracks).toEqual(['!tenant', 'tenant=a', 'tenant=b'].map((track) => ({ track, phase: 'Running', gate: 1 })))
    expect(first.gates.map(({ track, stage, kind }) => [track, stage, kind])).toEqual([
      ['!tenant', 'canary', 'members'],
      ['tenant=a', 'canary', 'members'],
      ['tenant=b', 'canary', 'members'],
    ])
  })
  test.each(['a', 'b'])('are of the version of the one that began last: %s is done before', (tenant) => {
    const others = { strategy: { ...strategy, stages: [{ name: 'fleet' }], supersede: { mode: 'queue' } } } as const
    const begun = plan([of(at('a1'), 'a'), of(at('b1'), 'b')], others)
    const next = ['a', 'b'].map((each) => of(assignedV2(`${each}1`, each === tenant ? 'ready' : undefined), each))
    const { state } = plan(next, { ...others, module: { id: 'shop', version: 'v3' }, now: 2000 }, begun.state)
    expect(state?.rid.version).toBe('v3')
    expect(Object.values(state?.tracks ?? {}).map((each) => each.rid.version)).toEqual(tenant === 'a' ? ['v3', 'v2'] : ['v2', 'v3'])
  })
  const a = [of(assignedV2('a1', 'ready'), 'a'), of(at('a2'), 'a')]
  const b = [of(assignedV2('b1'), 'b'), of(at('b2'), 'b')]
  test('go by themselves: approvals, with a track or for each', () => {
    const approval = (track?: string) => ({ rid, stage: 'fleet', actor: 'ann', at: 990, ...(track && { track }) })
    const begun = plan([...a, ...b], { now: 900 }).state
    const approved = (track?: string): RolloutPlan => plan([...a, ...b], { approvals: [approval(track)] }, begun)
    expect(started(approved())).toEqual([['tenant=a', 'fleet', 'a2']])
    expect(started(approved('tenant=a'))).toEqual([['tenant=a', 'fleet', 'a2']])
    expect(started(approved('tenant=b'))).toEqual([])
    expect(approved().gate).toBe(1)
  })
  test('halt alone, and say so', () => {
    const broken = [of(assignedV2('b1', 'failed'), 'b'), of(at('b2'), 'b')]
    const made = plan([of(at('a1'), 'a'), ...broken])
    expect([made.phase, started(made)]).toEqual(['Running', [['tenant=a', 'canary', 'a1']]])
    expect(made.tracks?.map(({ track, phase, cause }) => [track, phase, cause?.code])).toEqual([
      ['tenant=a', 'Running', undefined],
      ['tenant=b', 'Halted', 'failures'],
    ])
    const ended = plan([of(assignedV2('a1', 'ready'), 'a'), ...broken])
    expect([ended.phase, ended.cause?.message]).toEqual(['Halted', 'tenant=b: more targets failed in canary than are tolerated: 1 (b1)'])
  })
  test('are complete when each is', () => {
    const done = plan([of(assignedV2('a1', 'ready'), 'a'), of(assignedV2('b1', 'ready'), 'b')])
    expect([done.phase, done.state?.completedAt]).toEqual(['Complete', 1000])
    expect(plan([of(assignedV2('a1', 'ready'), 'a'), of(at('b1'), 'b')]).state?.completedAt).toBe(null)
  })
  test('are remembered by their names, and the log adds up to them', () => {
    const log: RolloutEvent[] = [...first.events]
    expect(replay(log)).toEqual(first.state)
    expect(Object.entries(first.state?.tracks ?? {}).map(([track, { opened }]) => [track, opened[0]?.took])).toEqual([
      ['!tenant', ['n1']],
      ['tenant=a', ['a1']],
      ['tenant=b', ['b1']],
    ])
    const stored = JSON.parse(JSON.stringify(first.state)) as RolloutState
    expect(plan(fleet, {}, stored)).toEqual(plan(fleet, {}, first.state))
    const gone = plan([of(at('a1'), 'a')], {}, first.state)
    expect(Object.keys(gone.state?.tracks ?? {})).toEqual(['!tenant', 'tenant=a', 'tenant=b'])
  })
  test('of another strategy begin from what they find, and so does one without tracks after them', () => {
    const plain = { stages: strategy.stages, maxDeletions: 'all' } as const
    const before = planRollout(inputOf(fleet, { strategy: plain }), null)
    const split = plan(fleet, {}, before.state)
    expect(started(split).length).toBe(3)
    expect(replay([...before.events, ...split.events])).toEqual(split.state)
    const joined = planRollout(inputOf(fleet, { strategy: plain }), split.state)
    expect([joined.state?.tracks, started(joined)]).toEqual([undefined, [[undefined, 'canary', 'a1']]])
    expect(replay([...before.events, ...split.events, ...joined.events])).toEqual(joined.state)
  })
  test('judge two targets of one id together', () => {
    const made = plan([of(at('x'), 'a'), of(at('x'), 'b'), of(at('y'), 'a')])
    expect(made.held.map(({ target, reason }) => [target, reason])).toEqual([['x', 'invalid']])
  })
  test('of no target are one that is complete, and a wrong state is named', () => {
    expect(plan([]).tracks).toEqual([{ track: '!tenant', phase: 'Complete', gate: 2 }])
    const wrong = { ...(first.state as RolloutState), tracks: { 'tenant=a': { rid: {}, startedAt: 'x' } } } as never
    expect(plan(fleet, {}, wrong).diagnostics.map(({ path }) => path)).toEqual(['state.tracks[tenant=a].startedAt'])
  })
  test('take from the budgets that rollouts share', () => {
    const input = inputOf(fleet)
    const { plans } = planRollouts({ rollouts: [{ input, prev: null }], budgets: [{ id: 'fleet', limit: 2 }] })
    expect(plans.map(started)).toEqual([
      [
        ['!tenant', 'canary', 'n1'],
        ['tenant=a', 'canary', 'a1'],
      ],
    ])
    const moving = inputOf([of(assignedV2('a1'), 'a'), ...fleet.slice(1)])
    const later = planRollouts({ rollouts: [{ input: moving, prev: first.state }], budgets: [{ id: 'fleet', limit: 2 }] })
    expect(later.plans.map(started)).toEqual([[['!tenant', 'canary', 'n1']]])
  })
  test('refuse the whole rollout when no stage takes a target of one', () => {
    const strict = { ...strategy, stages: [{ name: 'one', targets: ['a1'] }], rest: 'reject' } as const
    const made = planRollout(inputOf(fleet.slice(0, 3), { strategy: strict }), null)
    expect([made.phase, made.diagnostics.map(({ message }) => message)]).toEqual(['Invalid', ['no stage takes a2, b1']])
  })
})

test('a forecast of tracks draws each, and asks for approvals in each', () => {
  const clusters = ['a', 'b'].flatMap((tenant) => ['1', '2'].map((name) => ({ id: `${tenant}${name}`, labels: { tenant } })))
  const result = forecast({ rollout: strategy, clusters, assume: { approvals: '5m', failing: ['b1'] } })
  expect(result.phase).toBe('Halted')
  expect(result.bars.map(({ track, cluster, outcome }) => [track, cluster, outcome])).toEqual([
    ['tenant=a', 'a1', 'done'],
    ['tenant=b', 'b1', 'failed'],
    ['tenant=a', 'a2', 'done'],
  ])
  const chart = formatRolloutGantt(result, { width: 8 }).split('\n')
  expect(chart.filter((line) => !line.startsWith(' ')).slice(0, 3)).toEqual(['tenant=a / canary', 'tenant=a / fleet', 'tenant=b / canary'])
  expect(rolloutMermaid(result)).toContain('section tenant_a / canary')
})
