/**
 * Calls `act` when `signal` aborts, at once if it has aborted already, until disposed of. A signal can last as long as the
 * process: after the disposal nothing is left on it. (`AbortSignal.any` leaves a reference on a source that outlives it: Node 24.)
 */
export function onAbort(signal: AbortSignal | undefined, act: () => void): Disposable {
  // Its own function, because a target keeps one listener only once.
  const listener = (): void => act()
  if (signal?.aborted) listener()
  else signal?.addEventListener('abort', listener, { once: true })
  return { [Symbol.dispose]: () => signal?.removeEventListener('abort', listener) }
}
