import type { ObjectRef } from '../reference.ts'
import { FleetkitError } from './error.ts'
import type { ErrorCode } from './error-codes.ts'
import { formatProblems, type Problem } from './problem.ts'

/** The error for everything that is wrong with an object, or with what has no name yet. */
export function invalid(ref: ObjectRef | undefined, problems: readonly Problem[], code: ErrorCode = 'model/invalid'): FleetkitError {
  return new FleetkitError(code, formatProblems(problems), { ref, problems })
}
