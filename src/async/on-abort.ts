/** What is called when a signal aborts: by one listener, since a signal looks through all that it has for each that comes or goes. */
const waiting = new WeakMap<AbortSignal, Waiting>()

interface Waiting {
  readonly acts: Set<() => void>
  readonly listener: () => void
}

/**
 * Calls `act` when `signal` aborts, at once if it has aborted already, until disposed of. A signal can last as long as the
 * process: after the disposal nothing is left on it. (`AbortSignal.any` leaves a reference on a source that outlives it: Node 24.)
 */
export function onAbort(signal: AbortSignal | undefined, act: () => void): Disposable {
  if (signal === undefined) return { [Symbol.dispose]: () => {} }
  if (signal.aborted) {
    act()
    return { [Symbol.dispose]: () => {} }
  }
  const { acts, listener } = waiting.get(signal) ?? listen(signal)
  // Its own function, because a set keeps one only once.
  const own = (): void => act()
  acts.add(own)
  return {
    [Symbol.dispose]: () => {
      if (!acts.delete(own) || acts.size > 0) return
      waiting.delete(signal)
      signal.removeEventListener('abort', listener)
    },
  }
}

function listen(signal: AbortSignal): Waiting {
  const acts = new Set<() => void>()
  const listener = (): void => {
    waiting.delete(signal)
    for (const act of acts) act()
  }
  const created = { acts, listener }
  waiting.set(signal, created)
  signal.addEventListener('abort', listener, { once: true })
  return created
}
