import fc from 'fast-check'
import { FleetkitError, WorkQueue, type WorkQueueOptions, type WorkRetry, type WorkRun } from 'fleetkit'
import { VirtualClock } from 'fleetkit/testing'
import { expect, test } from 'vitest'
import { runs } from '../random-tests.ts'

/** A queue whose work takes until the test ends it. */
function manual(options: Partial<WorkQueueOptions<string>> = {}) {
  const clock = new VirtualClock(0)
  const started: string[] = []
  const open = new Map<string, { run: WorkRun; end: PromiseWithResolvers<{ requeueAfterMs?: number } | undefined> }>()
  const retries: WorkRetry<string>[] = []
  const queue = new WorkQueue<string>({
    clock,
    random: () => 1,
    onRetry: (retry) => retries.push(retry),
    work: (key, run) => {
      started.push(key)
      const end = Promise.withResolvers<{ requeueAfterMs?: number } | undefined>()
      open.set(key, { run, end })
      return end.promise
    },
    ...options,
  })
  const finish = async (key: string, result?: { requeueAfterMs?: number }): Promise<void> => {
    open.get(key)?.end.resolve(result)
    await clock.advance(0)
  }
  const fail = async (key: string, error: unknown): Promise<void> => {
    open.get(key)?.end.reject(error)
    await clock.advance(0)
  }
  return { clock, queue, started, open, retries, finish, fail }
}

test('many adds of one key are one piece of work', async () => {
  const { clock, queue, started } = manual()
  queue.add('a')
  queue.add('a')
  queue.add('a', { afterMs: 10 })
  await clock.advance(100)
  expect(started).toEqual(['a'])
})

test('a key that is added while it runs runs once more afterwards, and never twice at once', async () => {
  const { clock, queue, started, finish } = manual()
  queue.add('a')
  await clock.advance(0)
  queue.add('a')
  queue.add('a')
  await clock.advance(1000)
  expect(started).toEqual(['a'])
  await finish('a')
  expect(started).toEqual(['a', 'a'])
  await finish('a')
  expect(started).toEqual(['a', 'a'])
  expect(queue.counts).toEqual({ ready: 0, delayed: 0, running: 0 })
})

test('of several delays the earliest counts', async () => {
  const { clock, queue, started } = manual()
  queue.add('a', { afterMs: 5000 })
  queue.add('a', { afterMs: 1000 })
  queue.add('a', { afterMs: 3000 })
  await clock.advance(999)
  expect(started).toEqual([])
  await clock.advance(1)
  expect(started).toEqual(['a'])
})

test('delayed keys start in the order of their times', async () => {
  const { clock, queue, started } = manual({ concurrency: 100 })
  const delays = [7, 3, 9, 1, 8, 2, 6, 4, 5]
  for (const delay of delays) queue.add(`k${delay}`, { afterMs: delay })
  await clock.advance(10)
  expect(started).toEqual(['k1', 'k2', 'k3', 'k4', 'k5', 'k6', 'k7', 'k8', 'k9'])
})

test('work that asks to be requeued comes back later, and earlier when its key is added', async () => {
  const { clock, queue, started, finish } = manual()
  queue.add('a')
  await clock.advance(0)
  await finish('a', { requeueAfterMs: 60_000 })
  await clock.advance(59_999)
  expect(started).toHaveLength(1)
  await clock.advance(1)
  expect(started).toHaveLength(2)
  await finish('a', { requeueAfterMs: 60_000 })
  queue.add('a')
  await clock.advance(0)
  expect(started).toHaveLength(3)
})

test('work that fails comes back with growing delays until it succeeds', async () => {
  const { clock, queue, started, open, retries, finish, fail } = manual({ backoff: { baseMs: 100, maxMs: 300 } })
  queue.add('a')
  await clock.advance(0)
  for (const delay of [100, 200, 300, 300]) {
    const before = started.length
    await fail('a', new Error('no'))
    await clock.advance(delay - 1)
    expect(started).toHaveLength(before)
    await clock.advance(1)
    expect(started).toHaveLength(before + 1)
  }
  expect(retries.map(({ failures, retryInMs }) => [failures, retryInMs])).toEqual([
    [1, 100],
    [2, 200],
    [3, 300],
    [4, 300],
  ])
  expect(open.get('a')?.run.failures).toBe(4)
  await finish('a')
  expect(queue.failures('a')).toBe(0)
})

test('a failure comes back no earlier than the other side asked', async () => {
  const { clock, queue, started, fail } = manual({ backoff: { baseMs: 100, maxMs: 300 } })
  queue.add('a')
  await clock.advance(0)
  await fail('a', new FleetkitError('cluster/throttled', 'slow down', { retryAfterMs: 7000 }))
  await clock.advance(6999)
  expect(started).toHaveLength(1)
  await clock.advance(1)
  expect(started).toHaveLength(2)
})

test('work that throws before its first await is a failure like any other', async () => {
  const clock = new VirtualClock(0)
  let calls = 0
  await using queue = new WorkQueue<string>({
    clock,
    random: () => 1,
    backoff: { baseMs: 10, maxMs: 10 },
    work: () => {
      calls++
      throw new Error('at once')
    },
  })
  queue.add('a')
  await clock.advance(25)
  expect(calls).toBe(3)
})

test('no more than the limit runs at once, first come first served', async () => {
  const { clock, queue, started, finish } = manual({ concurrency: 2 })
  for (const key of ['a', 'b', 'c', 'd']) queue.add(key)
  await clock.advance(0)
  expect(started).toEqual(['a', 'b'])
  await finish('b')
  expect(started).toEqual(['a', 'b', 'c'])
  expect(queue.counts).toEqual({ ready: 1, delayed: 0, running: 2 })
})

test('a group that hangs leaves workers for the others, which are served in turn', async () => {
  const { clock, queue, started, finish } = manual({ concurrency: 4, groupConcurrency: 2, groupOf: (key) => key[0] })
  for (let i = 0; i < 50; i++) queue.add(`s${i}`)
  for (const key of ['x1', 'x2', 'y1', 'y2']) queue.add(key)
  await clock.advance(0)
  expect([...started].sort()).toEqual(['s0', 's1', 'x1', 'y1'])
  await finish('x1')
  await finish('y1')
  expect(started.slice(4)).toEqual(['x2', 'y2'])
  await finish('x2')
  await finish('y2')
  expect(started.filter((key) => key.startsWith('s'))).toEqual(['s0', 's1'])
  await finish('s0')
  expect(started.at(-1)).toBe('s2')
})

test('limits that would let one group hold all workers, or are no limits, are refused', () => {
  const work = async (): Promise<void> => {}
  expect(() => new WorkQueue({ work, concurrency: 4, groupConcurrency: 4, groupOf: () => 'x' })).toThrow(/groupConcurrency is 4.*less than/)
  expect(() => new WorkQueue({ work, concurrency: 0 })).toThrow(/concurrency is 0/)
  const queue = new WorkQueue<string>({ work })
  expect(() => queue.add('a', { afterMs: Number.NaN })).toThrow(/afterMs is NaN/)
  expect(() => queue.add('a', { afterMs: -1 })).toThrow(/afterMs is -1/)
})

test('work over its time limit is aborted with timeout and tried again', async () => {
  const clock = new VirtualClock(0)
  const retries: WorkRetry<string>[] = []
  await using queue = new WorkQueue<string>({
    clock,
    random: () => 0,
    timeoutMs: 1000,
    onRetry: (retry) => retries.push(retry),
    work: async (_key, { signal, failures }) => {
      if (failures === 0) await clock.sleep(60_000, { signal })
    },
  })
  queue.add('a')
  await clock.advance(2000)
  expect(retries.map(({ error }) => (error as FleetkitError).code)).toEqual(['timeout'])
  expect(queue.counts).toEqual({ ready: 0, delayed: 0, running: 0 })
})

test('draining lets work end in time, starts nothing, and aborts what takes longer', async () => {
  const { clock, queue, started, open, finish } = manual({ concurrency: 2 })
  for (const key of ['quick', 'slow', 'never']) queue.add(key)
  await clock.advance(0)
  const drained = queue.drain({ graceMs: 5000 })
  queue.add('late')
  await clock.advance(1000)
  await finish('quick')
  expect(open.get('slow')?.run.signal.aborted).toBe(false)
  await clock.advance(4000)
  expect(open.get('slow')?.run.signal.aborted).toBe(true)
  await finish('slow')
  expect(await drained).toEqual([])
  expect(started).toEqual(['quick', 'slow'])
})

test('work that ignores its signal is given up and named', async () => {
  const { clock, queue } = manual()
  queue.add('deaf')
  await clock.advance(0)
  const drained = queue.drain({ graceMs: 100 })
  await clock.advance(1100)
  expect(await drained).toEqual(['deaf'])
})

test('aborting ends everything at once, also while draining', async () => {
  const { clock, queue, open, fail } = manual()
  queue.add('a')
  queue.add('b', { afterMs: 10 })
  await clock.advance(0)
  const drained = queue.drain({ graceMs: 60_000 })
  queue.abort(new FleetkitError('store/lease-lost', 'gone'))
  expect(open.get('a')?.run.signal.reason).toMatchObject({ code: 'store/lease-lost' })
  await fail('a', new Error('aborted'))
  expect(await drained).toEqual([])
  expect(clock.nextWakeAt).toBeUndefined()
})

test('every add leads to a later run; no key runs twice at once; limits hold; nothing is left behind', async () => {
  const command = fc.oneof(
    { weight: 5, arbitrary: fc.record({ op: fc.constant('add' as const), key: fc.nat(7), afterMs: fc.nat(50) }) },
    { weight: 2, arbitrary: fc.record({ op: fc.constant('add' as const), key: fc.nat(7), afterMs: fc.constant(0) }) },
    { weight: 4, arbitrary: fc.record({ op: fc.constant('advance' as const), ms: fc.nat(30) }) },
  )
  // For each run: how long it takes, and whether it fails.
  const plan = fc.array(fc.record({ ms: fc.nat(20), fails: fc.boolean() }), { maxLength: 30 })
  await fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 40 }), plan, fc.integer({ min: 2, max: 4 }), async (commands, runs, concurrency) => {
      const clock = new VirtualClock(0)
      const running = new Map<number, number>()
      const startedAt = new Map<number, number>()
      let step = 0
      let most = 0
      let mostOfGroup = 0
      let mostOfKey = 0
      const left = [...runs]
      await using queue = new WorkQueue<number>({
        clock,
        random: () => 0.5,
        concurrency,
        groupConcurrency: 1,
        groupOf: (key) => String(key % 3),
        backoff: { baseMs: 4, maxMs: 16 },
        work: async (key) => {
          startedAt.set(key, ++step)
          running.set(key, (running.get(key) ?? 0) + 1)
          mostOfKey = Math.max(mostOfKey, running.get(key) as number)
          most = Math.max(most, running.size)
          mostOfGroup = Math.max(mostOfGroup, [...running.keys()].filter((other) => other % 3 === key % 3).length)
          const { ms, fails } = left.shift() ?? { ms: 1, fails: false }
          if (ms > 0) await clock.sleep(ms)
          running.delete(key)
          if (fails) throw new Error('planned')
        },
      })
      const addedAt = new Map<number, number>()
      for (const each of commands) {
        if (each.op === 'advance') await clock.advance(each.ms)
        else {
          queue.add(each.key, { afterMs: each.afterMs })
          addedAt.set(each.key, ++step)
        }
      }
      for (let turns = 0; turns < 50 && (turns === 0 || queue.counts.running + queue.counts.ready + queue.counts.delayed > 0); turns++)
        await clock.advance(50)
      for (const [key, at] of addedAt) expect(startedAt.get(key)).toBeGreaterThan(at)
      expect(queue.counts).toEqual({ ready: 0, delayed: 0, running: 0 })
      expect(most).toBeLessThanOrEqual(concurrency)
      expect(mostOfKey).toBeLessThanOrEqual(1)
      expect(mostOfGroup).toBeLessThanOrEqual(1)
    }),
    { numRuns: runs(60) },
  )
})
