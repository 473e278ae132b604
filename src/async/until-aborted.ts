import { abortError } from '../model/errors/abort.ts'
import { onAbort } from './on-abort.ts'

/** The outcome of `work`, or the {@link abortError} of `signal` as soon as it aborts. The work itself goes on for others. */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return await work
  const aborted = Promise.withResolvers<never>()
  using _link = onAbort(signal, () => aborted.reject(abortError(signal)))
  return await Promise.race([aborted.promise, work])
}
