import fc from 'fast-check'
import { FleetkitError } from 'fleetkit'
import { type FleetAssumptions, FleetHistory, type FleetInput, type FleetModule, forecastFleet } from 'fleetkit/fleet'
import { describe, expect, test } from 'vitest'
import { runs } from '../../random-tests.ts'
import { FleetWorld } from './fleet-world.ts'

const minute = 60_000
const reach = { ok: true, since: 0 }
const clusters = ['eu-1', 'eu-2', 'us-1', 'us-2'].map((id) => ({ id, labels: { region: id.slice(0, 2) }, reach }))
const inputOf = (modules: readonly FleetModule[], more: Partial<FleetInput> = {}): FleetInput => ({ now: 0, clusters, modules, ...more })
const staged = {
  stages: [
    { name: 'canary', limit: 1, soak: 10 * minute },
    { name: 'fleet', maxConcurrency: 2 },
  ],
}
const shop: FleetModule = { id: 'shop', revision: 'v5', selector: {}, rollout: staged }
const minutesOf = (input: FleetInput, assume?: FleetAssumptions): readonly string[] =>
  forecastFleet(input, assume).steps.flatMap(({ at, assignments }) =>
    assignments.map(({ cluster, module, revision }) => `${at / minute} ${module} ${revision} ${cluster}`),
  )

describe('a forecast of a fleet', () => {
  test('says what is assigned when, to the end', () => {
    expect(minutesOf(inputOf([shop]), { readyAfter: '5m' })).toEqual([
      '0 shop v5 eu-1',
      '15 shop v5 eu-2',
      '15 shop v5 us-1',
      '20 shop v5 us-2',
    ])
    const { modules, duration, deadEnds, peak } = forecastFleet(inputOf([shop]), { readyAfter: '5m' })
    expect(modules.shop).toMatchObject({ phase: 'Complete', done: 4 })
    expect([duration / minute, deadEnds, peak.updating.total]).toEqual([25, [], 2])
    expect(peak.updating.by('region')).toEqual({ eu: 1, us: 1 })
  })

  test('has what modules need before them, under budgets that all share', () => {
    const modules = [
      { id: 'web', revision: 'v2', selector: {}, names: ['eu-1', 'us-1'] },
      { id: 'db', revision: 'v2', selector: {}, names: ['eu-1', 'us-1'] },
    ]
    const revisions = [{ module: 'web', id: 'v2', needs: [{ module: 'db' }] }]
    expect(minutesOf(inputOf(modules, { revisions, policy: { budgets: [{ id: 'fleet', limit: 1 }] } }))).toEqual([
      '0 db v2 eu-1',
      '1 db v2 us-1',
      '2 web v2 eu-1',
      '3 web v2 us-1',
    ])
  })

  test('ends where a cluster fails, and says why', () => {
    const { modules, deadEnds, end } = forecastFleet(inputOf([shop]), { failing: ['eu-1'], failsAfter: '2m' })
    expect(modules.shop).toMatchObject({ phase: 'Halted', done: 0 })
    expect(deadEnds.map(({ module, reason, clusters: of }) => [module, reason, of])).toEqual([
      ['shop', 'failed', ['eu-1']],
      ['shop', 'halted', ['eu-2', 'us-1', 'us-2']],
      ['shop', 'min-done', []],
    ])
    expect(end.now).toBe(2 * minute)
    // With what it ends with another one goes on.
    const retried = { ...end, modules: [{ ...shop, nonce: 'again' }] }
    expect(forecastFleet(retried).modules.shop?.phase).toBe('Complete')
  })

  test('lets a module fail that is named, and no other', () => {
    const other = { ...shop, id: 'other' }
    const { modules } = forecastFleet(inputOf([shop, other]), { modules: { shop: { failing: { matchLabels: { region: 'eu' } } } } })
    expect([modules.shop?.phase, modules.other?.phase]).toEqual(['Halted', 'Complete'])
  })

  test('asks people and checks, and waits for those that never answer', () => {
    const rollout = {
      stages: [
        { name: 'canary', limit: 1, checks: [{ name: 'smoke' }] },
        { name: 'fleet', approvals: 2 },
      ],
    }
    const input = inputOf([{ ...shop, rollout }])
    expect(minutesOf(input, { approvals: '1h', checks: '10m' })).toContain('71 shop v5 eu-2')
    expect(forecastFleet(input, { failingChecks: ['smoke'] }).modules.shop?.phase).toBe('Halted')
    const { modules, deadEnds } = forecastFleet(input, { approvals: 'never' })
    expect(modules.shop?.phase).toBe('Running')
    expect(deadEnds).toContainEqual(expect.objectContaining({ module: 'shop', reason: 'approval' }))
  })

  test('ends though windows open again and again, when nothing is decided any more', () => {
    const rollout = { stages: [{ name: 'fleet', approvals: 1 }] }
    const policy = { freezes: [{ name: 'hourly', schedule: '0 * * * *', duration: '1m' }] }
    const { modules, steps } = forecastFleet(inputOf([{ ...shop, rollout }], { policy }), { approvals: 'never' })
    expect([modules.shop?.phase, steps.length]).toEqual(['Running', 1])
  })

  test('leaves a cluster for later that cannot be reached', () => {
    const outages = [{ cluster: 'us-1', from: 0, to: '1h' }]
    expect(minutesOf(inputOf([shop]), { outages })).toEqual(['0 shop v5 eu-1', '11 shop v5 eu-2', '11 shop v5 us-2', '60 shop v5 us-1'])
  })

  test('goes on with what is in progress when it begins', () => {
    const assigned = { version: 'v5', generation: 3, at: -minute }
    const assemblages = [{ cluster: 'eu-1', modules: [{ module: 'shop', assigned, observed: null }] }]
    expect(minutesOf(inputOf([shop], { assemblages }), { readyAfter: '2m' })).toEqual([
      '12 shop v5 eu-2',
      '12 shop v5 us-1',
      '14 shop v5 us-2',
    ])
    expect(forecastFleet(inputOf([shop], { assemblages }), { failing: ['eu-1'] }).modules.shop?.phase).toBe('Halted')
  })

  test('fills a history', () => {
    const history = new FleetHistory()
    for (const event of forecastFleet(inputOf([shop])).events) history.add(event)
    expect(history.moduleAt('shop', 11 * minute).map(({ cluster, running, assigned }) => [cluster, running, assigned])).toEqual([
      ['eu-1', 'v5', 'v5'],
      ['eu-2', undefined, 'v5'],
      ['us-1', undefined, 'v5'],
    ])
  })

  test.each<[string, FleetAssumptions, string]>([
    ['a cluster', { failing: ['eu-9'] }, 'assume.failing[0]: found string "eu-9", accepted the id of one of the clusters'],
    ['a selector', { failing: { matchLabels: { region: 'ap' } } }, 'assume.failing: found a selector that selects no cluster'],
    ['an outage', { outages: [{ cluster: 'x', from: 0 }] }, 'assume.outages[0].cluster: found string "x"'],
    ['a module', { modules: { none: {} } }, 'assume.modules[none]: found string "none", accepted the id of one of the modules'],
    ['a number', { failsTimes: -1 }, 'assume.failsTimes: found number -1, accepted a whole number from 0'],
    ['a time', { readyAfter: 'soon' }, 'assume.readyAfter: found string "soon", accepted milliseconds'],
  ])('refuses to assume %s that is not there', (_, assume, message) => {
    expect(() => forecastFleet(inputOf([shop]), assume)).toThrow(FleetkitError)
    expect(() => forecastFleet(inputOf([shop]), assume)).toThrow(message)
  })
})

test('no forecast goes beyond a shared budget, and each ends', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 5 }), fc.nat({ max: 1000 }), (count, modules, seed) => {
      const world = new FleetWorld(count, modules)
      world.happen({ type: 'policy', to: seed % 3 })
      world.happen({ type: 'respecify', module: seed, to: seed })
      const {
        steps,
        peak,
        modules: ends,
      } = forecastFleet(world.input, { readyAfter: (cluster) => (cluster.length + seed) * 1000, maxSteps: 5000 })
      const { budgets = [] } = world.policy
      for (const { limit, by } of budgets) {
        if (typeof limit !== 'number') continue
        const most = by === undefined ? [peak.updating.total] : Object.values(peak.updating.by(by))
        for (const used of most) expect(used).toBeLessThanOrEqual(limit)
      }
      expect(steps.length).toBeLessThan(5000)
      for (const { phase } of Object.values(ends)) expect(phase).not.toBe('Running')
    }),
    { numRuns: runs(100) },
  )
})
