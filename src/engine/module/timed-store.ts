import { withinTime } from '../../async/time/within-time.ts'
import type { Clock } from '../../ports/clock.ts'
import type { CallOptions, Store } from '../../ports/store.ts'

/** How long one call may take. */
const callMs = 30_000

/** A store whose calls fail with `timeout` when there is no answer in time: what is planned next must not wait for one that never comes. */
export function timedStore(store: Store, clock: Clock): Store {
  const timed = <Result, Options extends CallOptions>(
    options: Options | undefined,
    call: (options: Options) => Promise<Result>,
  ): Promise<Result> =>
    withinTime(callMs, 'the store did not answer in time', { clock, signal: options?.signal }, (signal) =>
      call({ ...(options as Options), signal }),
    )
  return {
    get: (ref, options) => timed(options, (bounded) => store.get(ref, bounded)),
    list: (type, options) => timed(options, (bounded) => store.list(type, bounded)),
    create: (object, options) => timed(options, (bounded) => store.create(object, bounded)),
    update: (object, options) => timed(options, (bounded) => store.update(object, bounded)),
    delete: (ref, options) => timed(options, (bounded) => store.delete(ref, bounded)),
    watch: (type, options) => store.watch(type, options),
    lease: (options) => store.lease(options),
    close: () => store.close(),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  }
}
