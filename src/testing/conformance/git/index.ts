import { type ConformanceOptions, registerConformance } from '../register.ts'
import { blobCases } from './blobs.ts'
import { callCases } from './calls.ts'
import { refCases } from './refs.ts'
import type { GitSubject } from './subject.ts'
import { treeCases } from './trees.ts'

export type { GitSubject } from './subject.ts'

/**
 * Proves that a backend keeps what `Git` promises. It needs repositories that it may write to.
 *
 * @example
 * ```ts
 * import { memoryGit } from 'fleetkit/memory'
 * import { gitConformance } from 'fleetkit/testing'
 * import { test } from 'node:test'
 *
 * gitConformance({
 *   test,
 *   make: async () => {
 *     const git = memoryGit()
 *     const url = 'https://git.example.com/r'
 *     git.create(url)
 *     return {
 *       git,
 *       url,
 *       missingUrl: 'https://git.example.com/none',
 *       commit: async (files) => git.commit(url, files),
 *       tag: async (name, target, options) => git.tag(url, name, target, options),
 *       branch: async (name, commit) => git.branch(url, name, commit),
 *       [Symbol.asyncDispose]: () => git[Symbol.asyncDispose](),
 *     }
 *   },
 * })
 * ```
 */
export function gitConformance(options: ConformanceOptions<GitSubject>): void {
  registerConformance('git', { ...refCases, ...treeCases, ...blobCases, ...callCases }, options)
}
