import {
  type CanonicalStrategy,
  planRollout,
  type RolloutInput,
  type RolloutState,
  type Stage,
  type TargetView,
  view,
} from 'fleetkit/rollout'
import { describe, expect, test } from 'vitest'
import { checkIdempotence, checkPlan } from './simulation/properties.ts'

const versions = ['v1', 'v2', 'v3']
const ends = ['Complete', 'CompleteWithFailures', 'Halted', 'Reverted', 'Stalled']

/** A fleet at rest in time: without timers, all that can differ is who has what, who is unreachable, and what the planner remembers. */
interface World {
  readonly version: string
  readonly views: readonly TargetView[]
  readonly state: RolloutState | null
}

const strategyOf = (limits: Omit<Stage, 'name'>, rest: Omit<CanonicalStrategy, 'stages'> = {}): CanonicalStrategy => ({
  ...rest,
  stages: ['a', 'b'].map((name): Stage => ({ name, selector: { matchLabels: { stage: name } }, ...limits })),
})

const target = (id: string, stage: string, version: string | null): TargetView => view(id, version, { labels: { stage } })

/** Every world that can come of one in one event. */
function* successors(world: World): Generator<World> {
  const { views } = world
  const change = (at: number, view: TargetView): World => ({ ...world, views: views.with(at, view) })
  for (const [at, view] of views.entries()) {
    const { assigned, observed, reach } = view
    yield change(at, { ...view, reach: { ok: !reach.ok, since: 0 } })
    if (assigned === null || !reach.ok || observed?.generation === assigned.generation) continue
    const outcome = { version: assigned.version, generation: assigned.generation, since: 0 }
    if (assigned.version === null) yield change(at, { ...view, observed: { ...outcome, phase: 'absent' } })
    else for (const phase of ['ready', 'failed'] as const) yield change(at, { ...view, observed: { ...outcome, phase } })
  }
  if (world.version === 'v2') yield { ...world, version: 'v3' }
}

/** Walks through every world that can be reached, whatever happens in whatever order. Returns how many there are. */
function explore(
  strategy: CanonicalStrategy,
  views: readonly TargetView[],
): { readonly states: number; readonly found: readonly string[] } {
  const found: string[] = []
  const seen = new Set<string>()
  const queue: World[] = [{ version: 'v2', views, state: null }]
  for (let world = queue.pop(); world !== undefined; world = queue.pop()) {
    const { version, state } = world
    const input: RolloutInput = { now: 0, module: { id: 'm', version }, strategy, targets: world.views }
    const plan = planRollout(input, state)
    const blame = (property: string, detail: string): void => {
      found.push(`${property}: ${detail}`)
    }
    checkPlan(input, state, plan, blame)
    checkIdempotence(planRollout, input, plan, blame)
    const assigned = world.views.map((view) => {
      const action = plan.actions.find(({ target: id }) => id === view.id)
      if (action === undefined) return view
      const to = 'set' in action ? action.set : null
      if (view.assigned?.version === to) blame('P17', `${view.id} is assigned ${to} again`)
      // Generations by version keep the worlds few: a revert is a generation of its own.
      const generation = to === null ? 9 : versions.indexOf(to) + 1 + ('set' in action && action.why === 'revert' ? 4 : 0)
      return { ...view, assigned: { version: to, generation, at: 0 }, ...(generation > 4 && lower(view, generation)) }
    })
    const quiet = plan.actions.length + plan.updating.length === 0 && assigned.every(({ reach }) => reach.ok)
    if (quiet && !ends.includes(plan.phase)) blame('P11', `${plan.phase} ${JSON.stringify(plan.held)}`)
    const after: World = { version, views: assigned, state: plan.state === null ? null : { ...plan.state, cursor: 0 } }
    const key = JSON.stringify(after)
    if (seen.has(key)) continue
    seen.add(key)
    queue.push(...successors(after))
  }
  return { states: seen.size, found }
}

/** An outcome of before must stay older than what is assigned now. */
function lower({ observed }: TargetView, generation: number): Pick<TargetView, 'observed'> {
  return { observed: observed === null ? null : { ...observed, generation: Math.min(observed.generation, generation - 1) } }
}

const fleet = [target('a1', 'a', 'v1'), target('a2', 'a', 'v1'), target('b1', 'b', 'v1')]
const larger = [...fleet, target('b2', 'b', null)]

describe('every order of succeeding, failing, going unreachable, coming back and a newer version', () => {
  test.each<[string, CanonicalStrategy, readonly TargetView[]]>([
    ['one at a time', strategyOf({ maxConcurrency: 1 }), larger],
    ['one failure is tolerated', strategyOf({ maxConcurrency: 2, maxUnavailable: 1, maxFailures: 1 }), fleet],
    ['strict', strategyOf({ maxFailures: 1, strict: true }), fleet],
    ['all at once, all revert', strategyOf({}, { onHalt: 'revertAll' }), fleet],
    ['the failed revert', strategyOf({ maxConcurrency: 1 }, { onHalt: 'revertFailed' }), fleet],
    ['a newer version waits', strategyOf({ maxUnavailable: 1 }, { supersede: { mode: 'queue' } }), fleet],
    ['a newer version waits for the stage', strategyOf({ maxFailures: 1 }, { supersede: { mode: 'finishStage' } }), fleet],
    ['none may be unreachable', strategyOf({ maxDeferred: 0, maxFailures: 1 }), fleet],
  ])(
    '%s',
    (name, strategy, views) => {
      const { states, found } = explore(strategy, views)
      process.stdout.write(`${name}: ${states} states of ${views.length} targets\n`)
      expect(found.slice(0, 3)).toEqual([])
      expect(states).toBeGreaterThan(500)
    },
    600_000,
  )
})
