import assert from 'node:assert/strict'
import { FleetkitError } from '../../model/errors/error.ts'
import type { ErrorCode } from '../../model/errors/error-codes.ts'

/** Asserts that `promise` rejects with one of `codes`, and resolves with the error. */
export async function rejects(promise: Promise<unknown>, ...codes: readonly ErrorCode[]): Promise<FleetkitError> {
  const error = await promise.then(
    (value) => assert.fail(`resolved with ${JSON.stringify(value)}; expected ${codes.join(' or ')}`),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof FleetkitError, `rejected with ${error}, which is no FleetkitError`)
  assert.ok(codes.includes(error.code), `rejected with ${error.code} (${error.message}); expected ${codes.join(' or ')}`)
  return error
}
