/**
 * A durable store in one SQLite file.
 *
 * @module fleetkit/sqlite
 * @packageDocumentation
 */
import '../../../ports/error-codes.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { EmbeddedStore } from '../embedded-store.ts'
import { historyLength } from '../history.ts'
import { ObjectStore } from '../object-store.ts'
import { SqliteTable } from './table.ts'

export type { EmbeddedStore } from '../embedded-store.ts'

/** Options of {@link sqliteStore}. */
export interface SqliteStoreOptions {
  /** For timestamps and leases. The system clock when absent. */
  readonly clock?: Clock | undefined
  /** How many of the last writes are remembered at least, for watches and later pages. 10,000 when absent. */
  readonly history?: number | undefined
  /** How often a watch looks for writes of other processes, in milliseconds. 100 when absent. */
  readonly pollMs?: number | undefined
}

/**
 * A durable store in one SQLite file: what a write returned is on the disk, and outlives a crash of the process or of the
 * machine. Several processes on one machine can share the file: compare-and-swap and leases hold among them, and a watch in
 * one sees the writes of another. Not for network file systems, whose locks SQLite cannot rely on.
 *
 * `store/corrupt` when the file is something else, damaged, or of another schema version; `store/unavailable` when it cannot
 * be opened or stays locked by another process for more than five seconds.
 *
 * @param path - the file, created when it is missing; two more lie beside it while it is open. `:memory:` keeps nothing.
 *
 * @example
 * ```ts
 * import { sqliteStore } from 'fleetkit/sqlite'
 *
 * await using store = sqliteStore('fleet.db')
 * await store.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings', namespace: 'default' } })
 * ```
 */
export function sqliteStore(path: string, { clock, history, pollMs }: SqliteStoreOptions = {}): EmbeddedStore {
  return new ObjectStore({ table: new SqliteTable(path, historyLength(history)), clock, pollMs })
}
