import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Backoff, nextDelay } from '../internals.ts'

test('spans double from the base to the maximum', () => {
  const spans = [0, 1, 2, 3, 4].map((attempt) => nextDelay({ attempt, baseMs: 100, maxMs: 1000, random: () => 1 }))
  expect(spans).toEqual([100, 200, 400, 800, 1000])
})

test('a delay is a whole number between nothing and the maximum, however many failures', () => {
  fc.assert(
    fc.property(
      fc.nat(5000),
      fc.nat(10_000),
      fc.nat(1_000_000),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (attempt, baseMs, maxMs, at) => {
        const delay = nextDelay({ attempt, baseMs, maxMs, random: () => at })
        expect(Number.isSafeInteger(delay)).toBe(true)
        expect(delay).toBeGreaterThanOrEqual(0)
        expect(delay).toBeLessThanOrEqual(maxMs)
      },
    ),
  )
})

test('jitter spreads over the whole span', () => {
  const delayAt = (value: number): number => nextDelay({ attempt: 3, baseMs: 100, maxMs: 10_000, random: () => value })
  expect([0, 0.25, 0.5, 1].map(delayAt)).toEqual([0, 200, 400, 800])
})

test('failures are counted for each key until it is forgotten', () => {
  const backoff = new Backoff({ baseMs: 10, maxMs: 1000 }, () => 1)
  expect([backoff.fail('a'), backoff.fail('a'), backoff.fail('b'), backoff.fail('a')]).toEqual([10, 20, 10, 40])
  expect(backoff.failures('a')).toBe(3)
  backoff.forget('a')
  expect(backoff.failures('a')).toBe(0)
  expect(backoff.fail('a')).toBe(10)
  expect(backoff.failures('b')).toBe(1)
})
