import { type ConformanceOptions, registerConformance } from '../register.ts'
import { leaseCases } from './leases.ts'
import { listCases } from './lists.ts'
import { objectCases } from './objects.ts'
import type { StoreSubject } from './subject.ts'
import { watchCases } from './watches.ts'

export type { StoreSubject } from './subject.ts'

/**
 * Registers the tests that every `Store` must pass, one by one, with the test runner. Each gets a fresh subject from `make`.
 *
 * @example
 * ```ts
 * import { test } from 'node:test'
 * import { memoryStore } from 'fleetkit/memory'
 * import { storeConformance } from 'fleetkit/testing'
 *
 * storeConformance({
 *   test,
 *   make: async () => {
 *     const store = memoryStore()
 *     return {
 *       store,
 *       namespaces: ['one', 'two'],
 *       sample: (name, variant = 0) => ({ apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name, namespace: 'one' }, spec: { variant } }),
 *       compact: async () => store.compact(),
 *       [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
 *     }
 *   },
 * })
 * ```
 */
export function storeConformance(options: ConformanceOptions<StoreSubject>): void {
  registerConformance('store', { ...objectCases, ...listCases, ...watchCases, ...leaseCases }, options)
}
