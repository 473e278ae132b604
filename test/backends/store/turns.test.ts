import type { ClusterApi, Store } from 'fleetkit'
import { memoryCluster, memoryStore } from 'fleetkit/memory'
import { sqliteStore } from 'fleetkit/sqlite'
import { VirtualClock } from 'fleetkit/testing'
import { expect, test } from 'vitest'

const type = { apiVersion: 'v1', kind: 'ConfigMap' }
const ref = { ...type, namespace: 'default', name: 'a' }
const object = (name: string) => ({ ...type, metadata: { name, namespace: 'default' } })

const calls: Readonly<Record<string, (store: Store, index: number) => Promise<unknown>>> = {
  get: (store) => store.get(ref),
  list: (store) => store.list(type, { limit: 1 }),
  create: (store, index) => store.create(object(`n${index}`)),
  update: async (store) => store.update(object('none')).catch(() => {}),
  delete: async (store) => store.delete(ref).catch(() => {}),
}

test.each(Object.keys(calls))('timers and I/O have their turn in 5,000 calls of %s', async (name) => {
  for (const store of [memoryStore(), memoryCluster()] as Store[]) {
    let turns = 0
    let done = false
    const count = (): void => {
      turns++
      if (!done) setImmediate(count)
    }
    setImmediate(count)
    for (let index = 0; index < 5000; index++) await calls[name]?.(store, index)
    done = true
    expect(turns).toBeGreaterThanOrEqual(49)
    await store[Symbol.asyncDispose]()
  }
})

test('and in one apply of 5,000 objects', async () => {
  await using cluster: ClusterApi = memoryCluster()
  let turned = 0
  const timer = setInterval(() => turned++, 1)
  const objects = Array.from({ length: 5000 }, (_, index) => object(`n${index}`))
  await cluster.apply(objects, { fieldManager: 'test' })
  clearInterval(timer)
  expect(turned).toBeGreaterThanOrEqual(5)
})

test('virtual time stands still meanwhile', async () => {
  const clock = new VirtualClock()
  for (const store of [memoryStore({ clock }), sqliteStore(':memory:', { clock })]) {
    let calls = 0
    const work = clock.sleep(10).then(async () => {
      for (; calls < 5000; calls++) await store.get(ref)
      return clock.now()
    })
    const started = clock.now()
    await clock.advance(10)
    expect(calls).toBe(5000)
    expect(await work).toBe(started + 10)
    await store[Symbol.asyncDispose]()
  }
})
