import { WorkQueue } from 'fleetkit'
import { VirtualClock } from 'fleetkit/testing'
import { expect, test } from 'vitest'

/** A queue of two workers whose work waits for an answer, and then does something until it is ended. */
function asking(concurrency = 2) {
  const clock = new VirtualClock(0)
  const log: string[] = []
  const answers = new Map<string, PromiseWithResolvers<void>>()
  const ends = new Map<string, PromiseWithResolvers<void>>()
  const queue = new WorkQueue<string>({
    clock,
    concurrency,
    work: async (key, { idle, signal }) => {
      log.push(`${key} asks`)
      const answer = Promise.withResolvers<void>()
      answers.set(key, answer)
      await idle(() => answer.promise)
      log.push(signal.aborted ? `${key} aborted` : `${key} works`)
      const end = Promise.withResolvers<void>()
      ends.set(key, end)
      if (!signal.aborted) await end.promise
      return undefined
    },
  })
  const answer = async (key: string): Promise<void> => {
    answers.get(key)?.resolve()
    await clock.advance(0)
  }
  const end = async (key: string): Promise<void> => {
    ends.get(key)?.resolve()
    await clock.advance(0)
  }
  return { clock, queue, log, answers, answer, end }
}

test('a key that waits for an answer lends its worker, and those that have one go on as workers are free, in their order', async () => {
  const { clock, queue, log, answer, end } = asking()
  for (const key of ['a', 'b', 'c', 'd']) queue.add(key)
  await clock.advance(0)
  expect(log.splice(0)).toEqual(['a asks', 'b asks', 'c asks', 'd asks'])
  for (const key of ['d', 'b', 'a', 'c']) await answer(key)
  expect(log.splice(0)).toEqual(['d works', 'b works'])
  expect(queue.counts).toEqual({ ready: 0, delayed: 0, running: 4 })
  await end('b')
  expect(log.splice(0)).toEqual(['a works'])
  // A new key waits for a worker like everyone.
  queue.add('e')
  await end('d')
  expect(log.splice(0)).toEqual(['c works'])
  await end('a')
  expect(log.splice(0)).toEqual(['e asks'])
  queue.abort()
})

test('an answer that fails is the end of its work, and leaves the worker to others', async () => {
  const { clock, queue, log, answers, end } = asking(1)
  queue.add('a')
  queue.add('b')
  await clock.advance(0)
  answers.get('a')?.reject(new Error('no'))
  await clock.advance(0)
  answers.get('b')?.resolve()
  await clock.advance(0)
  expect(log).toEqual(['a asks', 'b asks', 'b works'])
  await end('b')
  // Tried again after its backoff.
  await clock.advance(2000)
  expect(log.slice(3)).toEqual(['a asks'])
  queue.abort()
})

test('no more than sixteen for each worker are lent away, and a queue that closes waits for no worker', async () => {
  const { clock, queue, log, answer } = asking(1)
  for (let index = 0; index < 30; index++) queue.add(`k${index}`)
  await clock.advance(0)
  // Sixteen have lent the worker away, the next one keeps it.
  expect(log).toHaveLength(17)
  await answer('k3')
  expect(log).toHaveLength(17)
  queue.abort()
  await clock.advance(0)
  expect(log.at(-1)).toBe('k3 aborted')
  await answer('k0')
  expect(log.at(-1)).toBe('k0 aborted')
  queue.abort()
})
