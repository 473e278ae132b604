import { type ConformanceOptions, registerConformance } from '../register.ts'
import { abortCases } from './aborts.ts'
import { directoryCases } from './directories.ts'
import { errorCases } from './errors.ts'
import { objectCases } from './objects.ts'
import type { RendererSubject } from './subject.ts'

export type { RendererSubject } from './subject.ts'

/**
 * Registers the tests that every `Renderer` must pass, one by one, with the test runner. Each gets a fresh subject from
 * `make`.
 *
 * @example
 * ```ts
 * import { test } from 'node:test'
 * import { plainRenderer } from 'fleetkit/plain'
 * import { rendererConformance } from 'fleetkit/testing'
 *
 * rendererConformance({
 *   test,
 *   make: async () => ({
 *     renderer: plainRenderer(),
 *     files: (objects) => Object.fromEntries(objects.map((object, index) => [`${index}.json`, JSON.stringify(object)])),
 *     foreign: { 'kustomization.yaml': 'resources: []' },
 *     limited: plainRenderer({ limits: { bytes: 10_000 } }),
 *     [Symbol.asyncDispose]: async () => {},
 *   }),
 *   skip: [{ reason: 'a manifest refers to no other file', tests: ['a reference that leaves the tree is refused'] }],
 * })
 * ```
 */
export function rendererConformance(options: ConformanceOptions<RendererSubject>): void {
  registerConformance('renderer', { ...directoryCases, ...objectCases, ...errorCases, ...abortCases }, options)
}
