import type { BackoffOptions } from '../../../async/time/backoff.ts'
import type { FleetkitError } from '../../../model/errors/error.ts'
import type { Clock } from '../../../ports/clock.ts'

/**
 * What a piece of work may ask for.
 *
 * @category Manager
 */
export interface WorkResult {
  /** Do it again after this many milliseconds, or earlier if the key is added. */
  readonly requeueAfterMs?: number | undefined
}

/**
 * How a piece of work ends: with a request, or with none.
 *
 * @category Manager
 */
export type WorkOutcome = Promise<WorkResult | undefined> | Promise<void>

/**
 * What a piece of work gets besides its key.
 *
 * @category Manager
 */
export interface WorkRun {
  /** Aborts when the time limit is reached, or when the queue stops and cannot wait any longer. */
  readonly signal: AbortSignal
  /** How many times in a row the key has failed before. */
  readonly failures: number
  /**
   * Waits for what takes long and needs no worker, such as the health of what was applied: the worker goes to another key
   * meanwhile, and this key stays taken. The signal that `work` is given also aborts, with `aborted`, when the key is added
   * with `supersedes`: what is waited for is out of date then, and the key is worked on again as soon as this work has ended.
   */
  readonly wait: <T>(work: (signal: AbortSignal) => Promise<T>) => Promise<T>
  /**
   * Waits for an answer from outside: the worker is lent to other keys meanwhile, and this work goes on once one is free again. What is
   * done meanwhile should be little. Lent away are at most 16 keys for each worker; others keep theirs.
   */
  readonly idle: <T>(work: () => Promise<T>) => Promise<T>
}

/**
 * How many keys of a queue wait for a worker, wait for their time, and are worked on.
 *
 * @category Manager
 */
export interface WorkCounts {
  readonly ready: number
  readonly delayed: number
  readonly running: number
}

/**
 * A failed piece of work that will be tried again.
 *
 * @category Manager
 */
export interface WorkRetry<Key> {
  readonly key: Key
  readonly error: unknown
  /** Failures in a row, this one included. */
  readonly failures: number
  readonly retryInMs: number
}

/**
 * What a {@link WorkQueue} does with its keys.
 *
 * @category Manager
 */
export interface WorkQueueOptions<Key> {
  /**
   * Does the work of a key. When it resolves, the failures of the key are forgotten; when it rejects, the key comes
   * back after a backoff, and not before the `retryAfterMs` of a {@link FleetkitError}.
   */
  readonly work: (key: Key, run: WorkRun) => WorkOutcome
  /** Keys are the same when this is. The key itself by default. */
  readonly keyOf?: ((key: Key) => unknown) | undefined
  /** How many keys are worked on at the same time. 4 by default. */
  readonly concurrency?: number | undefined
  /** The bulkhead that a key belongs to, e.g. its cluster; called each time the key becomes ready. Must not throw. */
  readonly groupOf?: ((key: Key) => string | undefined) | undefined
  /**
   * How many keys of one group are worked on at the same time, so that one that hangs leaves room for the others.
   * A quarter of `concurrency` by default, at least 1.
   */
  readonly groupConcurrency?: number | undefined
  /** How long one piece of work may take before its signal aborts with `timeout`. Not limited by default. */
  readonly timeoutMs?: number | undefined
  /** From 1 second to 10 minutes by default. */
  readonly backoff?: BackoffOptions | undefined
  readonly clock?: Clock | undefined
  /** Uniform in [0, 1). */
  readonly random?: (() => number) | undefined
  /** Called with each failure. Must not throw. */
  readonly onRetry?: ((retry: WorkRetry<Key>) => void) | undefined
  /** Called when the counts have changed, once for all that change together. Must not throw. */
  readonly onCounts?: ((counts: WorkCounts) => void) | undefined
}
