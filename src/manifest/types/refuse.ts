import { FleetkitError } from '../../model/errors/error.ts'
import type { ErrorCode } from '../../model/errors/error-codes.ts'
import { formatProblem, type Problem } from '../../model/errors/problem.ts'
import type { KubeObject } from '../../model/object.ts'
import { refOf } from '../../model/reference.ts'

/**
 * Throws when there are problems: `BadRequest` for what the API server cannot decode (400), `Invalid` for what breaks a rule
 * (422), each with its cause.
 */
export function refuse(
  reason: 'BadRequest' | 'Invalid',
  object: KubeObject,
  problems: readonly Problem[],
  code: ErrorCode = 'cluster/invalid',
): void {
  if (problems.length === 0) return
  const caused = reason === 'Invalid' ? problems.map((problem) => ({ cause: 'FieldValueInvalid', ...problem })) : problems
  throw new FleetkitError(code, problems.map(formatProblem).join('; '), { ref: refOf(object), reason, problems: caused })
}
