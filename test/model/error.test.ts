import { inspect } from 'node:util'
import { FleetkitError } from 'fleetkit'
import { describe, expect, test } from 'vitest'
import { toError } from '../internals.ts'

const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'a' }

describe('an error', () => {
  test('says in JSON what it says, and what it came from', () => {
    const cause = new FleetkitError('cluster/unreachable', 'refused', { cause: new TypeError('fetch failed') })
    const error = new FleetkitError('sync/partial', 'two failed', { ref, cause, errors: [new FleetkitError('cluster/forbidden', 'no')] })
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      name: 'FleetkitError',
      code: 'sync/partial',
      message: 'ConfigMap default/a: two failed',
      retryable: true,
      ref,
      errors: [{ name: 'FleetkitError', code: 'cluster/forbidden', message: 'no', retryable: false }],
      cause: { name: 'FleetkitError', code: 'cluster/unreachable', message: 'refused', retryable: true, cause: 'fetch failed' },
    })
  })
  test('goes into JSON whatever it came from', () => {
    const cycle: Record<string, unknown> = {}
    cycle.self = cycle
    for (const cause of [cycle, Object.assign(new Error('why'), { cycle }), 5n, Symbol('s'), null])
      expect(JSON.parse(JSON.stringify(new FleetkitError('internal', 'x', { cause })))).toMatchObject({ message: 'x' })
  })
  test('ends in no row of empty fields when it is printed', () => {
    const printed = inspect(new FleetkitError('closed', 'it is closed'))
    expect(printed.slice(printed.lastIndexOf('{'))).toBe("{\n  code: 'closed',\n  retryable: false\n}")
    expect(inspect(new FleetkitError('model/invalid', 'no', { problems: [{ path: 'a', found: 'b', accepted: 'c' }] }))).toContain(
      "path: 'a'",
    )
  })
  test('has its lists all the same', () => {
    const error = new FleetkitError('closed', 'it is closed')
    expect([error.problems, error.conflicts, error.errors, error.ref, error.retryAfterMs]).toEqual([
      [],
      [],
      undefined,
      undefined,
      undefined,
    ])
  })
})

test('anything that is thrown becomes an error', () => {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  const error = new Error('mine')
  expect(toError(error)).toBe(error)
  expect(toError('text').message).toBe('text')
  for (const thrown of [proxy, Object.create(null), { toString: 1 }, { [Symbol.toPrimitive]: () => ({}) }])
    expect(toError(thrown).message).toBe('something was thrown that cannot be printed')
})
