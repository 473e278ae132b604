import { FleetkitError } from './error.ts'

/**
 * The error that an aborted operation ends with: the signal's own reason when that is a {@link FleetkitError},
 * `timeout` for `AbortSignal.timeout`, and `aborted` otherwise, with the reason as its cause.
 */
export function abortError(signal: AbortSignal): FleetkitError {
  const reason: unknown = signal.reason
  if (reason instanceof FleetkitError) return reason
  if (reason instanceof Error && reason.name === 'TimeoutError')
    return new FleetkitError('timeout', 'the time limit was reached', { cause: reason })
  return new FleetkitError('aborted', 'the operation was aborted', { cause: reason })
}

/** Throws {@link abortError} if `signal` is aborted. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortError(signal)
}
