import type { KubeObject } from '../../../model/object.ts'
import { type ObjectRef, refOf } from '../../../model/reference.ts'
import type { Store } from '../../../ports/store.ts'

/** One write, before and after it. */
export interface Effect {
  /** Where it arrived. */
  readonly server: Store
  readonly manager: string
  readonly method: string
  readonly fieldManager: string | undefined
  readonly ref: ObjectRef
  readonly before: KubeObject | undefined
  readonly after: KubeObject | undefined
}

export interface WritesOptions {
  /** Others act, just before a write of a manager is carried out. */
  readonly interfere?: ((method: string, ref: ObjectRef, server: Store) => Promise<void>) | undefined
  /** Told of what each write has changed, but for leases. */
  readonly look: (effect: Effect) => Promise<void>
}

const methods: ReadonlySet<string> = new Set(['apply', 'create', 'update', 'delete'])

type Call = (first: unknown, options?: CallOfWrite) => Promise<unknown>
interface CallOfWrite {
  readonly dryRun?: boolean
  readonly fieldManager?: string
}

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
        const call = member.bind(target) as Call
        if (typeof property === 'symbol' || !methods.has(property)) return call
        return (first: unknown, options?: CallOfWrite) =>
          options?.dryRun === true
            ? call(first, options)
            : this.inTurn(() => this.#write({ server: port, manager, method: property }, call, first, options))
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
    of: Pick<Effect, 'server' | 'manager' | 'method'>,
    call: Call,
    first: unknown,
    options: CallOfWrite | undefined,
  ): Promise<unknown> {
    const { server, method } = of
    const refs = method === 'delete' ? [first as ObjectRef] : [first as KubeObject | readonly KubeObject[]].flat().map(refOf)
    const isLease = refs.some(({ kind }) => kind === 'Lease')
    if (!isLease) for (const ref of refs) await this.#options.interfere?.(method, ref, server)
    const before = await Promise.all(refs.map((ref) => server.get(ref)))
    try {
      return await call(first, options)
    } finally {
      const after = await Promise.all(refs.map((ref) => server.get(ref)))
      for (const [index, ref] of refs.entries()) {
        const effect = { ...of, fieldManager: options?.fieldManager, ref, before: before[index], after: after[index] }
        if (!isLease && effect.before?.metadata.resourceVersion !== effect.after?.metadata.resourceVersion) await this.#options.look(effect)
      }
    }
  }
}
