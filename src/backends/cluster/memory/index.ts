import type { Clock } from '../../../ports/clock.ts'
import type { ClusterApi } from '../../../ports/cluster.ts'
import type { EmbeddedStore } from '../../store/embedded-store.ts'
import { historyLength } from '../../store/history.ts'
import { MemoryCluster } from './cluster.ts'

/** Settings of {@link memoryCluster}. */
export interface MemoryClusterOptions {
  /** Where timestamps and the patience of leases come from. The system clock when absent. */
  readonly clock?: Clock | undefined
  /** How many of the last changes a watch can go on from, at least. 10,000 when absent. */
  readonly history?: number | undefined
  /** Makes the uid of a new object. Random when absent; give a counter for runs that repeat exactly. */
  readonly uid?: (() => string) | undefined
  /** Who creates and updates are recorded as in managed fields. `fleetkit` when absent. */
  readonly fieldManager?: string | undefined
}

/**
 * A cluster in memory: an API server without a process. It serves the built-in kinds and what CustomResourceDefinitions
 * define, validates strictly, applies by server-side apply with managed fields and conflicts, and collects garbage. There
 * are no controllers: play one with `update(object, { subresource: 'status' })`. The README of this folder says what is
 * left out.
 *
 * @example
 * ```ts
 * import { memoryCluster } from 'fleetkit/memory'
 *
 * await using cluster = memoryCluster()
 * const [result] = await cluster.apply(
 *   [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings', namespace: 'default' }, data: { a: '1' } }],
 *   { fieldManager: 'example' },
 * )
 * ```
 */
export function memoryCluster({
  clock,
  history,
  uid = () => crypto.randomUUID(),
  fieldManager = 'fleetkit',
}: MemoryClusterOptions = {}): ClusterApi & EmbeddedStore {
  return new MemoryCluster({ history: historyLength(history), clock, uid, fieldManager })
}
