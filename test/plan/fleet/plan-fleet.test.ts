import { FleetkitError } from 'fleetkit'
import { type FleetCluster, FleetHistory, type FleetInput, type FleetModule, type FleetPlan, planFleet } from 'fleetkit/fleet'
import { describe, expect, test } from 'vitest'

const minute = 60_000
const reach = { ok: true, since: 0 }
const cluster = (id: string, labels: Readonly<Record<string, string>> = {}): FleetCluster => ({ id, labels, reach })
const ready = (cluster: string, module: string, version: string, generation: number, since: number) => ({
  cluster,
  module,
  observed: { version, generation, phase: 'ready' as const, since },
})
const ids = (plan: FleetPlan): readonly string[] =>
  plan.decisions.assignments.map(({ cluster, module, revision }) => `${module} ${revision} on ${cluster}`).sort()
const inputOf = (modules: readonly FleetModule[], more: Partial<FleetInput> = {}): FleetInput => ({
  now: 0,
  modules,
  clusters: [cluster('eu-1', { region: 'eu' }), cluster('eu-2', { region: 'eu' }), cluster('us-1', { region: 'us' })],
  ...more,
})
const codeOf = (work: () => unknown): string => {
  try {
    work()
  } catch (error) {
    return error instanceof FleetkitError ? `${error.code}: ${error.message}` : `${error}`
  }
  return 'no error'
}

describe('a fleet', () => {
  test('holds what is no rollout, and says of each cluster why', () => {
    const plan = planFleet(inputOf([{ id: 'shop', revision: 'v1', selector: {}, rollout: { stages: [{ name: '' }] } }]))
    expect(ids(plan)).toEqual([])
    for (const id of ['eu-1', 'us-1'])
      expect(plan.explain(id, 'shop')).toMatchObject({
        state: 'held',
        reason: 'invalid',
        message: expect.stringContaining('stages[0].name'),
      })
  })

  test('is rid of a module where it is selected no longer, also where another one of the same strategy goes everywhere', () => {
    const rollout = { stages: [{ name: 'fleet' }] }
    const has = {
      assigned: { version: 'v1', generation: 1, at: 0 },
      observed: { version: 'v1', generation: 1, phase: 'ready', since: 0 },
    } as const
    const eu = { matchLabels: { region: 'eu' } }
    const plan = planFleet(
      inputOf(
        [
          { id: 'all', revision: 'v1', selector: {}, rollout },
          { id: 'eu', revision: 'v1', selector: eu, rollout },
        ],
        { assemblages: ['eu-1', 'eu-2', 'us-1'].map((id) => ({ cluster: id, modules: [{ module: 'eu', ...has }] })) },
      ),
    )
    expect(ids(plan)).toEqual(['all v1 on eu-1', 'all v1 on eu-2', 'all v1 on us-1', 'eu null on us-1'])
  })

  test('gets what its modules select, each once', () => {
    const plan = planFleet(inputOf([{ id: 'shop', revision: 'v1', selector: { matchLabels: { region: 'eu' } } }]))
    expect(ids(plan)).toEqual(['shop v1 on eu-1', 'shop v1 on eu-2'])
    expect(plan.decisions.assignments[0]).toEqual({
      cluster: 'eu-1',
      module: 'shop',
      revision: 'v1',
      generation: 1,
      at: 0,
      why: 'stage',
      stage: 'rest',
    })
    expect(ids(plan.with({ now: 1 }))).toEqual([])
  })

  test('says which of its modules go there directly, also of one that there is no more', () => {
    const modules: readonly FleetModule[] = [
      { id: 'agent', revision: 'v1', selector: {}, names: ['eu-1'], direct: true },
      { id: 'shop', revision: 'v1', selector: {}, names: ['eu-1'] },
    ]
    const revisions = [{ module: 'shop', id: 'v1', needs: [{ module: 'agent' }] }]
    const first = planFleet(inputOf(modules, { revisions }))
    expect(first.decisions.assignments).toMatchObject([{ module: 'agent', direct: true }])
    expect(first.explain('eu-1', 'shop').message).toBe('shop waits for agent on eu-1')
    const second = first.with({ now: 1, observed: [ready('eu-1', 'agent', 'v1', 1, 1)] })
    expect(second.decisions.assignments.map(({ module, direct }) => [module, direct])).toEqual([['shop', undefined]])
    const third = second.with({ now: 2, removedModules: ['agent', 'shop'] })
    const left = third.assemblage('eu-1')
    expect(left.map(({ module, direct }) => [module, direct])).toEqual([
      ['agent', true],
      ['shop', undefined],
    ])
    const again = planFleet(inputOf([], { assemblages: [{ cluster: 'eu-1', modules: left }] }))
    expect(again.assemblage('eu-1')).toEqual(left)
  })

  test.each([
    ['no selector', undefined, []],
    ['an empty selector', {}, ['eu-1', 'eu-2', 'us-1']],
  ])('of %s', (_, selector, expected) => {
    const plan = planFleet(inputOf([{ id: 'shop', revision: 'v1', selector }]))
    expect(plan.decisions.assignments.map((each) => each.cluster)).toEqual(expected)
  })

  test('gets a module on the clusters that are named, of those that are selected', () => {
    const plan = planFleet(inputOf([{ id: 'shop', revision: 'v1', selector: { matchLabels: { region: 'eu' } }, names: ['eu-2', 'us-1'] }]))
    expect(ids(plan)).toEqual(['shop v1 on eu-2'])
  })

  test('shares budgets among its modules, and gives what is set free to the next in turn', () => {
    const modules = ['a', 'b', 'c'].map((id, at) => ({ id, revision: 'v1', selector: {}, names: ['eu-1'], priority: at }))
    let plan = planFleet(inputOf(modules, { policy: { budgets: [{ id: 'fleet', limit: 1 }] } }))
    expect(ids(plan)).toEqual(['c v1 on eu-1'])
    expect(plan.explain('eu-1', 'a')).toMatchObject({
      state: 'held',
      reason: 'shared-budget',
      message: 'the budget fleet is used up: 1 of 1 updating (eu-1)',
    })
    plan = plan.with({ now: minute, observed: [ready('eu-1', 'c', 'v1', 1, minute)] })
    expect(ids(plan)).toEqual(['b v1 on eu-1'])
    plan = plan.with({ now: 2 * minute, observed: [ready('eu-1', 'b', 'v1', 1, 2 * minute)] })
    expect(ids(plan)).toEqual(['a v1 on eu-1'])
  })

  test('counts in a budget what another attempt goes on with', () => {
    const [shop, extra] = ['eu-1', 'us-1'].map((name, at): FleetModule => ({ id: `m${at}`, revision: 'v1', selector: {}, names: [name] }))
    const seen = (phase: 'failed' | 'applying') => ({
      cluster: 'eu-1',
      module: 'm0',
      observed: { version: 'v1', generation: 1, phase, since: 1 },
    })
    let plan = planFleet(inputOf([shop as FleetModule], { policy: { budgets: [{ id: 'fleet', limit: 1 }] } }))
    plan = plan.with({ now: 1, observed: [seen('failed')] }).with({ now: 2, observed: [seen('applying')] })
    plan = plan.with({ now: 3, modules: [{ ...(shop as FleetModule), revision: 'v2' }] })
    expect(ids(plan)).toEqual(['m0 v2 on eu-1'])
    plan = plan.with({ now: 4, modules: [extra as FleetModule] })
    expect(plan.explain('us-1', 'm1').message).toBe('the budget fleet is used up: 1 of 1 updating (eu-1)')
  })

  test('lets a deadline pass that nothing but time has to do with', () => {
    const rollout = { stages: [{ name: 'all', progressDeadline: 10 * minute, maxFailures: 2 }] }
    const module = { id: 'shop', revision: 'v1', selector: {}, names: ['eu-1', 'eu-2'], rollout }
    const observed = { version: 'v1', generation: 1, phase: 'failed', since: minute } as const
    const policy = { budgets: [{ id: 'fleet', limit: 2 }] }
    const plan = planFleet(inputOf([module], { policy })).with({ now: minute, observed: [{ cluster: 'eu-1', module: 'shop', observed }] })
    expect(plan.explain('eu-2', 'shop').state).toBe('updating')
    expect(plan.with({ now: 10 * minute }).explain('eu-2', 'shop').reason).toBe('failed')
  })

  test('gives nothing of a module before what it needs is ready there, and says the whole path', () => {
    const modules = ['app', 'db', 'disk'].map((id) => ({ id, revision: '1.0.0', selector: {} }))
    const revisions = [
      { module: 'app', id: '1.0.0', needs: [{ module: 'db', range: '^1' }] },
      { module: 'db', id: '1.0.0', needs: [{ module: 'disk' }] },
    ]
    let plan = planFleet(inputOf(modules, { revisions, clusters: [cluster('eu-1')] }))
    expect(ids(plan)).toEqual(['disk 1.0.0 on eu-1'])
    expect(plan.explain('eu-1', 'app')).toMatchObject({
      reason: 'dependency',
      message: 'app waits for db, which waits for disk on eu-1',
      by: ['app', 'db', 'disk', 'target:eu-1'],
    })
    plan = plan.with({ now: 1, observed: [ready('eu-1', 'disk', '1.0.0', 1, 1)] })
    expect(ids(plan)).toEqual(['db 1.0.0 on eu-1'])
    plan = plan.with({ now: 2, observed: [ready('eu-1', 'db', '1.0.0', 1, 2)] })
    expect(ids(plan)).toEqual(['app 1.0.0 on eu-1'])
  })

  test('compares ranges with the version of a revision, not with its name', () => {
    const modules = ['app', 'db'].map((id) => ({ id, revision: `${id}-7f3a`, selector: {}, names: ['eu-1'] }))
    const revisions = (version: string) => [
      { module: 'app', id: 'app-7f3a', needs: [{ module: 'db', range: '^2' }] },
      { module: 'db', id: 'db-7f3a', version },
    ]
    const assemblages = [
      {
        cluster: 'eu-1',
        modules: [
          {
            module: 'db',
            assigned: { version: 'db-7f3a', generation: 1, at: 0 },
            observed: { version: 'db-7f3a', generation: 1, phase: 'ready' as const, since: 0 },
          },
        ],
      },
    ]
    expect(ids(planFleet(inputOf(modules, { assemblages, revisions: revisions('2.3.0') })))).toEqual(['app app-7f3a on eu-1'])
    expect(ids(planFleet(inputOf(modules, { assemblages, revisions: revisions('1.9.0') })))).toEqual([])
  })

  test('names a cycle', () => {
    const modules = ['a', 'b'].map((id) => ({ id, revision: 'v1', selector: {} }))
    const revisions = [
      { module: 'a', id: 'v1', needs: [{ module: 'b' }] },
      { module: 'b', id: 'v1', needs: [{ module: 'a' }] },
    ]
    const plan = planFleet(inputOf(modules, { revisions, clusters: [cluster('eu-1')] }))
    expect(ids(plan)).toEqual([])
    expect(plan.explain('eu-1', 'a').by).toEqual(['a', 'b', 'a', 'target:eu-1'])
  })

  test('stops at once when the handbrake is pulled, and goes on when it is released', () => {
    const modules = [{ id: 'shop', revision: 'v1', selector: {} }]
    let plan = planFleet(inputOf(modules, { policy: { handbrake: true } }))
    expect(ids(plan)).toEqual([])
    expect(plan.progress('shop')).toMatchObject({ phase: 'Paused', held: 3 })
    plan = plan.with({ now: 1, policy: {} })
    expect(ids(plan)).toHaveLength(3)
    expect(plan.decisions.events[0]).toEqual({ at: 1, type: 'resumed', why: 'the handbrake was released' })
  })

  test('starts nothing within a freeze, and wakes at its end', () => {
    const at = Date.parse('2026-12-24T12:00:00Z')
    const policy = { freezes: [{ name: 'holidays', from: '2026-12-24T00:00:00Z', to: '2026-12-27T00:00:00Z' }] }
    const plan = planFleet(inputOf([{ id: 'shop', revision: 'v1', selector: {} }], { now: at, policy }))
    expect(ids(plan)).toEqual([])
    expect(plan.explain('eu-1', 'shop')).toMatchObject({ reason: 'frozen', message: 'frozen by holidays until 2026-12-27T00:00:00Z' })
    expect(plan.nextWakeAt).toBe(Date.parse('2026-12-27T00:00:00Z'))
    expect(ids(plan.with({ now: plan.nextWakeAt ?? 0 }))).toHaveLength(3)
  })

  test.each([
    ['each two minutes', '*/2 * * * *', '1m'],
    ['each hour', '0 * * * *', '10m'],
  ])('goes by windows that open %s, however long it is planned', (_, schedule, duration) => {
    const start = Date.parse('2026-03-03T00:00:00Z')
    const rollout = { stages: [{ name: 'fleet', maxConcurrency: 1 }] }
    const module = { id: 'shop', revision: 'v1', selector: {}, rollout, windows: { allow: [{ schedule, duration }] } }
    for (const day of [0, 15, 29]) {
      const now = start + day * 86_400_000
      expect(ids(planFleet(inputOf([module], { now })))).toEqual(['shop v1 on eu-1'])
      expect(ids(planFleet(inputOf([module], { now: now + 11 * minute })))).toEqual([])
    }
  })

  test('goes by what its labels are now, in windows, budgets and dependencies', () => {
    const allow = [{ selector: { matchLabels: { region: 'eu' } }, from: '1970-01-02T00:00:00Z', to: '1970-01-03T00:00:00Z' }]
    const module = { id: 'shop', revision: 'v1', selector: {}, windows: { allow } }
    let plan = planFleet(inputOf([module], { clusters: [cluster('a', { region: 'eu' }), cluster('b', { region: 'eu' })] }))
    expect(plan.explain('a', 'shop').reason).toBe('window')
    plan = plan.with({ now: 1, clusters: [cluster('a', { region: 'us' })] })
    expect(ids(plan)).toEqual(['shop v1 on a'])
  })

  test('goes by the time zone that a label names now', () => {
    const noon = Date.parse('2026-03-03T12:00:00Z')
    const allow = [{ schedule: '0 12 * * *', duration: '1h', timeZoneLabel: 'zone' }]
    const module = { id: 'shop', revision: 'v1', selector: {}, windows: { allow } }
    const zone = (value: string) => ({ ...cluster('a', { zone: value }) })
    let plan = planFleet(inputOf([module], { now: noon, clusters: [zone('Asia.Tokyo')] }))
    expect(ids(plan)).toEqual([])
    plan = plan.with({ now: noon + 1, clusters: [zone('Europe.London')] })
    expect(ids(plan)).toEqual(['shop v1 on a'])
  })

  test('lets go of what a revision no longer needs', () => {
    const modules = ['app', 'db'].map((id) => ({ id, revision: 'v1', selector: {}, names: ['eu-1'], paused: id === 'db' }))
    let plan = planFleet(inputOf(modules, { revisions: [{ module: 'app', id: 'v1', needs: [{ module: 'db' }] }] }))
    expect(ids(plan)).toEqual([])
    plan = plan.with({ now: 1, revisions: [{ module: 'app', id: 'v1' }] })
    expect(ids(plan)).toEqual(['app v1 on eu-1'])
  })

  test('lets a module go that nothing needs any more, by what its dependants need now', () => {
    const modules = ['app', 'db'].map((id) => ({ id, revision: 'v1', selector: {}, names: ['eu-1'] }))
    const needing = [{ module: 'app', id: 'v1', needs: [{ module: 'db' }] }]
    let plan = planFleet(inputOf(modules, { revisions: needing })).with({ now: 1, observed: [ready('eu-1', 'db', 'v1', 1, 1)] })
    plan = plan.with({ now: 2, observed: [ready('eu-1', 'app', 'v1', 1, 2)] })
    plan = plan.with({ now: 3, modules: [{ id: 'db', revision: null, selector: {}, names: ['eu-1'] }] })
    expect([ids(plan), plan.explain('eu-1', 'db').reason]).toEqual([[], 'still-needed'])
    plan = plan.with({ now: 4, revisions: [{ module: 'app', id: 'v1' }] })
    expect(ids(plan)).toEqual(['db null on eu-1'])
  })

  test('tries again what has failed, whatever it needs by now', () => {
    const rollout = { stages: [{ name: 'fleet', retry: { limit: 1, backoff: minute } }] }
    const modules = [
      { id: 'app', revision: 'v1', selector: {}, names: ['eu-1'], rollout },
      { id: 'db', revision: 'v1', selector: {}, names: ['eu-1'], paused: true },
    ]
    const assigned = { version: 'v1', generation: 1, at: 0 }
    const observed = { version: 'v1', generation: 1, phase: 'failed', since: 0 } as const
    const assemblages = [{ cluster: 'eu-1', modules: [{ module: 'app', assigned, observed }] }]
    const revisions = [{ module: 'app', id: 'v1', needs: [{ module: 'db' }] }]
    const plan = planFleet(inputOf(modules, { revisions, assemblages }))
    expect(ids(plan.with({ now: minute }))).toEqual(['app v1 on eu-1'])
  })

  test('plans again what it knows of a later time when the clock was set back', () => {
    const rollout = { stages: [{ name: 'canary', limit: 1, soak: 10 * minute }, { name: 'fleet' }] }
    const module = { id: 'shop', revision: 'v1', selector: {}, names: ['eu-1', 'eu-2'], rollout }
    let plan = planFleet(inputOf([module])).with({ now: minute, observed: [ready('eu-1', 'shop', 'v1', 1, minute)] })
    expect(plan.nextWakeAt).toBe(11 * minute)
    plan = plan.with({ now: 5 * minute })
    // It has become ready only in a minute.
    plan = plan.with({ now: 0 })
    expect([plan.nextWakeAt, plan.progress('shop')?.done]).toEqual([minute, 0])
    expect(ids(plan.with({ now: 11 * minute }))).toEqual(['shop v1 on eu-2'])
  })

  test('forgets what there is of unknown modules on a cluster that was made again', () => {
    const stray = { module: 'gone', assigned: { version: 'v1', generation: 3, at: 0 }, observed: null }
    const made = { ...cluster('eu-1'), uid: 'a' }
    let plan = planFleet(inputOf([], { clusters: [made], assemblages: [{ cluster: 'eu-1', modules: [stray] }] }))
    expect(plan.assemblage('eu-1')).toEqual([stray])
    plan = plan.with({ now: 1, clusters: [{ ...made, uid: 'b' }] })
    expect(plan.assemblage('eu-1')).toEqual([])
  })

  test('says which clusters have failed, where that halts it', () => {
    const rollout = { stages: [{ name: 'fleet', maxConcurrency: 1 }] }
    const failed = { version: 'v1', generation: 1, phase: 'failed', since: 1 } as const
    const plan = planFleet(inputOf([{ id: 'shop', revision: 'v1', selector: {}, rollout }])).with({
      now: 1,
      observed: [{ cluster: 'eu-1', module: 'shop', observed: failed }],
    })
    expect(plan.decisions.events).toContainEqual({
      at: 1,
      type: 'halted',
      module: 'shop',
      why: 'more targets failed in fleet than are tolerated: 1 (eu-1)',
    })
  })

  test('gives a cluster what a module is pinned to there, and leaves it so until the pin is taken away', () => {
    const module = { id: 'shop', revision: 'v2', selector: {}, names: ['eu-1', 'eu-2'] }
    const pinned = { ...module, holds: { 'eu-1': { pin: 'v1' } } }
    let plan = planFleet(inputOf([pinned]))
    expect(plan.decisions.assignments).toMatchObject([
      { cluster: 'eu-2', revision: 'v2', why: 'stage' },
      { cluster: 'eu-1', revision: 'v1', why: 'pinned', stage: null },
    ])
    expect(plan.decisions.events.at(-1)).toMatchObject({ type: 'assigned', cluster: 'eu-1', revision: 'v1', why: 'it is pinned' })
    plan = plan.with({ now: 1, observed: [ready('eu-1', 'shop', 'v1', 1, 1), ready('eu-2', 'shop', 'v2', 1, 1)] })
    expect(plan.explain('eu-1', 'shop')).toMatchObject({ reason: 'pinned', message: 'eu-1 is pinned to v1' })
    expect(plan.progress('shop')?.phase).toBe('Complete')
    plan = plan.with({ now: 2, modules: [module] })
    expect(ids(plan)).toEqual(['shop v2 on eu-1'])
  })

  test('gives a pinned cluster nothing while it cannot be reached, is busy, or its module is stopped', () => {
    const module = { id: 'shop', revision: 'v2', selector: {}, names: ['eu-1'], holds: { 'eu-1': { pin: 'v1' } } }
    const busy = { ...cluster('eu-1'), busy: { reason: 'backup', since: 0, maxAge: 10 } }
    let plan = planFleet(inputOf([module], { clusters: [busy] }))
    expect([ids(plan), plan.nextWakeAt]).toEqual([[], 10])
    plan = plan.with({ now: 1, clusters: [{ ...cluster('eu-1'), reach: { ok: false, since: 1 } }] })
    expect(ids(plan)).toEqual([])
    plan = plan.with({ now: 2, policy: { handbrake: { by: 'ann', reason: 'incident 42' } }, clusters: [cluster('eu-1')] })
    expect(ids(plan)).toEqual([])
    expect(plan.decisions.events[0]).toMatchObject({ type: 'paused', why: 'ann pulled the handbrake: incident 42' })
    plan = plan.with({ now: 3, policy: {}, modules: [{ ...module, paused: true }] })
    expect(ids(plan)).toEqual([])
    plan = plan.with({ now: 4, modules: [module] })
    expect(ids(plan)).toEqual(['shop v1 on eu-1'])
  })

  test('gives a cluster that is pinned to what is wanted that in its turn, and one that is no longer selected nothing', () => {
    const stages = [{ name: 'canary', targets: ['eu-1'] }, { name: 'fleet' }]
    const module = { id: 'shop', revision: 'v1', selector: {}, names: ['eu-1', 'eu-2'], rollout: { stages } }
    let plan = planFleet(inputOf([{ ...module, holds: { 'eu-2': { pin: 'v1' } } }]))
    expect(ids(plan)).toEqual(['shop v1 on eu-1'])
    plan = plan.with({ now: 1, observed: [ready('eu-1', 'shop', 'v1', 1, 1)] })
    expect(ids(plan)).toEqual(['shop v1 on eu-2'])
    plan = plan.with({ now: 2, modules: [{ ...module, names: ['eu-1'], holds: { 'eu-2': { pin: 'v0' } } }] })
    expect(ids(plan)).not.toContain('shop v0 on eu-2')
  })

  test('says which clusters of a stage are where', () => {
    const stages = [{ name: 'canary', limit: 1 }, { name: 'fleet' }]
    let plan = planFleet(inputOf([{ id: 'shop', revision: 'v1', selector: {}, rollout: { stages } }]))
    const first = plan.decisions.assignments[0]?.cluster as string
    expect(plan.members('shop', { stage: 'canary' })).toEqual({ done: [], updating: [first], held: [] })
    plan = plan.with({ now: 1, observed: [ready(first, 'shop', 'v1', 1, 1)] })
    expect(plan.members('shop', { stage: 'canary' }).done).toEqual([first])
    expect(plan.members('shop', { stage: 'fleet' }).updating.length).toBeGreaterThan(1)
    expect(plan.members('other', { stage: 'fleet' })).toEqual({ done: [], updating: [], held: [] })
  })

  test('knows nothing of a cluster that was made again under the same name', () => {
    const modules = [{ id: 'shop', revision: 'v1', selector: {} }]
    let plan = planFleet(inputOf(modules, { clusters: [{ ...cluster('eu-1'), uid: 'a' }] }))
    plan = plan.with({ now: 1, observed: [ready('eu-1', 'shop', 'v1', 1, 1)] })
    expect(plan.progress('shop')?.phase).toBe('Complete')
    plan = plan.with({ now: 2, clusters: [{ ...cluster('eu-1'), uid: 'b' }] })
    expect(ids(plan)).toEqual(['shop v1 on eu-1'])
    // What comes late of the one before says nothing.
    const old = {
      cluster: 'eu-1',
      uid: 'a',
      modules: [{ module: 'shop', assigned: { version: 'v1', generation: 9, at: 0 }, observed: null }],
    }
    expect(plan.with({ now: 3, assemblages: [old] }).assemblage('eu-1')).toMatchObject([{ module: 'shop', assigned: { generation: 1 } }])
  })

  test('takes a module away that no longer selects a cluster, and gives it again', () => {
    const module = { id: 'shop', revision: 'v1', selector: {}, names: ['eu-1'] }
    let plan = planFleet(inputOf([module])).with({ now: 1, observed: [ready('eu-1', 'shop', 'v1', 1, 1)] })
    plan = plan.with({ now: 2, modules: [{ ...module, names: [] }] })
    expect(plan.decisions.assignments).toMatchObject([{ cluster: 'eu-1', revision: null, generation: 2, why: 'deselected', stage: null }])
    plan = plan.with({ now: 3, modules: [module] })
    expect(plan.decisions.assignments).toMatchObject([{ cluster: 'eu-1', revision: 'v1', generation: 3 }])
  })

  test('leaves what there is of a module that it does not know', () => {
    const module = { id: 'shop', revision: 'v1', selector: {}, names: ['eu-1'] }
    let plan = planFleet(inputOf([module])).with({ now: 1, removedModules: ['shop'] })
    expect(ids(plan)).toEqual([])
    expect(plan.assemblage('eu-1')).toMatchObject([{ module: 'shop', assigned: { version: 'v1', generation: 1 } }])
    plan = plan.with({ now: 2, modules: [{ ...module, revision: 'v2' }] })
    expect(plan.decisions.assignments).toMatchObject([{ revision: 'v2', generation: 2 }])
  })

  test('keeps what was assigned while what is stored does not have it yet', () => {
    const module = { id: 'shop', revision: 'v1', selector: {}, names: ['eu-1'] }
    let plan = planFleet(inputOf([module])).with({ now: 1, observed: [ready('eu-1', 'shop', 'v1', 1, 1)] })
    const stored = { cluster: 'eu-1', modules: plan.assemblage('eu-1') }
    plan = plan.with({ now: 2, modules: [{ ...module, revision: 'v2' }] })
    expect(ids(plan)).toEqual(['shop v2 on eu-1'])
    plan = plan.with({ now: 3, assemblages: [stored] })
    expect(ids(plan)).toEqual([])
    expect(plan.assemblage('eu-1')).toMatchObject([{ assigned: { version: 'v2', generation: 2 } }])
  })

  test('says in its events why a cluster has what it has', () => {
    const history = new FleetHistory()
    const rollout = {
      stages: [
        { name: 'canary', limit: 1, soak: minute },
        { name: 'fleet', approvals: 1 },
      ],
    }
    const module: FleetModule = { id: 'shop', revision: 'v5', selector: {}, names: ['eu-1', 'eu-2'], rollout }
    let plan = planFleet(inputOf([module]))
    const keep = (next: FleetPlan): void => {
      plan = next
      for (const event of plan.decisions.events) history.add(event)
    }
    keep(plan)
    keep(plan.with({ now: minute, observed: [ready('eu-1', 'shop', 'v5', 1, minute)] }))
    const approvals = [{ rid: { version: 'v5', nonce: '' }, stage: 'fleet', actor: 'jane', at: minute }]
    keep(plan.with({ now: 2 * minute, modules: [{ ...module, approvals }] }))
    keep(plan.with({ now: 3 * minute, observed: [ready('eu-2', 'shop', 'v5', 1, 3 * minute)] }))
    keep(plan.with({ now: 4 * minute, clusters: [{ ...cluster('eu-2', { region: 'us' }), reach: { ok: false, since: 4 * minute } }] }))
    const textOf = (asked: object): readonly string[] =>
      history.newest(asked).map(({ at, type, why }) => `${at / minute} ${type}${why === undefined ? '' : `: ${why}`}`)
    expect(textOf({ module: 'shop', cluster: 'eu-2' })).toEqual(['3 ready', '2 assigned: stage fleet'])
    expect(textOf({ module: 'shop' })).toEqual([
      '3 completed: 0 of 2 have failed',
      '3 ready',
      '2 assigned: stage fleet',
      '2 approved: fleet, by jane',
      '1 ready',
      '0 assigned: stage canary',
      '0 revised',
    ])
    expect(textOf({ cluster: 'eu-2' })).toContain('4 relabelled: region: eu → us')
    expect(textOf({ cluster: 'eu-2' })).toContain('4 lost')
  })
})

describe('planFleet of an input', () => {
  const input = inputOf([{ id: 'shop', revision: 'v1', selector: {} }])

  test('after another one costs what differs, and comes to the same', () => {
    const first = planFleet(input)
    const clusters = [...input.clusters, cluster('us-2')]
    const next = { ...input, now: 1, clusters, modules: [...input.modules, { id: 'extra', revision: 'v1', selector: {}, names: ['us-2'] }] }
    expect(ids(planFleet(next, first))).toEqual(['extra v1 on us-2', 'shop v1 on us-2'])
  })

  test('forgets what is no longer in it', () => {
    const first = planFleet(input)
    const second = planFleet({ ...input, now: 1, modules: [], clusters: input.clusters.slice(1) }, first)
    expect(second.progress('shop')).toBeUndefined()
    expect(codeOf(() => second.explain('eu-1', 'shop'))).toBe(
      'model/invalid: cluster: found string "eu-1", accepted a cluster of the fleet',
    )
  })

  test('comes to the same from a plan that another one has followed', () => {
    const first = planFleet(input)
    const second = first.with({ now: 1 })
    expect(codeOf(() => first.explain('eu-1', 'shop'))).toBe('plan/superseded: another plan has followed this one: ask that')
    expect(codeOf(() => first.with({ now: 2 }))).toBe('plan/superseded: another plan has followed this one: ask that')
    expect(first.decisions.assignments).toHaveLength(3)
    expect(ids(planFleet(input, first))).toHaveLength(3)
    expect(second.progress('shop')?.updating).toBe(3)
  })

  test.each([
    ['no object', null, 'found null, accepted an object'],
    ['no time', { ...input, now: 'today' }, 'now: found string "today", accepted milliseconds since the epoch'],
    ['no list', { ...input, modules: {} }, 'modules: found an object, accepted a list'],
    ['no clusters', { now: 1, modules: [] }, 'clusters: found nothing, accepted a list'],
    ['a module without an id', { ...input, modules: [{ revision: 'v1' }] }, 'modules[0].id: found nothing, accepted a text'],
    ['a cluster twice', { ...input, clusters: [cluster('a'), cluster('a')] }, 'clusters[1]: found id a again, accepted each once'],
    [
      'a module twice in an assemblage',
      { ...input, assemblages: [{ cluster: 'eu-1', modules: [{ module: 'shop' }, { module: 'shop' }] }] },
      'assemblages[0].modules[1]: found module shop again, accepted each once',
    ],
  ])('that has %s is refused', (_, given, message) => {
    expect(codeOf(() => planFleet(given as unknown as FleetInput))).toContain(message)
  })

  test.each([
    ['budgets', { budgets: [{ id: 'fleet', limit: -1 }] }, 'policy.budgets[0].limit'],
    ['freezes', { freezes: [{ name: 'night', schedule: 'never' }] }, 'policy.freezes[0].schedule'],
    ['patience', { patience: 'long' }, 'policy.patience'],
  ])('with a policy whose %s are wrong holds everything', (_, policy, path) => {
    const plan = planFleet(inputOf([{ id: 'shop', revision: 'v1', selector: {} }], { policy: policy as never }))
    expect(ids(plan)).toEqual([])
    expect(plan.progress('shop')?.phase).toBe('Invalid')
    expect(plan.diagnostics[0]?.path).toContain(path)
    expect(ids(plan.with({ now: 1, policy: {} }))).toHaveLength(3)
  })

  test('with a cluster that is none holds that one, and no other', () => {
    const clusters = [{ ...cluster('a'), labels: 7 }, cluster('b')] as unknown as FleetInput['clusters']
    const plan = planFleet(inputOf([{ id: 'shop', revision: 'v1', selector: {} }], { clusters }))
    expect(ids(plan)).toEqual(['shop v1 on b'])
    expect(plan.explain('a', 'shop').reason).toBe('invalid')
  })

  test.each([
    ['a selector that is none', { selector: { matchLabels: { '!': 'x' } } }, 'modules[shop].selector.matchLabels'],
    ['a strategy that is none', { rollout: { stages: [{ name: 'a', maxConcurrency: -1 }] } }, 'modules[shop].stages[0].maxConcurrency'],
    ['windows that are none', { windows: { allow: [{ schedule: 'never' }] } }, 'modules[shop].windows.allow[0]'],
    ['a priority that is none', { priority: Number.NaN }, 'modules[shop].priority'],
    ['holds that are none', { holds: { 'eu-1': 'later' } }, 'modules[shop].holds'],
    ['windows that are no list', { windows: { freezes: 7 } }, 'modules[shop].windows.freezes'],
  ])('with %s holds that module, and no other', (_, wrong, path) => {
    const other = { id: 'other', revision: 'v1', selector: {} }
    const observed = inputOf([{ id: 'shop', revision: 'v1', selector: {}, ...wrong } as FleetModule, other])
    const plan = planFleet(observed)
    expect(new Set(plan.decisions.assignments.map(({ module }) => module))).toEqual(new Set(['other']))
    expect(plan.progress('shop')?.phase).toBe('Invalid')
    expect(plan.diagnostics[0]?.path).toContain(path)
  })
})
