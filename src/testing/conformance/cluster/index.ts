import { type ConformanceOptions, registerConformance } from '../register.ts'
import { admissionCases } from './admission.ts'
import { applyCases } from './apply.ts'
import { ownershipCases } from './ownership.ts'
import type { ClusterSubject } from './subject.ts'
import { tokenCases } from './tokens.ts'
import { typeCases } from './types.ts'
import { writeCases } from './writes.ts'

export type { ClusterSubject } from './subject.ts'

/**
 * Registers the tests that every `ClusterApi` must pass, one by one, with the test runner. Each gets a fresh subject from
 * `make`. That the cluster is also a store is for `storeConformance` to show.
 *
 * @example
 * ```ts
 * import { test } from 'node:test'
 * import { memoryCluster } from 'fleetkit/memory'
 * import { clusterConformance } from 'fleetkit/testing'
 *
 * clusterConformance({
 *   test,
 *   make: async () => {
 *     const cluster = memoryCluster()
 *     return { cluster, namespace: 'default', [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose]() }
 *   },
 * })
 * ```
 */
export function clusterConformance(options: ConformanceOptions<ClusterSubject>): void {
  registerConformance(
    'cluster',
    { ...applyCases, ...ownershipCases, ...admissionCases, ...writeCases, ...typeCases, ...tokenCases },
    options,
  )
}
