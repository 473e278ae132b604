import fc from 'fast-check'
import { type CanonicalStrategy, type Stage, type TargetView, view } from 'fleetkit/rollout'
import { type ExploreEvent, type ExploreOptions, explore, type PlannedWorld, replayTrace } from 'fleetkit/testing'
import { describe, expect, test } from 'vitest'
import { runs } from '../random-tests.ts'
import { mutants } from '../rollout/simulation/mutants.ts'
import { slips } from '../rollout/simulation/slips.ts'
import { documentedPolicies } from './documented-policies.ts'

const inStage = (id: string, stage: string, version: string | null = 'v1'): TargetView => view(id, version, { labels: { stage } })
const fleet = [inStage('a1', 'a'), inStage('a2', 'a'), inStage('b1', 'b')]
const stagesOf = (limits: Omit<Stage, 'name'>): { readonly stages: readonly Stage[] } => ({
  stages: ['a', 'b'].map((name) => ({ name, selector: { matchLabels: { stage: name } }, ...limits })),
})
const policy: ExploreOptions = {
  strategy: stagesOf({ maxConcurrency: 1, maxFailures: 1, maxUnavailable: 1, soak: 1000 }),
  targets: fleet,
  versions: ['v2', 'v3'],
}
const happened = (steps: readonly ExploreEvent[] = []): readonly string[] =>
  steps.map((step) => [step.event, ...('target' in step ? [step.target] : [])].join(' '))

describe('a planner with a bug of the field in it is caught by a shortest trace', () => {
  const withoutAvailability = stagesOf({ maxConcurrency: 1, maxFailures: 1 })
  test.each<[string, Partial<ExploreOptions>, string, readonly string[]]>([
    ['B1', {}, 'budgets', ['unreachable a1']],
    ['B2', {}, 'budgets', ['unreachable a1', 'version']],
    ['B3', {}, 'reach', ['unreachable a1', 'version']],
    ['B4', { leaves: ['a2'] }, 'phase', ['leave a2', 'succeed a2']],
    ['B5', { targets: [...fleet, inStage('c1', 'c')] }, 'accounted', []],
    ['B6', { strategy: withoutAvailability }, 'budgets', ['succeed a1', 'fail a2', 'version']],
    ['B7', {}, 'stages', ['fail a1', 'unreachable a1', 'return a1', 'time']],
    ['B8', { strategy: stagesOf({ maxConcurrency: 1 }), rules: ['stopped'] }, 'stopped', ['fail a1']],
    ['B9', { strategy: stagesOf({ maxFailures: 5 }) }, 'phase', ['fail a1']],
    ['B10', {}, 'ends', ['succeed a1', 'succeed a2']],
    ['B16', { events: ['succeed', 'fail', 'recover', 'version', 'time'] }, 'failures', ['fail a1', 'recover a1']],
    ['B17', { strategy: stagesOf({ maxUnavailable: 1, maxFailures: 1 }) }, 'budgets', ['succeed a1', 'fail a2']],
  ])('%s', (name, more, invariant, steps) => {
    const { bug, planner } = mutants[name] as (typeof mutants)[string]
    const options = { ...policy, ...more }
    const { counterexample, complete, summary } = explore({ ...options, plan: planner })
    process.stdout.write(`${name}, ${bug}: ${summary}\n${counterexample?.text}\n`)
    expect([counterexample?.invariant, happened(counterexample?.steps), counterexample?.shortest]).toEqual([invariant, steps, true])
    expect(complete).toBe(false)
    // It happens again, and does not happen to the planner without the bug.
    expect(replayTrace({ ...options, plan: planner }, counterexample?.steps ?? []).violation).toEqual({
      invariant,
      message: counterexample?.message,
    })
    expect(replayTrace(options, counterexample?.steps ?? []).violation).toBeUndefined()
    expect(explore(options)).toMatchObject({ complete: true, counterexample: undefined })
  })

  const checked = stagesOf({ maxConcurrency: 1, checks: [{ name: 'smoke', maxPending: 5000 }] })
  const retried = stagesOf({ maxConcurrency: 1, retry: { limit: 1, backoff: 1000 } })
  // While one track waits for its retry, time passes in the other.
  const patient = { ...stagesOf({ checks: [{ name: 'smoke', maxPending: 5000 }], retry: { limit: 1, backoff: 9000 } }), tracks: 'stage' }
  const two = [inStage('a1', 'a'), inStage('b1', 'b')]
  test.each<[string, Partial<ExploreOptions>, string, readonly string[]]>([
    ['R21 too early', { strategy: checked, targets: two }, 'stages', ['verdict', 'succeed a1']],
    ['R21 waits', { strategy: patient, targets: two }, 'checks', ['succeed a1', 'fail b1', 'time']],
    ['R22', { strategy: retried, targets: two }, 'retries', ['fail a1', 'time', 'fail a1', 'time']],
    [
      'R22 backoff',
      { strategy: stagesOf({ retry: { limit: 2, backoff: 1000 } }), targets: two },
      'retries',
      ['fail a1', 'time', 'fail a1', 'time'],
    ],
    ['R25', { strategy: { ...checked, tracks: 'stage' }, targets: two }, 'accounted', []],
    ['busy', { targets: [{ ...inStage('a1', 'a'), busy: { reason: 'backup', since: 0, maxAge: 5000 } }] }, 'reach', []],
  ])('%s', (name, more, invariant, steps) => {
    const { bug, planner } = slips[name] as (typeof slips)[string]
    const options = { ...policy, versions: ['v2'], ...more }
    const { counterexample, summary } = explore({ ...options, plan: planner })
    process.stdout.write(`${name}, ${bug}: ${summary}\n${counterexample?.text}\n`)
    expect([counterexample?.invariant, happened(counterexample?.steps), counterexample?.shortest]).toEqual([invariant, steps, true])
    expect(replayTrace({ ...options, plan: planner }, counterexample?.steps ?? []).violation?.invariant).toBe(invariant)
    expect(explore(options)).toMatchObject({ complete: true, counterexample: undefined })
  })

  test('there is no shorter one', () => {
    for (const name of ['B2', 'B3', 'B16'] as const) {
      const options: ExploreOptions = { ...policy, rules: ['budgets', 'reach', 'failures'], plan: mutants[name]?.planner }
      const events: ExploreOptions['events'] = ['succeed', 'fail', 'recover', 'unreachable', 'return', 'version', 'time']
      const { counterexample } = explore({ ...options, events })
      const every = [
        ...fleet.flatMap(({ id: target }) =>
          (['succeed', 'fail', 'recover', 'unreachable', 'return'] as const).map((event) => ({ event, target })),
        ),
        { event: 'version', version: 'v3' } as const,
        { event: 'time' } as const,
      ]
      expect(counterexample?.steps.length).toBe(2)
      for (const event of every) expect(replayTrace(options, [event]).violation).toBeUndefined()
    }
  })
})

describe('invariants of a user', () => {
  const readyWith = (views: readonly TargetView[], version: string | null): readonly TargetView[] =>
    views.filter(({ assigned, observed }) => {
      return observed?.phase === 'ready' && observed.version === version && observed.generation === assigned?.generation
    })
  const provenFirst = ({ input, plan }: PlannedWorld): true | string => {
    const others = plan.actions.filter((action) => 'set' in action && action.set === input.module.version && action.stage !== 'canary')
    return (
      others.length === 0 || readyWith(input.targets, input.module.version).length > 0 || `${others[0]?.target} gets what no canary proved`
    )
  }
  const canary = (more: Omit<Stage, 'name'>): ExploreOptions => ({
    strategy: { stages: [{ name: 'canary', limit: 1, ...more }, { name: 'fleet' }] },
    targets: fleet,
    versions: ['v2'],
    invariants: { provenFirst },
  })

  test('one that holds is reported with the number of states', () => {
    const { complete, holds, states, transitions, counterexample, summary } = explore(canary({ soak: 1000 }))
    expect([complete, counterexample]).toEqual([true, undefined])
    expect(holds).toContain('provenFirst')
    expect(states).toBeGreaterThan(50)
    expect(summary).toBe(
      `budgets, stages, stopped, failures, retries, checks, reach, versions, phase, accounted, provenFirst, ends hold in all ${states} states, ${transitions} transitions`,
    )
  })

  test('of one that does not, people can read how it comes about', () => {
    const { counterexample, holds } = explore(canary({ maxFailures: 1, minDone: 0 }))
    expect(holds).toEqual([])
    expect(counterexample).toMatchObject({ invariant: 'provenFirst', message: 'a2 gets what no canary proved', shortest: true })
    expect(counterexample?.text).toBe(
      [
        '  0  +0s        it begins                         canary begins; a1 gets v2; Running',
        '  1  +0s        a1 fails                          fleet begins; a2 gets v2; b1 gets v2',
        '     provenFirst: a2 gets what no canary proved',
      ].join('\n'),
    )
  })

  test('what throws is a counterexample too', () => {
    const throwing = (): true => {
      throw new Error('a typo')
    }
    expect(explore({ ...policy, invariants: { throwing } }).counterexample).toMatchObject({ invariant: 'throws', message: 'Error: a typo' })
    expect(explore({ ...policy, plan: throwing as never }).counterexample).toMatchObject({ invariant: 'throws', steps: [] })
  })
})

describe('what can happen', () => {
  const phases = (options: ExploreOptions): ReadonlySet<string> => {
    const seen = new Set<string>()
    explore({ ...options, invariants: { note: ({ plan }) => seen.add(plan.phase) && true } })
    return seen
  }

  test('a target joins, one leaves, people approve, pause and resume', () => {
    const options: ExploreOptions = {
      strategy: {
        stages: [
          { name: 'one', limit: 1 },
          { name: 'fleet', approvals: 2 },
        ],
      },
      targets: [view('a', 'v1'), view('b', 'v1')],
      joins: [view('c', null)],
      leaves: ['b'],
      versions: ['v2'],
    }
    const seen = new Set<string>()
    const note = ({ input, plan }: PlannedWorld): true => {
      for (const event of plan.events) if (event.type === 'opened' && event.approvedBy.length === 2) seen.add('approved')
      if (input.targets.some(({ id }) => id === 'c')) seen.add('joined')
      if (input.targets.every(({ id }) => id !== 'b')) seen.add('left')
      return true
    }
    expect(explore({ ...options, invariants: { note } })).toMatchObject({ complete: true, counterexample: undefined })
    expect([...seen].sort()).toEqual(['approved', 'joined', 'left'])
    // Without approvals it waits for ever.
    const never = explore({ ...options, events: ['succeed', 'time'] })
    expect([never.counterexample?.invariant, happened(never.counterexample?.steps)]).toEqual(['ends', ['succeed a']])
    expect(phases({ ...options, events: ['succeed', 'approve', 'pause', 'resume'] })).toEqual(new Set(['Running', 'Paused', 'Complete']))
  })

  test('time passes over the ends of soaks, deadlines and freezes', () => {
    const start = Date.UTC(2026, 0, 5)
    const freezes = [{ name: 'holidays', from: start, to: start + 86_400_000 }]
    const timed: ExploreOptions = { ...policy, strategy: stagesOf({ progressDeadline: 1000 }), versions: ['v2'], start, freezes }
    expect(explore(timed)).toMatchObject({ complete: true, counterexample: undefined })
    expect(phases(timed)).toEqual(new Set(['Running', 'Halted', 'Complete', 'CompleteWithFailures', 'Stalled']))
    expect(() => explore({ ...timed, start: undefined })).toThrow('start: found nothing, accepted when it begins')
    const ends = replayTrace(timed, [{ event: 'time' }, { event: 'succeed', target: 'a1' }, { event: 'time' }])
    expect(ends.steps.map(({ at }) => at)).toEqual([0, 86_400_000, 86_400_000, 86_401_000])
    expect(ends.steps.at(-1)?.plan.state?.failed.map(({ target, reason }) => [target, reason])).toEqual([['a2', 'deadline']])
  })

  test('what the planner refuses is an error', () => {
    expect(() => explore({ ...policy, strategy: { stages: [{ name: 'a', limit: -1 }] } })).toThrow(/strategy|stages/)
    expect(() => explore({ ...policy, versions: [] })).toThrow('versions: found none, accepted one or more')
  })
})

describe('beyond the bound', () => {
  test('random walks go on, and say so', () => {
    const { complete, walks, seed, states, summary } = explore({ ...policy, bound: 200, walks: 50, seed: 7 })
    expect([complete, walks, seed]).toEqual([false, 50, 7])
    expect(states).toBeLessThan(220)
    expect(summary).toContain('hold in 2')
    expect(summary).toContain(', then 50 random walks from seed 7')
  })

  test('they find what is further away, the same with the same seed, and as short as leaving out makes it', () => {
    const deep = { ...policy, plan: mutants.B7?.planner, bound: 20, walks: 500 }
    const [one, two] = [explore(deep), explore(deep)]
    expect(one.counterexample).toMatchObject({ invariant: 'stages', shortest: false })
    expect(one.counterexample?.steps).toEqual(two.counterexample?.steps)
    expect(one.counterexample?.steps.length).toBeLessThan(12)
    expect(replayTrace(deep, one.counterexample?.steps ?? []).violation?.invariant).toBe('stages')
  })
})

describe('states are merged by what can matter', () => {
  const limits: readonly fc.Arbitrary<Omit<Stage, 'name'>>[] = [
    fc.record({ maxConcurrency: fc.constantFrom(1, 2) }),
    fc.record({ maxUnavailable: fc.constantFrom(1, '50%' as const) }),
    fc.record({ maxFailures: fc.constantFrom(0, 1) }),
    fc.record({ soak: fc.constantFrom(0, 1000) }),
    fc.record({ minReady: fc.constantFrom(0, 300) }),
    fc.record({ progressDeadline: fc.constantFrom(700, 5000) }),
    fc.record({ maxDeferred: fc.constantFrom(0, 'all' as const) }),
    fc.record({ maxLost: fc.constantFrom(0, 1) }),
    fc.record({ limit: fc.constantFrom(1, 'all' as const) }),
    fc.record({
      retry: fc.constantFrom({ limit: 1, backoff: 0 }, { limit: 2, backoff: 400 }, { limit: 3, backoff: 100, maxBackoff: 150 }),
    }),
    fc.record({ checks: fc.constantFrom([{ name: 'smoke' }], [{ name: 'smoke', maxPending: 900 }]) }),
    fc.record({ maxStarts: fc.constantFrom({ limit: 1, per: 500 }) }),
    fc.record({ requireSuccess: fc.constant(true) }),
  ]
  // Of all at once the worlds are too many.
  const stages = fc
    .subarray([...limits], { maxLength: 4 })
    .chain((some) => fc.tuple(...some).map((fields): Omit<Stage, 'name'> => Object.assign({}, ...fields)))
  const worlds = fc.constantFrom<Pick<ExploreOptions, 'joins' | 'leaves' | 'versions'>>(
    { versions: ['v2', 'v3'] },
    { versions: ['v2', 'v1'] },
    { versions: ['v2'], leaves: ['a1'] },
    { versions: ['v2'], joins: [inStage('a2', 'a', null)] },
    { versions: ['v2'], joins: [{ ...inStage('a2', 'a', null), busy: { reason: 'backup', since: 0, maxAge: 600 } }] },
  )
  const busy: fc.Arbitrary<Partial<TargetView>> = fc.constantFrom({}, { busy: { reason: 'backup', since: -100, maxAge: 800 } })
  const tracks: fc.Arbitrary<Pick<CanonicalStrategy, 'tracks'>> = fc.constantFrom({}, {}, { tracks: 'stage' }, { tracks: 'tenant' })
  const fleets = fc.constantFrom([inStage('a1', 'a'), inStage('b1', 'b')], [inStage('a1', 'a'), inStage('a3', 'a')])
  const said = ({ input, plan, before }: PlannedWorld): string =>
    JSON.stringify([
      input.module.version,
      input.targets.map(({ id, assigned, reach, selected }) => [id, assigned?.version, reach.ok, selected]).sort(),
      plan.actions.map((action) => [action.target, 'set' in action ? action.set : null, action.why]),
      plan.phase,
      plan.nextWakeAt === null ? null : plan.nextWakeAt - input.now,
      plan.done,
      plan.held.map(({ target, reason }) => [target, reason]),
      before?.failed.map(({ target }) => target).toSorted(),
      before?.retries.map(({ target, count }) => [target, count]).toSorted(),
      plan.gates.map(({ kind, stage, track }) => [kind, stage, track]),
      plan.tracks?.map(({ track, phase }) => [track, phase]),
    ])

  /** What random walks with real times come by that no merged state says. */
  const unseen = (options: ExploreOptions, walks: number, seed: number): readonly string[] => {
    const seen = new Set<string>()
    const { complete } = explore({
      ...options,
      rules: [],
      bound: 10_000,
      walks: 0,
      invariants: { note: (world) => seen.add(said(world)) && true },
    })
    fc.pre(complete)
    const unknown = new Set<string>()
    const note = (world: PlannedWorld): true => {
      if (!seen.has(said(world))) unknown.add(said(world))
      return true
    }
    // Beyond a bound of one state, the walks are all there is.
    explore({ ...options, rules: [], invariants: { note }, bound: 1, walks, seed })
    return [...unknown]
  }

  // One track passes the time in which another one waits to start the next.
  const start = 1_000_000
  const inTrack = (id: string, track: string): TargetView => view(id, 'v1', { labels: { track } })
  const waiting = { ...inTrack('b1', 'b'), busy: { reason: 'backup', since: start, maxAge: 400 } }
  test.each([['track'], [undefined]])(
    'when a target was started counts for the next, after it has finished as well: tracks %s',
    (tracks) => {
      const strategy: CanonicalStrategy = { stages: [{ name: 'fleet', maxStarts: { limit: 1, per: 500 } }], ...(tracks && { tracks }) }
      const targets = [inTrack('a1', 'a'), inTrack('a2', 'a'), waiting]
      expect(unseen({ strategy, targets, versions: ['v2'], start, events: ['succeed', 'time'] }, 100, 1)).toEqual([])
    },
  )

  test('whatever random walks come by with real times, the merged states say as well', () => {
    const drawn = fc.record({
      stage: stages,
      onHalt: fc.constantFrom('hold', 'revertAll'),
      tracks,
      world: worlds,
      busy,
      fleet: fleets,
      seed: fc.nat(1000),
    })
    fc.assert(
      fc.property(drawn, ({ stage, onHalt, tracks, world, busy, fleet, seed }) => {
        const targets = fleet.map((view, at) => (at === 0 ? { ...view, ...busy } : view))
        expect(unseen({ strategy: { ...stagesOf(stage), ...tracks, onHalt }, targets, ...world }, 15, seed)).toEqual([])
      }),
      { numRuns: runs(20) },
    )
  }, 300_000)
})

describe('the policies of the README and the cookbook', async () => {
  test.each(await documentedPolicies())('$title', ({ title, options }) => {
    const { complete, counterexample, summary } = explore(options)
    process.stdout.write(`${title}: ${summary}\n`)
    expect([complete, counterexample?.text]).toEqual([true, undefined])
  })
})
