import { Module } from 'fleetkit'
import { type ForecastRolloutsInput, forecast, forecastRollouts } from 'fleetkit/forecast'
import { Rolling } from 'fleetkit/rollout'
import { formatRolloutGantt, rolloutMermaid } from 'fleetkit/views'
import { describe, expect, test } from 'vitest'

const minute = 60_000
const clusters = ['a', 'b', 'c', 'd'].map((id, index) => ({ id, labels: { region: index < 2 ? 'eu' : 'us' } }))
const rollout = { stages: [{ name: 'fleet' }] }
const byRegion = { stages: [{ name: 'fleet', maxUnavailable: 1, within: 'region' }] }
const db = { id: 'db', version: '2.0.0', rollout }
const web = { id: 'web', version: '2.0.0', rollout, needs: [{ module: 'db', range: '^2' }] }
/** Each start as `minute module>cluster`. */
const starts = (input: ForecastRolloutsInput): readonly string[] =>
  forecastRollouts(input).steps.flatMap(({ at, module, actions }) => actions.map(({ target }) => `${at / minute} ${module}>${target}`))

describe('several modules', () => {
  test('go to a cluster in the order in which they need one another', () => {
    const input = { modules: [web, db], clusters: clusters.slice(0, 2), assume: { readyAfter: '5m' } }
    expect(starts(input)).toEqual(['0 db>a', '0 db>b', '5 web>a', '5 web>b'])
    const { modules, duration, deadEnds, steps } = forecastRollouts(input)
    expect([modules.web?.phase, modules.db?.duration, duration, deadEnds]).toEqual(['Complete', 5 * minute, 10 * minute, []])
    expect(modules.web?.steps).toEqual(steps.flatMap(({ module, ...step }) => (module === 'web' ? [step] : [])))
    expect(modules.db?.end.clusters.map(({ observed }) => observed?.version)).toEqual(['2.0.0', '2.0.0'])
  })
  test('may be Modules, with what they depend on and their tags', () => {
    const module = (name: string, tag: string, dependsOn?: readonly { readonly name: string; readonly version: string }[]) =>
      new Module({
        metadata: { name, namespace: 'fleet' },
        spec: {
          source: { git: { url: `https://example.com/${name}.git`, tag } },
          clusters: { matchLabels: { region: 'eu' } },
          rollout: new Rolling({ maxUnavailable: 1 }),
          ...(dependsOn && { dependsOn }),
        },
      })
    const modules = [{ module: module('web', '3.1.0', [{ name: 'db', version: '^2' }]) }, { module: module('db', '2.0.0') }]
    expect(starts({ modules, clusters, assume: { readyAfter: '1m' } })).toEqual(['0 db>a', '1 web>a', '1 db>b', '2 web>b'])
  })
  test('have versions before, needs of those, and clusters that say what they have', () => {
    // On a downgrade the dependant goes first.
    const back = [
      { ...db, version: '1.0.0', before: '2.0.0' },
      { ...web, version: '1.0.0', before: '2.0.0', needs: [{ module: 'db', range: '<3' }], neededBefore: { '2.0.0': web.needs } },
    ]
    expect(starts({ modules: back, clusters: clusters.slice(0, 1) })).toEqual(['0 web>a', '1 db>a'])
    const there = { version: '2.0.0', generation: 1 }
    const has = [{ id: 'a', assigned: { ...there, at: 0 }, observed: { ...there, phase: 'ready' as const, since: 0 } }, { id: 'b' }]
    expect(starts({ modules: [{ ...db, clusters: has }, web], clusters: clusters.slice(0, 2) })).toEqual(['0 db>b', '0 web>a', '1 web>b'])
    const { modules } = forecastRollouts({ modules: [{ ...db, before: null }], clusters })
    expect(modules.db?.end.state?.baseline.version).toBe(null)
    const without = forecastRollouts({ modules: [db], clusters, assume: { installed: false } })
    expect(without.modules.db?.end.state?.baseline.version).toBe(null)
  })
  test('are removed when nothing needs them any more', () => {
    const modules = [
      { ...db, version: null },
      { ...web, version: null },
    ].map((module) => ({ ...module, rollout: { ...rollout, maxDeletions: 'all' as const } }))
    const result = forecastRollouts({ modules, clusters: clusters.slice(0, 1) })
    expect(result.steps.flatMap(({ at, module, actions }) => actions.map((action) => [at / minute, module, 'remove' in action]))).toEqual([
      [0, 'web', true],
      [1, 'db', true],
    ])
    const kept = forecastRollouts({ modules: [{ ...db, version: null }, web], clusters: clusters.slice(0, 1) })
    expect(kept.deadEnds.map(({ module, reason, clusters: at }) => [module, reason, at])).toContainEqual(['db', 'still-needed', ['a']])
  })
  test('fail by themselves, and hold up those that need them', () => {
    const modules = [{ ...db, assume: { failing: ['b'] } }, web]
    const result = forecastRollouts({ modules, clusters: clusters.slice(0, 2) })
    expect([result.modules.db?.phase, result.modules.web?.phase, result.modules.web?.cause?.code]).toEqual([
      'Halted',
      'Stalled',
      'dependency',
    ])
    expect(result.deadEnds.map(({ module, reason, clusters: at }) => [module, reason, at])).toEqual([
      ['db', 'failed', ['b']],
      ['web', 'dependency', ['b']],
      ['web', 'members', []],
    ])
  })
  test('are in one world, each with its own assumptions in place of those for all', () => {
    const slow = { ...db, assume: { readyAfter: '3m' } }
    const plain = { ...web, needs: [] }
    const { modules } = forecastRollouts({
      modules: [slow, plain],
      clusters,
      assume: { readyAfter: '2m', outages: [{ cluster: 'a', from: '1m', to: '9m' }] },
    })
    expect([modules.db?.duration, modules.web?.duration]).toEqual([9 * minute, 9 * minute])
    expect(modules.web?.bars.map(({ cluster, until }) => [cluster, (until ?? 0) / minute])).toEqual([
      ['a', 9],
      ['b', 2],
      ['c', 2],
      ['d', 2],
    ])
    const asked = { stages: [{ name: 'fleet', approvals: 1 }] }
    const approved = { modules: [{ ...db, rollout: asked }], clusters, assume: { approvals: '10m' } }
    expect(starts(approved)[0]).toBe('10 db>a')
    expect(starts({ ...approved, modules: [{ ...db, rollout: asked, assume: { approvals: 'never' } }] })).toEqual([])
  })
  test('share windows of time only where all of them do', () => {
    const windows = [{ from: 5 * minute, to: 100 * minute }]
    const freezes = [{ name: 'lunch', from: 0, to: 2 * minute }]
    const modules = [
      { ...db, windows },
      { ...web, needs: [] },
    ]
    const result = forecastRollouts({ modules, clusters: clusters.slice(0, 1), freezes, assume: { start: 0 } })
    expect(result.steps.flatMap(({ at, module, actions }) => (actions.length > 0 ? [[at / minute, module]] : []))).toEqual([
      [2, 'web'],
      [5, 'db'],
    ])
    expect(result.modules.db?.windowsUsed).toEqual(windows)
  })
  test('may have windows as people write them', () => {
    const windows = [{ schedule: '0 22 * * *', duration: '1h' }]
    const { modules } = forecastRollouts({ modules: [{ ...db, windows }], clusters: clusters.slice(0, 1), assume: { start: 0 } })
    expect(modules.db?.bars.map(({ from }) => from / minute)).toEqual([22 * 60])
  })
  test('stop at maxSteps, counted over all', () => {
    expect(forecastRollouts({ modules: [db, web], clusters, maxSteps: 3 }).steps).toHaveLength(4)
    expect(forecastRollouts({ modules: [db, web], clusters, maxSteps: 2 }).steps).toHaveLength(2)
  })
})

describe('budgets that modules share', () => {
  const budgets = [
    { id: 'fleet', limit: 3 },
    { id: 'region', limit: '50%', by: 'region' },
  ] as const
  const modules = [
    { ...db, rollout: byRegion },
    { ...web, needs: [], priority: 1 },
  ]
  test('are taken in turn, and the peaks say when and by whom', () => {
    const { peak } = forecastRollouts({ modules, clusters, budgets })
    expect(peak.budgets).toEqual([
      {
        budget: 'fleet',
        limit: 3,
        count: 2,
        at: 0,
        members: [
          { module: 'web', cluster: 'a' },
          { module: 'web', cluster: 'c' },
        ],
      },
      { budget: 'region', value: 'eu', limit: 1, count: 1, at: 0, members: [{ module: 'web', cluster: 'a' }] },
      { budget: 'region', value: 'us', limit: 1, count: 1, at: 0, members: [{ module: 'web', cluster: 'c' }] },
    ])
    const all = forecastRollouts({ modules, clusters, budgets: [{ id: 'none', limit: 'all' }] })
    expect(all.peak.budgets.map(({ limit, count }) => [limit, count])).toEqual([[Number.POSITIVE_INFINITY, 6]])
  })
  test('let one that waited too long go first', () => {
    const waiting = (patience: number): readonly string[] =>
      starts({
        modules: [db, { ...web, needs: [], priority: 1 }],
        clusters: clusters.slice(0, 3),
        budgets: [{ id: 'one', limit: 1 }],
        patience,
      })
    expect(waiting(60 * minute)).toEqual(['0 web>a', '1 web>b', '2 web>c', '3 db>a', '4 db>b', '5 db>c'])
    expect(waiting(2 * minute)).toEqual(['0 web>a', '1 web>b', '2 db>a', '3 web>c', '4 db>b', '5 db>c'])
  })
  test('name what is wrong with them', () => {
    const { modules: ends } = forecastRollouts({ modules: [db], clusters, budgets: [{ id: 'bad', limit: -1 }] })
    expect([ends.db?.phase, ends.db?.diagnostics[0]?.path]).toEqual(['Invalid', 'budgets[0].limit'])
  })
})

describe('peaks', () => {
  test('say when, and which module on which cluster; the first time of several', () => {
    const { peak } = forecastRollouts({
      modules: [
        { ...db, rollout: byRegion },
        { ...web, needs: [] },
      ],
      clusters,
    })
    expect([peak.concurrency.total, peak.unavailable.total, peak.concurrency.moment.at]).toEqual([6, 6, 0])
    expect(peak.concurrency.moment.members.map(({ module, cluster }) => `${module}>${cluster}`)).toEqual([
      'db>a',
      'db>c',
      'web>a',
      'web>b',
      'web>c',
      'web>d',
    ])
    expect(peak.unavailable.by('region')).toEqual({ eu: 3, us: 3 })
    expect(() => peak.unavailable.by('zone')).toThrow('by: found string "zone", accepted a label that some cluster has')
  })
  test('of one module too', () => {
    const rolling = {
      stages: [
        { name: 'canary', targets: ['d'] },
        { name: 'fleet', maxConcurrency: 2 },
      ],
    }
    const { peak } = forecast({ rollout: rolling, clusters, assume: { readyAfter: '5m' } })
    const on = (...ids: readonly string[]) => ids.map((cluster) => ({ module: 'module', cluster }))
    expect(peak.concurrency.moment).toEqual({ count: 2, at: 5 * minute, members: on('a', 'b') })
    expect(peak.unavailable.momentsBy('region')).toEqual({
      eu: { count: 2, at: 5 * minute, members: on('a', 'b') },
      us: { count: 1, at: 0, members: on('d') },
    })
    const nothing = forecast({ rollout: { stages: [{ name: 'fleet', approvals: 1 }] }, clusters, assume: { approvals: 'never' } })
    expect(nothing.peak.concurrency.moment).toEqual({ count: 0, at: 0, members: [] })
    expect(nothing.peak.concurrency.momentsBy('region').eu).toEqual({ count: 0, at: 0, members: [] })
  })
})

describe('what is about nothing that is there is refused', () => {
  const refused = (input: Partial<ForecastRolloutsInput>) => expect(() => forecastRollouts({ modules: [db], clusters, ...input }))
  test.each<readonly [Partial<ForecastRolloutsInput>, string]>([
    [{ modules: [] }, 'modules: found none, accepted one or more'],
    [{ modules: [db, { id: 'web' }] }, 'modules[1].rollout: found nothing, accepted a strategy, or a Module'],
    [{ modules: [{ rollout }] }, 'modules[0].id: found nothing, accepted a text, or a Module'],
    [{ modules: [db, db] }, 'modules[1].id: found string "db" twice, accepted each module once'],
    [
      { modules: [db, { ...web, needs: [{ module: 'dbs' }] }] },
      'modules[1].needs[0].module: found string "dbs", accepted the id of one of the modules',
    ],
    [
      { modules: [{ ...db, neededBefore: { '1': [{ module: 'x' }] } }] },
      'modules[0].neededBefore[1][0].module: found string "x", accepted the id of one of the modules',
    ],
    [
      { modules: [db, { ...web, needs: [{ module: 'db', range: 'two' }] }] },
      'modules[1].needs[0].range: found string "two", accepted a range of versions, such as ^1.4',
    ],
    [
      {
        modules: [
          { ...db, needs: [{ module: 'x' }] },
          { ...web, id: 'x' },
        ],
      },
      'modules: found modules that need one another: db → x → db, accepted needs without a cycle',
    ],
    [{ clusters: [] }, 'modules[0].clusters: found none that is selected, accepted one or more'],
    [{ clusters: [...clusters, { id: 'a' }] }, 'modules[0].clusters: found string "a" twice, accepted each id once'],
    [
      { modules: [{ ...db, assume: { failing: ['z'] } }] },
      'modules[0].assume.failing[0]: found string "z", accepted the id of one of the clusters',
    ],
    [
      { assume: { outages: [{ cluster: 'z', from: 0 }] } },
      'assume.outages[0].cluster: found string "z", accepted the id of one of the clusters',
    ],
    [{ budgets: [{ id: 'x', limit: 1, by: 'zone' }] }, 'budgets[0].by: found string "zone", accepted a label that some cluster has'],
    [
      { budgets: [{ id: 'x', limit: 1, selector: { matchLabels: { zone: '1' } } }] },
      'budgets[0].selector: found a selector that selects no cluster, accepted one that selects some',
    ],
    [
      { modules: [{ ...db, assume: { readyAfter: 'soon' } }] },
      'assume.readyAfter: found string "soon", accepted milliseconds, or a duration such as 5m',
    ],
  ])('%#: %j', (input, message) => refused(input).toThrow(message))
  test('what is wrong with freezes of all is named once, and with the windows of a module there', () => {
    const freezes = [{ name: 'x', schedule: 'then', duration: '1h' }]
    const windows = [{ schedule: 'soon', duration: '1h' }]
    refused({ modules: [db, { ...web, windows }], freezes, assume: { start: 0 } }).toThrow(
      /^modules\[1\]\.windows\[0\](?!.*modules\[\d\]\.freezes).*; freezes\[0\]/,
    )
  })
  test('when it begins is asked for once', () => {
    const windows = [{ from: 0, to: 1 }]
    const message = 'assume.start: found nothing, accepted when it begins: windows and freezes are about times'
    const said = [
      {
        modules: [
          { ...db, windows },
          { ...web, windows },
        ],
      },
      { freezes: [{ name: 'x', from: 0, to: 1 }] },
    ].map((input) => {
      try {
        return forecastRollouts({ modules: [db], clusters, ...input })
      } catch (error) {
        return (error as Error).message
      }
    })
    expect(said).toEqual([message, message])
  })
})

describe('the charts of several modules', () => {
  const result = forecastRollouts({
    modules: [
      { ...db, rollout: byRegion },
      { ...web, rollout: byRegion, assume: { failing: ['d'] } },
    ],
    clusters,
    budgets: [
      { id: 'fleet', limit: 'all' },
      { id: 'region', limit: 1, by: 'region' },
    ],
    assume: { readyAfter: '5m' },
  })
  test('have a heading for each module and stage, and say how each ends', () => {
    expect(formatRolloutGantt(result, { width: 30 }).replaceAll(/ +$/gm, '').split('\n')).toEqual([
      'db / fleet',
      '  a =======|                       0s +5m',
      '  c =======|                       0s +5m',
      '  b        ========|               5m +5m',
      '  d        ========|               5m +5m',
      'web / fleet',
      '  a                =======|        10m +5m',
      '  c                =======|        10m +5m',
      '  b                       =======| 15m +5m',
      '  d                       =======x 15m +5m',
      'db: Complete after 10m',
      'web: Halted after 20m: more targets failed in fleet than are tolerated: 1 (d)',
      'at most 2 unavailable, 2 at once',
      'fleet: at most 2 of all, first after 0s',
      'region of eu: at most 1 of 1, first after 0s',
      'region of us: at most 1 of 1, first after 0s',
    ])
  })
  test('as Mermaid', () => {
    expect(rolloutMermaid(result).split('\n').slice(1, 7)).toEqual([
      '  title db Complete, web Halted',
      '  dateFormat x',
      '  axisFormat %H:%M:%S',
      '  section db / fleet',
      '  a :done, 0, 300000',
      '  c :done, 0, 300000',
    ])
    expect(rolloutMermaid(result)).toContain('  section web / fleet\n  a :done, 600000, 900000')
  })
})
