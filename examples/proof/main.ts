/**
 * Proves a rollout policy: whatever happens in whatever order, what it promises holds. A policy that looks as careful and is not is caught, with
 * the shortest way in which it goes wrong.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Staged, view } from 'fleetkit/rollout'
import { type ExploreOptions, explore, type PlannedWorld, replayTrace } from 'fleetkit/testing'

const targets = ['canary', 'eu-1', 'eu-2'].map((id) => view(id, 'v1', { labels: { role: id === 'canary' ? 'canary' : 'prod' } }))

/** What the policy promises: no cluster of production gets a version before the canary is ready with it. */
function provenByTheCanary({ input: { targets: seen, module }, plan }: PlannedWorld): true | string {
  const canary = seen.find(({ id }) => id === 'canary')
  const isProven = canary?.observed?.phase === 'ready' && canary.observed.version === module.version
  const first = plan.actions.find((action) => action.target !== 'canary' && 'set' in action && action.set === module.version)
  return first === undefined || isProven || `${first.target} gets ${module.version}, and the canary is not ready with it`
}

/** The canary, and then production, one after the other. `patience` is what is asked of the canary. */
const policyOf = (patience: { readonly minDone?: number; readonly maxFailures?: number }): ExploreOptions => ({
  strategy: new Staged([
    { name: 'canary', selector: { matchLabels: { role: 'canary' } }, soak: '1h', progressDeadline: '10m', ...patience },
    { name: 'prod', maxUnavailable: 1, progressDeadline: '10m' },
  ]),
  targets,
  versions: ['v2', 'v3'],
  invariants: { provenByTheCanary },
})

test('the canary proves each version, in every order of failures, outages and newer versions', () => {
  const { complete, counterexample, summary } = explore(policyOf({ minDone: 1 }))
  console.log(summary)
  assert.ok(complete)
  assert.equal(counterexample?.text, undefined)
})

test('a policy that goes on when the canary cannot be reached is caught', () => {
  const careless = policyOf({ minDone: 0 })
  const { counterexample } = explore(careless)
  assert.ok(counterexample)
  console.log(counterexample.text)
  assert.equal(counterexample.invariant, 'provenByTheCanary')
  // The trace is data: kept as a test, it shows when the policy is mended.
  assert.equal(replayTrace(careless, counterexample.steps).violation?.invariant, 'provenByTheCanary')
  assert.equal(replayTrace(policyOf({ minDone: 1 }), counterexample.steps).violation, undefined)
})
