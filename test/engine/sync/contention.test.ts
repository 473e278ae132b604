import { afterEach, beforeEach, expect, test } from 'vitest'
import { configMap, repository } from './scenarios.ts'
import { type Run, syncObject, type World, world } from './world.ts'

const second = 1000

let run: Run
let here: World

beforeEach(async () => {
  here = world(repository({ v1: { 'a.yaml': configMap('a', { x: '1', y: '1' }) }, v2: { 'a.yaml': configMap('a', { x: '2', y: '1' }) } }))
  await here.cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } }).catch(() => {})
  await here.store.create(syncObject({ interval: '9s' }))
  run = here.start()
  await here.clock.advance(0)
})
afterEach(() => run.finish())

const dataOf = async (): Promise<unknown> => (await here.map('a'))?.data

async function contend(): Promise<void> {
  const object = await here.map('a')
  if (object !== undefined)
    await here.cluster.update({ ...object, data: { ...(object.data as object), x: 'theirs' } }, { fieldManager: 'tuner' })
}

/** The tuner answers every attempt, for a while. Returns how often its value was taken back. */
async function contendFor(ms: number): Promise<number> {
  let corrections = 0
  for (let passed = 0; passed < ms; passed += 10 * second) {
    await contend()
    await here.clock.advance(10 * second)
    if (((await dataOf()) as { x: string }).x !== 'theirs') corrections++
  }
  return corrections
}

test('a Sync and a controller that want one field stop taking turns, and the Sync says with whom', async () => {
  expect(await dataOf()).toEqual({ x: '1', y: '1' })
  expect(await contendFor(60 * second)).toBe(6)
  const contention = here.events.filter(({ type }) => type === 'sync.contention')
  expect(contention).toEqual([expect.objectContaining({ field: '.data.x', manager: 'tuner' })])
  expect(await here.condition('Contention')).toMatchObject({
    status: 'True',
    reason: 'FieldContention',
    message: expect.stringContaining('ConfigMap default/a .data.x: tuner writes it again each time it is corrected'),
  })
  // The Sync itself is ready: what it could apply it has applied.
  expect(await here.condition('Ready')).toMatchObject({ status: 'True' })

  // In an hour it is corrected a handful of times, not 360.
  const corrections = await contendFor(3600 * second)
  expect(corrections).toBeGreaterThan(2)
  expect(corrections).toBeLessThan(8)
})

test('a new revision is applied at once', async () => {
  await contendFor(60 * second)
  await contend()
  await here.clock.advance(10 * second)
  expect(await dataOf()).toEqual({ x: 'theirs', y: '1' })
  await here.change({ tag: 'v2', interval: '9s' })
  await here.clock.advance(0)
  expect(await dataOf()).toEqual({ x: '2', y: '1' })
})

test('it is over when the other manager has stopped', async () => {
  await contendFor(60 * second)
  await here.clock.advance(600 * second)
  expect(await dataOf()).toEqual({ x: '1', y: '1' })
  expect(await here.condition('Contention')).toBeUndefined()
})
