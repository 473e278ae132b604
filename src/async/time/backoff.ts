/**
 * How long to wait between tries.
 *
 * @category Manager
 */
export interface BackoffOptions {
  /** The most that is waited after the first failure, in milliseconds. */
  readonly baseMs: number
  /** The most that is ever waited, in milliseconds. */
  readonly maxMs: number
}

export interface DelayInput extends BackoffOptions {
  /** How many attempts failed before this one: 0 for the first delay. */
  readonly attempt: number
  /** Uniform in [0, 1). */
  readonly random: () => number
}

/**
 * How long to wait before the next attempt: anything up to `baseMs * 2^attempt`, at most `maxMs`. Spreading over the
 * whole span ("full jitter") is what keeps many clients that failed together from coming back together
 * (AWS Architecture Blog, "Exponential Backoff And Jitter", 2015).
 *
 * @returns whole milliseconds
 */
export function nextDelay({ attempt, baseMs, maxMs, random }: DelayInput): number {
  // Beyond 2^50 every span is above any maximum; a larger power would become Infinity, and 0 * Infinity is NaN.
  return Math.round(random() * Math.min(maxMs, baseMs * 2 ** Math.min(attempt, 50)))
}

/** Counts failures in a row by key, and says how long each has to wait. */
export class Backoff {
  readonly #failures: Map<unknown, number> = new Map()
  readonly #options: BackoffOptions
  readonly #random: () => number

  constructor(options: BackoffOptions, random: () => number) {
    this.#options = options
    this.#random = random
  }

  /** The most that is waited after the first failure, in milliseconds. */
  get baseMs(): number {
    return this.#options.baseMs
  }

  /** Failures in a row of `key`. */
  failures(key: unknown): number {
    return this.#failures.get(key) ?? 0
  }

  /** Counts one more failure; returns the milliseconds to wait. */
  fail(key: unknown): number {
    const attempt = this.failures(key)
    this.#failures.set(key, attempt + 1)
    return nextDelay({ ...this.#options, attempt, random: this.#random })
  }

  /** Forgets the failures of `key`, which succeeded or was deleted. */
  forget(key: unknown): void {
    this.#failures.delete(key)
  }
}
