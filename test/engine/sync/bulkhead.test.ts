import { expect, test } from 'vitest'
import { configMap, intercepted, repository, url } from './scenarios.ts'
import { syncObject, world } from './world.ts'

const healthy = () => repository({ v1: { 'a.yaml': configMap('a') } })

test.each([
  ['one', () => 'https://dead.example.com/r.git'],
  ['twelve', (index: number) => `https://dead-${index}.example.com/r.git`],
])('twelve Syncs of %s git servers that accept and never answer hold up no healthy one', async (_, urlOf) => {
  const git = intercepted(healthy(), (_method, [of]) => {
    if (of !== url) return new Promise(() => {})
    return undefined
  })
  const w = world(git)
  for (let index = 0; index < 12; index++)
    await w.store.create(syncObject({ source: { git: { url: urlOf(index), tag: 'v1' } } }, `dead-${index}`))
  await w.store.create(syncObject({}, 'healthy'))
  const { finish } = w.start()
  await w.clock.advance(0)
  expect(await w.condition('Ready', 'healthy')).toMatchObject({ status: 'True' })
  await finish()
})

test('one host gets half of the workers, and a single worker is one', async () => {
  let [now, most] = [0, 0]
  for (const [concurrency, expected] of [
    [8, 4],
    [1, 1],
  ] as const) {
    most = 0
    const git = intercepted(healthy(), async (method) => {
      if (method !== 'resolve') return undefined
      most = Math.max(most, ++now)
      await w.clock.sleep(10)
      now--
      return undefined
    })
    const w = world(git, {}, { concurrency })
    for (let index = 0; index < 10; index++) await w.store.create(syncObject({}, `s${index}`))
    const { finish } = w.start()
    await w.clock.advance(200)
    expect(most).toBe(expected)
    await finish()
  }
})

test('a hundred Syncs of as many git servers that accept and never answer hold up no healthy one, and no more than the workers work at once', async () => {
  let [working, most] = [0, 0]
  const git = intercepted(healthy(), async (method, [of]) => {
    if (of !== url) return new Promise(() => {})
    if (method !== 'tree') return undefined
    most = Math.max(most, ++working)
    await w.clock.sleep(100)
    working--
    return undefined
  })
  const w = world(git, {}, { concurrency: 8 })
  for (let index = 0; index < 100; index++) {
    const dead = { git: { url: `https://dead-${index}.example.com/r.git`, tag: 'v1' } }
    await w.store.create(syncObject({ source: dead, timeout: '1h' }, `dead-${index}`))
  }
  for (let index = 0; index < 20; index++) await w.store.create(syncObject({ targetNamespace: 'default' }, `healthy-${index}`))
  const { finish } = w.start()
  await w.clock.advance(10_000)
  for (let index = 0; index < 20; index++) expect(w.attempts(`healthy-${index}`)).toBe(1)
  expect(w.events.filter(({ type }) => type === 'sync.planned')).toHaveLength(20)
  expect(most).toBeLessThanOrEqual(8)
  await finish()
})
