import fc from 'fast-check'
import { dependencyVerdicts } from 'fleetkit/fleet'
import { type ForecastedModule, type ForecastRolloutsInput, forecast, forecastRollouts } from 'fleetkit/forecast'
import { planRollouts, type RolloutState, type TargetView } from 'fleetkit/rollout'
import { expect, test } from 'vitest'
import { runs } from '../../random-tests.ts'

const names = ['a', 'b', 'c'] as const
const clusters = fc
  .array(fc.constantFrom('eu', 'us'), { minLength: 1, maxLength: 5 })
  .map((regions) => regions.map((region, index) => ({ id: `c${index}`, labels: { region } })))
const seconds = (max: number) => fc.nat({ max }).map((count) => count * 1000)
const amount = fc.constantFrom<1 | 2 | '50%' | 'all'>(1, 2, '50%', 'all')
const stage = (name: string) =>
  fc.record({
    name: fc.constant(name),
    limit: fc.constantFrom<1 | 'all'>(1, 'all'),
    maxConcurrency: amount,
    maxUnavailable: amount,
    maxFailures: amount,
    soak: seconds(30),
    minReady: seconds(10),
    progressDeadline: seconds(90).map((ms) => ms + 40_000),
  })
/** Needs point to earlier modules, so that there is no cycle. */
const module = (at: number): fc.Arbitrary<ForecastedModule> =>
  fc.record({
    id: fc.constant(names[at] as string),
    version: fc.constantFrom('2.0.0', '2.0.0', '2.0.0', null),
    before: fc.constantFrom('1.0.0', '1.0.0', null),
    needs: fc.array(
      fc.record({ module: fc.constantFrom(...names.slice(0, Math.max(1, at))), range: fc.constantFrom('^2', '>=1', undefined) }),
      {
        maxLength: at === 0 ? 0 : 1,
      },
    ),
    priority: fc.nat({ max: 1 }),
    rollout: fc.tuple(stage('canary'), stage('fleet')).map((stages) => ({ stages, maxDeletions: 'all' as const })),
    assume: fc.record({ readyAfter: seconds(60), failing: fc.constantFrom<readonly string[]>([], ['c0'], ['c0']) }),
  })
const world: fc.Arbitrary<ForecastRolloutsInput> = fc.record({
  modules: fc.integer({ min: 1, max: 3 }).chain((count) => fc.tuple(...names.slice(0, count).map((_, at) => module(at)))),
  clusters,
  budgets: fc.array(
    fc.record({ id: fc.constantFrom('x', 'y'), limit: amount, by: fc.constantFrom('region', undefined) }).map(({ by, ...budget }) => ({
      ...budget,
      ...(by !== undefined && { by }),
    })),
    { maxLength: 2 },
  ),
  patience: seconds(120),
  assume: fc.record({
    outages: fc.array(fc.record({ cluster: fc.constant('c0'), from: seconds(60), to: seconds(60).map((ms) => ms + 60_001) }), {
      maxLength: 1,
    }),
  }),
})

/** Steps `planRollouts` in the assumed world, written without the forecast's code: every millisecond that is due, in its order. */
function stepped({ modules, clusters: fleet, budgets = [], patience, assume }: ForecastRolloutsInput): readonly unknown[] {
  interface Placed {
    view: TargetView
    due?: { at: number; phase: 'ready' | 'failed' | 'absent' } | undefined
  }
  const placed = modules.map(({ before = 'before' }) =>
    (fleet as readonly Pick<TargetView, 'id' | 'labels'>[]).map((cluster): Placed => {
      const has = before === null ? null : { version: before, generation: 1 }
      const assigned = has && { ...has, at: 0 }
      return { view: { ...cluster, reach: { ok: true, since: 0 }, assigned, observed: has && { ...has, phase: 'ready', since: 0 } } }
    }),
  )
  const states: (RolloutState | null)[] = modules.map(() => null)
  const said: unknown[] = []
  const [outage] = assume?.outages ?? []
  let now = 0
  for (let round = 0; round < 1000; round += 1) {
    for (const each of placed.flat()) {
      const isOut = outage !== undefined && each.view.id === outage.cluster && now >= Number(outage.from) && now < Number(outage.to)
      if (each.view.reach.ok === isOut) each.view = { ...each.view, reach: { ok: !isOut, since: now } }
      if (isOut || each.due === undefined || each.due.at > now) continue
      const { version = null, generation = 0 } = each.view.assigned ?? {}
      each.view = { ...each.view, observed: { version, generation, phase: each.due.phase, since: now } }
      each.due = undefined
    }
    const views = placed.map((each) => each.map(({ view }) => view))
    const fleetModules = modules.map(({ id = '', version = null, needs = [] }, at) => ({ id, version, needs, clusters: views[at] ?? [] }))
    const verdicts = dependencyVerdicts(fleetModules)
    const rollouts = modules.map(({ id = '', version = null, rollout, priority }, at) => ({
      input: { now, module: { id, version }, strategy: rollout as never, targets: views[at] ?? [], dependencies: verdicts[id] },
      prev: states[at] ?? null,
      priority,
    }))
    const { plans, nextWakeAt } = planRollouts({ rollouts, budgets, patience })
    for (const [at, plan] of plans.entries()) {
      states[at] = plan.state
      if (plan.events.length > 0) said.push([now, modules[at]?.id, plan.actions, plan.phase, plan.done.length])
      for (const action of plan.actions) {
        const each = placed[at]?.find(({ view }) => view.id === action.target) as Placed
        const version = 'set' in action ? action.set : null
        each.view = { ...each.view, assigned: { version, generation: (each.view.assigned?.generation ?? 0) + 1, at: now } }
        const { failing, readyAfter } = modules[at]?.assume ?? {}
        const fails = version !== null && version === modules[at]?.version && (failing as readonly string[]).includes(action.target)
        each.due = { at: now + Number(readyAfter), phase: version === null ? 'absent' : fails ? 'failed' : 'ready' }
      }
    }
    const reachTimes = outage === undefined ? [] : [Number(outage.from), Number(outage.to)].filter((time) => time > now)
    const due = placed.flat().flatMap((each) => (each.due !== undefined && each.view.reach.ok ? [each.due.at] : []))
    const next = [...due, ...reachTimes, ...(nextWakeAt === null ? [] : [nextWakeAt])].sort((a, b) => a - b)[0]
    if (next === undefined) break
    now = next
  }
  return said
}

test('a forecast of several modules is what comes of planning them step by step in the same world', () => {
  fc.assert(
    fc.property(world, (input) => {
      const { steps } = forecastRollouts(input)
      const decided = steps.flatMap(({ at, module: id, actions, events, phase, done }) =>
        events.length > 0 ? [[at, id, actions, phase, done]] : [],
      )
      expect(decided).toEqual(stepped(input))
    }),
    { numRuns: runs(300) },
  )
})

test('a forecast of several modules of which there is one is the forecast of that one', () => {
  fc.assert(
    fc.property(world, ({ modules: [first], clusters: fleet, assume }) => {
      const { rollout, assume: own, id } = first as ForecastedModule
      const alone = forecast({ rollout, clusters: fleet, assume: { ...assume, ...own } })
      const { modules, steps, duration, deadEnds, peak } = forecastRollouts({
        modules: [{ id, rollout, assume: own }],
        clusters: fleet,
        assume,
      })
      const one = modules[id as string]
      expect(JSON.stringify(one)).toBe(JSON.stringify(alone))
      expect(steps.map(({ module: _, ...step }) => step)).toEqual(alone.steps)
      expect([duration, deadEnds.map(({ module: _, ...deadEnd }) => deadEnd)]).toEqual([alone.duration, alone.deadEnds])
      for (const kind of ['unavailable', 'concurrency'] as const) {
        expect(peak[kind].momentsBy('region')).toEqual(one?.peak[kind].momentsBy('region'))
        const { count, at, members } = alone.peak[kind].moment
        expect(peak[kind].moment).toEqual({ count, at, members: members.map(({ cluster }) => ({ module: id, cluster })) })
      }
    }),
    { numRuns: runs(300) },
  )
})

test('no budget is exceeded at any moment, and what the peaks say is the most there ever is', () => {
  fc.assert(
    fc.property(world, (input) => {
      const { modules, peak, steps } = forecastRollouts(input)
      for (const { budget, value, limit, count, at, members } of peak.budgets) {
        const labels = new Map(
          (input.clusters as readonly { id: string; labels: { region: string } }[]).map((each) => [each.id, each.labels.region]),
        )
        /** The updates to a version that are in progress at a time, from the bars alone. */
        const updating = (time: number): readonly string[] =>
          Object.entries(modules).flatMap(([id, { bars }]) =>
            bars
              .filter(({ to, from, until = Number.POSITIVE_INFINITY }) => to !== null && from <= time && time < until)
              .filter(({ cluster }) => value === undefined || labels.get(cluster) === value)
              .map(({ cluster }) => `${id}>${cluster}`),
          )
        const most = Math.max(...steps.map((step) => updating(step.at).length))
        expect(count, budget).toBeLessThanOrEqual(limit)
        // An update that begins and ends at once has a bar without a length.
        if (count > 0 && members.every(({ module: id }) => Number(input.modules.find((each) => each.id === id)?.assume?.readyAfter) > 0)) {
          expect(updating(at).toSorted(), budget).toEqual(members.map(({ module: id, cluster }) => `${id}>${cluster}`).toSorted())
          expect(count).toBeGreaterThanOrEqual(most)
        }
      }
    }),
    { numRuns: runs(300) },
  )
})
