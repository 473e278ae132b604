import { Backoff } from '../../async/time/backoff.ts'
import { FleetkitError } from '../../model/errors/error.ts'
import type { Lease } from '../../ports/store.ts'
import type { ManagerContext } from './context.ts'

/**
 * Of several managers with the same lease, one works at a time.
 *
 * @category Manager
 */
export interface LeaderElection {
  readonly namespace: string
  readonly name: string
  /** Who this is among them. A random id by default. */
  readonly holder?: string | undefined
  /** How long the others wait for a holder that is silent, in milliseconds. 15 seconds by default. */
  readonly durationMs?: number | undefined
}

/** Waits for the lease, through failures of the store. `undefined` when `stop` aborts first. */
export async function acquireLease(
  election: LeaderElection,
  { store, clock, logger, events, random }: ManagerContext,
  stop: AbortSignal,
): Promise<Lease | undefined> {
  const { namespace, name, holder = crypto.randomUUID(), durationMs = 15_000 } = election
  const lease = `${namespace}/${name}`
  const backoff = new Backoff({ baseMs: 500, maxMs: durationMs }, random)
  while (!stop.aborted) {
    try {
      const acquired = await store.lease({ namespace, name, holder, durationMs, signal: stop })
      logger.info('holds the lease', { lease, term: acquired.term })
      events.emit('leader.acquired', { lease, holder, term: acquired.term })
      return acquired
    } catch (error) {
      if (stop.aborted) return undefined
      if (error instanceof FleetkitError && !error.retryable) throw error
      const retryInMs = backoff.fail(name)
      logger.warn('the lease could not be acquired', { lease, error, retryInMs })
      await clock.sleep(retryInMs, { signal: stop }).catch(() => {})
    }
  }
  return undefined
}
