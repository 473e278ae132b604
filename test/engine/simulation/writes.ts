import type { ObjectRef, Store } from 'fleetkit'
import type { Effect } from './effect.ts'

export interface WritesOptions {
  /** Others act, just before a write of a manager is carried out. */
  readonly interfere: (method: string, ref: ObjectRef, server: Store) => Promise<void>
  /** Told of what each write has changed, but for leases. */
  readonly look: (effect: Effect) => Promise<void>
}

const methods: ReadonlySet<string> = new Set(['apply', 'create', 'update', 'delete'])

/** Sees every write of the managers arrive at the servers, one after the other. */
export class Writes {
  readonly #options: WritesOptions
  #turn: Promise<unknown> = Promise.resolve()

  constructor(options: WritesOptions) {
    this.#options = options
  }

  /** A port whose writes are looked at. */
  over<Port extends Store>(port: Port, manager: string): Port {
    return new Proxy(port, {
      get: (target, property) => {
        const member: unknown = Reflect.get(target, property, target)
        if (typeof member !== 'function') return member
        const method = member.bind(target) as (...parameters: any[]) => unknown
        if (typeof property === 'symbol' || !methods.has(property)) return method
        return (first: unknown, options: any) =>
          options?.dryRun === true
            ? method(first, options)
            : this.inTurn(() => this.#write(port, manager, property, method, first, options))
      },
    })
  }

  /** The servers carry out one write at a time. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work)
    this.#turn = turn.catch(() => {})
    return turn
  }

  async #write(
    server: Store,
    manager: string,
    method: string,
    call: (...parameters: any[]) => unknown,
    first: any,
    options: any,
  ): Promise<unknown> {
    const refs: readonly ObjectRef[] =
      method === 'delete'
        ? [first]
        : [first].flat().map(({ apiVersion, kind, metadata: { namespace, name } }) => ({ apiVersion, kind, namespace, name }))
    const isLease = refs.some(({ kind }) => kind === 'Lease')
    if (!isLease) for (const ref of refs) await this.#options.interfere(method, ref, server)
    const before = await Promise.all(refs.map((ref) => server.get(ref)))
    try {
      return await call(first, options)
    } finally {
      const after = await Promise.all(refs.map((ref) => server.get(ref)))
      for (const [index, ref] of refs.entries()) {
        const effect = { server, manager, method, fieldManager: options?.fieldManager, ref, before: before[index], after: after[index] }
        if (!isLease && effect.before?.metadata.resourceVersion !== effect.after?.metadata.resourceVersion) await this.#options.look(effect)
      }
    }
  }
}
