/**
 * Proves a policy with the engine itself: whatever fails, and whenever a manager dies, a version is first ready on the canary, and no more than two clusters are ever
 * updating. A policy that is careless is caught, with all that has happened until then.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ModuleInput } from 'fleetkit'
import { Rolling, Staged } from 'fleetkit/rollout'
import { type FleetView, type SimulateFleetOptions, simulateSeeds } from 'fleetkit/testing'

const source = { git: { url: 'https://git.example.com/shop.git', tag: 'v1' } }
const clusters = ['canary', 'eu-1', 'eu-2', 'eu-3', 'us-1'].map((id) => ({ id, labels: { role: id === 'canary' ? 'canary' : 'prod' } }))

/** What the policy promises: what a cluster of production is assigned, the canary has been ready with. */
function provenByTheCanary(fleet: FleetView): true | string {
  const proven = ['v1', fleet.version('canary', 'shop')]
  const early = fleet.pairs({ matchLabels: { role: 'prod' } }).find(({ assigned }) => assigned !== undefined && !proven.includes(assigned))
  return early === undefined || `${early.cluster} is assigned ${early.assigned}, and the canary is not ready with it`
}

const worldOf = (rollout: ModuleInput['spec']['rollout']): SimulateFleetOptions => ({
  clusters,
  modules: [{ metadata: { name: 'shop', namespace: 'fleet' }, spec: { source, clusters: {}, rollout } }],
  policy: { budgets: [{ id: 'fleet', limit: 2 }] },
  during: '30m',
  world: { readyAfter: ['10s', '3m'], managers: 2, crashes: 2, partitions: 1, outages: 2, faults: { fail: 0.05, lose: 0.05, drop: 0.05 } },
  scenario: async (fleet) => {
    await fleet.after('1m')
    await fleet.release('shop', 'v2')
    await fleet.until('shop', 'Complete')
  },
  invariants: { 'proven by the canary': provenByTheCanary },
})

test('a version is ready on the canary first, and the budget holds, whatever fails', async () => {
  const { failure, text } = await simulateSeeds(5, () =>
    worldOf(new Staged([{ name: 'canary', selector: { matchLabels: { role: 'canary' } } }, { name: 'prod' }])),
  )
  console.log(text)
  assert.equal(failure, undefined)
})

test('a policy that does not ask the canary is caught', async () => {
  const { failure, text } = await simulateSeeds(5, () => worldOf(new Rolling({ maxUnavailable: 2 })))
  console.log(text)
  assert.equal(failure?.violations[0]?.invariant, 'proven by the canary')
})
