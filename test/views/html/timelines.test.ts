import { deflateRawSync, deflateSync, gzipSync, inflateSync } from 'node:zlib'
import { FleetHistory } from 'fleetkit/fleet'
import { type ForecastInput, forecast, forecastRollback } from 'fleetkit/forecast'
import { AllAtOnce, Canary, Rolling } from 'fleetkit/rollout'
import { type FleetTimeline, fleetPage, forecastTimeline, historyTimeline, type TimelineChange } from 'fleetkit/views'
import { describe, expect, test } from 'vitest'

const minute = 60_000
const plain: FleetTimeline = {
  title: 'shop',
  clusters: [{ id: 'a', stage: 'canary' }],
  changes: [{ at: 0, cluster: 'a', state: 'ready', revision: 'v1' }],
  from: 0,
  to: 10,
}
/** Changes in the order of time, `30m eu-1 ready v2: why`. */
const lines = ({ changes, from }: FleetTimeline): readonly string[] =>
  changes
    .toSorted((a, b) => a.at - b.at)
    .map(
      ({ at, cluster, state, revision = '-', why }) =>
        `${(at - from) / minute}m ${cluster} ${state} ${revision}${why === undefined ? '' : `: ${why}`}`,
    )
const of = (timeline: FleetTimeline, cluster: string): readonly string[] =>
  lines({ ...timeline, changes: timeline.changes.filter((change) => change.cluster === cluster) })

describe('a timeline of a forecast', () => {
  const clusters = ['a', 'b', 'c'].map((id) => ({ id, labels: { region: 'eu', canary: String(id === 'a') } }))
  const rollout = new Canary({ selector: { matchLabels: { canary: 'true' } }, soak: '30m', next: new Rolling({ maxUnavailable: 1 }) })
  const input: ForecastInput = { rollout, clusters, assume: { readyAfter: '10m' } }

  test('says when each cluster is updating and ready, and why it was started', () => {
    const timeline = forecastTimeline(forecast(input), input)
    expect(of(timeline, 'a')).toEqual([
      '0m a pending before',
      '0m a updating after: stage canary: its stage has begun',
      '10m a ready after',
    ])
    expect(of(timeline, 'b')).toEqual([
      '0m b pending before',
      '40m b updating after: stage fleet: its stage has begun',
      '50m b ready after',
    ])
    expect(timeline).toMatchObject({ title: 'forecast', from: 0, to: 60 * minute, elapsed: true })
  })

  test('has the clusters with their stages and labels', () => {
    const timeline = forecastTimeline(forecast(input), input)
    expect(timeline.clusters.map(({ id, stage }) => `${id} ${stage}`)).toEqual(['a canary', 'b fleet', 'c fleet'])
    expect(timeline.clusters[0]?.labels).toEqual({ region: 'eu', canary: 'true' })
  })

  test('has dates where the forecast has a start, and is called as its Module', () => {
    const start = Date.UTC(2026, 10, 28)
    const module = { metadata: { name: 'shop' }, spec: { clusters: {}, rollout: { allAtOnce: {} } } }
    const dated = { module, clusters, assume: { start } }
    expect(forecastTimeline(forecast(dated), dated)).toMatchObject({ title: 'shop', from: start, to: start + minute, elapsed: false })
    expect(forecastTimeline(forecast(dated), dated, { title: 'other' }).title).toBe('other')
    const named = forecastTimeline(forecast(dated), dated, { version: 'v2', before: 'v1' })
    expect(of(named, 'a').map((line) => line.split(' ').slice(2).join(' '))).toEqual([
      'pending v1',
      'updating v2: stage fleet: its stage has begun',
      'ready v2',
    ])
  })

  test('says what has failed, what was tried again, and what is left because of it', () => {
    const failing = { ...input, assume: { readyAfter: '10m', failing: ['a'] } }
    const timeline = forecastTimeline(forecast(failing), failing)
    expect(of(timeline, 'a').at(-1)).toBe('10m a failed after: reported a failure')
    expect(of(timeline, 'b').at(-1)).toMatch(/^10m b pending before: /)
    expect(timeline.clusters.map(({ stage }) => stage)).toEqual(['canary', 'fleet', 'fleet'])
    const retried: ForecastInput = {
      clusters: [{ id: 'a' }],
      rollout: { stages: [{ name: 'all', retry: { limit: 1, backoff: 5 * minute } }] },
      assume: { readyAfter: '10m', failing: ['a'], failsTimes: 1 },
    }
    const again = of(forecastTimeline(forecast(retried), retried), 'a')
    expect(again).toContain('10m a failed after: reported a failure; it is tried again')
    expect(again.at(-1)).toMatch(/ready after$/)
  })

  test('says what is said of a cluster by its name of no other', () => {
    const held: ForecastInput = {
      rollout: new AllAtOnce({}),
      clusters: ['a', 'b'].map((id) => ({ id, reach: { ok: true, since: 0 }, hold: 'paused' as const })),
    }
    const timeline = forecastTimeline(forecast(held), held)
    expect(of(timeline, 'a').at(-1)).toBe('0m a pending before: a is paused')
    expect(of(timeline, 'b').at(-1)).toBe('0m b pending before: held: paused')
  })

  test('says who has approved', () => {
    const approved: ForecastInput = {
      rollout: { stages: [{ name: 'all', approvals: 1 }] },
      clusters: [{ id: 'a' }],
      assume: { approvals: '1h' },
    }
    const timeline = forecastTimeline(forecast(approved), approved)
    expect(of(timeline, 'a')).toContain('60m a updating after: stage all: its stage has begun, approved by person-1')
  })

  test('has the outages, and what comes after them', () => {
    const lost: ForecastInput = {
      ...input,
      assume: {
        readyAfter: '10m',
        outages: [
          { cluster: 'b', from: '5m', to: '20m' },
          { cluster: 'c', from: '20m' },
        ],
      },
    }
    const timeline = forecastTimeline(forecast(lost), lost)
    expect(of(timeline, 'b').slice(0, 3)).toEqual([
      '0m b pending before',
      '5m b unreachable before: it cannot be reached',
      '20m b pending before',
    ])
    expect(of(timeline, 'c').at(-1)).toBe('20m c unreachable before: it cannot be reached')
    const away: ForecastInput = { rollout: new AllAtOnce({}), clusters: [{ id: 'a', reach: { ok: false, since: 0 } }, { id: 'b' }] }
    expect(of(forecastTimeline(forecast(away), away), 'a')).toEqual(['0m a unreachable before: it cannot be reached'])
  })

  test('says that a cluster gets back what it had', () => {
    const reverting: ForecastInput = {
      rollout: { stages: [{ name: 'all', onFailure: 'revert' }] },
      clusters: [{ id: 'a' }],
      assume: { readyAfter: '10m', failing: ['a'], failsAfter: '1m' },
    }
    expect(of(forecastTimeline(forecast(reverting), reverting), 'a').slice(2)).toEqual([
      '1m a failed after: reported a failure',
      '1m a updating before: stage all: it gets what it had before',
      '11m a ready before',
    ])
  })

  test('of a removal, a first version and a rollback', () => {
    const first: ForecastInput = { rollout: new AllAtOnce({}), clusters: [{ id: 'a' }], assume: { installed: false } }
    expect(of(forecastTimeline(forecast(first), first), 'a')[0]).toBe('0m a pending -')
    const there = forecast(input)
    const rollback = forecastRollback(input)
    const back: ForecastInput = { ...input, clusters: there.end.clusters, assume: { start: there.end.at } }
    const timeline = forecastTimeline(rollback, back)
    expect(of(timeline, 'a')[0]).toBe('0m a pending after')
    expect(of(timeline, 'a').at(-1)).toMatch(/ready before$/)
    const deselected: ForecastInput = { rollout: new AllAtOnce({}), clusters: [{ id: 'a' }, { id: 'b', selected: false }] }
    const left = forecastTimeline(forecast(deselected), deselected)
    expect(of(left, 'b').slice(1)).toEqual([
      '0m b updating -: stage no longer selected: the module does not select it any more',
      '1m b absent -',
    ])
  })

  test('of a strategy with tracks has a stage for each', () => {
    const tracks: ForecastInput = {
      rollout: { tracks: 'tenant', stages: [{ name: 'all' }] },
      clusters: [
        { id: 'a', labels: { tenant: 'x' } },
        { id: 'b', labels: { tenant: 'y' }, hold: 'paused' },
      ],
    }
    expect(forecastTimeline(forecast(tracks), tracks).clusters.map(({ stage }) => stage)).toEqual(['tenant=x / all', 'tenant=y / all'])
  })
})

describe('a timeline of a history', () => {
  const history = new FleetHistory()
  const [module, cluster] = ['shop', 'eu-1']
  const at = (minutes: number): number => minutes * minute
  history.add({ at: at(0), type: 'assigned', module, cluster, revision: 'v1', why: 'the first' })
  history.add({ at: at(1), type: 'ready', module, cluster, revision: 'v1' })
  history.add({ at: at(2), type: 'assigned', module: 'other', cluster, revision: 'x' })
  history.add({ at: at(3), type: 'revised', module, revision: 'v2', why: 'jane' })
  history.add({ at: at(3), type: 'revised', module, cluster: 'eu-2', revision: 'v3' })
  history.add({ at: at(4), type: 'relabelled', cluster })
  history.add({ at: at(5), type: 'assigned', module, cluster, revision: 'v2', why: 'stage all has begun' })
  history.add({ at: at(6), type: 'failed', module, cluster, revision: 'v2', why: 'a probe fails' })
  history.add({ at: at(7), type: 'lost', cluster, why: 'no answer' })
  history.add({ at: at(8), type: 'found', cluster })
  history.add({ at: at(9), type: 'ready', module, cluster, revision: 'v2' })
  history.add({ at: at(10), type: 'removed', module, cluster, why: 'deselected' })
  const clusters = [{ id: cluster, stage: 'all' }]
  const span = (from: number, to: number, revision?: string): readonly string[] =>
    lines({ ...historyTimeline(history, { module, clusters, from: at(from), to: at(to), revision }), from: 0 })

  test('has what has happened to the module on each cluster, with its reasons', () => {
    expect(span(-1, 10)).toEqual([
      '-1m eu-1 absent -',
      '0m eu-1 updating v1: the first',
      '1m eu-1 ready v1',
      '3m eu-1 pending v1: jane',
      '5m eu-1 updating v2: stage all has begun',
      '6m eu-1 failed v2: a probe fails',
      '7m eu-1 unreachable v2: no answer',
      '8m eu-1 failed v2',
      '9m eu-1 ready v2',
      '10m eu-1 absent -: deselected',
    ])
  })

  test('begins with what was', () => {
    expect(span(1.5, 2)).toEqual(['1.5m eu-1 ready v1'])
    expect(span(0, 0)).toEqual(['0m eu-1 updating v1: the first'])
    expect(span(6, 6)).toEqual(['6m eu-1 failed v2: a probe fails'])
    expect(span(7, 7)).toEqual(['7m eu-1 unreachable v2: a probe fails'])
    expect(span(10, 10)).toEqual(['10m eu-1 absent -: deselected'])
    expect(span(4, 4, 'v2')).toEqual(['4m eu-1 pending v1'])
  })

  test('knows by its other modules that a cluster cannot be reached', () => {
    const lost = new FleetHistory()
    lost.add({ at: 0, type: 'assigned', module: 'other', cluster, revision: 'x' })
    lost.add({ at: 1, type: 'lost', cluster })
    expect(historyTimeline(lost, { module, clusters, from: 5, to: 9, title: 'mine' })).toMatchObject({
      title: 'mine',
      changes: [{ state: 'unreachable' }],
    })
    expect(historyTimeline(lost, { module, clusters: [{ id: 'new', stage: 'all' }], from: 5, to: 9, revision: 'v1' }).changes).toEqual([
      { at: 5, cluster: 'new', state: 'pending' },
    ])
  })

  test('has all of a long span, also where much is at one time', () => {
    const long = new FleetHistory()
    const timeOf = (index: number): number => (index > 300 && index < 1400 ? 300 : index)
    for (let index = 0; index < 2000; index++)
      long.add({ at: timeOf(index), type: index % 2 === 0 ? 'assigned' : 'ready', module, cluster, revision: `v${index >> 1}` })
    const { changes } = historyTimeline(long, { module, clusters, from: 99, to: 1899 })
    expect(changes.map((change) => change.at)).toEqual(Array.from({ length: 1801 }, (_, index) => timeOf(99 + index)))
    expect(changes.map((change) => change.revision)).toEqual(Array.from({ length: 1801 }, (_, index) => `v${(99 + index) >> 1}`))
  })
})

describe('a page', () => {
  const change: TimelineChange = { at: 0, cluster: 'a', state: 'ready' }
  test.each<[string, unknown, string]>([
    ['nothing', undefined, 'timeline: found nothing, accepted an object'],
    ['an unknown field', { ...plain, cluster: 'a' }, 'timeline.cluster: found an unknown field'],
    [
      'a state that there is not',
      { ...plain, changes: [{ ...change, state: 'fine' }] },
      'timeline.changes[0].state: found string "fine", accepted one of absent, pending',
    ],
    [
      'a time that is none',
      { ...plain, changes: [{ ...change, at: Number.NaN }] },
      'timeline.changes[0].at: found number NaN, accepted a whole number from -8640000000000000',
    ],
    [
      'a change after the end',
      { ...plain, changes: [{ ...change, at: 11 }] },
      'timeline.changes[0].at: found number 11, accepted a time that is not after 10',
    ],
    [
      'a change of no cluster',
      { ...plain, changes: [{ ...change, cluster: 'b' }] },
      'timeline.changes[0].cluster: found string "b", accepted the id of one of the clusters',
    ],
    [
      'a cluster that is there twice',
      { ...plain, clusters: [...plain.clusters, ...plain.clusters] },
      'timeline.clusters[1].id: found string "a", accepted an id that no other cluster has',
    ],
    [
      'an end before the beginning',
      { ...plain, changes: [], to: -1 },
      'timeline.to: found number -1, accepted a time that is not before 0',
    ],
    [
      'a label that is no text',
      { ...plain, clusters: [{ id: 'a', stage: 'x', labels: { region: 5 } }] },
      'timeline.clusters[0].labels.region: found number 5, accepted a string',
    ],
    ['a reason beyond all bounds', { ...plain, changes: [{ ...change, why: 'x'.repeat(5000) }] }, 'timeline.changes[0].why: found string'],
  ])('refuses %s', (_, timeline, message) => {
    expect(() => fleetPage(timeline as FleetTimeline)).toThrow(
      expect.objectContaining({ code: 'model/invalid', message: expect.stringContaining(message) }),
    )
  })

  test('refuses what does not compress as zlib does', () => {
    for (const bytes of [gzipSync, deflateRawSync]
      .map((compress) => compress('x'))
      .concat([Buffer.of(0x78, 0x00), Buffer.of(0x07, 0x06), Buffer.of()]))
      expect(() => fleetPage(plain, { deflate: () => bytes })).toThrow(/options.deflate: found bytes of another format, accepted .* zlib/)
    expect(() => fleetPage(plain, { deflate: () => 'x' as never })).toThrow(/options.deflate: found string "x"/)
  })

  test('holds nothing of the timeline but as data', () => {
    const [text, odd] = ['<img src=x onerror=alert(1)>', '</script><script>alert(1)</script>']
    const page = fleetPage({
      ...plain,
      title: odd,
      clusters: [{ id: odd, stage: text, labels: JSON.parse(`{"__proto__":"${text}"}`) }],
      changes: [{ at: 0, cluster: odd, state: 'ready', revision: odd, why: text }],
    })
    const [before, data = '', after] = page.split(/<script type="text\/plain" id="data" data-encoding="none">|<\/script>\n<script>/)
    expect(data).toMatch(/^[A-Za-z0-9+/]+=*$/)
    for (const part of [before, after]) expect(part).not.toContain('alert(1)')
    expect(Buffer.from(data, 'base64').toString()).toContain('alert(1)')
  })

  test('is a function of the timeline, whatever the order of what is in it', () => {
    const timeline = {
      ...plain,
      clusters: [...plain.clusters, { id: 'b', stage: 'canary' }],
      changes: [change, { ...change, at: 5, cluster: 'b' }],
    }
    expect(fleetPage({ ...timeline, changes: timeline.changes.toReversed() })).toBe(fleetPage(timeline))
    expect(fleetPage({ ...timeline, to: 9 })).toBe(fleetPage(timeline))
  })

  test('carries the same data with and without compression', () => {
    const carried = (page: string): Buffer => Buffer.from(/id="data" [^>]*>([^<]*)</.exec(page)?.[1] ?? '', 'base64')
    const compressed = fleetPage(plain, { deflate: (bytes) => deflateSync(bytes) })
    expect(compressed).toContain('data-encoding="deflate"')
    expect(inflateSync(carried(compressed))).toEqual(carried(fleetPage(plain)))
  })
})
