import type { FleetkitError } from 'fleetkit'
import { type Assumptions, type Forecast, type ForecastInput, forecast, forecastRollback, forecastRollouts } from 'fleetkit/forecast'
import { type CanonicalStrategy, Rolling } from 'fleetkit/rollout'
import { formatRolloutGantt, rolloutMermaid } from 'fleetkit/views'
import { describe, expect, test } from 'vitest'

const minute = 60_000
const [a, b, c] = ['a', 'b', 'c'].map((id, index) => ({ id, labels: { zone: String(2 - (index % 2)) } })) as unknown as [
  World,
  World,
  World,
]
type World = { readonly id: string; readonly labels: Readonly<Record<string, string>> }
const all: CanonicalStrategy = { stages: [{ name: 'fleet' }] }
const oneByOne: CanonicalStrategy = { stages: [{ name: 'fleet', maxConcurrency: 1 }] }
const of = (rollout: CanonicalStrategy, clusters: ForecastInput['clusters'], assume: Assumptions = {}, more: Partial<ForecastInput> = {}) =>
  forecast({ rollout, clusters, assume, ...more })
/** Each bar as `cluster>version from-until outcome`, in minutes. */
const bars = ({ bars: found }: Forecast): readonly string[] =>
  found.map(({ cluster, to, from, until, outcome }) => {
    const minutes = (ms: number): number => Math.round(ms / 600) / 100
    return `${cluster}>${to ?? 'nothing'} ${minutes(from)}-${until === undefined ? '' : minutes(until)} ${outcome}`
  })

describe('the world is as it is assumed', () => {
  test('how long a cluster takes, for all or for each, in words or in milliseconds', () => {
    expect(bars(of(all, [a, b]))).toEqual(['a>after 0-1 done', 'b>after 0-1 done'])
    expect(bars(of(all, [a], { readyAfter: 90_000 }))).toEqual(['a>after 0-1.5 done'])
    expect(bars(of(all, [a, b], { readyAfter: (id) => (id === 'a' ? '2m' : 3 * minute) }))).toEqual([
      'a>after 0-2 done',
      'b>after 0-3 done',
    ])
    expect(bars(of(all, [a], { readyAfter: 0 }))).toEqual(['a>after 0-0 done'])
  })
  test('who fails, by name or by label, and after how long', () => {
    expect(bars(of(all, [a, b], { failing: ['b'] }))).toEqual(['a>after 0-1 done', 'b>after 0-1 failed'])
    expect(bars(of(all, [a, b], { failing: { matchLabels: { zone: '2' } }, failsAfter: '30s' }))).toEqual([
      'a>after 0-0.5 failed',
      'b>after 0-1 done',
    ])
  })
  test('a removal fails nowhere, and takes as long as what succeeds', () => {
    const removal = forecastRollouts({
      modules: [{ id: 'm', rollout: { ...all, maxDeletions: 'all' }, version: null }],
      clusters: [a],
      assume: { failing: ['a'], failsAfter: '10s', readyAfter: '2m' },
    })
    expect(bars(removal.modules.m as Forecast)).toEqual(['a>nothing 0-2 done'])
  })
  test('which cluster is unreachable: nothing is observed of it meanwhile', () => {
    const outage = (from: number | string, to?: number | string) => ({
      outages: [{ cluster: 'a', from, to }],
    })
    expect(bars(of(all, [a, b], outage('30s', '10m')))).toEqual(['a>after 0-10 done', 'b>after 0-1 done'])
    expect(bars(of(all, [a, b], outage(0, minute)))).toEqual(['b>after 0-1 done', 'a>after 1-2 done'])
    expect(bars(of(all, [a, b], outage(2 * minute, 3 * minute)))).toEqual(['a>after 0-1 done', 'b>after 0-1 done'])
    const { peak, end } = of(all, [a], outage('30s', '10m'))
    expect(peak.unavailable.total).toBe(1)
    expect(end.clusters.map(({ reach }) => reach)).toEqual([{ ok: true, since: 10 * minute }])
  })
  test('two outages', () => {
    const outages = [
      { cluster: 'a', from: '30s', to: '2m' },
      { cluster: 'b', from: '3m', to: '4m' },
      { cluster: 'b', from: '5m', to: '6m' },
    ]
    expect(bars(of(oneByOne, [a, b], { outages }))).toEqual(['a>after 0-2 done', 'b>after 2-4 done'])
    expect(bars(of(oneByOne, [a, b], { outages, readyAfter: '210s' }))).toEqual(['a>after 0-3.5 done', 'b>after 4-7.5 done'])
  })
  test('who never comes back is lost at its deadline', () => {
    const strategy = { stages: [{ name: 'fleet', progressDeadline: 5 * minute, maxLost: 1 }] }
    const lost = of(strategy, [a, b], { outages: [{ cluster: 'a', from: '30s' }] })
    expect([lost.phase, lost.duration, bars(lost)]).toEqual([
      'CompleteWithFailures',
      5 * minute,
      ['a>after 0-5 failed', 'b>after 0-1 done'],
    ])
    expect(lost.deadEnds).toEqual([
      { reason: 'failed', message: 'a was unreachable until its deadline at 1970-01-01T00:05:00Z', clusters: ['a'] },
    ])
  })
  test('after a halt what is updating is followed to its end, reachable or not', () => {
    const strategy = { stages: [{ name: 'fleet', progressDeadline: 5 * minute }] }
    const halted = of(strategy, [a, b, c], { failing: ['b'], failsAfter: '10s', outages: [{ cluster: 'c', from: '30s' }] })
    expect([halted.phase, halted.duration, bars(halted)]).toEqual([
      'Halted',
      5 * minute,
      ['a>after 0-1 done', 'b>after 0-0.17 failed', 'c>after 0-5 failed'],
    ])
  })
  test('whether the version before is there', () => {
    expect(of(all, [a]).end.state?.baseline.version).toBe('before')
    expect(of(all, [a], { installed: false }).end.state?.baseline.version).toBe(null)
    const { end } = of(all, [a], { installed: false, start: 1000 })
    expect(end.clusters).toEqual([
      {
        ...a,
        reach: { ok: true, since: 1000 },
        assigned: { version: 'after', generation: 1, at: 1000 },
        observed: { version: 'after', generation: 1, phase: 'ready', since: 61_000 },
      },
    ])
  })
  test('clusters may be objects of the API, or say more of themselves', () => {
    const known = {
      id: 'k',
      assigned: { version: 'after', generation: 7, at: 0 },
      observed: { version: 'after', generation: 7, phase: 'ready', since: 0 },
    } as const
    const { bars: none, end } = of(all, [known, { id: 'held', hold: 'paused' }, { metadata: { name: 'm', labels: { zone: '1' } } }])
    expect(none.map(({ cluster }) => cluster)).toEqual(['m'])
    expect(end.clusters.map(({ id, labels, assigned }) => [id, labels?.zone, assigned?.generation])).toEqual([
      ['k', undefined, 7],
      ['held', undefined, 1],
      ['m', '1', 2],
    ])
  })
  test('how long people take', () => {
    const asked: CanonicalStrategy = {
      stages: [
        { name: 'one', targets: ['a'], approvals: 20 },
        { name: 'two', approvals: 1 },
      ],
    }
    expect(bars(of(asked, [a, b]))).toEqual(['a>after 0-1 done', 'b>after 1-2 done'])
    expect(bars(of(asked, [a, b], { approvals: '5m' }))).toEqual(['a>after 5-6 done', 'b>after 11-12 done'])
    const never = of(asked, [a, b], { approvals: 'never' })
    expect(never.deadEnds).toEqual([
      { reason: 'stage-closed', message: 'its stage has not begun: one waits for approvals (0 of 20)', clusters: ['a', 'b'] },
      { reason: 'approval', message: 'one waits for approvals (0 of 20)', clusters: [] },
    ])
  })
  test.each<[Assumptions, string]>([
    [{ readyAfter: 'soon' }, 'assume.readyAfter: found string "soon", accepted milliseconds, or a duration such as 5m'],
    [{ readyAfter: -1 }, 'assume.readyAfter: found number -1, accepted milliseconds, or a duration such as 5m'],
    [{ readyAfter: Number.POSITIVE_INFINITY }, 'assume.readyAfter: found number Infinity, accepted milliseconds, or a duration such as 5m'],
    [{ failing: ['a'], failsAfter: '' }, 'assume.failsAfter: found string "", accepted milliseconds, or a duration such as 5m'],
    [{ outages: [{ cluster: 'a', from: 'x' }] }, 'assume.outages: found string "x", accepted milliseconds, or a duration such as 5m'],
    [
      { outages: [{ cluster: 'a', from: 0, to: 'y' }] },
      'assume.outages: found string "y", accepted milliseconds, or a duration such as 5m',
    ],
  ])('%j is refused', (assume, message) => {
    expect(() => of(all, [a], assume)).toThrow(message)
    const path = message.slice(0, message.indexOf(':'))
    expect(() => of(all, [a], assume)).toThrow(
      expect.objectContaining({ code: 'model/invalid', problems: [expect.objectContaining({ path })] }),
    )
  })
})

describe('a forecast shows', () => {
  test('each moment at which something was decided', () => {
    const { steps, duration, end } = of(oneByOne, [a, b], { start: 5000 })
    expect(steps.map(({ at, actions, events, phase, done }) => [at, actions.length, events.map(({ type }) => type), phase, done])).toEqual([
      [0, 1, ['started', 'opened', 'set'], 'Running', 0],
      [minute, 1, ['set'], 'Running', 1],
      [2 * minute, 0, ['completed'], 'Complete', 2],
    ])
    expect([duration, end.at, end.state?.completedAt]).toEqual([2 * minute, 5000 + 2 * minute, 5000 + 2 * minute])
  })
  test('the revert after a halt, as other bars', () => {
    const back = of({ ...oneByOne, onHalt: 'revertAll' }, [a, b], { failing: ['b'], failsAfter: '30s' })
    expect(bars(back)).toEqual(['a>after 0-1 done', 'b>after 1-1.5 failed', 'b>before 1.5-2.5 done', 'a>before 2.5-3.5 done'])
    expect([back.phase, back.cause]).toEqual([
      'Reverted',
      { code: 'failures', message: 'more targets failed in fleet than are tolerated: 1 (b)' },
    ])
  })
  test('what was assigned something else before it finished', () => {
    const back = of({ ...all, onHalt: 'revertAll' }, [a, b], { failing: ['b'], failsAfter: '30s' })
    expect(bars(back)).toEqual(['a>after 0-0.5 other', 'b>after 0-0.5 failed', 'a>before 0.5-1.5 done', 'b>before 0.5-1.5 done'])
  })
  test('removals of deselected clusters', () => {
    const leaving = of(all, [a, { id: 'left', selected: false }])
    expect(bars(leaving)).toEqual(['a>after 0-1 done', 'left>nothing 0-1 done'])
    expect(leaving.bars[1]?.stage).toBe(null)
    expect(leaving.peak.concurrency.total).toBe(1)
    expect(leaving.bars[1]).toStrictEqual({ cluster: 'left', stage: null, to: null, from: 0, until: minute, outcome: 'done' })
  })
  test('the most there ever was at once, in all and by labels', () => {
    const { peak } = of(oneByOne, [a, b, c, { id: 'bare' }], { failing: ['b'] })
    expect(peak.concurrency.by('zone')).toEqual({ 1: 1, 2: 1 })
    expect(Object.keys(of(all, [a, b, c]).peak.unavailable.by('zone'))).toEqual(['1', '2'])
    expect(of(all, [a, b, c]).peak.unavailable.by('zone')).toEqual({ 1: 1, 2: 2 })
    expect(of(all, [{ ...a, hold: 'paused' } as World, b]).peak.concurrency.by('zone')).toEqual({ 1: 1, 2: 0 })
    for (const label of ['toString', 'none'])
      expect(() => peak.concurrency.by(label)).toThrow(`by: found string "${label}", accepted a label that some cluster has`)
    expect(of(all, [{ ...a, hold: 'paused' } as World]).peak.concurrency.moment).toEqual({ count: 0, at: 0, members: [] })
    expect(JSON.stringify(of(all, [a, b, c]).peak)).toBe('{"unavailable":{"total":3},"concurrency":{"total":3}}')
  })
  test('what is down from the beginning, and peaks by labels in order', () => {
    const down = {
      id: 'k',
      labels: { zone: 'x' },
      hold: 'paused',
      observed: { version: 'before', generation: 1, phase: 'failed', since: 0 },
    } as const
    const unreachable = { ...down, id: 'm', reach: { ok: false, since: 0 } }
    const known = { id: 'n', labels: { zone: 'y' }, hold: 'paused', assigned: null } as const
    const { peak, deadEnds } = of(oneByOne, [known, { id: 'o', labels: { zone: 'z' } }, down, unreachable])
    expect(JSON.stringify(peak.unavailable.by('zone'))).toBe('{"x":1,"y":0,"z":1}')
    expect(peak.unavailable.total).toBe(2)
    expect(deadEnds).toEqual([])
  })
  test('that it was stopped', () => {
    const cut = of(oneByOne, [a, b], {}, { maxSteps: 1 })
    expect([cut.phase, cut.steps.length, bars(cut)]).toEqual(['Running', 1, ['a>after 0- updating']])
    expect(cut.deadEnds.map(({ reason, clusters }) => [reason, clusters])).toEqual([
      ['concurrency', ['b']],
      ['members', []],
    ])
  })
  test('the windows of the stages as well, and waits for the end of a freeze', () => {
    const windows = [
      { from: 0, to: minute / 2 },
      { from: 10 * minute, to: 11 * minute },
    ]
    const staged = {
      stages: [
        { name: 'one', targets: ['a'] },
        { name: 'two', windows },
        { name: 'none', targets: [], windows: [{ from: 0, to: 9e9 }] },
      ],
    }
    const used = of(staged, [a, b], { start: 0 })
    expect([used.windowsUsed, used.duration]).toEqual([[windows[1]], 11 * minute])
    const frozen = of(all, [a], { start: 0 }, { freezes: [{ name: 'f', from: 0, to: 3 * minute }] })
    expect([bars(frozen), frozen.windowsUsed]).toEqual([['a>after 3-4 done'], []])
  })
  test('the windows in their order, each if something was started in it', () => {
    const windows = [
      { from: 5 * minute, to: 9 * minute },
      { from: minute, to: 2 * minute },
      { from: 0, to: minute },
      { from: 100 * minute, to: 101 * minute },
    ]
    const used = (clusters: readonly World[], assume: Assumptions = {}) => of(oneByOne, clusters, { start: 0, ...assume }, { windows })
    expect(used([a, b, c]).windowsUsed).toEqual([windows[2], windows[1], windows[0]])
    expect([used([a]).windowsUsed, used([a]).end.at]).toEqual([[windows[2]], minute])
    // Whatever opens later, a halt is the end of it.
    expect([used([a, b], { failing: ['a'] }).phase, used([a, b], { failing: ['a'] }).end.at]).toEqual(['Halted', minute])
  })
  test('of windows that are open at once the one that began first before the others, and none that has just ended', () => {
    const used = (windows: ForecastInput['windows'], start: number) => of(all, [a], { start }, { windows }).windowsUsed
    const [long, short] = [
      { from: 0, to: 9 * minute },
      { from: 2 * minute, to: 4 * minute },
    ]
    expect([used([long, short], 3 * minute), used([short, long], 3 * minute)]).toEqual([
      [long, short],
      [long, short],
    ])
    expect([used([long, short], 2 * minute), used([short, long], 4 * minute)]).toEqual([[long, short], [long]])
  })
  test('the windows by which a cluster was started, not those of others that were open too', () => {
    const inZone = (zone: string, minutes: number) => ({
      from: '1970-01-01T00:00:00Z',
      to: `1970-01-01T00:0${minutes}:00Z`,
      selector: { matchLabels: { zone } },
    })
    const windows = [inZone('2', 8), inZone('1', 9), inZone('none', 7)]
    const used = (clusters: readonly World[], assume: Assumptions = {}, more: Partial<ForecastInput> = {}) =>
      of(oneByOne, clusters, { start: 0, ...assume }, { windows, ...more }).windowsUsed
    expect(used([a, b], { failing: ['a'] })).toEqual([{ from: 0, to: 8 * minute }])
    expect(used([a, b])).toEqual([
      { from: 0, to: 8 * minute },
      { from: 0, to: 9 * minute },
    ])
    // One that no selector selects goes by the windows of all.
    const other = { id: 'o', labels: { zone: '3' } }
    const common = { from: '1970-01-01T00:00:00Z', to: '1970-01-01T00:05:00Z' }
    expect(used([other], {}, { windows: [...windows, common] })).toEqual([{ from: 0, to: 5 * minute }])
    expect(used([other])).toEqual([])
  })
  test('a cause where there is one', () => {
    expect(of(all, [a])).not.toHaveProperty('cause')
    expect(of(all, [a], { failing: ['a'] }).cause).toEqual({
      code: 'failures',
      message: 'more targets failed in fleet than are tolerated: 1 (a)',
    })
  })
  test('so many steps at most, of which each is one in which something was decided', () => {
    const readyAfter = (id: string): number => ({ a: 1, b: 2, c: 3 })[id as 'a'] * minute
    const stopped = (maxSteps: number) => {
      const { phase, steps } = of(all, [a, b, c], { readyAfter }, { maxSteps })
      return [phase, steps.map(({ at }) => at / minute)]
    }
    expect([stopped(1), stopped(2), stopped(3)]).toEqual([
      ['Running', [0]],
      ['Complete', [0, 3]],
      ['Complete', [0, 3]],
    ])
  })
  test('a revert that has to wait for a window', () => {
    const windows = [
      { from: 0, to: minute },
      { from: 10 * minute, to: 20 * minute },
    ]
    const back = of({ ...oneByOne, onHalt: 'revertAll' }, [a], { failing: ['a'], start: 0 }, { windows })
    expect([back.phase, bars(back)]).toEqual(['Reverted', ['a>after 0-1 failed', 'a>before 10-11 done']])
  })
  test('what is wrong with the strategy', () => {
    const bad = of({ stages: [{ name: 'a', soak: -1 }] }, [a])
    expect([bad.phase, bad.diagnostics.map(({ path }) => path), bad.bars]).toEqual(['Invalid', ['stages[0].soak'], []])
    expect(of(all, [a]).diagnostics.map(({ code }) => code)).toEqual(['no-deadline'])
    const refused = of({ stages: [{ name: 'a', targets: [] }], rest: 'reject' }, [a])
    expect(refused.diagnostics.map(({ path }) => path)).toEqual(['strategy.stages'])
    expect(
      of({ stages: [{ name: 'fleet', progressDeadline: 1e9, windows: [{ from: 0, to: 1000 }] }] }, [a], { start: 2000 }).diagnostics.map(
        ({ code }) => code,
      ),
    ).toEqual(['window-never-opens'])
  })
  test('only of clusters that are there, each once, and of times that are known', () => {
    const problems = (...input: Parameters<typeof of>): readonly string[] => {
      try {
        of(...input)
      } catch (error) {
        return (error as FleetkitError).problems?.map(({ path, found }) => `${path}: ${found}`) ?? []
      }
      return []
    }
    expect(problems(all, [])).toEqual(['clusters: none that is selected'])
    expect(problems(all, [a, b, a])).toEqual(['clusters: string "a" twice'])
    expect(problems(all, [a], { failing: ['a', 'eu-1'] })).toEqual(['assume.failing[1]: string "eu-1"'])
    expect(problems(all, [a], { failing: { matchLabels: { zone: '9' } } })).toEqual(['assume.failing: a selector that selects no cluster'])
    expect(problems(all, [a], { failing: { matchLabels: { zone: '2' } } })).toEqual([])
    expect(problems(all, [a], { outages: [{ cluster: 'b', from: 0 }] })).toEqual(['assume.outages[0].cluster: string "b"'])
    const window = { from: 0, to: minute }
    const untimed = ['assume.start: nothing']
    expect(problems(all, [a], {}, { windows: [window] })).toEqual(untimed)
    expect(problems(all, [a], {}, { freezes: [{ name: 'f', ...window }] })).toEqual(untimed)
    expect(problems({ stages: [{ name: 'fleet', windows: [window] }] }, [a])).toEqual(untimed)
    expect(problems(all, [a], {}, { freezes: [] })).toEqual([])
    const unselecting = { metadata: { name: 'm' }, spec: { clusters: { matchLabels: { zone: '9' } }, rollout: { allAtOnce: {} } } }
    expect(problems(all, [a], {}, { module: unselecting })).toEqual(['clusters: none that is selected'])
  })
  test('what was seen after the beginning counts as seen at the beginning', () => {
    const ahead = { ...a, observed: { version: 'before', generation: 1, phase: 'ready', since: 9e9 } } as const
    const { end } = of({ stages: [{ name: 'fleet', targets: [] }], rest: 'last' }, [{ ...ahead, hold: 'paused' } as World], { start: 1000 })
    expect(end.clusters.map(({ observed }) => observed?.since)).toEqual([1000])
  })
  test('takes a strategy as a value, and needs one or a module', () => {
    expect(bars(forecast({ rollout: new Rolling({ maxUnavailable: 1 }), clusters: [a, b] }))).toEqual([
      'a>after 0-1 done',
      'b>after 1-2 done',
    ])
    expect(() => forecast({ clusters: [] })).toThrow('forecast: found neither module nor rollout, accepted one of them')
    const module = { metadata: { name: 'm' }, spec: { clusters: {}, rollout: { allAtOnce: {} } } }
    expect(bars(forecast({ module, rollout: oneByOne, clusters: [a, b] }))).toEqual(['a>after 0-1 done', 'b>after 1-2 done'])
  })
})

describe('a rollback', () => {
  const asked = { stages: [{ name: 'fleet', approvals: 2, soak: minute }] }
  test('goes on from where the forecast ended; nothing fails, and no approval is needed', () => {
    const assume = { failing: ['b'], readyAfter: '2m', approvals: '5m', start: 1000, outages: [{ cluster: 'c', from: '1m' }] } as const
    const there = of(asked, [a, b, c], assume)
    const back = forecastRollback({ rollout: asked, clusters: [a, b, c], assume })
    expect(there.phase).toBe('Halted')
    expect([back.phase, bars(back).toSorted(), back.duration]).toEqual(['Complete', ['a>before 0-2 done', 'b>before 0-2 done'], 2 * minute])
    expect(back.end.at).toBe(there.end.at + 2 * minute)
    expect(back.end.state?.fastRollback).toBe(true)
  })
  test('needs approvals where there is no fast rollback', () => {
    const strict = { ...asked, fastRollback: false }
    expect(bars(forecastRollback({ rollout: strict, clusters: [a], assume: { approvals: '5m' } }))).toEqual(['a>before 5-6 done'])
    expect(forecastRollback({ rollout: strict, clusters: [a] }).phase).toBe('Complete')
  })
})

describe('the charts', () => {
  const staged = {
    stages: [
      { name: 'one', targets: ['a'] },
      { name: 'two', maxConcurrency: 1 },
    ],
  }
  test('have a line for each time that a cluster is updating, by stages', () => {
    expect(formatRolloutGantt(of(staged, [a, b, { id: 'longer' }, { id: 'gone', selected: false }]), { width: 13 }).split('\n')).toEqual([
      'one',
      '  a      ====|         0s +1m',
      'no longer selected',
      '  gone   ====|         0s +1m',
      'two',
      '  b          ====|     1m +1m',
      '  longer         ====| 2m +1m',
      'Complete after 3m; at most 2 unavailable, 1 at once',
    ])
  })
  test('count the lines that are too many', () => {
    const many = Array.from({ length: 52 }, (_, index) => ({ id: `c${index}` }))
    expect(formatRolloutGantt(of(all, many)).split('\n').slice(-3)).toEqual([
      `  c7  ${'='.repeat(59)}| 0s +1m`,
      '  and 2 more',
      'Complete after 1m; at most 52 unavailable, 52 at once',
    ])
    expect(formatRolloutGantt(of(all, [a, b]), { maxLines: 2 })).not.toContain('more')
  })
  test('show what is still updating, and what is of no length', () => {
    const cut = of(oneByOne, [a, b], {}, { maxSteps: 1 })
    expect(formatRolloutGantt(cut, { width: 3 }).split('\n').slice(0, 2)).toEqual(['fleet', '  a >   0s +0s'])
    expect(rolloutMermaid(cut).split('\n').slice(-2)).toEqual(['  section fleet', '  a :active, 0, 1'])
    const other = of({ ...all, onHalt: 'revertAll' }, [a, b], { failing: ['b'], failsAfter: '30s' })
    expect(formatRolloutGantt(other, { width: 4 }).split('\n')[1]).toBe('  a =.   0s +30s')
    expect(rolloutMermaid(other).split('\n')[5]).toBe('  a :0, 30000')
  })
  test('say nothing that Mermaid would take for its own', () => {
    const plain = of({ stages: [{ name: 'one' }] }, [{ id: 'é-1_a.b/c;d#e' }, { id: 'left', selected: false }])
    const odd = { ...plain, bars: plain.bars.map((bar) => ({ ...bar, stage: bar.stage && 'one: "x"' })) }
    expect(rolloutMermaid(odd).split('\n').slice(4)).toEqual([
      '  section one_ _x_',
      '  é-1_a.b/c_d_e :done, 0, 60000',
      '  section no longer selected',
      '  left :done, 0, 60000',
    ])
  })
})
