import { admissionCases } from './cluster-conformance/admission.ts'
import { applyCases } from './cluster-conformance/apply.ts'
import { ownershipCases } from './cluster-conformance/ownership.ts'
import type { ClusterSubject } from './cluster-conformance/subject.ts'
import { typeCases } from './cluster-conformance/types.ts'
import { type ConformanceOptions, registerConformance } from './conformance.ts'

export type { ClusterSubject } from './cluster-conformance/subject.ts'

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
  registerConformance('cluster', { ...applyCases, ...ownershipCases, ...admissionCases, ...typeCases }, options)
}
