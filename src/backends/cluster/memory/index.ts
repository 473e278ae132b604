import { MemoryCluster, type MemoryClusterOptions } from './cluster.ts'
import type { RestorableCluster } from './restorable.ts'

export type { MemoryClusterOptions } from './cluster.ts'
export type { ClusterBackup, RestorableCluster } from './restorable.ts'

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
export function memoryCluster(options: MemoryClusterOptions = {}): RestorableCluster {
  return new MemoryCluster(options)
}
