import {
  type CanonicalStrategy,
  planRollout,
  type RolloutInput,
  type RolloutState,
  type Stage,
  type TargetView,
  type Verdict,
  view,
} from 'fleetkit/rollout'
import { describe, expect, test } from 'vitest'
import { checkIdempotence, checkPlan } from './simulation/properties.ts'
import { checkTracks, partsOf } from './simulation/tracks.ts'

const versions = ['v1', 'v2', 'v3']
const ends = ['Complete', 'CompleteWithFailures', 'Halted', 'Reverted', 'Stalled']

/** A fleet at rest in time: without timers, all that can differ is who has what, who is unreachable, and what the planner remembers. */
interface World {
  readonly version: string
  readonly views: readonly TargetView[]
  readonly state: RolloutState | null
  readonly verdicts: readonly Verdict[]
}

const strategyOf = (limits: Omit<Stage, 'name'>, rest: Omit<CanonicalStrategy, 'stages'> = {}): CanonicalStrategy => ({
  ...rest,
  stages: ['a', 'b'].map((name): Stage => ({ name, selector: { matchLabels: { stage: name } }, ...limits })),
})

const target = (id: string, stage: string, version: string | null): TargetView => view(id, version, { labels: { stage } })

/** Every world that can come of one in one event. */
function* successors(strategy: CanonicalStrategy, world: World): Generator<World> {
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
  for (const { name: stage, checks = [] } of strategy.stages) {
    for (const { name: check } of checks) {
      const rid = { version: world.version, nonce: '' }
      if (world.verdicts.some((given) => given.stage === stage && given.rid.version === world.version)) continue
      for (const verdict of ['pass', 'fail'] as const)
        yield { ...world, verdicts: [...world.verdicts, { rid, stage, check, verdict, at: 0 }] }
    }
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
  const queue: World[] = [{ version: 'v2', views, state: null, verdicts: [] }]
  for (let world = queue.pop(); world !== undefined; world = queue.pop()) {
    const { version, state } = world
    const input: RolloutInput = { now: 0, module: { id: 'm', version }, strategy, targets: world.views, verdicts: world.verdicts }
    const plan = planRollout(input, state)
    const blame = (property: string, detail: string): void => {
      found.push(`${property}: ${detail}`)
    }
    for (const part of partsOf(input, state, plan)) checkPlan(part.input, part.prev, part.plan, blame)
    checkTracks(planRollout, input, state, plan, blame)
    checkIdempotence(planRollout, input, plan, blame)
    const assigned = world.views.map((view) => {
      const action = plan.actions.find(({ target: id }) => id === view.id)
      if (action === undefined) return view
      const to = 'set' in action ? action.set : null
      const isRetry = 'set' in action && action.why === 'retry'
      if (view.assigned?.version === to && !isRetry) blame('P17', `${view.id} is assigned ${to} again`)
      // Generations by version keep the worlds few: a revert is a generation of its own.
      if (isRetry) return { ...view, assigned: { version: to, generation: (view.assigned?.generation as number) + 0.25, at: 0 } }
      const generation = to === null ? 9 : versions.indexOf(to) + 1 + ('set' in action && action.why === 'revert' ? 4 : 0)
      return { ...view, assigned: { version: to, generation, at: 0 }, ...(generation > 4 && lower(view, generation)) }
    })
    const quiet = plan.actions.length + plan.updating.length === 0 && assigned.every(({ reach }) => reach.ok)
    const isAsked = plan.gates.some(({ kind }) => kind === 'check')
    if (quiet && !isAsked && !ends.includes(plan.phase)) blame('P11', `${plan.phase} ${JSON.stringify(plan.held)}`)
    const after: World = {
      version,
      views: assigned,
      verdicts: world.verdicts,
      state: withoutCursors(plan.state),
    }
    const key = JSON.stringify(after)
    if (seen.has(key)) continue
    seen.add(key)
    for (const next of successors(strategy, after)) queue.push(next)
  }
  return { states: seen.size, found }
}

/** Without the number of events, which tells worlds apart that are alike. */
function withoutCursors(state: RolloutState | null): RolloutState | null {
  if (state === null) return null
  const tracks = Object.entries(state.tracks ?? {}).map(([track, of]) => [track, { ...of, cursor: 0 }] as const)
  return { ...state, cursor: 0, ...(state.tracks && { tracks: Object.fromEntries(tracks) }) }
}

/** An outcome of before must stay older than what is assigned now. */
function lower({ observed }: TargetView, generation: number): Pick<TargetView, 'observed'> {
  return { observed: observed === null ? null : { ...observed, generation: Math.min(observed.generation, generation - 1) } }
}

const fleet = [target('a1', 'a', 'v1'), target('a2', 'a', 'v1'), target('b1', 'b', 'v1')]
const tracks = fleet.map((view, at): TargetView => ({ ...view, labels: { ...view.labels, ...(at === 1 && { track: '2' }) } }))

describe('every order of verdicts, retries and tracks, and of succeeding, failing, going unreachable, coming back, a verdict and a newer version', () => {
  test.each<[string, CanonicalStrategy, readonly TargetView[]]>([
    ['what failed is tried again', strategyOf({ retry: { limit: 2, backoff: 0 }, maxConcurrency: 1 }), fleet],
    [
      'what failed is tried again, and all revert',
      strategyOf({ retry: { limit: 1, backoff: 0 }, maxFailures: 1 }, { onHalt: 'revertAll' }),
      fleet,
    ],
    [
      'what failed is tried again, and a check is made',
      strategyOf({ retry: { limit: 1, backoff: 0 }, checks: [{ name: 'smoke' }] }),
      fleet.slice(1),
    ],
    ['in tracks side by side', strategyOf({ maxConcurrency: 1 }, { tracks: 'track' }), tracks],
    ['in tracks, and all revert', strategyOf({ maxFailures: 1 }, { tracks: 'track', onHalt: 'revertAll' }), tracks],
    ['each stage ends with a check', strategyOf({ maxFailures: 1, checks: [{ name: 'smoke', onFail: 'revertAll' }] }), fleet.slice(1)],
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
