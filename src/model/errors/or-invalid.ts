import { type FleetkitError, hasCode } from './error.ts'

/** The value that `make` makes, or the `model/invalid` that says what is wrong with what it is made from. */
export function orInvalid<T>(make: () => T): T | FleetkitError {
  try {
    return make()
  } catch (error) {
    if (hasCode(error, 'model/invalid')) return error
    throw error
  }
}
