import { FleetkitError, hasCode } from '../../../model/errors/error.ts'

/** What was written, or why the store will not have it. What may be otherwise at the next look is thrown: that something changed meanwhile, or came, or went. */
export async function orRefused<T>(write: Promise<T>): Promise<T | FleetkitError> {
  try {
    return await write
  } catch (error) {
    const isLate = hasCode(error, 'store/conflict', 'store/exists', 'store/not-found', 'aborted')
    if (!(error instanceof FleetkitError) || error.retryable || isLate) throw error
    return error
  }
}
