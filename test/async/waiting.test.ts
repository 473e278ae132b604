import { getEventListeners } from 'node:events'
import { FleetkitError } from 'fleetkit'
import { VirtualClock } from 'fleetkit/testing'
import { describe, expect, it } from 'vitest'
import { AbortScope, callAfter, onAbort, Semaphore, SingleFlight, settlesWithin, timeLimit, untilAborted, Wakeup } from '../internals.ts'

const pending = (): Promise<never> => new Promise(() => {})
const listeners = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length

describe('onAbort', () => {
  it('calls once, when the signal aborts or at once when it has', () => {
    const controller = new AbortController()
    const calls: string[] = []
    using _before = onAbort(controller.signal, () => calls.push('before'))
    expect(calls).toEqual([])
    controller.abort()
    using _later = onAbort(controller.signal, () => calls.push('later'))
    expect(calls).toEqual(['before', 'later'])
  })

  it('calls nothing after its disposal, and keeps other listeners with the same function', () => {
    const controller = new AbortController()
    let calls = 0
    const act = (): void => void calls++
    using _kept = onAbort(controller.signal, act)
    onAbort(controller.signal, act)[Symbol.dispose]()
    controller.abort()
    expect(calls).toBe(1)
  })

  it('never calls without a signal', () => {
    using _link = onAbort(undefined, () => expect.unreachable())
  })
})

describe('callAfter', () => {
  it('calls when the time is up', async () => {
    const clock = new VirtualClock()
    let calls = 0
    using _timer = callAfter(1000, clock, () => calls++)
    await clock.advance(999)
    expect(calls).toBe(0)
    await clock.advance(1)
    expect(calls).toBe(1)
  })

  it('calls nothing after its disposal, and leaves no sleeper', async () => {
    const clock = new VirtualClock()
    callAfter(1000, clock, () => expect.unreachable())[Symbol.dispose]()
    expect(clock.nextWakeAt).toBeUndefined()
    await clock.advance(2000)
  })

  it('calls nothing when it is disposed of just as the time is up', async () => {
    let wake = (): void => {}
    const timer = callAfter(1, { now: () => 0, sleep: () => new Promise((resolve) => (wake = resolve)) }, () => expect.unreachable())
    wake()
    timer[Symbol.dispose]()
    await Promise.resolve()
  })
})

describe('an abort scope', () => {
  it('aborts with the first of its sources, with that error', () => {
    const [one, two] = [new AbortController(), new AbortController()]
    using scope = new AbortScope(undefined, one.signal, two.signal)
    const reason = new FleetkitError('closed', 'over')
    two.abort(reason)
    one.abort()
    expect(scope.signal.reason).toBe(reason)
  })

  it('is aborted at once by a source that is', () => {
    using scope = new AbortScope(new AbortController().signal, AbortSignal.abort('why'))
    expect(scope.signal.reason).toMatchObject({ code: 'aborted', cause: 'why' })
  })

  it('can be aborted itself, which does not reach its sources', () => {
    const source = new AbortController()
    using scope = new AbortScope(source.signal)
    scope.abort(new FleetkitError('timeout', 'late'))
    expect(scope.signal.reason).toMatchObject({ code: 'timeout' })
    expect(source.signal.aborted).toBe(false)
  })

  it('does not follow its sources after its disposal', () => {
    const source = new AbortController()
    const scope = new AbortScope(source.signal)
    scope[Symbol.dispose]()
    source.abort()
    expect(scope.signal.aborted).toBe(false)
  })
})

describe('a time limit', () => {
  it('aborts with timeout when the time is up, and not after its disposal', async () => {
    const clock = new VirtualClock()
    using limit = timeLimit(undefined, 1000, clock, 'too long')
    const ended = timeLimit(undefined, 500, clock, 'too long')
    ended[Symbol.dispose]()
    await clock.advance(1000)
    expect(limit.signal.reason).toMatchObject({ code: 'timeout', message: 'too long' })
    expect(ended.signal.aborted).toBe(false)
    expect(clock.nextWakeAt).toBeUndefined()
  })
})

describe('untilAborted', () => {
  it('gives the outcome of the work', async () => {
    const { signal } = new AbortController()
    expect(await untilAborted(Promise.resolve(1), signal)).toBe(1)
    expect(await untilAborted(Promise.resolve(2), undefined)).toBe(2)
    await expect(untilAborted(Promise.reject(new Error('broken')), signal)).rejects.toThrow('broken')
  })

  it('ends with the abort, and lets the work fail later without notice', async () => {
    const controller = new AbortController()
    const work = Promise.withResolvers<void>()
    const outcome = untilAborted(work.promise, controller.signal)
    controller.abort()
    await expect(outcome).rejects.toMatchObject({ code: 'aborted' })
    await expect(untilAborted(work.promise, controller.signal)).rejects.toMatchObject({ code: 'aborted' })
    work.reject(new Error('too late to matter'))
    await new Promise(setImmediate)
  })
})

describe('settlesWithin', () => {
  it('tells whether the work settled in time, in whatever way', async () => {
    const clock = new VirtualClock()
    expect(await settlesWithin(Promise.resolve(), 0, clock)).toBe(true)
    expect(await settlesWithin(Promise.reject(new Error('broken')), 0, clock)).toBe(true)
    const late = settlesWithin(pending(), 1000, clock)
    await clock.advance(1000)
    expect(await late).toBe(false)
    expect(clock.nextWakeAt).toBeUndefined()
  })

  it('stops waiting when its signal aborts', async () => {
    const controller = new AbortController()
    const outcome = settlesWithin(pending(), 1000, new VirtualClock(), controller.signal)
    controller.abort()
    expect(await outcome).toBe(false)
  })
})

describe('a semaphore', () => {
  it('lets in as many as it has slots, and the others in their order', async () => {
    const semaphore = new Semaphore(2)
    const order: number[] = []
    const enter = async (id: number): Promise<Disposable> => {
      const slot = await semaphore.acquire()
      order.push(id)
      return slot
    }
    const [one, two] = [await enter(1), await enter(2)]
    const [three, four] = [enter(3), enter(4)]
    await Promise.resolve()
    expect(order).toEqual([1, 2])
    two[Symbol.dispose]()
    const third = await three
    one[Symbol.dispose]()
    await four
    third[Symbol.dispose]()
    expect(order).toEqual([1, 2, 3, 4])
  })

  it('loses no slot to a caller that leaves the line', async () => {
    const semaphore = new Semaphore(1)
    const held = await semaphore.acquire()
    const controller = new AbortController()
    const leaving = semaphore.acquire(controller.signal)
    controller.abort()
    await expect(leaving).rejects.toMatchObject({ code: 'aborted' })
    await expect(semaphore.acquire(controller.signal)).rejects.toMatchObject({ code: 'aborted' })
    held[Symbol.dispose]()
    using _slot = await semaphore.acquire()
  })

  it('counts a slot as taken by a caller that is aborted just as it gets it', async () => {
    const semaphore = new Semaphore(1)
    const held = await semaphore.acquire()
    const controller = new AbortController()
    const entering = semaphore.acquire(controller.signal)
    held[Symbol.dispose]()
    controller.abort()
    const slot = await entering
    let entered = false
    const next = semaphore.acquire().then(() => (entered = true))
    await new Promise(setImmediate)
    expect(entered).toBe(false)
    slot[Symbol.dispose]()
    await next
  })
})

describe('a single flight', () => {
  it('does work once for all who ask meanwhile, and again afterwards', async () => {
    const flights = new SingleFlight<number>()
    const { signal } = new AbortController()
    let runs = 0
    const work = async (): Promise<number> => {
      await Promise.resolve()
      return ++runs
    }
    expect(await Promise.all([flights.run('a', signal, work), flights.run('a', signal, work), flights.run('b', signal, work)])).toEqual([
      1, 1, 2,
    ])
    expect(await flights.run('a', signal, work)).toBe(3)
  })

  it('goes on while one caller waits, and is aborted when the last one leaves', async () => {
    const flights = new SingleFlight<void>()
    const [one, two] = [new AbortController(), new AbortController()]
    const signals: AbortSignal[] = []
    const work = (signal: AbortSignal): Promise<void> => {
      signals.push(signal)
      return untilAborted(pending(), signal)
    }
    const outcomes = [flights.run('a', one.signal, work), flights.run('a', two.signal, work)]
    one.abort()
    await expect(outcomes[0]).rejects.toMatchObject({ code: 'aborted' })
    expect(signals.map(({ aborted }) => aborted)).toEqual([false])
    two.abort()
    await expect(outcomes[1]).rejects.toMatchObject({ code: 'aborted' })
    expect(signals[0]?.aborted).toBe(true)
    await flights.idle()
    const last = new AbortController()
    const again = flights.run('a', last.signal, work)
    expect(signals).toHaveLength(2)
    last.abort()
    await expect(again).rejects.toMatchObject({ code: 'aborted' })
  })
})

describe('a wakeup', () => {
  it('wakes all who wait, and those whose signal aborts', async () => {
    const wakeup = new Wakeup()
    const controller = new AbortController()
    const aborted = wakeup.wait(controller.signal)
    const notified = [wakeup.wait(), wakeup.wait(new AbortController().signal)]
    expect(wakeup.size).toBe(3)
    controller.abort()
    await aborted
    expect(wakeup.size).toBe(2)
    wakeup.notify()
    await Promise.all(notified)
    expect(wakeup.size).toBe(0)
    await wakeup.wait(controller.signal)
  })
})

describe('a signal that lasts', () => {
  it('keeps nothing of what waited with it', async () => {
    const { signal } = new AbortController()
    const clock = new VirtualClock()
    const semaphore = new Semaphore(1)
    const flights = new SingleFlight<void>()
    const wakeup = new Wakeup()
    for (let round = 0; round < 3; round++) {
      {
        using _link = onAbort(signal, () => {})
        using _scope = new AbortScope(signal, signal)
        using _limit = timeLimit(signal, 1000, clock, 'too long')
        expect(listeners(signal)).toBeGreaterThan(0)
      }
      await untilAborted(Promise.resolve(), signal)
      await untilAborted(Promise.reject(new Error('broken')), signal).catch(() => {})
      await settlesWithin(Promise.resolve(), 1000, clock, signal)
      const [first, second] = [semaphore.acquire(signal), semaphore.acquire(signal)]
      ;(await first)[Symbol.dispose]()
      ;(await second)[Symbol.dispose]()
      await flights.run('a', signal, async () => {})
      const woken = wakeup.wait(signal)
      wakeup.notify()
      await woken
      expect(listeners(signal)).toBe(0)
    }
    expect(clock.nextWakeAt).toBeUndefined()
  })
})
