/**
 * What one error code means and whether trying the same call again can help.
 *
 * @category Errors
 */
export interface ErrorCodeInfo {
  readonly retryable: boolean
  readonly meaning: string
}

const codes = {
  aborted: { retryable: false, meaning: 'The caller aborted the operation with its AbortSignal.' },
  timeout: { retryable: true, meaning: 'The operation did not finish within its time limit.' },
  closed: { retryable: false, meaning: 'The object was used after it had been closed.' },
  internal: { retryable: false, meaning: 'A broken invariant of the library itself; please report it.' },
  'model/invalid': { retryable: false, meaning: 'An object does not satisfy its schema; every problem is listed.' },
  'model/yaml': { retryable: false, meaning: 'A text is not the YAML or JSON that kubectl accepts.' },
  'source/limit': { retryable: false, meaning: 'A file, or what its aliases expand to, is larger than the limits allow.' },
} as const

/**
 * Every error code, as a key. Open: what throws errors of its own merges its codes in, in this package and outside it, and
 * declares at run time what they mean, with {@link declareErrorCodes}.
 *
 * @category Errors
 */
export interface ErrorCodes extends Record<keyof typeof codes, ErrorCodeInfo> {}

/**
 * A code that a {@link FleetkitError} can carry, one per cause. Codes are stable: a new cause gets a new code.
 *
 * @category Errors
 */
export type ErrorCode = keyof ErrorCodes

const declared: Map<string, ErrorCodeInfo> = new Map(Object.entries(codes))

/**
 * What is declared of each code. `retryable` is the default of the code; an error may carry its own.
 *
 * @category Errors
 */
export const errorCodes: ReadonlyMap<string, ErrorCodeInfo> = declared

/** For `declareErrorCodes` alone, which looks first whether it contradicts. */
export function setErrorCode(code: string, info: ErrorCodeInfo): void {
  declared.set(code, info)
}
