import { digestOf, SyncRunner } from 'fleetkit'
import { memoryCluster } from 'fleetkit/memory'
import { expect, test } from 'vitest'

/** How often others had a turn of the event loop while a plan of twenty objects was made. */
async function turnsWhilePlanning(charactersEach: number): Promise<number> {
  const runner = new SyncRunner({ cluster: memoryCluster() })
  const objects = Array.from({ length: 20 }, (_, index) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: `m${index}` },
    data: { text: 'x'.repeat(charactersEach) },
  }))
  const sync = { metadata: { name: 'shop', namespace: 'default' }, spec: { prune: true } }
  // What is loaded on first use has turns of its own.
  await runner.plan(sync, { objects })
  let [turns, planning] = [0, true]
  const count = (): void => {
    turns += 1
    if (planning) setImmediate(count)
  }
  setImmediate(count)
  const plan = await runner.plan(sync, { objects })
  planning = false
  expect(digestOf(plan)).toBe(plan.digest)
  return turns
}

test('digests of many megabytes let others have a turn in between', async () => {
  const few = await turnsWhilePlanning(10)
  // Eight megabytes, of the objects and again of the plan.
  expect(await turnsWhilePlanning(400_000)).toBeGreaterThanOrEqual(few + 20)
})
