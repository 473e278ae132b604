import { FleetkitError } from './error.ts'
import { type ErrorCodeInfo, errorCodes, setErrorCode } from './error-codes.ts'

/**
 * Declares the error codes of an adapter or a program, so that its errors are retryable as they say. The type
 * `ErrorCode` learns them by merging. An error with a code that nothing declares is retryable only when it says so itself.
 *
 * A module that declares codes has a side effect: name it in `sideEffects` of the package.json that has this field.
 *
 * @throws FleetkitError `model/invalid` when a code is declared already with another `retryable`.
 *
 * @example
 * ```ts
 * import { declareErrorCodes, type ErrorCodeInfo, FleetkitError, hasCode } from 'fleetkit'
 *
 * declare module 'fleetkit' {
 *   interface ErrorCodes {
 *     'etcd/no-leader': ErrorCodeInfo
 *   }
 * }
 *
 * declareErrorCodes({ 'etcd/no-leader': { retryable: true, meaning: 'The members of etcd have not elected a leader.' } })
 *
 * const error: unknown = new FleetkitError('etcd/no-leader', 'etcdserver: no leader')
 * if (hasCode(error, 'etcd/no-leader')) console.log(error.retryable) // true
 * ```
 *
 * @category Errors
 */
export function declareErrorCodes(codes: Readonly<Record<string, ErrorCodeInfo>>): void {
  for (const [code, info] of Object.entries(codes)) {
    const known = errorCodes.get(code)
    if (known !== undefined && known.retryable !== info.retryable)
      throw new FleetkitError('model/invalid', `the error code ${code} is declared already, with retryable ${known.retryable}`)
    setErrorCode(code, info)
  }
}
