import type { Store } from '../../../ports/store.ts'
import type { Effect } from './writes.ts'

const leaseRef = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace: 'default', name: 'leader' }

/** Knows whose turn it is among the managers that compete for the lease of a store. */
export class LeaseWatch {
  readonly #store: Store
  #lastWriter: { readonly holder: string; readonly term: number } | undefined

  constructor(store: Store) {
    this.#store = store
  }

  /** What is wrong with a write: it arrived once the successor of its manager had written. */
  async faultIn({ manager, ref }: Effect): Promise<string | undefined> {
    const lease = await this.#store.get(leaseRef)
    const { holderIdentity: holder, leaseTransitions: term } = (lease?.spec ?? {}) as { holderIdentity?: string; leaseTransitions?: number }
    if (holder === manager) this.#lastWriter = { holder, term: term ?? 0 }
    else if (this.#lastWriter !== undefined && this.#lastWriter.term === term && this.#lastWriter.holder === holder)
      return `${manager} wrote ${ref.kind}/${ref.name} after ${holder} had written in term ${term}`
    return undefined
  }

  /** The store is put back to what it was. */
  restored(): void {
    this.#lastWriter = undefined
  }
}
