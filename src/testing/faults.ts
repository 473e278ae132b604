import '../ports/error-codes.ts'
import { FleetkitError } from '../model/errors/error.ts'
import { type Clock, systemClock } from '../ports/clock.ts'
import type { Store, WatchEvent } from '../ports/store.ts'

/** Which faults to inject. Each is a share of the occasions for it, from 0 to 1, and 0 when absent. */
export interface FaultPlan {
  /** The same seed and the same calls give the same faults. */
  readonly seed: number
  /** Calls that fail before they reach the store. */
  readonly fail?: number | undefined
  /** Calls that take effect, and whose answer is lost. */
  readonly lose?: number | undefined
  /** Events before which a watch fails. */
  readonly drop?: number | undefined
  /** Events before which a watch ends with `store/relist`, and pages of a list that do. */
  readonly relist?: number | undefined
  /** Each call takes up to this many milliseconds. */
  readonly delayMs?: number | undefined
  /** For `delayMs`. */
  readonly clock?: Clock | undefined
  /** Makes the errors of `fail`, `lose` and `drop`. `cluster/unreachable` by default. */
  readonly error?: ((method: string) => Error) | undefined
}

/** A fault that was injected. */
export interface InjectedFault {
  readonly method: string
  readonly fault: 'fail' | 'lose' | 'drop' | 'relist'
}

/** The switch of a faulty store. */
export interface FaultControl {
  /** What has been injected so far, in order. */
  readonly injected: readonly InjectedFault[]
  /** No more faults. */
  heal(): void
}

/**
 * A store, or a cluster, that fails as networks and servers do, in a way that repeats exactly.
 *
 * @example
 * ```ts
 * import { memoryStore } from 'fleetkit/memory'
 * import { withFaults } from 'fleetkit/testing'
 *
 * const store = withFaults(memoryStore(), { seed: 1, fail: 0.1, lose: 0.05, drop: 0.1, relist: 0.02 })
 * // … drive a controller over it …
 * store.faults.heal()
 * console.log(store.faults.injected.length)
 * ```
 */
export function withFaults<Port extends Store>(port: Port, plan: FaultPlan): Port & { readonly faults: FaultControl } {
  const { fail = 0, lose = 0, drop = 0, relist = 0, delayMs = 0, clock = systemClock } = plan
  const makeError = plan.error ?? ((method) => new FleetkitError('cluster/unreachable', `injected: ${method} got no answer`))
  const random = seededRandom(plan.seed)
  const injected: InjectedFault[] = []
  let healed = false

  function hit(method: string, fault: InjectedFault['fault'], share: number): boolean {
    // The number is drawn even if nothing can come of it, so that one share does not shift the others.
    const drawn = random()
    if (healed || drawn >= share) return false
    injected.push({ method, fault })
    return true
  }

  async function call(method: string, forward: () => Promise<unknown>, options: { continue?: string } | undefined): Promise<unknown> {
    if (delayMs > 0 && !healed) await clock.sleep(random() * delayMs)
    if (hit(method, 'fail', fail)) throw makeError(method)
    if (method === 'list' && options?.continue !== undefined && hit(method, 'relist', relist)) throw relistError()
    const result = await forward()
    if (hit(method, 'lose', lose)) throw makeError(method)
    return result
  }

  async function* watch(events: AsyncIterable<WatchEvent>): AsyncGenerator<WatchEvent> {
    if (hit('watch', 'fail', fail)) throw makeError('watch')
    for await (const event of events) {
      if (hit('watch', 'drop', drop)) throw makeError('watch')
      if (hit('watch', 'relist', relist)) throw relistError()
      yield event
    }
  }

  const faults: FaultControl = {
    injected,
    heal: () => {
      healed = true
    },
  }
  return new Proxy(port, {
    get(target, property) {
      if (property === 'faults') return faults
      const member: unknown = Reflect.get(target, property, target)
      if (typeof member !== 'function') return member
      const method = member.bind(target) as (...parameters: unknown[]) => unknown
      if (typeof property === 'symbol') return method
      if (property === 'watch') return (...parameters: unknown[]) => watch(method(...parameters) as AsyncIterable<WatchEvent>)
      return (...parameters: unknown[]) =>
        call(property, async () => method(...parameters), parameters[1] as { continue?: string } | undefined)
    },
  }) as Port & { readonly faults: FaultControl }
}

function relistError(): FleetkitError {
  return new FleetkitError('store/relist', 'injected: the history is compacted')
}

/** Numbers in [0, 1) that depend on nothing but the seed (mulberry32, Tommy Ettinger, public domain). */
export function seededRandom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
