import { type KubeObject, Module, type ModuleInput } from 'fleetkit'
import type { AwaitedApproval } from 'fleetkit/fleet'
import { type Assumptions, type Forecast, forecast, forecastRollback } from 'fleetkit/forecast'
import { RolloutOperations } from 'fleetkit/operations'
import { Canary, OneAtATime, Rolling, type RolloutStrategy, Staged } from 'fleetkit/rollout'
import {
  type FleetSimulation,
  type SimulatedCluster,
  type SimulatedFleet,
  type SimulateFleetOptions,
  simulateFleet,
} from 'fleetkit/testing'
import { describe, expect, test } from 'vitest'
import { readRecipes } from '../../scripts/cookbook.ts'

const minute = 60_000
const hour = 60 * minute
const url = 'https://git.example.com/shop.git'
/** What the engine takes to notice and to write what a forecast decides at once. */
const lateMs = 5000

/** An assignment that a cluster was given. */
interface Start {
  readonly cluster: string
  readonly module: string
  readonly version: string | undefined
  readonly at: number
}

type Simulated = FleetSimulation & { readonly starts: readonly Start[] }

const idsOf = (...ids: readonly string[]): readonly SimulatedCluster[] => ids.map((id) => ({ id }))
const moduleOf = (rollout: RolloutStrategy | undefined, spec: Partial<ModuleInput['spec']> = {}, name = 'shop', tag = 'v1'): Module =>
  new Module({
    metadata: { name },
    spec: { source: { git: { url, tag } }, clusters: {}, ...(rollout !== undefined && { rollout: rollout as never }), ...spec },
  })

/** Runs a fleet on the engine, and notes what clusters are assigned. Nothing may be wrong with it. */
async function run(options: SimulateFleetOptions): Promise<Simulated> {
  const starts: Start[] = []
  const known = new Map<string, string | undefined>()
  const simulation = await simulateFleet({
    during: 0,
    endsWithin: '80h',
    ...options,
    invariants: {
      noted(fleet) {
        for (const { cluster, module, assigned } of fleet.pairs()) {
          const key = `${cluster} ${module}`
          if (known.get(key) !== assigned && (known.has(key) || assigned !== 'v1' || options.installed === false || fleet.now > lateMs))
            starts.push({ cluster, module, version: assigned, at: fleet.now })
          known.set(key, assigned)
        }
        return true
      },
    },
  })
  expect(simulation.violations).toEqual([])
  return { ...simulation, starts }
}

/** A version goes out as a forecast says, on the engine. */
function released(
  rollout: RolloutStrategy,
  clusters: readonly SimulatedCluster[],
  assume: Assumptions,
  spec?: Partial<ModuleInput['spec']>,
) {
  const { start, readyAfter = '1m', failing, outages } = assume
  return run({
    clusters,
    modules: [moduleOf(rollout, spec)],
    start,
    world: { readyAfter, failing, outages },
    scenario: (fleet) => fleet.release('shop', 'v2'),
  })
}

/** The same clusters are started in the same order, at the same times. */
function expectAs({ starts, phase }: Simulated, { bars, phase: foreseen }: Forecast): void {
  expect(phase('shop')).toBe(foreseen)
  const sorted = (list: readonly { readonly cluster: string; readonly at: number }[]): readonly string[] =>
    list.toSorted((a, b) => Math.round((a.at - b.at) / minute) || (a.cluster < b.cluster ? -1 : 1)).map(({ cluster }) => cluster)
  const expected = bars.map(({ cluster, from }) => ({ cluster, at: from }))
  expect(sorted(starts)).toEqual(sorted(expected))
  for (const cluster of new Set(expected.map((each) => each.cluster))) {
    const times = (list: readonly { readonly cluster: string; readonly at: number }[]) =>
      list.filter((each) => each.cluster === cluster).map(({ at }) => at)
    for (const [index, at] of times(starts).entries())
      expect(Math.abs(at - (times(expected)[index] as number)), `${cluster} at ${at}`).toBeLessThan(lateMs)
  }
}

/** A schema, and an application that needs it in a range, become another version: what each was assigned. */
function schemaAndApp(from: string, to: string): Promise<Simulated> {
  const rollout = new Rolling({ maxUnavailable: 1 })
  const app = (version: string): Module =>
    moduleOf(rollout, { dependsOn: [{ name: 'schema', version: version === '1.0.0' ? '>=1' : '^2' }] }, 'app', version)
  return run({
    clusters: idsOf('a', 'b'),
    modules: [moduleOf(rollout, {}, 'schema', from), app(from)],
    world: { readyAfter: '5m' },
    scenario: async (fleet) => {
      await fleet.add(app(to))
      await fleet.release('schema', to)
      for (const module of ['schema', 'app']) await fleet.until(module, 'Complete')
    },
  })
}

/** Whether one module was ready on a cluster, which takes five minutes, before the other was assigned. */
function readyBefore(starts: readonly Start[], cluster: string, first: string, second: string): boolean {
  const at = (module: string): number => starts.findLast((each) => each.cluster === cluster && each.module === module)?.at ?? Number.NaN
  return at(second) - at(first) >= 5 * minute
}

/** What people do to the rollouts of a fleet. */
const operationsOn = (fleet: SimulatedFleet): RolloutOperations =>
  new RolloutOperations({ store: fleet.store, namespace: fleet.refOf('Module', 'shop').namespace as string })

/** Approves of the stage that waits. */
async function approve(fleet: SimulatedFleet): Promise<void> {
  const [awaited] = await operationsOn(fleet).awaiting('shop')
  const { stage, digest } = awaited as AwaitedApproval
  await operationsOn(fleet).approve('shop', { stage, digest, by: 'ada' })
}

/** By the number of the recipe: what of it runs through the engine. */
const situations: Readonly<Record<number, () => Promise<void>>> = {
  1: async () => {
    const clusters = ['eu-1', 'eu-2', 'us-1', 'us-2'].map((id) => ({ id, labels: { region: id.slice(0, 2) } }))
    const rollout = new Staged(
      ['eu', 'us'].map((region) => ({ name: region, selector: { matchLabels: { region } }, maxUnavailable: 1, soak: '1h' })),
    )
    const assume = { readyAfter: '5m' }
    expectAs(await released(rollout, clusters, assume), forecast({ rollout, clusters, assume }))
  },
  2: async () => {
    const start = Date.parse('2026-11-27T08:00:00Z')
    const clusters = ['bank-1', 'shop-1', 'shop-2'].map((id) => ({ id, labels: { customer: id.slice(0, 4) } }))
    const selector = { matchLabels: { customer: 'shop' } }
    const [from, to] = ['2026-11-27T08:00:00Z', '2026-11-27T20:00:00Z'] as const
    const rollout = new Rolling({ maxUnavailable: 1 })
    const assume = { start, readyAfter: '10m' }
    const freezes = [{ name: 'sale', from: Date.parse(from), to: Date.parse(to), selector }]
    const simulated = await released(rollout, clusters, assume, { freezes: [{ name: 'sale', from, to, selector }] })
    expectAs(simulated, forecast({ rollout, clusters, freezes, assume }))
  },
  3: async () => {
    const { starts, phase } = await run({
      clusters: idsOf('a', 'b', 'c'),
      modules: [moduleOf(new Rolling({ maxUnavailable: 1 }))],
      scenario: async (fleet) => {
        await fleet.release('shop', 'v2')
        await fleet.after('30s')
        await fleet.suspend('shop')
        await fleet.after('30m')
        expect([fleet.phase('shop'), ...['a', 'b', 'c'].map((id) => fleet.version(id, 'shop'))]).toEqual(['Paused', 'v2', 'v1', 'v1'])
        await fleet.suspend('shop', false)
      },
    })
    expect([phase('shop'), starts.map(({ cluster }) => cluster)]).toEqual(['Complete', ['a', 'b', 'c']])
    expect((starts[1] as Start).at).toBeGreaterThan(30 * minute)
  },
  4: async () => {
    const clusters = Array.from({ length: 200 }, (_, number) => ({ id: `store-${String(number + 1).padStart(3, '0')}` }))
    const outages = clusters.slice(0, 15).map(({ id }) => ({ cluster: id, from: 0, to: '6h' }))
    const rollout = new Rolling({ maxUnavailable: 20, maxConcurrency: 20, progressDeadline: '30m' })
    const { starts, phase, peak, end } = await released(rollout, clusters, { readyAfter: '10m', outages })
    expect([phase('shop'), peak.updating.total]).toEqual(['Complete', 20])
    const [early, late] = [starts.filter(({ at }) => at < 6 * hour), starts.filter(({ at }) => at >= 6 * hour)]
    expect([early.length, late.length]).toEqual([185, 15])
    expect((early.at(-1) as Start).at).toBeLessThan(100 * minute)
    expect(end.version('store-001', 'shop')).toBe('v2')
  },
  5: async () => {
    const clusters = idsOf('a', 'b', 'c', 'd')
    const rollout = new OneAtATime({ maxFailures: 'all', onFailure: 'revert' })
    const simulated = await released(rollout, clusters, { failing: ['b'] })
    expectAs(simulated, forecast({ rollout, clusters, assume: { failing: ['b'] } }))
    expect(simulated.end.version('b', 'shop')).toBe('v1')
  },
  6: async () => {
    const clusters = idsOf('a', 'b', 'c', 'd', 'e')
    const rollout = new Rolling({ maxUnavailable: 1, onHalt: 'revertAll' })
    const simulated = await released(rollout, clusters, { failing: ['c'] })
    expectAs(simulated, forecast({ rollout, clusters, assume: { failing: ['c'] } }))
    expect(new Set(clusters.map(({ id }) => simulated.end.version(id, 'shop')))).toEqual(new Set(['v1']))
  },
  7: async () => {
    const clusters = Array.from({ length: 500 }, (_, number) => ({ id: `cluster-${String(number + 1).padStart(3, '0')}` }))
    const rollout = new Staged([{ name: 'ring', waves: ['1%', '5%', '20%'], soak: '1h' }])
    const { starts, phase } = await released(rollout, clusters, { readyAfter: '10m' })
    expect(phase('shop')).toBe('Complete')
    const rings = Map.groupBy(starts, ({ at }) => Math.round(at / (10 * minute)) * 10)
    expect([...rings].map(([at, of]) => [at, of.length])).toEqual([
      [0, 5],
      [70, 25],
      [140, 100],
      [210, 370],
    ])
  },
  8: async () => {
    const releases = async (fleet: SimulatedFleet): Promise<void> => {
      for (const tag of ['v2', 'v3', 'v4']) {
        await fleet.release('shop', tag)
        await fleet.after('2h')
      }
    }
    const of = (rollout: Canary) => run({ clusters: idsOf('a', 'b'), modules: [moduleOf(rollout)], scenario: releases })
    const queued = await of(new Canary({ limit: 1, soak: '6h', supersede: { mode: 'queue' } }))
    expect(queued.starts.slice(0, 3).map(({ cluster, version }) => `${cluster} ${version}`)).toEqual(['a v2', 'b v2', 'a v4'])
    const careless = await of(new Canary({ limit: 1, soak: '6h' }))
    expect(careless.starts.map(({ cluster, version }) => `${cluster} ${version}`)).toEqual(['a v2', 'a v3', 'a v4', 'b v4'])
  },
  9: async () => {
    const zones = { berlin: 'Europe.Berlin', 'new-york': 'America.New_York', tokyo: 'Asia.Tokyo' }
    const clusters = Object.entries(zones).map(([id, zone]) => ({ id, labels: { zone } }))
    const windows = [{ schedule: '0 9 * * 1-5', duration: '8h', timeZoneLabel: 'zone' }]
    const rollout = new Staged([{ name: 'fleet' }])
    for (const day of ['2026-10-21T22:00:00Z', '2026-10-25T22:00:00Z']) {
      const start = Date.parse(day)
      expectAs(await released(rollout, clusters, { start }, { windows }), forecast({ rollout, clusters, windows, assume: { start } }))
    }
  },
  10: async () => {
    const clusters = ['dev-1', 'dev-stray', 'pre-1', 'prod-1', 'prod-2'].map((id) => ({
      id,
      labels: { tier: id.slice(0, id.indexOf('-')) },
    }))
    const stage = (tier: string) => ({ name: tier, selector: { matchLabels: { tier } } })
    const rollout = new Staged([
      { ...stage('dev'), maxFailures: 1 },
      { ...stage('pre'), soak: '30m' },
      { ...stage('prod'), approvals: 1, maxUnavailable: 1 },
    ])
    const simulated = await run({
      clusters,
      modules: [moduleOf(rollout)],
      world: { readyAfter: '5m', failing: ({ cluster, version }) => cluster === 'dev-stray' && version === 'v2' },
      scenario: async (fleet) => {
        await fleet.release('shop', 'v2')
        // As in the forecast: two hours after the rest of what the stage waits for.
        await fleet.after('2h40m')
        await approve(fleet)
      },
    })
    expectAs(simulated, forecast({ rollout, clusters, assume: { readyAfter: '5m', failing: ['dev-stray'], approvals: '2h' } }))
  },
  11: async () => {
    const clusters = ['a1', 'a2', 'b1', 'b2', 'c1', 'c2'].map((id) => ({ id, labels: { zone: id.slice(0, 1) } }))
    const rollout = new Canary({ limit: 1, limitBy: 'zone', soak: '10m', next: new Rolling({ maxUnavailable: '50%' }) })
    const assume = { readyAfter: '10m' }
    const simulated = await released(rollout, clusters, assume)
    expectAs(simulated, forecast({ rollout, clusters, assume }))
    expect(simulated.peak.updating.total).toBe(3)
  },
  12: async () => {
    const clusters = ['a', 'b'].map((id) => ({ id, labels: { role: id === 'a' ? 'canary' : 'rest' } }))
    const modules = [moduleOf(new Staged([{ name: 'canary', selector: { matchLabels: { role: 'canary' } } }, { name: 'fleet' }]))]
    const outages = [{ cluster: 'a', from: 0 }]
    const release = (fleet: SimulatedFleet): Promise<void> => fleet.release('shop', 'v2')
    const offline = await run({ clusters, modules, world: { outages }, scenario: release })
    expect([offline.phase('shop'), offline.starts]).toEqual(['Stalled', []])
    expect(offline.end.message('shop')).toContain('canary waits for at least 1 to be done (now 0, 1 cannot be reached)')
    const paused = await run({
      clusters,
      modules,
      scenario: async (fleet) => {
        const object = (await fleet.store.get(fleet.refOf('Cluster', 'a'))) as KubeObject
        await fleet.store.update({ ...object, spec: { ...(object.spec as object), suspend: true } as never })
        await fleet.release('shop', 'v2')
        await fleet.until('shop', 'Stalled')
        expect(fleet.message('shop')).toContain('canary waits for at least 1 to be done (now 0, 1 on hold or invalid)')
        const held = (await fleet.store.get(fleet.refOf('Cluster', 'a'))) as KubeObject
        await fleet.store.update({ ...held, spec: { ...(held.spec as object), suspend: false } as never })
        await fleet.until('shop', 'Complete')
      },
    })
    expect(paused.starts.map(({ cluster }) => cluster)).toEqual(['a', 'b'])
  },
  13: async () => {
    const rollout = new Rolling({ maxUnavailable: 1 })
    const needs = (version: string) => ({ dependsOn: [{ name: 'db', version }] })
    const { starts, phase } = await run({
      clusters: idsOf('a', 'b', 'c'),
      modules: [moduleOf(rollout, {}, 'db', '1.0.0'), moduleOf(rollout, needs('^1'), 'web', '1.0.0')],
      world: { readyAfter: '5m' },
      scenario: async (fleet) => {
        await fleet.add(moduleOf(rollout, needs('^2'), 'web', '2.0.0'))
        await fleet.release('db', '2.0.0')
      },
    })
    expect([phase('db'), phase('web')]).toEqual(['Complete', 'Complete'])
    for (const [cluster, index] of [
      ['a', 0],
      ['b', 1],
      ['c', 2],
    ] as const) {
      const at = (module: string): number =>
        Math.round(
          (starts.find((each) => each.cluster === cluster && each.module === module && each.version === '2.0.0')?.at ?? -1) / minute,
        )
      expect([at('db'), at('web')]).toEqual([5 * index, 5 * index + 5])
    }
  },
  14: async () => {
    const { starts, phase, end } = await run({
      clusters: idsOf('a', 'bank', 'c'),
      modules: [moduleOf(new Rolling({ maxUnavailable: 1 }))],
      scenario: async (fleet) => {
        await fleet.until('shop', 'Complete')
        const { status } = (await fleet.store.get(fleet.refOf('Module', 'shop'))) as KubeObject
        const { revision } = status as { readonly revision: string }
        await operationsOn(fleet).pin({ module: 'shop', cluster: 'bank' }, { revision, by: 'ada', reason: 'by contract' })
        await fleet.release('shop', 'v2')
        await fleet.until('shop', 'Complete')
      },
    })
    const updated = starts.filter(({ version }) => version === 'v2').map(({ cluster }) => cluster)
    expect([phase('shop'), updated, end.version('bank', 'shop')]).toEqual(['Complete', ['a', 'c'], 'v1'])
  },
  15: async () => {
    const of = (region: string) => ({ region })
    const rollout = new Staged(['eu', 'us'].map((region) => ({ name: region, selector: { matchLabels: { region } }, soak: '1h' })))
    const { starts, phase } = await run({
      clusters: [
        { id: 'eu-1', labels: of('eu') },
        { id: 'us-1', labels: of('us') },
      ],
      modules: [moduleOf(rollout)],
      scenario: async (fleet) => {
        await fleet.release('shop', 'v2')
        await fleet.after('10s')
        await fleet.join({ id: 'eu-2', labels: of('eu') })
        await fleet.join({ id: 'us-2', labels: of('us') })
      },
    })
    expect(phase('shop')).toBe('Complete')
    const first = (cluster: string) => starts.find((each) => each.cluster === cluster)
    expect([first('eu-2')?.version, first('us-2')?.version]).toEqual(['v2', 'v1'])
    expect(first('us-2')?.at).toBeLessThan(minute)
  },
  16: async () => {
    const { starts, phase, end } = await run({
      clusters: idsOf('a', 'b'),
      modules: [moduleOf(new Rolling({ maxUnavailable: 1 }))],
      scenario: async (fleet) => {
        await fleet.release('shop', 'v2')
        await fleet.until('shop', 'Complete')
        await fleet.leave('b')
        await fleet.after('1m')
        await fleet.join({ id: 'b' })
        await fleet.after('10s')
        expect(fleet.updating().map(({ cluster }) => cluster)).toEqual(['b'])
      },
    })
    expect([phase('shop'), end.version('b', 'shop'), starts.at(-1)?.cluster]).toEqual(['Complete', 'v2', 'b'])
  },
  17: async () => {
    const start = Date.parse('2026-12-20T00:00:00Z')
    const freezes = [{ name: 'holidays', from: '2026-12-19T00:00:00Z', to: '2027-01-02T00:00:00Z' }]
    const { starts, phase } = await run({
      clusters: idsOf('a', 'b'),
      modules: [moduleOf(new Rolling({ maxUnavailable: 1 }), { freezes })],
      start,
      world: { readyAfter: '5m' },
      scenario: async (fleet) => {
        await fleet.release('shop', 'v2-fix')
        await fleet.after('1h')
        expect(fleet.updating()).toEqual([])
        await operationsOn(fleet).declareEmergency('shop', { by: 'ada', reason: 'CVE-2026-1' })
        await fleet.after('1m')
        // Budgets hold.
        expect(fleet.updating().map(({ cluster }) => cluster)).toEqual(['a'])
        expect(fleet.explain('b', 'shop')).toMatchObject({ reason: 'unavailable' })
      },
    })
    expect([phase('shop'), starts.map(({ cluster, version }) => `${cluster} ${version}`)]).toEqual(['Complete', ['a v2-fix', 'b v2-fix']])
  },
  18: async () => {
    const clusters = idsOf('a', 'b', 'c', 'd')
    const rollout = new Staged([
      { name: 'canary', limit: 1, soak: '2h' },
      { name: 'fleet', approvals: 1, maxUnavailable: 2 },
    ])
    const assume = { readyAfter: '5m', failing: ['c'] }
    let halted = 0
    const { starts, phase } = await run({
      clusters,
      modules: [moduleOf(rollout)],
      world: { readyAfter: '5m', failing: ({ cluster, version }) => cluster === 'c' && version === 'v2' },
      scenario: async (fleet) => {
        await fleet.release('shop', 'v2')
        await fleet.after('2h6m')
        await approve(fleet)
        await fleet.until('shop', 'Halted')
        halted = fleet.now
        await fleet.release('shop', 'v1')
      },
    })
    expect(forecast({ rollout, clusters, assume }).phase).toBe('Halted')
    const back = forecastRollback({ rollout, clusters, assume })
    expect([phase('shop'), back.phase]).toEqual(['Complete', 'Complete'])
    // No soak is waited for.
    expect((starts.at(-1) as Start).at - halted).toBeLessThan(back.duration)
  },
  19: async () => {
    const git = { url, promoteFrom: { name: 'staging' } }
    const tier = (name: string) => ({ clusters: { matchLabels: { tier: name } } })
    const { starts, phase, end } = await run({
      clusters: ['staging-1', 'prod-1', 'prod-2'].map((id) => ({ id, labels: { tier: id.slice(0, id.indexOf('-')) } })),
      modules: [moduleOf(undefined, tier('staging'), 'staging'), moduleOf(undefined, { ...tier('prod'), source: { git } }, 'prod')],
      world: { readyAfter: '5m' },
      scenario: async (fleet) => {
        await fleet.release('staging', 'v2')
        await fleet.after('4m')
        expect(fleet.pair('prod-1', 'prod')?.assigned).toBe('v1')
        await fleet.until((view) => view.version('prod-1', 'prod') === 'v2')
      },
    })
    expect([phase('staging'), phase('prod'), end.version('prod-2', 'prod')]).toEqual(['Complete', 'Complete', 'v2'])
    expect((starts.find(({ module }) => module === 'prod') as Start).at).toBeGreaterThanOrEqual(5 * minute)
  },
  20: async () => {
    const { starts } = await schemaAndApp('1.0.0', '2.0.0')
    for (const cluster of ['a', 'b']) expect(readyBefore(starts, cluster, 'schema', 'app')).toBe(true)
  },
}

describe('the situations of the cookbook come out on the engine as the forecast says', () => {
  const titles = readRecipes().map(({ title }) => [Number.parseInt(title, 10), title] as const)

  test('each of them is run', () => {
    expect(Object.keys(situations).map(Number)).toEqual(titles.map(([number]) => number))
  })
  test.each(titles)('%i: %s', async (number) => situations[number]?.())
  test('20, the rollback: the application is ready with its older version before the schema is changed', async () => {
    const { starts } = await schemaAndApp('2.0.0', '1.0.0')
    for (const cluster of ['a', 'b']) expect(readyBefore(starts, cluster, 'app', 'schema')).toBe(true)
  })
})
