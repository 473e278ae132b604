import type { Clock } from '../../../ports/clock.ts'
import type { EmbeddedStore } from '../embedded-store.ts'
import { historyLength } from '../history.ts'
import { ObjectStore } from '../object-store.ts'
import { MemoryTable } from './table.ts'

export type { EmbeddedStore } from '../embedded-store.ts'

/** Options of {@link memoryStore}. */
export interface MemoryStoreOptions {
  /** For timestamps and leases. The system clock when absent. */
  readonly clock?: Clock | undefined
  /** How many of the last writes are remembered at least, for watches and later pages. 10,000 when absent. */
  readonly history?: number | undefined
  /** Makes the uid of a new object. Random when absent; give a counter for runs that repeat exactly. */
  readonly uid?: (() => string) | undefined
}

/**
 * A store in memory, for tests, simulations, and controllers that need not outlive their process. It does what an API
 * server does with a custom resource that has a status, for any kind, in a namespace or not. Objects that come out are frozen.
 *
 * @example
 * ```ts
 * import { memoryStore } from 'fleetkit/memory'
 *
 * await using store = memoryStore()
 * const created = await store.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings', namespace: 'default' }, data: { a: '1' } })
 * await store.update({ ...created, data: { a: '2' } })
 * ```
 */
export function memoryStore({ clock, history, uid }: MemoryStoreOptions = {}): EmbeddedStore {
  return new ObjectStore({ table: new MemoryTable(historyLength(history)), clock, uid })
}
