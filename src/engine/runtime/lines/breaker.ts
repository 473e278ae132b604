import { monotonic } from '../../../async/time/monotonic.ts'
import { formatDuration } from '../../../model/duration.ts'
import { FleetkitError, hasCode } from '../../../model/errors/error.ts'
import type { ObjectRef } from '../../../model/reference.ts'
import type { Clock } from '../../../ports/clock.ts'

/** After so many failures in a row nothing is asked any more for a while. */
const maxFailures = 3
/** How long that lasts before one call tries again. */
const openMs = 30_000

/**
 * Spares a cluster that cannot be reached, and those who would wait for it: after three failures in a row every call fails at once, but for one each
 * 30 seconds, which tries.
 */
export class Breaker {
  readonly #ref: ObjectRef
  readonly #clock: Clock
  #failures = 0
  #openUntil = -Infinity
  #reason: FleetkitError | undefined

  constructor(ref: ObjectRef, clock: Clock) {
    this.#ref = ref
    this.#clock = clock
  }

  /** @throws FleetkitError `cluster/unreachable` while it is open; the call for which it does not throw then is the one that tries */
  check(): void {
    if (this.#failures < maxFailures) return
    const now = monotonic(this.#clock)
    if (now < this.#openUntil) {
      const message = `it could not be reached several times in a row, so it is asked once in ${formatDuration(openMs)}: ${this.#reason?.message}`
      throw new FleetkitError('cluster/unreachable', message, { ref: this.#ref, cause: this.#reason, retryAfterMs: this.#openUntil - now })
    }
    this.#openUntil = now + openMs
  }

  /** Takes in how a call ended: with an error, or with `undefined` for an answer. An abort, and what never was asked, says nothing. */
  record(error: unknown): void {
    if (hasCode(error, 'aborted', 'closed', 'timeout', 'store/lease-lost', 'cluster/busy')) return
    if (!hasCode(error, 'cluster/unreachable')) {
      this.#failures = 0
      return
    }
    this.#reason = error
    this.#failures++
    if (this.#failures >= maxFailures) this.#openUntil = monotonic(this.#clock) + openMs
  }
}
