import '../ports/error-codes.ts'
import { untilAborted } from '../async/until-aborted.ts'
import { leaseOver } from '../backends/store/lease.ts'
import { FleetkitError } from '../model/errors/error.ts'
import type { KubeObject } from '../model/object.ts'
import { refOf } from '../model/reference.ts'
import { type Clock, systemClock } from '../ports/clock.ts'
import type { ApplyOptions, ApplyResult, ClusterApi } from '../ports/cluster.ts'
import type { Git } from '../ports/git.ts'
import type { Renderer, SourceTree } from '../ports/renderer.ts'
import type { LeaseOptions, Store, WatchEvent } from '../ports/store.ts'
import { seededRandom } from './seeded-random.ts'

/** Which faults to inject. Each is a share of the occasions for it, from 0 to 1, and 0 when absent. */
export interface FaultPlan {
  /** The same seed and the same calls give the same faults. */
  readonly seed: number
  /** Calls that fail before they reach the port; of `apply`, single objects. */
  readonly fail?: number | undefined
  /** Calls that take effect, and whose answer is lost: the line is cut after the server acted; of `apply`, single objects. */
  readonly lose?: number | undefined
  /** Calls that are carried out twice, as by a proxy that sends a request again. The second answer is given. */
  readonly twice?: number | undefined
  /** Calls that never reach the port and never answer, and events after which a watch goes silent, until their signal aborts. */
  readonly hang?: number | undefined
  /** Calls and events that take effect in time, and are answered only after `lateMs`. */
  readonly late?: number | undefined
  /** For `late`, in milliseconds. 30,000 by default. */
  readonly lateMs?: number | undefined
  /** Events before which a watch fails. */
  readonly drop?: number | undefined
  /** Events before which a watch ends with `store/relist`, and pages of a list that do. */
  readonly relist?: number | undefined
  /** Each call takes up to this many milliseconds. */
  readonly delayMs?: number | undefined
  /** For everything that takes time. The system clock by default. */
  readonly clock?: Clock | undefined
  /**
   * Makes the errors of `fail`, `lose` and `drop`. `cluster/unreachable` by default, of a git `git/unreachable`, of a renderer
   * `render/unavailable`.
   */
  readonly error?: ((method: string) => FleetkitError) | undefined
}

/** A fault that was injected. */
export interface InjectedFault {
  readonly method: string
  readonly fault: 'fail' | 'lose' | 'twice' | 'hang' | 'late' | 'drop' | 'relist'
}

/** The switch of a faulty port. */
export interface FaultControl {
  /** What has been injected so far, in order. */
  readonly injected: readonly InjectedFault[]
  /** No more faults. What hangs goes on hanging. */
  heal(): void
}

/** What faults can be injected into. */
export type FaultyPort = Store | ClusterApi | Git | Renderer | SourceTree

/**
 * A store, a cluster, a git, a renderer or a source tree that fails as networks and servers do, in a way that repeats exactly. What a
 * port answers at once, such as `Renderer.accepts`, is never at fault. A lease goes through the faulty calls.
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
export function withFaults<Port extends FaultyPort>(port: Port, plan: FaultPlan): Port & { readonly faults: FaultControl } {
  return injectInto(port, plan, new Injector(plan, plan.error ?? defaultError(port)))
}

function injectInto<Port extends FaultyPort>(port: Port, plan: FaultPlan, injector: Injector): Port & { readonly faults: FaultControl } {
  const faulty = new Proxy(port, {
    get(target, property) {
      if (property === 'faults') return injector
      const member: unknown = Reflect.get(target, property, target)
      if (typeof member !== 'function') return member
      const method = member.bind(target) as (...parameters: unknown[]) => unknown
      if (typeof property === 'symbol' || property === 'accepts') return method
      if (property === 'impersonate') return (...parameters: unknown[]) => injectInto(method(...parameters) as ClusterApi, plan, injector)
      if (property === 'watch') return (...parameters: unknown[]) => injector.watch(method(...parameters) as Events, signalOf(parameters))
      if (property === 'lease') return (options: LeaseOptions) => leaseOver(faulty as unknown as Store, options, plan.clock)
      if (property === 'apply')
        return (objects: readonly KubeObject[], options: ApplyOptions) => injector.apply(target as ClusterApi, objects, options)
      return (...parameters: unknown[]) => injector.call(property, async () => method(...parameters), parameters)
    },
  })
  return faulty as Port & { readonly faults: FaultControl }
}

type Events = AsyncIterable<WatchEvent>
type Share = keyof Pick<FaultPlan, 'fail' | 'lose' | 'twice' | 'hang' | 'late' | 'drop' | 'relist'>

/** Draws the faults of one port, and plays them. */
class Injector implements FaultControl {
  readonly injected: InjectedFault[] = []
  readonly #plan: FaultPlan
  readonly #error: (method: string) => FleetkitError
  readonly #clock: Clock
  readonly #random: () => number
  #healed = false

  constructor(plan: FaultPlan, error: (method: string) => FleetkitError) {
    this.#plan = plan
    this.#error = error
    this.#clock = plan.clock ?? systemClock
    this.#random = seededRandom(plan.seed)
  }

  heal(): void {
    this.#healed = true
  }

  async call<T>(method: string, forward: () => Promise<T>, parameters: readonly unknown[]): Promise<T> {
    const signal = signalOf(parameters)
    await this.#setOut(method, signal)
    if (this.#hit(method, 'fail')) throw this.#error(method)
    if (method === 'list' && isLaterPage(parameters) && this.#hit(method, 'relist')) throw relistError()
    const result = await this.#carryOut(method, forward, signal)
    if (this.#hit(method, 'lose')) throw this.#error(method)
    return result
  }

  /** Objects are independent of one another: so are their faults. */
  async apply(cluster: ClusterApi, objects: readonly KubeObject[], options: ApplyOptions): Promise<readonly ApplyResult[]> {
    await this.#setOut('apply', options.signal)
    const fates = objects.map(() => (this.#hit('apply', 'fail') ? 'fail' : this.#hit('apply', 'lose') ? 'lose' : undefined))
    const sent = objects.filter((_, index) => fates[index] !== 'fail')
    const results = [...(await this.#carryOut('apply', () => cluster.apply(sent, options), options.signal))].values()
    return objects.map((object, index) => {
      const result = fates[index] === 'fail' ? undefined : (results.next().value as ApplyResult)
      return result !== undefined && fates[index] === undefined ? result : { ref: refOf(object), error: this.#error('apply') }
    })
  }

  async *watch(events: Events, signal: AbortSignal | undefined): AsyncGenerator<WatchEvent> {
    if (this.#hit('watch', 'fail')) throw this.#error('watch')
    for await (const event of events) {
      if (this.#hit('watch', 'drop')) throw this.#error('watch')
      if (this.#hit('watch', 'relist')) throw relistError()
      if (this.#hit('watch', 'hang')) await hang(signal).catch(() => {})
      if (this.#hit('watch', 'late')) await this.#late(signal).catch(() => {})
      if (signal?.aborted) return
      yield event
    }
  }

  async #setOut(method: string, signal: AbortSignal | undefined): Promise<void> {
    const { delayMs = 0 } = this.#plan
    if (delayMs > 0 && !this.#healed) await this.#clock.sleep(this.#random() * delayMs, { signal })
    if (this.#hit(method, 'hang')) await hang(signal)
  }

  async #carryOut<T>(method: string, forward: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    const twice = this.#hit(method, 'twice')
    if (twice) await forward().catch(() => {})
    const result = await forward()
    if (this.#hit(method, 'late')) await this.#late(signal)
    return result
  }

  #late(signal: AbortSignal | undefined): Promise<void> {
    return this.#clock.sleep(this.#plan.lateMs ?? 30_000, { signal })
  }

  #hit(method: string, fault: Share): boolean {
    // The number is drawn even if nothing can come of it, so that one share does not shift the others.
    const drawn = this.#random()
    if (this.#healed || drawn >= (this.#plan[fault] ?? 0)) return false
    this.injected.push({ method, fault })
    return true
  }
}

/** Waits for an abort, for ever if none can come. */
function hang(signal: AbortSignal | undefined): Promise<never> {
  return untilAborted(new Promise<never>(() => {}), signal)
}

/** Options come last. */
function signalOf(parameters: readonly unknown[]): AbortSignal | undefined {
  const { signal } = (parameters.at(-1) ?? {}) as { readonly signal?: unknown }
  return signal instanceof AbortSignal ? signal : undefined
}

function isLaterPage(parameters: readonly unknown[]): boolean {
  return (parameters[1] as { readonly continue?: string } | undefined)?.continue !== undefined
}

function defaultError(port: FaultyPort): (method: string) => FleetkitError {
  const code = 'watch' in port ? 'cluster/unreachable' : 'accepts' in port ? 'render/unavailable' : 'git/unreachable'
  return (method) => new FleetkitError(code, `injected: ${method} got no answer`)
}

function relistError(): FleetkitError {
  return new FleetkitError('store/relist', 'injected: the history is compacted')
}
