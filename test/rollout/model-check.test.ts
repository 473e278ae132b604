import { type CanonicalStrategy, planRollout, type Stage, type TargetView, view } from 'fleetkit/rollout'
import { explore, type PlannedWorld } from 'fleetkit/testing'
import { describe, expect, test } from 'vitest'
import { checkIdempotence, checkPlan } from './simulation/properties.ts'

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
  checkPlan(input, before, plan, blame)
  checkIdempotence(planRollout, input, plan, blame)
  return found[0] ?? true
}

/** P17: what is assigned already is not assigned again. */
function assignedOnce({ input, plan }: PlannedWorld): true | string {
  const had = new Map(input.targets.map(({ id, assigned }) => [id, assigned?.version]))
  const again = plan.actions.find((action) => had.get(action.target) === ('set' in action ? action.set : null))
  return again === undefined || `${again.target} is assigned the same again`
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
    ['a stage requires success', strategyOf({ maxFailures: 1, requireSuccess: true }), fleet],
    ['what failed is reverted while the others go on', strategyOf({ maxFailures: 'all', maxConcurrency: 1, onFailure: 'revert' }), fleet],
    ['none may be unreachable', strategyOf({ maxDeferred: 0, maxFailures: 1 }), fleet],
    ['with a soak and a deadline', strategyOf({ soak: 60_000, progressDeadline: 90_000 }), fleet.slice(1)],
  ])(
    '%s',
    (name, strategy, targets) => {
      const policy = { strategy, targets, versions: ['v2', 'v3'], bound: 1_000_000 }
      const { complete, states, counterexample, summary } = explore({ ...policy, invariants: { properties, P17: assignedOnce } })
      process.stdout.write(`${name}: ${summary}\n`)
      expect(counterexample?.text).toBeUndefined()
      expect(complete).toBe(true)
      expect(states).toBeGreaterThan(500)
    },
    600_000,
  )
})
