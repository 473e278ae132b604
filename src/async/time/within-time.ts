import type { Clock } from '../../ports/clock.ts'
import { timeLimit } from './time-limit.ts'

/** Does `work` with a signal that aborts with `signal`, or with the error `timeout` after `ms` milliseconds on `clock`. */
export async function withinTime<T>(
  ms: number,
  message: string,
  { clock, signal }: { readonly clock: Clock; readonly signal?: AbortSignal | undefined },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  using limit = timeLimit(signal, ms, clock, message)
  return await work(limit.signal)
}
