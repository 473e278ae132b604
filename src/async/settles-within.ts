import type { Clock } from '../ports/clock.ts'

/** Whether `work` settles, either way, within `ms`. An abort of `signal` ends the waiting early, as if time were up. */
export async function settlesWithin(work: Promise<unknown>, ms: number, clock: Clock, signal?: AbortSignal): Promise<boolean> {
  const timer = new AbortController()
  const cancel = (): void => timer.abort()
  if (signal?.aborted) cancel()
  signal?.addEventListener('abort', cancel, { once: true })
  const settled = work.then(
    () => true,
    () => true,
  )
  const expired = clock.sleep(ms, { signal: timer.signal }).then(
    () => false,
    () => false,
  )
  try {
    return await Promise.race([settled, expired])
  } finally {
    timer.abort()
    signal?.removeEventListener('abort', cancel)
  }
}
