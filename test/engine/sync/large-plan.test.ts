import { digestOf, SyncRunner } from 'fleetkit'
import { memoryCluster } from 'fleetkit/memory'
import { expect, test } from 'vitest'
import { intercepted } from './scenarios.ts'

/** How often others had a turn of the event loop while a plan of `count` objects was made. */
async function turnsWhilePlanning(count: number, charactersEach: number): Promise<number> {
  const runner = new SyncRunner({ cluster: memoryCluster() })
  const objects = Array.from({ length: count }, (_, index) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: `m${index}` },
    data: { text: 'x'.repeat(charactersEach) },
  }))
  const sync = { metadata: { name: 'shop', namespace: 'default' }, spec: { prune: true } }
  // What is loaded on first use has turns of its own.
  await runner.plan(sync, { objects })
  let [turns, planning] = [0, true]
  const turn = (): void => {
    turns += 1
    if (planning) setImmediate(turn)
  }
  setImmediate(turn)
  const plan = await runner.plan(sync, { objects })
  planning = false
  expect(digestOf(plan)).toBe(plan.digest)
  return turns
}

test('digests of many megabytes let others have a turn in between', async () => {
  const few = await turnsWhilePlanning(20, 10)
  // Eight megabytes, of the objects and again of the plan.
  expect(await turnsWhilePlanning(20, 400_000)).toBeGreaterThanOrEqual(few + 20)
})

test('decisions about thousands of objects let others have a turn in between', async () => {
  // What is predicted, known already, and confirmed: thirty turns. Digests and the cluster in memory have fifty-five of their own.
  expect(await turnsWhilePlanning(5000, 1)).toBeGreaterThanOrEqual(80)
})

test('an unchanged Sync reads a thousand objects of a type in each request', async () => {
  const calls: string[] = []
  const cluster = intercepted(memoryCluster(), (method) => void calls.push(method))
  const runner = new SyncRunner({ cluster })
  const objects = Array.from({ length: 2500 }, (_, index) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `m${index}` } }))
  const sync = { metadata: { name: 'shop', namespace: 'default' }, spec: { prune: true } }
  await runner.run(sync, { objects })
  calls.length = 0
  await runner.run(sync, { objects })
  const requests = calls.filter((method) => ['get', 'list', 'create', 'update', 'apply', 'delete'].includes(method))
  expect(requests.filter((method) => method === 'list')).toHaveLength(3)
  // Four more for ten times as many: 10,000 objects take at most 15.
  expect(requests.length).toBeLessThanOrEqual(8)
})
