import type { Store, TypeRef, WatchEvent, WatchOptions } from 'fleetkit'

/** A port whose watches say nothing while `isSilent`, as that of an API server whose etcd was restored and is ahead of what was seen. */
export function muted<Port extends Store>(port: Port, isSilent: (type: TypeRef) => boolean): Port {
  return withWatch(port, async function* (type: TypeRef, options: WatchOptions): AsyncGenerator<WatchEvent> {
    if (!isSilent(type)) yield* port.watch(type, options)
    else await new Promise((_, reject) => options.signal?.addEventListener('abort', () => reject(options.signal?.reason)))
  })
}

/** A port that is watched in another way. */
export function withWatch<Port extends Store>(port: Port, watch: Store['watch']): Port {
  return new Proxy(port, {
    get(target, property) {
      const member: unknown = property === 'watch' ? watch : Reflect.get(target, property, target)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
}
