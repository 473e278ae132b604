import { timeLimit } from '../../../async/time/time-limit.ts'
import { untilAborted } from '../../../async/until-aborted.ts'
import { FleetkitError } from '../../../model/errors/error.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { Informer } from './informer.ts'

/**
 * Waits until every informer has its first list.
 *
 * @throws FleetkitError `manager/cache-sync` when that takes longer than `timeoutMs`, with each type that is missing and what
 * listing it failed with; `aborted` with the signal.
 */
export async function waitForCaches(informers: readonly Informer[], timeoutMs: number, clock: Clock, signal: AbortSignal): Promise<void> {
  const waiting = new Set(informers)
  const all = Promise.all(informers.map((informer) => informer.synced.then(() => waiting.delete(informer))))
  using limit = timeLimit(signal, timeoutMs, clock, 'the caches were not complete in time')
  try {
    await untilAborted(all, limit.signal)
  } catch (error) {
    all.catch(() => {})
    if (signal.aborted || !limit.signal.aborted) throw error
    const missing = [...waiting].map(({ type, lastError }) => `${type.kind} (${type.apiVersion}): ${lastError?.message ?? 'no answer yet'}`)
    throw new FleetkitError('manager/cache-sync', `not listed within ${timeoutMs / 1000} s: ${missing.join('; ')}`, {
      cause: [...waiting].find(({ lastError }) => lastError !== undefined)?.lastError,
    })
  }
}
