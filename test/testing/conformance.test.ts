import type { ConformanceOptions } from 'fleetkit/testing'
import { expect, test } from 'vitest'
import { registerConformance } from '../internals.ts'

type Subject = AsyncDisposable & { readonly log: string[] }

function register(skip?: ConformanceOptions<Subject>['skip']) {
  const log: string[] = []
  const bodies: (() => Promise<void>)[] = []
  const cases = {
    passes: async (subject: Subject) => {
      subject.log.push('passes')
    },
    fails: async () => {
      throw new Error('not so')
    },
  }
  registerConformance<Subject>('suite', cases, {
    test: (name, body) => {
      log.push(`test ${name}`)
      bodies.push(body)
    },
    make: async () => ({
      log,
      [Symbol.asyncDispose]: async () => {
        log.push('disposed')
      },
    }),
    skip,
    onSkip: (name, reason) => log.push(`skip ${name}: ${reason}`),
  })
  return { log, bodies }
}

test('every case is a test with a subject of its own, disposed of whatever happens', async () => {
  const { log, bodies } = register()
  await bodies[0]?.()
  await expect(bodies[1]?.()).rejects.toThrow('not so')
  expect(log).toEqual(['test suite: passes', 'test suite: fails', 'passes', 'disposed', 'disposed'])
})

test('a skipped case is reported with its reason', () => {
  expect(register([{ reason: 'cannot', tests: ['fails'] }]).log).toEqual(['test suite: passes', 'skip suite: fails: cannot'])
})

test('skipping a case that is not there is an error', () => {
  expect(() => register([{ reason: 'cannot', tests: ['flies', 'constructor'] }])).toThrow("'flies', 'constructor'")
})
