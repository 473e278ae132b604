import { printable } from '../printable.ts'
import { formatRef, type ObjectRef } from '../reference.ts'
import { type ErrorCode, errorCodes } from './error-codes.ts'
import type { FieldConflict } from './field-conflict.ts'
import type { Problem } from './problem.ts'

const brand: symbol = Symbol.for('fleetkit.dev/FleetkitError')

/**
 * What a {@link FleetkitError} carries beside its code and message.
 *
 * @category Errors
 */
export interface FleetkitErrorOptions {
  /** The object that the error is about. Its name leads the message. */
  readonly ref?: ObjectRef | undefined
  readonly cause?: unknown
  /** Overrides the default of the code, which is `false` for a code that nothing declares. */
  readonly retryable?: boolean | undefined
  /** Milliseconds after which the other side asked to be called again. At most five minutes count, whatever it asked. */
  readonly retryAfterMs?: number | undefined
  /** What the API server calls it: of `cluster/invalid`, `BadRequest` for what it cannot decode and `Invalid` for what breaks a rule. */
  readonly reason?: string | undefined
  /** Every problem found, for the codes that can have many (`model/invalid`, `cluster/invalid`). */
  readonly problems?: readonly Problem[] | undefined
  /** Who owns which fields, for `cluster/field-conflict`. */
  readonly conflicts?: readonly FieldConflict[] | undefined
  /** The errors of the single objects, for `sync/partial`. */
  readonly errors?: readonly FleetkitError[] | undefined
}

/**
 * The one error class of the library. `code` says the cause and is stable; branch on it, never on the message.
 * `instanceof` also holds for an error made by another copy of the library in the same process.
 *
 * @example
 * ```ts
 * import { FleetkitError } from 'fleetkit'
 *
 * export function shouldRetry(error: unknown): boolean {
 *   return error instanceof FleetkitError && error.retryable
 * }
 * ```
 *
 * @category Errors
 */
export class FleetkitError extends Error {
  override readonly name: string = 'FleetkitError'
  readonly code: ErrorCode
  readonly retryable: boolean
  readonly ref: ObjectRef | undefined
  readonly retryAfterMs: number | undefined
  readonly reason: string | undefined
  readonly problems: readonly Problem[]
  readonly conflicts: readonly FieldConflict[]
  readonly errors: readonly FleetkitError[]

  constructor(code: ErrorCode, message: string, options: FleetkitErrorOptions = {}) {
    const subject = options.ref === undefined ? '' : `${formatRef(options.ref)}: `
    super(subject + printable(message, true), options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.retryable = options.retryable ?? errorCodes.get(code)?.retryable ?? false
    this.ref = options.ref
    this.retryAfterMs = options.retryAfterMs && Math.min(options.retryAfterMs, longestRetryAfterMs)
    this.reason = options.reason
    this.problems = options.problems ?? []
    this.conflicts = options.conflicts ?? []
    this.errors = options.errors ?? []
    Object.defineProperty(this, brand, { value: true })
  }

  /** Holds for an error of any copy of the library. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && brand in value
  }
}

/** One answer must not keep a caller waiting for days. */
const longestRetryAfterMs = 300_000

/**
 * Whether `error` is a {@link FleetkitError} with one of `codes`.
 *
 * @category Errors
 */
export function hasCode<Code extends ErrorCode>(
  error: unknown,
  ...codes: readonly Code[]
): error is FleetkitError & { readonly code: Code } {
  return error instanceof FleetkitError && (codes as readonly ErrorCode[]).includes(error.code)
}
