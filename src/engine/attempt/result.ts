import { FleetkitError } from '../../model/errors/error.ts'
import type { ErrorCode } from '../../model/errors/error-codes.ts'
import type { ObjectRef } from '../../model/reference.ts'

/** How many messages one error for many objects repeats. */
const maxListed = 5

/** What `work` resolves to, or the error that it failed with. Still rejects for an abort, and for an error that is not ours. */
export async function resultOf<T>(work: () => Promise<T>): Promise<T | FleetkitError> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof FleetkitError && error.code !== 'aborted' && error.code !== 'closed') return error
    throw error
  }
}

/** One error for those of many objects: `undefined` for none, the error itself for one, `sync/partial` for more. */
export function combineErrors(owner: ObjectRef, errors: readonly FleetkitError[]): FleetkitError | undefined {
  if (errors.length <= 1) return errors[0]
  return combinedError('sync/partial', `${errors.length} objects failed`, owner, errors)
}

/** One error that names the first of many. */
export function combinedError(code: ErrorCode, what: string, owner: ObjectRef, errors: readonly FleetkitError[]): FleetkitError {
  const listed = errors.slice(0, maxListed).map(({ message }) => message)
  const more = errors.length > listed.length ? `; and ${errors.length - listed.length} more` : ''
  return new FleetkitError(code, `${what}: ${listed.join('; ')}${more}`, {
    ref: owner,
    errors,
    retryable: errors.some(({ retryable }) => retryable),
  })
}
