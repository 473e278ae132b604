const linksOf = new WeakMap<AbortSignal, AbortLinks>()

/** What waits for a signal to abort. One listener for all of it, since a signal looks through all that it has for each that comes or goes. */
class AbortLinks extends Set<AbortLink> {
  handleEvent(): void {
    for (const link of this) link.act()
  }
}

/** A class: each function of an object with a computed name takes a name of its own, which is most of what it takes. */
class AbortLink implements Disposable {
  readonly act: () => void
  readonly #signal: AbortSignal

  constructor(signal: AbortSignal, act: () => void) {
    this.act = act
    this.#signal = signal
  }

  [Symbol.dispose](): void {
    const links = linksOf.get(this.#signal)
    if (!links?.delete(this) || links.size > 0) return
    linksOf.delete(this.#signal)
    this.#signal.removeEventListener('abort', links)
  }
}

const nothing: Disposable = { [Symbol.dispose]: () => {} }

/**
 * Calls `act` when `signal` aborts, at once if it has aborted already, until disposed of. A signal can last as long as the
 * process: after the disposal nothing is left on it. (`AbortSignal.any` leaves a reference on a source that outlives it: Node 24.)
 */
export function onAbort(signal: AbortSignal | undefined, act: () => void): Disposable {
  if (signal?.aborted) act()
  if (signal === undefined || signal.aborted) return nothing
  const link = new AbortLink(signal, act)
  const links = linksOf.get(signal)
  if (links !== undefined) links.add(link)
  else {
    const first = new AbortLinks([link])
    linksOf.set(signal, first)
    signal.addEventListener('abort', first, { once: true })
  }
  return link
}
