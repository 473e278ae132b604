import { type CanonicalStrategy, planRollout, type Stage, type TargetView, view } from 'fleetkit/rollout'
import { explore, type PlannedWorld } from 'fleetkit/testing'
import { describe, expect, test } from 'vitest'
import { checkIdempotence, checkPlan } from './simulation/properties.ts'
import { checkTracks, partsOf } from './simulation/tracks.ts'

const strategyOf = (limits: Omit<Stage, 'name'>, rest: Omit<CanonicalStrategy, 'stages'> = {}): CanonicalStrategy => ({
  ...rest,
  stages: ['a', 'b'].map((name): Stage => ({ name, selector: { matchLabels: { stage: name } }, ...limits })),
})

const target = (id: string, stage: string, version: string | null): TargetView => view(id, version, { labels: { stage } })

/** The properties that are judged in simulated rollouts as well: written without the planner's code. */
function properties({ input, before, plan }: PlannedWorld): true | string {
  const found: string[] = []
  const blame = (property: string, detail: string): void => {
    found.push(`${property}: ${detail}`)
  }
  for (const part of partsOf(input, before, plan)) checkPlan(part.input, part.prev, part.plan, blame)
  checkTracks(planRollout, input, before, plan, blame)
  checkIdempotence(planRollout, input, plan, blame)
  return found[0] ?? true
}

/** P17: what is assigned already is not assigned again, but for a retry. */
function assignedOnce({ input, plan }: PlannedWorld): true | string {
  const had = new Map(input.targets.map(({ id, assigned }) => [id, assigned?.version]))
  const again = plan.actions.find((action) => action.why !== 'retry' && had.get(action.target) === ('set' in action ? action.set : null))
  return again === undefined || `${again.target} is assigned the same again`
}

const fleet = [target('a1', 'a', 'v1'), target('a2', 'a', 'v1'), target('b1', 'b', 'v1')]
const larger = [...fleet, target('b2', 'b', null)]
const inTracks = fleet.map((of, at): TargetView => ({ ...of, labels: { ...of.labels, ...(at === 1 && { track: '2' }) } }))

describe('every order of succeeding, failing, going unreachable, coming back, a verdict and a newer version', () => {
  test.each<[string, CanonicalStrategy, readonly TargetView[], (readonly string[])?]>([
    ['one at a time', strategyOf({ maxConcurrency: 1 }), larger],
    ['one failure is tolerated', strategyOf({ maxConcurrency: 2, maxUnavailable: 1, maxFailures: 1 }), fleet],
    ['strict', strategyOf({ maxFailures: 1, strict: true }), fleet],
    ['all at once, all revert', strategyOf({}, { onHalt: 'revertAll' }), fleet],
    ['the failed revert', strategyOf({ maxConcurrency: 1 }, { onHalt: 'revertFailed' }), fleet],
    ['a newer version waits', strategyOf({ maxUnavailable: 1 }, { supersede: { mode: 'queue' } }), fleet],
    ['a newer version waits for the stage', strategyOf({ maxFailures: 1 }, { supersede: { mode: 'finishStage' } }), fleet],
    ['a stage requires success', strategyOf({ maxFailures: 1, requireSuccess: true }), fleet],
    ['what failed is reverted while the others go on', strategyOf({ maxFailures: 'all', maxConcurrency: 1, onFailure: 'revert' }), fleet],
    ['none may be unreachable', strategyOf({ maxDeferred: 0, maxFailures: 1 }), fleet],
    ['with a soak and a deadline', strategyOf({ soak: 60_000, progressDeadline: 90_000 }), fleet.slice(1)],
    ['what failed is tried again', strategyOf({ retry: { limit: 2, backoff: 60_000 }, maxConcurrency: 1 }), fleet.slice(1)],
    [
      'what failed is tried again, and all revert',
      strategyOf({ retry: { limit: 1, backoff: 0 }, maxFailures: 1 }, { onHalt: 'revertAll' }),
      fleet,
    ],
    [
      'what failed is tried again, and a check is made',
      strategyOf({ retry: { limit: 1, backoff: 60_000 }, checks: [{ name: 'smoke' }] }),
      fleet.slice(1),
    ],
    ['each stage ends with a check', strategyOf({ maxFailures: 1, checks: [{ name: 'smoke', onFail: 'revertAll' }] }), fleet.slice(1)],
    [
      'each stage ends with a check that is not waited for long',
      strategyOf({ soak: 60_000, checks: [{ name: 'smoke', maxPending: 90_000 }] }),
      fleet.slice(1),
    ],
    ['in tracks side by side', strategyOf({ maxConcurrency: 1 }, { tracks: 'track' }), inTracks],
    ['in tracks, and all revert', strategyOf({}, { tracks: 'track', onHalt: 'revertAll' }), inTracks],
    ['in tracks, with a check', strategyOf({ checks: [{ name: 'smoke' }] }, { tracks: 'track' }), inTracks.slice(1), ['v2']],
  ])(
    '%s',
    (name, strategy, targets, versions = ['v2', 'v3']) => {
      const policy = { strategy, targets, versions, bound: 1_000_000 }
      const { complete, states, counterexample, summary } = explore({ ...policy, invariants: { properties, P17: assignedOnce } })
      process.stdout.write(`${name}: ${summary}\n`)
      expect(counterexample?.text).toBeUndefined()
      expect(complete).toBe(true)
      expect(states).toBeGreaterThan(500)
    },
    600_000,
  )
})
