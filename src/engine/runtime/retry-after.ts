import { FleetkitError } from '../../model/errors/error.ts'

/** A server that asks for more is asked again all the same: what it says may be wrong, or meant for a state that is over. */
const maxRetryAfterMs = 600_000

/** The milliseconds for which an error asks to be left alone, at most ten minutes. */
export function retryAfterOf(error: unknown): number {
  const asked = error instanceof FleetkitError ? (error.retryAfterMs ?? 0) : 0
  return asked > 0 ? Math.min(asked, maxRetryAfterMs) : 0
}
