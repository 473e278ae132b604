import { Module } from 'fleetkit'
import { forecast, forecastRollback } from 'fleetkit/forecast'
import { AllAtOnce, Rolling } from 'fleetkit/rollout'
import { formatRolloutGantt, rolloutMermaid } from 'fleetkit/views'
import { expect, test } from 'vitest'

const minute = 60_000
const region = (id: string): { readonly id: string; readonly labels: Readonly<Record<string, string>> } => ({
  id,
  labels: { region: id.replace(/-\d+$/, ''), tier: 'prod' },
})
const fleet = ['eu-west-1', 'eu-west-2', 'eu-west-3', 'us-east-1', 'us-east-2'].map(region)

test('at most one cluster of eu-west is ever down', () => {
  const module = new Module({
    metadata: { name: 'ingress', namespace: 'fleet' },
    spec: {
      source: { git: { url: 'https://example.com/ingress.git', tag: 'v1.4.0' } },
      clusters: { matchLabels: { tier: 'prod' } },
      rollout: new Rolling({ maxUnavailable: 1, within: 'region' }),
    },
  })
  const { steps, phase, peak, deadEnds } = forecast({ module, clusters: fleet, assume: { readyAfter: '5m', failing: ['eu-west-3'] } })
  expect(peak.unavailable.by('region')).toEqual({ 'eu-west': 1, 'us-east': 1 })
  expect(peak.unavailable.total).toBe(2)
  expect(phase).toBe('Halted')
  expect(steps.length).toBeGreaterThan(2)
  expect(deadEnds.map(({ reason }) => reason)).toContain('failed')
})

test('a module only goes to the clusters that it selects', () => {
  const module = { metadata: { name: 'm' }, spec: { clusters: { matchLabels: { region: 'eu-west' } }, rollout: { allAtOnce: {} } } }
  expect(forecast({ module, clusters: fleet }).bars.map(({ cluster }) => cluster)).toEqual(['eu-west-1', 'eu-west-2', 'eu-west-3'])
})

test('stages, soak and approvals add up to the duration', () => {
  const rollout = {
    stages: [
      { name: 'canary', limit: 1, soak: 10 * minute },
      { name: 'fleet', maxConcurrency: 2, approvals: 2 },
    ],
  }
  const { phase, duration, steps, diagnostics } = forecast({ rollout, clusters: fleet, assume: { readyAfter: '2m', approvals: '30m' } })
  expect(phase).toBe('Complete')
  expect(duration).toBe((2 + 10 + 30 + 2 + 2) * minute)
  expect(steps.flatMap(({ events }) => events.flatMap((event) => (event.type === 'opened' ? [event.stage] : [])))).toEqual([
    'canary',
    'fleet',
  ])
  expect(diagnostics.map(({ code }) => code)).toContain('no-deadline')
})

test('what is never approved is a dead end, and said to be', () => {
  const rollout = { stages: [{ name: 'fleet', approvals: 1 }] }
  const { phase, deadEnds } = forecast({ rollout, clusters: fleet, assume: { approvals: 'never' } })
  expect(phase).toBe('Running')
  expect(deadEnds.map(({ reason }) => reason)).toEqual(['stage-closed', 'approval'])
})

test('a tolerance that cannot be reached stalls, and says why', () => {
  const rollout = { stages: [{ name: 'fleet', maxUnavailable: 1, maxFailures: 3 }] }
  const { phase, cause, diagnostics } = forecast({ rollout, clusters: fleet, assume: { failing: ['eu-west-1'] } })
  expect([phase, cause?.code]).toEqual(['Stalled', 'unavailable'])
  expect(diagnostics.map(({ code }) => code)).toContain('tolerance-unreachable')
})

test('an outage is waited out, and the cluster is caught up with', () => {
  const rollout = { stages: [{ name: 'fleet', maxConcurrency: 5 }] }
  const { phase, steps } = forecast({ rollout, clusters: fleet, assume: { outages: [{ cluster: 'us-east-1', from: 0, to: '1h' }] } })
  expect(phase).toBe('Complete')
  const late = steps.find(({ actions }) => actions.some(({ target }) => target === 'us-east-1'))
  expect([late?.at, late?.actions[0]?.why]).toEqual([60 * minute, 'catch-up'])
})

test('windows bound the starts, and those used are named', () => {
  const windows = [
    { from: 0, to: 3 * minute },
    { from: 100 * minute, to: 103 * minute },
    { from: 200 * minute, to: 201 * minute },
    { from: 300 * minute, to: 301 * minute },
  ]
  const { windowsUsed, duration, phase } = forecast({
    rollout: { stages: [{ name: 'fleet', maxConcurrency: 1 }] },
    clusters: fleet.slice(0, 4),
    windows,
    assume: { readyAfter: '2m', start: 0 },
  })
  expect(windowsUsed).toEqual(windows.slice(0, 2))
  expect([phase, duration]).toEqual(['Complete', 104 * minute])
})

test('too few windows are a dead end', () => {
  const rollout = { stages: [{ name: 'fleet', maxConcurrency: 1 }] }
  const { phase, cause, end } = forecast({
    rollout,
    clusters: fleet,
    windows: [{ from: 0, to: minute }],
    assume: { readyAfter: '2m', start: 0 },
  })
  expect([phase, cause?.code, end.at]).toEqual(['Stalled', 'window', 2 * minute])
})

test('the rollback of a halted rollout is a fast one', () => {
  const rollout = {
    stages: [
      { name: 'canary', limit: 1, soak: 60 * minute, approvals: 1 },
      { name: 'fleet', maxUnavailable: 2, maxConcurrency: 2 },
    ],
  }
  const input = { rollout, clusters: fleet, assume: { readyAfter: '2m', failing: ['us-east-1'] } }
  expect(forecast(input).phase).toBe('Halted')
  const back = forecastRollback(input)
  expect(back.phase).toBe('Complete')
  expect(back.duration).toBeLessThan(30 * minute)
  expect(back.end.clusters.every(({ observed }) => observed?.version === 'before')).toBe(true)
})

test('a bad duration is named', () => {
  const input = { rollout: { stages: [{ name: 'fleet' }] }, clusters: fleet, assume: { readyAfter: 'soon' } }
  expect(() => forecast(input)).toThrow('assume.readyAfter: found string "soon", accepted milliseconds, or a duration such as 5m')
})

test('the charts show stages, bars and the end', () => {
  const rollout = { stages: [{ name: 'fleet', maxConcurrency: 1 }] }
  const result = forecast({ rollout, clusters: [region('a'), region('b')], assume: { readyAfter: '1m', failing: ['b'] } })
  expect(formatRolloutGantt(result, { width: 20 })).toBe(
    [
      'fleet',
      '  a ==========|          0s +1m',
      '  b           =========x 1m +1m',
      'Halted after 2m: more targets failed in fleet than are tolerated: 1 (b); at most 1 unavailable, 1 at once',
    ].join('\n'),
  )
  expect(rolloutMermaid(result)).toBe(
    [
      'gantt',
      '  title Halted',
      '  dateFormat x',
      '  axisFormat %H:%M:%S',
      '  section fleet',
      '  a :done, 0, 60000',
      '  b :crit, 60000, 120000',
    ].join('\n'),
  )
})

test('each cluster by its own clocks, over a change of them, with windows as people write them', () => {
  const zones = { berlin: 'Europe.Berlin', tokyo: 'Asia.Tokyo', york: 'America.New_York' }
  const clusters = Object.entries(zones).map(([id, tz]) => ({ id, labels: { tz } }))
  const input = {
    rollout: { stages: [{ name: 'fleet', progressDeadline: 60 * minute }] },
    clusters,
    windows: [{ schedule: '0 2 * * *', duration: '1h', timeZoneLabel: 'tz' }],
    freezes: [
      {
        name: 'sunday',
        schedule: '0 0 * * SUN',
        duration: '3h',
        timeZone: 'America/New_York',
        selector: { matchLabels: { tz: 'America.New_York' } },
      },
    ],
    // The night in which Europe puts its clocks forward: two o'clock is not there, so that it opens at three.
    assume: { readyAfter: '5m', start: Date.UTC(2026, 2, 28, 12) },
  }
  const { bars, windowsUsed, phase, diagnostics } = forecast(input)
  const time = (at: number): string => new Date(input.assume.start + at).toISOString().slice(5, 16)
  expect(bars.map(({ cluster, from }) => `${cluster} ${time(from)}`)).toEqual([
    'tokyo 03-28T17:00',
    'berlin 03-29T01:00',
    'york 03-30T06:00',
  ])
  expect([phase, diagnostics, windowsUsed.length]).toEqual(['Complete', [], 3])
  const back = forecastRollback(input).bars.map(({ cluster, from }) => `${cluster} +${from / minute / 60}`)
  // It begins where the window of New York is open still.
  expect(back.map((bar) => bar.split('.')[0])).toEqual(['york +0', 'tokyo +10', 'berlin +17'])
})

test('a window that opens only in years is found, and one that never does ends the forecast', () => {
  const leap = { schedule: '0 0 29 2 *', duration: '1h' }
  const base = {
    rollout: { stages: [{ name: 'fleet', progressDeadline: minute }] },
    clusters: [{ id: 'a' }],
    assume: { start: Date.UTC(2025, 0, 1), readyAfter: 0 },
  }
  const leapDay = forecast({ ...base, windows: [leap] })
  expect([leapDay.phase, new Date(base.assume.start + (leapDay.bars[0]?.from ?? 0)).toISOString()]).toEqual([
    'Complete',
    '2028-02-29T00:00:00.000Z',
  ])
  const frozen = forecast({
    ...base,
    windows: [leap],
    freezes: [{ name: 'for good', from: '2025-01-01T00:00:00Z', to: '2099-01-01T00:00:00Z' }],
  })
  expect([frozen.phase, frozen.bars]).toEqual(['Stalled', []])
  const never = forecast({ ...base, windows: [{ schedule: '0 9 * * *', duration: '1h', timeZoneLabel: 'tz' }] })
  expect([never.phase, never.deadEnds[0]?.message, never.diagnostics.map(({ code }) => code)]).toEqual([
    'Stalled',
    'outside of all windows: its label tz names no time zone; none opens any more',
    ['no-time-zone'],
  ])
})

test('windows as people write them beside intervals, and what is wrong with them', () => {
  const base = {
    rollout: { stages: [{ name: 'fleet', progressDeadline: minute }] },
    clusters: [{ id: 'a' }],
    assume: { start: 0, readyAfter: 0 },
  }
  const interval = { from: 5 * minute, to: 6 * minute }
  const daily = { schedule: '3 0 * * *', duration: '1m' }
  const from = (windows: NonNullable<Parameters<typeof forecast>[0]['windows']>): number | undefined =>
    forecast({ ...base, windows }).bars[0]?.from
  expect([from([interval, daily]), from([interval]), from([daily])]).toEqual([3 * minute, 5 * minute, 3 * minute])
  expect(from([])).toBe(undefined)
  expect(from([interval, { ...daily, selector: { matchLabels: { a: 'b' } } }])).toBe(5 * minute)
  expect(from([{ ...daily, selector: { matchLabels: { a: 'b' } } }])).toBe(0)
  const wrong = () => forecast({ ...base, windows: [interval, { ...daily, duration: 'long' }], freezes: [{ ...daily, name: '' }] })
  expect(wrong).toThrow(/windows\[1\]\.duration: found string "long"/)
  expect(wrong).toThrow(/freezes\[0\]\.name: found string ""/)
})

test('freezes as people write them beside intervals, and beside windows of every kind', () => {
  type Input = Parameters<typeof forecast>[0]
  const base = {
    rollout: { stages: [{ name: 'fleet', progressDeadline: minute }] },
    clusters: [{ id: 'a' }],
    assume: { start: 0, readyAfter: 0 },
  }
  const written = { name: 'morning', from: '1970-01-01T00:00:00Z', to: '1970-01-01T00:07:00Z' }
  const longer = { name: 'longer', from: 0, to: 8 * minute }
  const from = (freezes: Input['freezes'], windows?: Input['windows']): number | undefined =>
    forecast({ ...base, freezes, ...(windows === undefined ? {} : { windows }) }).bars[0]?.from
  expect([from([written]), from([longer]), from([written, longer])]).toEqual([7 * minute, 8 * minute, 8 * minute])
  const early = { from: 5 * minute, to: 6 * minute }
  const late = { from: 10 * minute, to: 11 * minute }
  expect([from([written], [early, late]), from([written], [{ schedule: '12 0 * * *', duration: '1m' }])]).toEqual([
    10 * minute,
    12 * minute,
  ])
  // An empty list of windows is no window; one for others is none of these.
  expect([from([written], []), from([written], [{ ...late, to: 12 * minute }])]).toEqual([undefined, 10 * minute])
})

test('at most a tenth of the users at a time, and a heavy cluster alone', () => {
  const clusters = Object.entries({ a: 1, b: 9, c: 50, d: 10, e: 30 }).map(([id, weight]) => ({ id, weight }))
  const rollout = {
    stages: [
      { name: 'fleet', weighted: true, maxUnavailable: '10%' as const, maxConcurrency: '10%' as const, progressDeadline: 60 * minute },
    ],
  }
  const { bars, phase, diagnostics } = forecast({ rollout, clusters, assume: { readyAfter: '5m' } })
  expect(bars.map(({ cluster, from }) => `${cluster} ${from / minute}`)).toEqual(['a 0', 'b 0', 'c 5', 'd 10', 'e 15'])
  expect([phase, diagnostics.map(({ code }) => code)]).toEqual(['Complete', ['weight-beyond', 'weight-beyond']])
})

test('so many starts an hour', () => {
  const clusters = ['a', 'b', 'c', 'd', 'e'].map((id) => ({ id }))
  const rollout = new AllAtOnce({ maxStarts: { limit: 2, per: '1h' }, progressDeadline: '30m' })
  const { bars, phase, duration } = forecast({ rollout, clusters, assume: { readyAfter: '5m' } })
  expect(bars.map(({ cluster, from }) => `${cluster} ${from / minute}`)).toEqual(['a 0', 'b 0', 'c 60', 'd 60', 'e 120'])
  expect([phase, duration / minute]).toEqual(['Complete', 125])
})

test('waves of the whole fleet, each with the approvals and the soak of the stage', () => {
  const clusters = Array.from({ length: 20 }, (_, index) => ({ id: `c${String(index).padStart(2, '0')}` }))
  const result = forecast({
    rollout: { stages: [{ name: 'fleet', waves: ['5%', '20%'], soak: 10 * minute, approvals: 1, progressDeadline: 60 * minute }] },
    clusters,
    assume: { readyAfter: '5m', approvals: '1h' },
  })
  const sizes = Map.groupBy(result.bars, ({ stage, from }) => `${stage} at ${from / minute}`)
  expect([...sizes].map(([wave, bars]) => `${wave}: ${bars.length}`)).toEqual([
    'fleet-1 at 60: 1',
    'fleet-2 at 135: 4',
    'fleet-3 at 210: 15',
  ])
  expect([result.phase, result.diagnostics, result.peak.concurrency.total]).toEqual(['Complete', [], 15])
  expect(
    formatRolloutGantt(result, { width: 20, maxLines: 6 })
      .split('\n')
      .filter((line) => !line.startsWith(' ')),
  ).toEqual(['fleet-1', 'fleet-2', 'fleet-3', 'Complete after 3h45m; at most 15 unavailable, 15 at once'])
})
