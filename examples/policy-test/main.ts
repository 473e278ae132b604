/**
 * A policy test proves something about a rollout before anything starts: no cluster, no clock, milliseconds. Here with
 * node's own test runner; any other does as well.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Module } from 'fleetkit'
import { forecast, forecastRollback } from 'fleetkit/forecast'
import { Canary, carryOut, observePhase, planRollout, Rolling, type RolloutInput, view } from 'fleetkit/rollout'

const fleet = ['eu-west', 'eu-north', 'us-east'].flatMap((region) =>
  [1, 2, 3, 4].map((number) => ({ id: `${region}-${number}`, labels: { region, tier: number === 4 ? 'test' : 'prod' } })),
)
const metadata = { name: 'shop', namespace: 'fleet' }
const source = { git: { url: 'https://git.example.com/shop.git', tag: 'v2.0.0' } }

const module = new Module({
  metadata,
  spec: { source, clusters: { matchLabels: { tier: 'prod' } }, rollout: new Rolling({ maxUnavailable: 1, within: 'region' }) },
})

test('at most one cluster of eu-west is ever down, and a failure stops the rollout', () => {
  const { phase, peak } = forecast({ module, clusters: fleet, assume: { readyAfter: '5m', failing: ['eu-west-3'] } })
  assert.equal(peak.unavailable.by('region')['eu-west'], 1)
  assert.equal(phase, 'Halted')
})

test('only production clusters get it, and all of them within half an hour', () => {
  const { phase, bars, duration } = forecast({ module, clusters: fleet, assume: { readyAfter: '5m' } })
  assert.equal(phase, 'Complete')
  assert.deepEqual(
    [...new Set(bars.map(({ cluster }) => cluster))].sort(),
    fleet
      .filter(({ labels }) => labels.tier === 'prod')
      .map(({ id }) => id)
      .sort(),
  )
  assert.ok(duration <= 30 * 60_000)
})

test('a canary soaks for an hour before any other cluster is touched', () => {
  const careful = module.with((draft) => {
    draft.spec.rollout = new Canary({ limit: 1, soak: '1h', next: new Rolling({ maxUnavailable: '50%' }) })
  })
  const { steps } = forecast({ module: careful, clusters: fleet, assume: { readyAfter: '5m' } })
  const starts = steps.flatMap(({ at, actions }) => actions.filter((action) => 'set' in action).map(() => at))
  assert.equal(starts.filter((at) => at < 65 * 60_000).length, 1)
})

test('a rollback is possible from the middle of a failed rollout', () => {
  assert.equal(forecastRollback({ module, clusters: fleet, assume: { readyAfter: '5m', failing: ['eu-west-3'] } }).phase, 'Complete')
})

test('a cluster that was unreachable is caught up with, and a pinned one keeps its version', () => {
  const before = [view('eu-1', 'v1'), view('eu-2', 'v1', { unreachableSince: 0 }), view('eu-3', 'v1', { hold: { pin: 'v1' } })]
  const input = (now: number, targets: RolloutInput['targets']): RolloutInput => ({
    now,
    module: { id: 'shop', version: 'v2' },
    strategy: new Rolling({ maxUnavailable: 1 }).compile(),
    targets,
  })
  const first = planRollout(input(0, before), null)
  const hold = ({ target, reason }: { readonly target: string; readonly reason: string }) => `${target}: ${reason}`
  assert.deepEqual(first.held.map(hold), ['eu-2: unreachable', 'eu-3: pinned'])
  const [one, two, three] = carryOut(before, first.actions, 0)
  assert.ok(one !== undefined && two !== undefined && three !== undefined)
  const back = planRollout(input(60_000, [observePhase(one, 'ready', 60_000), view('eu-2', 'v1'), three]), first.state)
  assert.deepEqual(
    back.actions.map(({ target, why }) => `${target}: ${why}`),
    ['eu-2: stage'],
  )
  assert.deepEqual(back.held.map(hold), ['eu-3: pinned'])
})
