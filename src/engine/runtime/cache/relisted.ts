import { AbortScope } from '../../../async/abort-scope.ts'
import { callAfter } from '../../../async/time/call-after.ts'
import { FleetkitError } from '../../../model/errors/error.ts'
import type { TypeRef } from '../../../model/reference.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { Store, WatchEvent, WatchOptions } from '../../../ports/store.ts'

/** A watch of a server that was restored from a backup, and is by now beyond what was seen of it, says nothing of that: after this long, in milliseconds, a list is asked for. */
const relistMs = 600_000

/** A store whose watches end with `store/relist` after ten minutes, so that what follows it lists again: not all at the same time. */
export function relisted<Port extends Pick<Store, 'list' | 'watch'>>(store: Port, clock: Clock, random: () => number): Port {
  const watch = async function* (type: TypeRef, options: WatchOptions): AsyncGenerator<WatchEvent> {
    using scope = new AbortScope(options.signal)
    using _ = callAfter(relistMs * (0.9 + random() / 5), clock, () => scope.abort(new FleetkitError('store/relist', 'a list is due')))
    yield* store.watch(type, { ...options, signal: scope.signal })
    scope.signal.throwIfAborted()
  }
  return new Proxy(store, {
    get(target, property) {
      if (property === 'watch') return watch
      const member: unknown = Reflect.get(target, property, target)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
}
