import { untilAborted } from '../../../async/until-aborted.ts'
import { FleetkitError } from '../../../model/errors/error.ts'
import type { Lease } from '../../../ports/store.ts'

type Call = (...parameters: unknown[]) => Promise<unknown>
type Options = { readonly signal?: AbortSignal; readonly lease?: Lease }

/** What one manager's calls go over to the servers. */
export class Line {
  #held: ((drop: boolean) => void)[] | undefined
  #cut = false
  /** What happens to the line, and after how many calls. */
  #coming: { calls: number; readonly happens: () => void } | undefined

  /** A port at the other end. `loses` says that what was held is lost: this server cannot tell whose it is. */
  over<Port extends object>(port: Port, { loses }: { readonly loses: boolean }): Port {
    return new Proxy(port, {
      get: (target, property) => {
        const member: unknown = Reflect.get(target, property, target)
        if (typeof member !== 'function') return member
        const method = member.bind(target) as Call
        if (typeof property === 'symbol') return method
        if (property === 'watch')
          return (...parameters: unknown[]) => this.#events(method(...parameters) as unknown as AsyncIterable<unknown>)
        return (...parameters: unknown[]) => this.#send(method, parameters, loses)
      },
    })
  }

  /** After so many calls they wait on the way, also those whose caller does not wait any more: the process is cut off, or was paused. */
  hold(calls: number): void {
    this.#coming = { calls, happens: () => (this.#held ??= []) }
  }

  get holds(): boolean {
    return this.#held !== undefined || this.#coming !== undefined
  }

  /** Lets everything through that has waited. */
  release(): void {
    const held = this.#held ?? []
    this.#held = undefined
    this.#coming = undefined
    for (const go of held) go(false)
  }

  /** After so many calls the process dies. */
  cutAfter(calls: number, died: () => void): void {
    this.#coming = { calls, happens: died }
  }

  /** The process has died: nothing that has not arrived arrives any more. */
  cut(): void {
    this.#cut = true
    const held = this.#held ?? []
    this.#held = undefined
    for (const go of held) go(true)
  }

  #send(method: Call, parameters: unknown[], loses: boolean): Promise<unknown> {
    if (this.#coming !== undefined && this.#coming.calls-- === 0) {
      const { happens } = this.#coming
      this.#coming = undefined
      happens()
    }
    if (this.#cut) return Promise.reject(unreachable())
    if (this.#held === undefined) return method(...parameters)
    const { signal } = (parameters.at(-1) ?? {}) as Options
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    this.#held.push((drop) => (drop || loses ? reject(unreachable()) : method(...asSent(parameters)).then(resolve, reject)))
    promise.catch(() => {})
    return untilAborted(promise, signal)
  }

  async *#events(events: AsyncIterable<unknown>): AsyncGenerator<unknown> {
    for await (const event of events) {
      if (this.#cut || this.#held !== undefined) throw unreachable()
      yield event
    }
  }
}

/** What a server sees of a call: neither whether the caller still waits, nor what it knows of its lease by now. */
function asSent(parameters: readonly unknown[]): readonly unknown[] {
  const { signal: _, lease, ...options } = (parameters.at(-1) ?? {}) as Options
  if (_ === undefined && lease === undefined) return parameters
  const { holder, namespace, name, uid, term } = lease ?? ({} as Partial<Lease>)
  const sent = lease && { holder, namespace, name, uid, term, signal: new AbortController().signal }
  return [...parameters.slice(0, -1), { ...options, lease: sent }]
}

function unreachable(): FleetkitError {
  return new FleetkitError('cluster/unreachable', 'the line is cut')
}
