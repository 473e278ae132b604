import { memoryStore } from 'fleetkit/memory'
import { type FaultPlan, seededRandom, VirtualClock, withFaults } from 'fleetkit/testing'
import { expect, test } from 'vitest'

const type = { apiVersion: 'v1', kind: 'ConfigMap' }
const named = (name: string) => ({ ...type, metadata: { name, namespace: 'default' } })

async function outcomes(plan: FaultPlan): Promise<readonly string[]> {
  await using store = memoryStore()
  const faulty = withFaults(store, plan)
  const results: string[] = []
  for (let i = 0; i < 40; i++) {
    results.push(
      await faulty.create(named(`c${i}`)).then(
        () => 'ok',
        (error) => error.code,
      ),
    )
  }
  return results
}

test('one seed gives the same faults each time, another seed others', async () => {
  const plan = { seed: 1, fail: 0.3, lose: 0.2 }
  const first = await outcomes(plan)
  expect(new Set(first)).toEqual(new Set(['ok', 'cluster/unreachable']))
  expect(await outcomes(plan)).toEqual(first)
  expect(await outcomes({ ...plan, seed: 2 })).not.toEqual(first)
})

test('a call that fails has no effect, one whose answer is lost has', async () => {
  await using store = memoryStore()
  await expect(withFaults(store, { seed: 1, fail: 1 }).create(named('a'))).rejects.toMatchObject({ code: 'cluster/unreachable' })
  expect((await store.list(type)).items).toEqual([])
  const losing = withFaults(store, { seed: 1, lose: 1 })
  await expect(losing.create(named('a'))).rejects.toMatchObject({ code: 'cluster/unreachable' })
  expect((await store.list(type)).items).toHaveLength(1)
  expect(losing.faults.injected).toEqual([{ method: 'create', fault: 'lose' }])
})

test('a watch breaks before an event is delivered, and a healed store has no more faults', async () => {
  await using store = memoryStore()
  const { resourceVersion } = await store.list(type)
  await store.create(named('a'))
  const dropping = withFaults(store, { seed: 1, drop: 1 })
  const first = async () => {
    for await (const event of dropping.watch(type, { resourceVersion })) return event.type
    return undefined
  }
  await expect(first()).rejects.toMatchObject({ code: 'cluster/unreachable' })
  dropping.faults.heal()
  expect(await first()).toBe('ADDED')
  const relisting = withFaults(store, { seed: 1, relist: 1, error: () => new Error('mine') })
  const next = relisting.watch(type, { resourceVersion })[Symbol.asyncIterator]().next()
  await expect(next).rejects.toMatchObject({ code: 'store/relist' })
})

test('a slow store takes its time', async () => {
  const clock = new VirtualClock()
  const slow = withFaults(memoryStore({ clock }), { seed: 1, delayMs: 1000, clock })
  let answered = false
  void slow.list(type).then(() => {
    answered = true
  })
  await clock.advance(0)
  expect(answered).toBe(false)
  await clock.advance(1000)
  expect(answered).toBe(true)
})

test('seeded numbers are spread over [0, 1)', () => {
  const random = seededRandom(42)
  const buckets = new Array<number>(10).fill(0)
  for (let i = 0; i < 10_000; i++) {
    const value = random()
    const bucket = Math.floor(value * 10)
    buckets[bucket] = (buckets[bucket] ?? 0) + 1
  }
  expect(buckets).toHaveLength(10)
  expect(Math.min(...buckets)).toBeGreaterThan(900)
  expect(Math.max(...buckets)).toBeLessThan(1100)
})
