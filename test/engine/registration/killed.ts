/** How many writes get through before who makes them is killed. */
export interface Writes {
  left: number
}

const writing: readonly unknown[] = ['create', 'update', 'delete', 'createToken']

/** A store as one sees it who is killed after so many writes: nothing gets through any more. */
export function killedAfter<Port extends object>(writes: Writes, store: Port): Port {
  return new Proxy(store, {
    get(target, property) {
      const member: unknown = Reflect.get(target, property, target)
      if (typeof member !== 'function') return member
      if (!writing.includes(property)) return member.bind(target)
      return async (...parameters: unknown[]) => {
        if (writes.left <= 0) throw new Error('it was killed')
        writes.left--
        return member.apply(target, parameters)
      }
    },
  })
}
