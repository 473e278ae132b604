import { execFileSync } from 'node:child_process'
import { Module, type ModuleInput } from 'fleetkit'
import { AllAtOnce, Rolling, Staged } from 'fleetkit/rollout'
import { type FleetRule, type SimulateFleetOptions, simulateFleet, simulateSeeds } from 'fleetkit/testing'
import { describe, expect, test } from 'vitest'
import { root } from '../../scripts/entry-points.ts'
import { seed as first, runs } from '../random-tests.ts'

const source = { git: { url: 'https://git.example.com/shop.git', tag: 'v1' } }
const moduleOf = (name: string, spec: Partial<ModuleInput['spec']> = {}): ModuleInput => ({
  metadata: { name },
  spec: { source, clusters: {}, ...spec },
})
const clusters = ['eu-1', 'eu-2', 'us-1', 'us-2'].map((id) => ({ id, labels: { region: id.slice(0, 2) } }))
const shop = moduleOf('shop', { rollout: new Rolling({ maxUnavailable: 1 }) })
const calm: SimulateFleetOptions = { clusters, modules: [shop], during: 0 }
/** Two modules, one of which needs the other, in a world in which everything goes wrong. */
const stormy: SimulateFleetOptions = {
  clusters,
  modules: [
    moduleOf('base', { rollout: new Rolling({ maxUnavailable: 2 }) }),
    moduleOf('shop', { dependsOn: [{ name: 'base' }], rollout: new Rolling({ maxUnavailable: 1, within: 'region' }) }),
  ],
  policy: { budgets: [{ id: 'fleet', limit: 2 }] },
  during: '20m',
  world: {
    readyAfter: ['5s', '2m'],
    failing: ['us-2'],
    failsTimes: 1,
    managers: 2,
    crashes: 2,
    partitions: 1,
    clockJumps: 1,
    outages: 2,
    faults: { fail: 0.05, lose: 0.02, twice: 0.02, drop: 0.05, relist: 0.02, delayMs: 500 },
  },
  scenario: async (fleet) => {
    await fleet.after('1m')
    await fleet.release('base', 'v2')
    await fleet.release('shop', 'v2')
    await fleet.after('5m')
    await fleet.release('shop', 'v3')
  },
}

test('whatever goes wrong, every rule holds under every seed, and nothing is lost', async () => {
  const { seeds, text, failure, assignments, faults } = await simulateSeeds(runs(12), () => stormy, { from: first * 1000 })
  expect(failure, text).toBeUndefined()
  expect(seeds).toBe(runs(12))
  // A world in which nothing happens shows nothing.
  expect(assignments).toBeGreaterThan(8 * seeds)
  expect(faults).toBeGreaterThan(seeds)
})

describe('one seed is one run', () => {
  test('line by line, and in another process', async () => {
    const { trace } = await simulateFleet({ ...stormy, seed: 5, verbose: true })
    expect(trace.split('\n').length).toBeGreaterThan(100)
    expect((await simulateFleet({ ...stormy, seed: 5, verbose: true })).trace).toBe(trace)
    const program = `
      import { simulateFleet } from 'fleetkit/testing'
      const { trace } = await simulateFleet({ ...${JSON.stringify({ ...stormy, scenario: undefined })}, seed: 5, scenario: ${String(stormy.scenario)}, verbose: true })
      process.stdout.write(trace)`
    const options = ['--conditions=fleetkit:source', '--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', program]
    expect(execFileSync(process.execPath, options, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 26 })).toBe(trace)
  })
  test('and another seed is another', async () => {
    const traces = await Promise.all([1, 2].map(async (seed) => (await simulateFleet({ ...stormy, seed })).trace))
    expect(traces[0]).not.toBe(traces[1])
  })
})

describe('a scenario', () => {
  test('releases, waits, and ends with the version everywhere; the trace says how', async () => {
    const { violations, trace, phase, end, peak, summary } = await simulateFleet({
      ...calm,
      world: { readyAfter: '5m' },
      scenario: async (fleet) => {
        expect(fleet.version('eu-1', 'shop')).toBe('v1')
        // Nothing need be awaited but time.
        void fleet.release('shop', 'v2')
        await fleet.until('shop', 'Complete')
        expect(fleet.now).toBeGreaterThan(20 * 60_000)
      },
    })
    expect(violations).toEqual([])
    expect([phase('shop'), ...clusters.map(({ id }) => end.version(id, 'shop'))]).toEqual(['Complete', 'v2', 'v2', 'v2', 'v2'])
    expect([peak.updating.total, peak.updating.by('region')]).toEqual([1, { eu: 1, us: 1 }])
    expect(() => peak.updating.by('tier')).toThrow('by: found string "tier", accepted a label that some cluster has')
    expect(trace).toContain('0s           shop is to be v2')
    expect(trace).toContain('eu-1 is assigned shop v2 (stage, stage fleet), by m1')
    expect(trace).toContain('eu-1 is ready with shop v2')
    expect(trace).toContain('shop is Complete: 4 of 4 clusters have v2')
    expect(summary).toMatch(/^seed 1: shop is Complete; 4 assignments, 0 faults, 2\dm/)
  })
  test('begins with nothing where nothing is installed', async () => {
    const { end, assignments } = await simulateFleet({ ...calm, installed: false, scenario: (fleet) => fleet.until('shop', 'Complete') })
    expect([end.version('us-2', 'shop'), assignments]).toEqual(['v1', 4])
  })
  test('has the handbrake, and everything that people do', async () => {
    const { violations, trace } = await simulateFleet({
      ...calm,
      modules: [shop, moduleOf('other')],
      scenario: async (fleet) => {
        await fleet.handbrake()
        await fleet.release('shop', 'v2')
        await fleet.after('10m')
        expect([fleet.phase('shop'), fleet.version('eu-1', 'shop')]).toEqual(['Paused', 'v1'])
        await fleet.handbrake(false)
        await fleet.after('30s')
        expect(fleet.updating().map(({ cluster, assigned }) => [cluster, assigned])).toEqual([['eu-1', 'v2']])
        await fleet.suspend('shop')
        await fleet.until('shop', 'Paused')
        await fleet.suspend('shop', false)
        await fleet.join({ id: 'ap-1', labels: { region: 'ap' } })
        await fleet.leave('us-2')
        await fleet.until('shop', 'Complete')
        expect(fleet.clusters).toEqual(['eu-1', 'eu-2', 'us-1', 'ap-1'])
        await fleet.change('shop', (draft) => {
          draft.spec.clusters = { matchLabels: { region: 'eu' } }
        })
        await fleet.until((view) => view.pair('us-1', 'shop') === undefined)
        await fleet.relabel('us-1', { region: 'eu' })
        await fleet.until((view) => view.version('us-1', 'shop') === 'v2')
        await fleet.remove('shop')
        await fleet.until((view) => view.phase('shop') === undefined)
        await fleet.add(new Module(shop))
        await fleet.until('shop', 'Complete')
        await fleet.govern({ budgets: [{ id: 'one', limit: 1 }] })
        await fleet.release('other', 'v2')
        await fleet.until('other', 'Complete')
      },
    })
    expect(violations).toEqual([])
    expect(trace).toContain('the handbrake is pulled')
  })
  test('lets a version fail, and mends it', async () => {
    const { violations, end } = await simulateFleet({
      ...calm,
      scenario: async (fleet) => {
        await fleet.fail({ cluster: 'eu-2', module: 'shop', version: 'v2' })
        await fleet.release('shop', 'v2')
        await fleet.until('shop', 'Halted')
        expect(fleet.failed().map(({ cluster }) => cluster)).toEqual(['eu-2'])
        expect(fleet.message('shop')).toContain('more targets failed')
        expect(fleet.explain('us-1', 'shop')?.state).toBe('held')
        await fleet.fail({ cluster: 'eu-2', module: 'shop', version: 'v2' }, false)
        await fleet.retry('shop')
        await fleet.until('shop', 'Complete')
        await fleet.release('shop', 'v3')
        await fleet.after('10s')
        await fleet.abort('shop')
        await fleet.until('shop', 'Aborted')
      },
    })
    expect(violations).toEqual([])
    expect(end.phase('shop')).toBe('Aborted')
  })
  test('kills managers, cuts them off, and lets clocks jump: another one leads', async () => {
    const { violations, trace, end } = await simulateFleet({
      ...calm,
      world: { managers: 2 },
      scenario: async (fleet) => {
        await fleet.release('shop', 'v2')
        for (let turn = 0; turn < 6; turn++) {
          await fleet.crash()
          await fleet.skew()
          await fleet.after('20s')
          await fleet.cutOff()
          await fleet.after('40s')
        }
        await fleet.lose('us-2')
        await fleet.after('3m')
        await fleet.find('us-2')
        await fleet.heal()
        await fleet.until('shop', 'Complete')
      },
    })
    expect(violations).toEqual([])
    expect(end.version('us-2', 'shop')).toBe('v2')
    expect(trace).toMatch(/m\d dies[\s\S]*leads \(term [2-9]\)/)
    expect(trace).toMatch(/is cut off|the clock of m\d jumps/)
  })
  test('is random by the seed', async () => {
    const drawn = async (seed: number): Promise<readonly unknown[]> => {
      const numbers: unknown[] = []
      await simulateFleet({ ...calm, seed, scenario: (fleet) => void numbers.push(fleet.random(), fleet.pick(['a', 'b', 'c'])) })
      return numbers
    }
    expect(await drawn(3)).toEqual(await drawn(3))
    expect(await drawn(3)).not.toEqual(await drawn(4))
  })
})

describe('the world', () => {
  test('has clusters that fail, by id, by labels, by a rule, and a number of times', async () => {
    const failingIn = async (world: SimulateFleetOptions['world']): Promise<readonly string[]> => {
      const { end } = await simulateFleet({
        ...calm,
        modules: [moduleOf('shop', { rollout: new AllAtOnce({ maxFailures: 'all' }) })],
        world: { readyAfter: '10s', ...world },
        scenario: async (fleet) => {
          await fleet.release('shop', 'v2')
          await fleet.after('5m')
        },
      })
      return end.failed().map(({ cluster }) => cluster)
    }
    expect(await failingIn({ failing: ['eu-2'], failsAfter: '1m' })).toEqual(['eu-2'])
    expect(await failingIn({ failing: { matchLabels: { region: 'us' } } })).toEqual(['us-1', 'us-2'])
    expect(await failingIn({ failing: ({ cluster, labels }) => cluster === 'eu-1' && labels.region === 'eu' })).toEqual(['eu-1'])
    expect(await failingIn({ failing: ({ version }) => version === 'v3' })).toEqual([])
  })
  test('has outages that end when they are said to, and some that never do', async () => {
    const { violations, end, trace } = await simulateFleet({
      ...calm,
      world: {
        outages: [
          { cluster: 'eu-2', from: 0, to: '2h' },
          { cluster: 'us-2', from: '1m' },
        ],
      },
      scenario: (fleet) => fleet.release('shop', 'v2'),
    })
    expect(violations).toEqual([])
    expect(['eu-2', 'us-2'].map((id) => end.version(id, 'shop'))).toEqual(['v2', 'v1'])
    expect([end.isReachable('eu-2'), end.isReachable('us-2')]).toEqual([true, false])
    expect(trace).toContain('2h           eu-2 can be reached')
  })
  test('kills, cuts off, loses and confuses as often as it is said', async () => {
    const world = { crashes: 2, partitions: 2, clockJumps: 2, outages: 2, managers: 2 }
    const { violations, trace } = await simulateFleet({ ...calm, during: '30m', world })
    expect(violations).toEqual([])
    for (const words of [/m\d dies/, /is cut off/, /the clock of m\d jumps/, /\w\w-\d cannot be reached/]) expect(trace).toMatch(words)
    const { trace: quiet } = await simulateFleet({ ...calm, during: '30m' })
    expect(quiet).toMatch(/^0s +m1 leads \(term 1\)\n30m +everything heals$/)
  })
  test('has clusters that say nothing while they cannot be reached, and heals in the end', async () => {
    const { violations, end } = await simulateFleet({
      ...calm,
      world: { readyAfter: '1m' },
      scenario: async (fleet) => {
        await fleet.fail({ cluster: 'us-2', module: 'shop', version: 'v2' })
        await fleet.heal()
        await fleet.release('shop', 'v2')
        await fleet.after('30s')
        await fleet.lose('eu-1')
        await fleet.after('10m')
        expect(fleet.pair('eu-1', 'shop')).toEqual({ cluster: 'eu-1', module: 'shop', assigned: 'v2', ready: 'v1', state: 'updating' })
      },
    })
    expect(violations).toEqual([])
    expect([end.isReachable('eu-1'), end.phase('shop'), end.version('us-2', 'shop')]).toEqual([true, 'Complete', 'v2'])
  })
  test('has hundreds of clusters', async () => {
    const { violations, peak, assignments } = await simulateFleet({
      clusters: Array.from({ length: 300 }, (_, index) => ({ id: `c-${index}` })),
      modules: [moduleOf('shop', { rollout: new Rolling({ maxUnavailable: '10%' }) })],
      policy: { budgets: [{ id: 'fleet', limit: '5%' }] },
      world: { readyAfter: '1m' },
      scenario: (fleet) => fleet.release('shop', 'v2'),
    })
    expect(violations).toEqual([])
    expect([peak.updating.total, assignments]).toEqual([15, 300])
  })
})

describe('what does not hold', () => {
  test('ends it at once, and is the last line of the trace', async () => {
    const { violations, trace, summary, duration } = await simulateFleet({
      ...calm,
      modules: [moduleOf('shop', { rollout: new Rolling({ maxUnavailable: 2 }) })],
      scenario: async (fleet) => {
        await fleet.after('1m')
        await fleet.release('shop', 'v2')
        await fleet.until('shop', 'Complete')
      },
      invariants: { 'one at a time': (fleet) => fleet.updating().length <= 1 || `${fleet.updating().length} are updating` },
    })
    expect(violations.map(({ invariant, message }) => `${invariant}: ${message}`)).toEqual(['one at a time: 2 are updating'])
    expect(trace.split('\n').at(-1)).toContain('VIOLATION of one at a time: 2 are updating')
    expect(summary).toMatch(/^seed 1: one at a time does not hold after 1m\S*: 2 are updating$/)
    expect(duration).toBeLessThan(2 * 60_000)
  })
  test('is an error that a scenario or an invariant throws, too', async () => {
    const wrong = new Error('wrong')
    const thrown = await simulateFleet({ ...calm, scenario: () => Promise.reject(wrong) })
    expect(thrown.violations).toMatchObject([{ invariant: 'throws', message: 'wrong', cause: wrong }])
    const { violations } = await simulateFleet({
      ...calm,
      scenario: (fleet) => fleet.release('shop', 'v2'),
      invariants: {
        broken() {
          throw wrong
        },
      },
    })
    expect(violations[0]).toMatchObject({ invariant: 'throws', message: 'broken: wrong', cause: wrong })
  })
  test.each<[string, SimulateFleetOptions, RegExp]>([
    [
      'a rollout that never ends',
      {
        ...calm,
        modules: [moduleOf('shop', { rollout: new Staged([{ name: 'canary', limit: 1, soak: '100h' }, { name: 'fleet' }]) })],
        endsWithin: '1h',
        scenario: (fleet) => fleet.release('shop', 'v2'),
      },
      /^shop is Running: eu-2: .*; us-1: .* \(1h after everything has healed\)$/,
    ],
    [
      'a phase that does not come',
      {
        ...calm,
        world: { failing: ['eu-2'] },
        scenario: async (fleet) => {
          await fleet.release('shop', 'v2')
          await fleet.until('shop', 'Complete', '1h')
        },
      },
      /^shop Complete has not come within 1h, shop is Halted/,
    ],
  ])('%s: it says which cluster waits for what', async (_, options, message) => {
    const { violations } = await simulateFleet(options)
    expect(violations.map(({ invariant }) => invariant)).toEqual(['convergence'])
    expect(violations[0]?.message).toMatch(message)
  })
  test('of many seeds the first is named, with what happened and how to see it again', async () => {
    const optionsOf = (seed: number): SimulateFleetOptions => ({
      ...calm,
      scenario: (fleet) => fleet.release('shop', 'v2'),
      invariants: { small: () => seed < 4 || 'too large' },
    })
    const { seeds, failure, text } = await simulateSeeds(10, optionsOf, { from: 2 })
    expect([seeds, failure?.seed]).toEqual([3, 4])
    expect(text).toMatch(/shop is to be v2[\s\S]*small: too large\nTo see it again: simulateFleet with the same options and seed: 4$/)
    await expect(simulateSeeds(1, optionsOf, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow()
  })
})

describe('bad input is one clear error', () => {
  const refused = (options: object) => simulateFleet({ ...calm, ...options } as SimulateFleetOptions)
  test.each<[object, string]>([
    [{ seed: 1.5 }, 'seed: found number 1.5, accepted a whole number'],
    [{ clusters: [] }, 'clusters: found none, accepted a list of one or more'],
    [{ clusters: [{ id: 'a' }, { id: 'a' }] }, 'clusters[1].id: found string "a" twice, accepted each id once'],
    [{ clusters: [{ id: 'A B' }] }, 'clusters[0].id: found string "A B"'],
    [{ modules: 5 }, 'modules: found number 5, accepted a list of one or more'],
    [{ modules: [shop, shop] }, 'modules[1].metadata.name: found string "shop" twice'],
    [{ modules: [{ metadata: { name: 'shop' }, spec: {} }] }, 'spec.source'],
    [
      { modules: [shop, { ...moduleOf('other'), metadata: { name: 'other', namespace: 'b' } }] },
      'modules[1].metadata.namespace: found string "b", accepted default, as of the first',
    ],
    [{ modules: [moduleOf('shop', { source: { git: { url: source.git.url, commit: 'a'.repeat(40) } } })] }, 'spec.source.git.commit'],
    [{ modules: [moduleOf('shop', { dependsOn: [{ name: 'gone' }] })] }, 'modules: found shop is Stalled'],
    [{ during: 'soon' }, 'during: found string "soon", accepted milliseconds, or a duration such as 5m'],
    [{ crashs: 3 }, 'crashs: found a field that there is not, accepted one of seed, clusters'],
    [{ scenario: 'release' }, 'scenario: found string "release", accepted a function'],
    [{ invariants: { a: true } }, 'invariants.a: found boolean true, accepted a function'],
    [{ rules: ['budgets' as FleetRule] }, 'rules[0]: found string "budgets", accepted one of budget'],
    [{ policy: { budgets: [{ id: 'a', limit: -1 }] } }, 'policy.budgets'],
    [{ world: { crash: 1 } }, 'world.crash: found a field that there is not'],
    [{ world: { readyAfter: ['1m'] } }, 'world.readyAfter: found a list of 1, accepted a duration, or the least and the most'],
    [{ world: { failing: ['mars'] } }, 'world.failing[0]: found string "mars", accepted the id of one of the clusters'],
    [{ world: { failing: { matchLabels: { a: 'b' } } } }, 'world.failing: found a selector that selects no cluster'],
    [{ world: { outages: [{ cluster: 'eu-1', from: 'x' }] } }, 'world.outages[0].from: found string "x"'],
    [{ world: { faults: { fail: 2 } } }, 'world.faults.fail: found number 2, accepted a share from 0 to 1'],
    [{ world: { managers: 0 } }, 'world.managers: found number 0, accepted a whole number from 1 to 20'],
  ])('%j', async (options, message) => {
    const error: unknown = await refused(options).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'model/invalid', message: expect.stringContaining(message) })
  })
  test('of a scenario it is what the scenario throws', async () => {
    const messageOf = async (scenario: SimulateFleetOptions['scenario']) =>
      (await simulateFleet({ ...calm, scenario })).violations[0]?.message
    expect(await messageOf((fleet) => fleet.release('shpo', 'v2'))).toBe(
      'module: found string "shpo", accepted the name of a module that is there',
    )
    expect(await messageOf((fleet) => fleet.lose('mars'))).toBe('cluster: found string "mars", accepted the id of a cluster that is there')
    expect(await messageOf((fleet) => fleet.after('soon'))).toContain('after: found string "soon"')
    expect(await messageOf(async (fleet) => void (await Promise.all([fleet.after('1m'), fleet.after('2m')])))).toContain('await each')
    expect(await messageOf((fleet) => fleet.govern({ budgets: [{ id: 'a', limit: -1 }] }))).toContain('policy.budgets')
  })
  test('of many seeds as of one', async () => {
    await expect(simulateSeeds(0, () => calm)).rejects.toMatchObject({ code: 'model/invalid' })
    await expect(simulateSeeds(1, 5 as never)).rejects.toThrow('optionsOf: found number 5')
  })
})
