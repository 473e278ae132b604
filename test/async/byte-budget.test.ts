import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ByteBudget } from '../internals.ts'
import { runs } from '../random-tests.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('what is held stays within the budget and what one may have, and all who wait go on', async () => {
  const body = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 6 })
  await fc.assert(
    fc.asyncProperty(fc.array(body, { minLength: 1, maxLength: 12 }), async (bodies) => {
      const budget = new ByteBudget(100)
      let [held, most] = [0, 0]
      const read = async (chunks: readonly number[]): Promise<void> => {
        using share = budget.share()
        let own = 0
        for (const bytes of chunks) {
          await share.grow(bytes)
          own += bytes
          held += bytes
          most = Math.max(most, held)
          await turn()
        }
        held -= own
      }
      await Promise.all(bodies.map(read))
      const largest = Math.max(...bodies.map((chunks) => chunks.reduce((sum, bytes) => sum + bytes, 0)))
      expect(most).toBeLessThanOrEqual(100 + largest)
      expect(held).toBe(0)
    }),
    { numRuns: runs(100) },
  )
})

test('one that waits leaves when its signal aborts, and holds up no other', async () => {
  const budget = new ByteBudget(10)
  using first = budget.share()
  await first.grow(10)
  const aborter = new AbortController()
  const second = budget.share()
  const waiting = expect(second.grow(1, aborter.signal)).rejects.toMatchObject({ code: 'aborted' })
  await turn()
  aborter.abort()
  await waiting
  second[Symbol.dispose]()
  first[Symbol.dispose]()
  using third = budget.share()
  await third.grow(10)
})

test('one that was given back holds nothing more', () => {
  const budget = new ByteBudget(10)
  const first = budget.share()
  expect(first.take(4)).toBe(true)
  first[Symbol.dispose]()
  expect(first.take(8)).toBe(true)
  using second = budget.share()
  using third = budget.share()
  expect(second.take(10)).toBe(true)
  expect(third.take(1)).toBe(false)
})
